//! Listings of large exports, in a store that counts the pages it gives.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectStore, ObjectStoreExt, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};

use super::*;
use crate::model::{Category, parse_iso};

/// Entries of a page of this store.
const PAGE: usize = 1_000;

#[test]
fn few_folders_hold_all_hours() {
    for (start, end, want) in [
        ("2026-03-10T05:00:00Z", "2026-03-10T06:00:00Z", vec!["y=2026/m=03/d=10/h=05"]),
        ("2026-03-10T05:10:00Z", "2026-03-10T06:01:00Z", vec!["y=2026/m=03/d=10"]),
        ("2026-03-10", "2026-03-11", vec!["y=2026/m=03/d=10"]),
        ("2026-03-09T23:50:00Z", "2026-03-11T06:00:00Z", vec!["y=2026/m=03"]),
        ("2026-03-31T23:50:00Z", "2026-04-01T06:00:00Z", vec!["y=2026/m=03/d=31", "y=2026/m=04/d=01"]),
        ("2026-03-20", "2026-04-03", vec!["y=2026/m=03", "y=2026/m=04"]),
        ("2026-03-20", "2026-05-03", vec!["y=2026"]),
        ("2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z", vec!["y=2025/m=12/d=31", "y=2026/m=01/d=01"]),
        ("2025-06-01", "2027-02-01", vec!["y=2025", "y=2026", "y=2027/m=01"]),
        ("2026-03-10", "2026-03-10", vec![]),
    ] {
        let range = HourRange { start: parse_iso(start).unwrap(), end: parse_iso(end).unwrap() };
        assert_eq!(cover(range), want, "{start} {end}");
        // Nothing of the range lies outside.
        let mut hour = range.start;
        while hour < range.end {
            let spans = cover(range).into_iter().filter_map(|p| PathInfo::parse(&p).hours).collect::<Vec<_>>();
            assert!(spans.iter().any(|s| s.start <= hour && hour < s.end), "{start} {end}: {hour}");
            hour += 3600 * TICKS_PER_SECOND;
        }
    }
}

#[derive(Debug)]
struct Pages {
    inner: InMemory,
    given: Arc<AtomicUsize>,
}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pages")
    }
}

#[async_trait]
impl ObjectStore for Pages {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let given = Arc::clone(&self.given);
        let count = move |(at, meta): (usize, Result<ObjectMeta>)| {
            given.fetch_add(usize::from(at.is_multiple_of(PAGE)), Ordering::Relaxed);
            meta
        };
        self.inner.list(prefix).enumerate().map(count).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.given.fetch_add(1, Ordering::Relaxed);
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

const FOLDER: &str = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS";

/// An export of some gateways and days, an hour a blob. `month` writes the month's folder.
async fn export(gateways: usize, days: usize, month: fn(u32) -> String) -> (Location, Arc<AtomicUsize>) {
    let (inner, given) = (InMemory::new(), Arc::new(AtomicUsize::new(0)));
    let start = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).unwrap();
    for gateway in 1..=gateways {
        for hour in 0..days * 24 {
            let at = start + TimeDelta::hours(hour as i64);
            let (folder, hour) = (at.format("d=%d").to_string(), at.hour());
            let path = format!(
                "{FOLDER}/GW{gateway}/y={}/{}/{folder}/h={hour:02}/m=00/PT1H.json",
                at.year(),
                month(at.month())
            );
            inner.put(&Path::from(path), "x".into()).await.unwrap();
        }
    }
    let mut at = Location::parse("/").unwrap();
    at.base = url::Url::parse("s3://insights-logs-tunneldiagnosticlog").unwrap();
    (at.path, at.store) = (Path::default(), Arc::new(Pages { inner, given: Arc::clone(&given) }));
    (at, given)
}

fn hours(start: &str, end: &str) -> Option<HourRange> {
    let at = |text: &str, open| if text.is_empty() { open } else { parse_iso(text).unwrap() };
    Some(HourRange { start: at(start, i64::MIN), end: at(end, i64::MAX) })
}

fn padded(month: u32) -> String {
    format!("m={month:02}")
}

