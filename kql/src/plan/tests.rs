//! Answers that are known from Microsoft's documentation or by hand, of what the reference queries hardly touch.

use datafusion::prelude::{SessionConfig, SessionContext};
use serde_json::Value;

use super::{Options, plan};
use crate::conformance::cells;

fn options() -> Options {
    Options { now: 1_700_000_000_000_000_000, ..Options::default() }
}

/// The rows of the last query, each as an array after the names: `[["a"],[1]]`.
fn answer(query: &str) -> Result<String, String> {
    answer_with(query, &options())
}

fn answer_with(query: &str, options: &Options) -> Result<String, String> {
    let mut config = SessionConfig::new().with_target_partitions(2);
    crate::configure(&mut config);
    let context = SessionContext::new_with_config(config);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let planned = plan(&context.state(), query, options).await.map_err(|e| e.to_string())?;
        let last = planned.into_iter().last().unwrap();
        let names: Vec<Value> = last.columns.iter().map(|(n, _)| Value::from(n.clone())).collect();
        let frame = context.execute_logical_plan(last.plan).await.map_err(|e| e.to_string())?;
        let rows = cells::rows(&frame.collect().await.map_err(|e| e.to_string())?);
        let mut all = vec![Value::Array(names.clone())];
        all.extend(rows.iter().map(|row| names.iter().map(|n| row[n.as_str().unwrap()].clone()).collect()));
        Ok(Value::Array(all).to_string())
    })
}

#[track_caller]
fn gives(query: &str, wanted: &str) {
    let wanted: Value = serde_json::from_str(wanted).unwrap();
    assert_eq!(answer(query), Ok(wanted.to_string()), "{query}");
}

#[track_caller]
fn refuses(query: &str, wanted: &str) {
    let error = answer(query).expect_err(query);
    assert!(error.contains(wanted), "{query}: {error}");
}

const PEOPLE: &str = r#"datatable(d:dynamic)[
    dynamic({"Name": "John", "Age":20}), dynamic({"Name": "Dave", "Age":40}), dynamic({"Name": "Jasmine", "Age":30})]"#;

#[test]
fn bags_are_unpacked_as_documented() {
    let with = |rest: &str| format!("{PEOPLE} | {rest}");
    gives(&with("evaluate bag_unpack(d)"), r#"[["Age","Name"],[20,"John"],[40,"Dave"],[30,"Jasmine"]]"#);
    gives(
        &with("evaluate bag_unpack(d, 'Property_')"),
        r#"[["Property_Age","Property_Name"],[20,"John"],[40,"Dave"],[30,"Jasmine"]]"#,
    );
    let old = r#"datatable(Name:string, d:dynamic)['Old_name', dynamic({"Name": "John", "Age":20})]"#;
    gives(
        &format!("{old} | evaluate bag_unpack(d, columnsConflict='replace_source')"),
        r#"[["Age","Name"],[20,"John"]]"#,
    );
    gives(
        &format!("{old} | evaluate bag_unpack(d, columnsConflict='keep_source')"),
        r#"[["Age","Name"],[20,"Old_name"]]"#,
    );
    refuses(&format!("{old} | evaluate bag_unpack(d)"), "there is a column 'Name' already");
    gives(
        r#"datatable(d:dynamic)[dynamic({"Name": "John", "Age":20, "Address": "A"})]
           | evaluate bag_unpack(d, ignoredProperties=dynamic(['Address', 'Age']))"#,
        r#"[["Name"],["John"]]"#,
    );
    gives(
        r#"datatable(d:dynamic)[dynamic({"Name": "John", "Age":20}), dynamic({"Name": "Dave", "Height": 170, "Age":40})]
           | evaluate bag_unpack(d)"#,
        r#"[["Age","Height","Name"],[20,null,"John"],[40,170,"Dave"]]"#,
    );
    let described =
        r#"datatable(d:dynamic, Description:string)[dynamic({"Name": "John", "Age":20, "height":180}), "Student"]"#;
    gives(
        &format!("{described} | evaluate bag_unpack(d) : (*, Name:string, Age:long)"),
        r#"[["Description","Name","Age"],["Student","John",20]]"#,
    );
    gives(
        &format!("{described} | evaluate bag_unpack(d) : (Age:long, Description:string)"),
        r#"[["Age","Description"],[20,"Student"]]"#,
    );
}

#[test]
fn bags_of_any_content_are_unpacked() {
    gives(
        r#"datatable(id:long, d:dynamic)[
            1, dynamic({"a":1, "b":true, "c":"x", "n":null, "o":{"p":1}}),
            2, dynamic({"a":1.5, "b":false, "c":"y"}),
            3, dynamic(null), 4, dynamic([1]), 5, dynamic("z")] | evaluate bag_unpack(d)"#,
        r#"[["id","a","b","c","o"],[1,1,true,"x",{"p":1}],[2,1.5,false,"y",null],
            [3,null,null,"",null],[4,null,null,"",null],[5,null,null,"",null]]"#,
    );
    refuses("print a = 1 | evaluate bag_unpack(a)", "takes a dynamic column");
    refuses("print a = dynamic({}) | evaluate bag_unpack(b)", "unknown column 'b'");
    refuses("print a = 1 | evaluate basket()", "not supported: the plugin basket");
    let unread = Options { reads_nothing: true, ..options() };
    assert!(
        answer_with(&format!("{PEOPLE} | evaluate bag_unpack(d)"), &unread)
            .is_err_and(|e| e.contains("only data can tell"))
    );
    assert!(answer_with(&format!("{PEOPLE} | evaluate bag_unpack(d) : (Age:long)"), &unread).is_ok());
}

