//! Changed queries: whatever they became, they are planned or refused, and nothing panics.

use std::panic::AssertUnwindSafe;

use datafusion::prelude::SessionContext;

use crate::{Options, plan};

/// Queries of the project's own, over most of the language; the reference queries join them where they are.
const SEEDS: &[&str] = &[
    "datatable(a:long, s:string)[1, 'x', 2, \"y\"] | where a > 1 and s has 'y' | extend b = a * 2.5, c = strcat(s, '!')",
    "let f = (x:long) { x + 1 }; print f(1), dynamic({'a':[1,2]}).a[0], 1d / 2h, datetime(2020-01-01) + 1h",
    "range x from 1 to 10 step 2 | summarize n = count(), make_list(x) by bin(x, 4) | sort by n desc | take 2",
    "datatable(d:dynamic)[dynamic([1,2])] | mv-expand e = d to typeof(long) | mv-apply f = d on (top 1 by tolong(f))",
    "datatable(s:string)['a=1;b=2'] | parse s with 'a=' a:long ';' * | parse-kv s as (b:int) with (pair_delimiter=';', kv_delimiter='=')",
    "datatable(k:long)[1] | join kind=leftouter (datatable(k:long, v:string)[1, 'x']) on k | union (print k = 5)",
    "range t from datetime(2020-01-01) to datetime(2020-01-03) step 1h | make-series n = count() on t from datetime(2020-01-01) to datetime(2020-01-03) step 1d",
    "datatable(d:dynamic, k:string)[dynamic({'a':1}), 'x'] | evaluate bag_unpack(d, 'p_') : (*, p_a:long) | evaluate narrow()",
    "datatable(k:string, n:long)['x', 1] | top-nested 1 of k with others='y' by sum(n), top-nested of n by count() | make-series sum(n) on n step 1",
    "let A = view () { print a = 1, b = 'x' }; find withsource=t in (A) where a == 1 project b:string",
    "range x from 1 to 3 step 1 | serialize p = prev(x), c = row_cumsum(x) | where x between (1 .. 2) or x in (3) | render timechart",
];

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

fn mutated(seeds: &[String], random: &mut Random) -> String {
    let mut chars: Vec<char> = seeds[random.below(seeds.len())].chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(chars.len() + 1);
        match random.below(5) {
            0 if at < chars.len() => {
                chars.remove(at);
            }
            1 => chars.insert(at, "()[]{}|,;'\"\\.-+*=~!<>@$0a \u{0}é😀".chars().nth(random.below(29)).unwrap_or('x')),
            2 => {
                let other: Vec<char> = seeds[random.below(seeds.len())].chars().collect();
                let from = random.below(other.len());
                let piece = other[from..(from + random.below(20)).min(other.len())].to_vec();
                chars.splice(at..at, piece);
            }
            3 => chars.truncate(at),
            _ if at + 1 < chars.len() => chars.swap(at, at + 1),
            _ => {}
        }
    }
    chars.into_iter().collect()
}

#[test]
fn changed_queries_never_panic() {
    let mut seeds: Vec<String> = SEEDS.iter().map(|s| (*s).to_owned()).collect();
    seeds.extend(super::cases("engine-dev.jsonl").iter().map(|c| c["query"].as_str().unwrap().to_owned()));
    let state = SessionContext::new().state();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // More rounds, from another start: `ROUNDS=1000000 SEED=2 cargo test ... changed_queries`.
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ number("SEED").unwrap_or(0));
    // Whether what was made of a query runs for ever is another question.
    let options = Options { reads_nothing: true, ..Options::default() };
    let mut planned = 0;
    for _ in 0..number("ROUNDS").unwrap_or(3000) {
        let query = mutated(&seeds, &mut random);
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(plan(&state, &query, &options))));
        match made {
            Ok(Ok(all)) => planned += all.len(),
            Ok(Err(_)) => {}
            Err(_) => panic!("this panics: {query}"),
        }
    }
    assert!(planned > 100, "only {planned} changed queries were still queries");
}