/// Lists, and compares with a filter over everything. Returns how many there are and the requests.
async fn listed(at: &Location, given: &AtomicUsize, wanted: &Wanted) -> (usize, usize) {
    let takes = |m: &ObjectMeta| wanted.takes(&PathInfo::parse(&at.display(&m.location)));
    let mut all: Vec<Path> =
        at.store.list(None).filter_map(async |m| m.ok().filter(takes).map(|m| m.location)).collect().await;
    given.store(0, Ordering::Relaxed);
    let found = list_paged(at, wanted).await.unwrap();
    let requests = given.load(Ordering::Relaxed);
    let mut found: Vec<Path> = found.blobs.into_iter().filter(takes).map(|m| m.location).collect();
    found.sort();
    all.sort();
    assert!(found == all, "{wanted:?}: {} of {}", found.len(), all.len());
    (found.len(), requests)
}

#[tokio::test]
async fn a_large_export_takes_few_requests() {
    let (at, given) = export(4, 125, padded).await;
    let categories = vec![Category::Tunnel];
    let of = |hours, gateways: &[&str]| Wanted {
        categories: categories.clone(),
        hours,
        gateways: gateways.iter().map(|g| (*g).to_owned()).collect(),
    };
    // Twelve pages in all. Nine folders lie above the gateways' ones.
    assert_eq!(listed(&at, &given, &of(None, &[])).await, (12_000, 12));
    assert_eq!(listed(&at, &given, &of(None, &["gw3"])).await, (3_000, 1 + 9 + 3));
    let day = hours("2026-03-10", "2026-03-11");
    assert_eq!(listed(&at, &given, &of(day, &[])).await, (96, 10 + 9 + 4));
    assert_eq!(listed(&at, &given, &of(day, &["GW2"])).await, (24, 1 + 9 + 1));
    assert_eq!(listed(&at, &given, &of(hours("2026-03-10T05:00:00Z", "2026-03-10T06:00:00Z"), &["GW2"])).await.0, 1);
    // Open ranges: the years that there are must be asked for. To its end the year is one folder, of three pages.
    assert_eq!(listed(&at, &given, &of(hours("2026-05-01", ""), &["GW1"])).await, (120, 1 + 9 + 1 + 3));
    assert_eq!(listed(&at, &given, &of(hours("2026-05-05", ""), &["GW1"])).await, (24, 1 + 9 + 1 + 3));
    // From the beginning on no folder need be known: a listing ends where the range does.
    assert_eq!(listed(&at, &given, &of(hours("", "2026-01-02"), &["GW1"])).await, (24, 1 + 9 + 1));
    assert_eq!(listed(&at, &given, &of(hours("", "2026-03-01"), &["GW1"])).await, (59 * 24, 1 + 9 + 2));
    assert_eq!(listed(&at, &given, &of(hours("2027-01-01", "2027-02-01"), &[])).await.0, 0);
    assert_eq!(listed(&at, &given, &of(hours("2026-02-20", "2026-04-03"), &["GW4", "GW1"])).await.0, 2 * 42 * 24);
    // Of another category's container nothing is known here: that is decided before.
    assert_eq!(listed(&at, &given, &of(day, &["GW9"])).await, (0, 1 + 9));
}

#[tokio::test]
async fn a_small_export_takes_its_pages() {
    let (at, given) = export(2, 20, padded).await;
    let wanted = |hours| Wanted { hours, ..Wanted::default() };
    assert_eq!(listed(&at, &given, &wanted(None)).await, (960, 1));
    assert_eq!(listed(&at, &given, &wanted(hours("2026-01-03", "2026-01-04"))).await, (48, 1));
}

#[tokio::test]
async fn other_spellings_are_looked_into_folder_by_folder() {
    let (at, given) = export(1, 125, |month| format!("m={month}")).await;
    let wanted = Wanted { hours: hours("2026-03-10", "2026-03-12"), gateways: vec!["GW1".into()], ..Wanted::default() };
    assert_eq!(listed(&at, &given, &wanted).await.0, 48);
}