const STORMS: &str = "datatable(State:string, Type:string, Deaths:long)[
    'B', 'Wind', 1, 'A', 'Wind', 2, 'A', 'Rain', 3, 'A', 'Wind', 4]";

#[test]
fn columns_are_pivoted() {
    let with = |rest: &str| format!("{STORMS} | {rest} | sort by Type asc");
    gives(&with("project State, Type | evaluate pivot(State)"), r#"[["Type","B","A"],["Rain",0,1],["Wind",1,2]]"#);
    gives(&with("evaluate pivot(State, sum(Deaths))"), r#"[["Type","B","A"],["Rain",0,3],["Wind",1,6]]"#);
    gives(&with("evaluate pivot(State, max(Deaths), Type)"), r#"[["Type","B","A"],["Rain",null,3],["Wind",1,4]]"#);
    gives(
        &with("evaluate pivot(State, sum(Deaths), Type) : (Type:string, A:long, B:long)"),
        r#"[["Type","A","B"],["Rain",3,0],["Wind",6,1]]"#,
    );
    refuses(&with("evaluate pivot(State, sum(Deaths), Type) : (Type:string, A:long)"), "there is a column 'B' as well");
    refuses(&with("evaluate pivot(State, sum(Deaths), Type) : (Type:string, A:long, B:real)"), "'B' is long");
    refuses(&with("evaluate pivot(1)"), "takes the name of a column");
}

#[test]
fn tables_become_narrow() {
    gives(
        "datatable(a:long, b:string, c:datetime, d:bool)[1, 'x', datetime(2017-03-14 10:59:18.9263023), true] | evaluate narrow()",
        r#"[["Row","Column","Value"],[0,"a","1"],[0,"b","x"],[0,"c","2017-03-14 10:59:18.9263023"],[0,"d","True"]]"#,
    );
    gives(
        "range x from 1 to 2 step 1 | evaluate narrow() | project Row, Value",
        r#"[["Row","Value"],[0,"1"],[1,"2"]]"#,
    );
}

#[test]
fn others_stand_beside_the_top() {
    let sales = "datatable(State:string, Source:string, Place:string, n:long)[
        'K', 'law', 'p', 5, 'K', 'law', 'q', 4, 'K', 'pub', 'p', 3, 'K', 'odd', 'r', 1,
        'T', 'pub', 'p', 6, 'U', 'law', 'p', 2, 'V', 'law', 'q', 1]";
    gives(
        &format!("{sales} | top-nested 2 of State with others='rest' by sum(n) | sort by aggregated_State desc"),
        r#"[["State","aggregated_State"],["K",13],["T",6],["rest",3]]"#,
    );
    // As in the documentation: a level without others leaves its key empty, and below others there is no top.
    gives(
        &format!(
            "{sales} | top-nested 2 of State with others='all' by sum(n), top-nested 2 of Source by sum(n),
             top-nested 1 of Place with others='else' by sum(n) | sort by State asc, Source asc, Place asc"
        ),
        r#"[["State","aggregated_State","Source","aggregated_Source","Place","aggregated_Place"],
            ["K",13,"",null,"else",1],["K",13,"law",9,"else",4],["K",13,"law",9,"p",5],["K",13,"pub",3,"p",3],
            ["T",6,"pub",6,"p",6],["all",3,"",null,"else",3]]"#,
    );
    // The others are rows of their own where nothing follows them.
    gives(
        &format!(
            "{sales} | top-nested 1 of State with others='all' by sum(n), top-nested 1 of Source by sum(n) | sort by State asc"
        ),
        r#"[["State","aggregated_State","Source","aggregated_Source"],["K",13,"law",9],["all",9,"",null]]"#,
    );
    refuses(&format!("{sales} | top-nested 1 of n with others='x' by sum(n)"), "the others are string");
}

#[test]
fn series_have_ends_of_their_own() {
    let data = "datatable(k:string, t:datetime, v:long)[
        'a', datetime(2020-01-01 05:00), 1, 'a', datetime(2020-01-03 07:00), 2, 'b', datetime(2020-01-02 23:00), 4]";
    gives(
        &format!("{data} | make-series n = sum(v) on t step 1d by k | sort by k asc"),
        r#"[["k","n","t"],
            ["a",[1,0,2],["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]],
            ["b",[4],["2020-01-02T00:00:00.0000000Z"]]]"#,
    );
    gives(
        "range x from 3 to 9 step 3 | make-series n = count() default=-1 on x from 1 step 3",
        r#"[["n","x"],[[1,1,1],[1,4,7]]]"#,
    );
    gives(
        "range x from 3 to 9 step 3 | make-series n = count() on x to 9 step 2",
        r#"[["n","x"],[[1,0,1,0],[2,4,6,8]]]"#,
    );
    gives("range x from 1 to 3 step 1 | take 0 | make-series n = count() on x step 1 | count", r#"[["Count"],[0]]"#);
    gives(
        "range x from 1 to 3 step 1 | take 0 | make-series kind=nonempty n = avg(x) default=1.5 on x from 0 to 3 step 1",
        r#"[["n","x"],[[1.5,1.5,1.5],[0,1,2]]]"#,
    );
    // Ends that a table says.
    gives(
        &format!(
            "let T = {data}; let end = toscalar(T | summarize max(t)); T | make-series n = count() on t from datetime(2020-01-01) to end step 1d"
        ),
        r#"[["n","t"],[[1,1,0],["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]]]"#,
    );
}

#[test]
fn values_that_a_table_says_are_known() {
    gives("range x from 1 to toscalar(print a = 3) step 1", r#"[["x"],[1],[2],[3]]"#);
    gives("range x from 1 to 9 step 1 | take toscalar(print 2)", r#"[["x"],[1],[2]]"#);
    gives("let n = toscalar(range x from 1 to 4 step 1 | count); range y from n to n + 1 step 1", r#"[["y"],[4],[5]]"#);
    gives("range x from 1 to toscalar(print a = 3 | where a > 5) step 1 | count", r#"[["Count"],[0]]"#);
}

#[test]
fn tables_are_lists_everywhere() {
    let list = "let L = datatable(v:string)['a', 'b', ''];";
    gives(
        &format!("{list} print x = 'a', y = 'c' | extend p = x in (L), q = y in (L), r = y !in (L), s = 'A' in~ (L)"),
        r#"[["x","y","p","q","r","s"],["a","c",true,false,true,true]]"#,
    );
    gives(&format!("{list} print x = 'a' | where x in (L) | count"), r#"[["Count"],[1]]"#);
    gives(
        &format!("{list} datatable(x:string)['a', 'c', 'a'] | summarize n = countif(x in (L)), m = countif(x in~ (L))"),
        r#"[["n","m"],[2,2]]"#,
    );
    gives(
        "let L = datatable(v:string)['one', 'two']; print any = 'one more' has_any (L), all = 'one more' has_all (L)",
        r#"[["any","all"],[true,false]]"#,
    );
    gives(
        "let L = datatable(v:long)[1, long(null)]; print a = 1 in (L), b = long(null) in (L)",
        r#"[["a","b"],[true,false]]"#,
    );
}

#[test]
fn rows_are_found_in_several_tables() {
    let tables = "let A = view () { datatable(Session:string, Level:string, Text:string, Version:string)[
            's1', 'Info', 'one', 'v1', 's2', 'Error', 'two', 'v2'] };
        let B = view () { datatable(Session:string, Level:string, Text:string, Name:string)[
            's1', 'Error', 'three', 'E1', 's3', 'Info', 'four', 'E2'] };";
    gives(
        &format!("{tables} find in (A, B) where Session == 's1' | sort by source_ asc"),
        r#"[["source_","Session","Level","Text","pack_"],["A","s1","Info","one",{"Version":"v1"}],["B","s1","Error","three",{"Name":"E1"}]]"#,
    );
    gives(
        &format!(
            "{tables} find in (A, B) where Version == 'v1' or Name == 'E1' project Session, Version, Name | sort by source_ asc"
        ),
        r#"[["source_","Session","Version","Name"],["A","s1","v1",""],["B","s1","","E1"]]"#,
    );
    gives(
        &format!("{tables} find withsource=T in (A, B) where Version == 'v2' project Text:string"),
        r#"[["T","Text"],["A","two"]]"#,
    );
    gives(&format!("{tables} find in (A, B) where 'three' project Session"), r#"[["source_","Session"],["B","s1"]]"#);
    gives(&format!("{tables} find 'three' project Text"), r#"[["source_","Text"],["B","three"]]"#);
    refuses(&format!("{tables} find in (A) where Level == 'x' project pack_all()"), "pack_all() in find");
    refuses(&format!("{tables} find in (A) where Level == 'x' project Nothing"), "unknown column 'Nothing'");
}

#[test]
fn what_is_not_supported_is_said_by_name() {
    refuses("range x from 1 to 2 step 1 | partition by x { print 1 }", "partition with a table of its own in braces");
    refuses("externaldata(a:string)['x']", "externaldata");
    refuses("print a = dynamic({}) | evaluate bag_unpack(a, other='x')", "unknown argument 'other'");
}

#[test]
fn no_rows_are_rows_too() {
    gives("range x from 1 to 3 step 1 | take 0 | count", r#"[["Count"],[0]]"#);
    gives("range x from 1 to 3 step 1 | top 0 by x", r#"[["x"]]"#);
    gives(
        "print a = toscalar(print b = 3 | where b > 5), c = toscalar(print d = 'x' | where d == 'y')",
        r#"[["a","c"],[null,""]]"#,
    );
}
