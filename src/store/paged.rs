//! Listings of remote stores, with as few requests as may be. A page has thousands of entries and costs as much as one.
//!
//! Nobody says beforehand how many blobs there are. A folder is therefore listed flat, with all that is below, for as many
//! pages as it would at least take to look into it folder by folder; often the first page is all there is. Whatever is
//! larger is looked into: down to the gateways that are wanted, and there the fewest of years, months, days and hours
//! that cover the wanted ones. No more than twice the requests are made that would have been enough.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use futures::StreamExt;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::listing::{Wanted, is_hidden};
use super::{HourRange, Location, PathInfo, StoreError};
use crate::model::{ResourceId, TICKS_PER_SECOND};

/// Entries of a page of a listing.
pub fn page(at: &Location) -> usize {
    if matches!(at.base.scheme(), "s3" | "gs") { 1_000 } else { 5_000 }
}

/// Folders looked into at the same time.
const AT_ONCE: usize = 16;

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Blobs, not all of them wanted.
    pub blobs: Vec<ObjectMeta>,
    /// There are folders that were not looked into.
    pub left_out: bool,
}

/// What to do with a folder.
enum Step {
    /// Nothing is known of it.
    Look(Path),
    /// It is too large for a flat listing; its paths are Azure's to the letter if so said.
    Descend { folder: Path, is_azure: bool },
    /// It is a gateway's, and its paths are Azure's.
    Gateway(Path),
    /// All of it is wanted, or can be listed as if it were.
    All(Path),
}

/// Lists what may be wanted below a place.
pub async fn list_paged(at: &Location, wanted: &Wanted) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut steps = vec![Step::Look(at.path.clone())];
    while !steps.is_empty() {
        let level = std::mem::take(&mut steps);
        let mut results = futures::stream::iter(level.into_iter().map(|step| take(at, wanted, step))).buffered(AT_ONCE);
        while let Some(result) = results.next().await {
            let (blobs, left_out, next) = result?;
            found.blobs.extend(blobs);
            found.left_out |= left_out;
            steps.extend(next);
        }
    }
    Ok(found)
}

type Taken = (Vec<ObjectMeta>, bool, Vec<Step>);

async fn take(at: &Location, wanted: &Wanted, step: Step) -> Result<Taken, StoreError> {
    match step {
        Step::Look(folder) => look(at, wanted, folder).await,
        Step::Descend { folder, is_azure } => descend(at, wanted, folder, is_azure).await,
        Step::Gateway(folder) => gateway(at, wanted, folder).await,
        Step::All(folder) => {
            let (blobs, _) = flat(at, &folder, Vec::new(), usize::MAX, None).await?.0;
            Ok((blobs, false, Vec::new()))
        }
    }
}

async fn look(at: &Location, wanted: &Wanted, folder: Path) -> Result<Taken, StoreError> {
    let info = PathInfo::parse(&at.display(&folder));
    if wanted.takes_all_below(&info) {
        return Ok((Vec::new(), false, vec![Step::All(folder)]));
    }
    let tells_category = info.diagnostic_container || info.below_resource || info.hours.is_some();
    if !wanted.categories.is_empty() && !tells_category {
        // A container's name tells the category, and what is of another one is not listed. Below the first
        // folders of another layout there are no containers any more.
        let (blobs, left_out, below) = children(at, wanted, &folder).await?;
        return Ok((blobs, left_out, below.into_iter().map(Step::Look).collect()));
    }
    let page = page(at);
    let ((first, ended), stream) = flat(at, &folder, Vec::new(), page, None).await?;
    if ended {
        return Ok((first, false, Vec::new()));
    }
    let shape = Shape::of(&folder, &first);
    let pages = if wanted.gateways.is_empty() { shape.depth + cover_count(wanted.hours) } else { 1 };
    let ((all, ended), _) = flat(at, &folder, first, pages.max(1) * page, Some(stream)).await?;
    if ended {
        return Ok((all, false, Vec::new()));
    }
    Ok((Vec::new(), false, vec![Step::Descend { folder, is_azure: shape.is_azure }]))
}

async fn descend(at: &Location, wanted: &Wanted, folder: Path, is_azure: bool) -> Result<Taken, StoreError> {
    let (blobs, left_out, below) = children(at, wanted, &folder).await?;
    let next = |child: Path| {
        let info = PathInfo::parse(&at.display(&child));
        if wanted.takes_all_below(&info) {
            Step::All(child)
        } else if is_azure && info.hours.is_none() && !ResourceId::parse(&info.resource_id).name.is_empty() {
            Step::Gateway(child)
        } else {
            Step::Descend { folder: child, is_azure }
        }
    };
    Ok((blobs, left_out, below.into_iter().map(next).collect()))
}

async fn gateway(at: &Location, wanted: &Wanted, folder: Path) -> Result<Taken, StoreError> {
    let Some(mut hours) = wanted.hours else { return Ok((Vec::new(), false, vec![Step::All(folder)])) };
    if hours.start == i64::MIN || hours.end == i64::MAX {
        // The years that there are close a range that is open.
        let (_, _, years) = children(at, wanted, &folder).await?;
        let spans: Vec<HourRange> = years.iter().filter_map(|y| PathInfo::parse(y.as_ref()).hours).collect();
        hours.start = hours.start.max(spans.iter().map(|s| s.start).min().unwrap_or(0));
        hours.end = hours.end.min(spans.iter().map(|s| s.end).max().unwrap_or(0));
    }
    let place = |below: String| below.split('/').fold(folder.clone(), |path, part| path.join(part));
    let all = cover(hours).into_iter().map(|below| Step::All(place(below)));
    // Other hours are not looked for.
    Ok((Vec::new(), true, all.collect()))
}

type Stream = futures::stream::BoxStream<'static, object_store::Result<ObjectMeta>>;

/// Goes on with a flat listing until it ends or has as many entries; whether it ended.
async fn flat(
    at: &Location,
    folder: &Path,
    mut blobs: Vec<ObjectMeta>,
    most: usize,
    begun: Option<Stream>,
) -> Result<((Vec<ObjectMeta>, bool), Stream), StoreError> {
    let prefix = (!folder.is_root()).then_some(folder);
    let mut stream = begun.unwrap_or_else(|| at.store.list(prefix));
    // Hidden ones count as well: they fill pages.
    let mut seen = blobs.len();
    while seen < most {
        match stream.next().await {
            None => return Ok(((blobs, true), stream)),
            Some(meta) => {
                let meta = meta.map_err(|e| StoreError::at("list", at.display(folder), &e))?;
                seen += 1;
                let below = meta.location.as_ref().get(folder.as_ref().len()..).unwrap_or_default();
                if !below.split('/').any(is_hidden) {
                    blobs.push(meta);
                }
            }
        }
    }
    Ok(((blobs, false), stream))
}

/// One level: blobs, whether folders were left out, and the folders that may hold what is wanted.
async fn children(
    at: &Location,
    wanted: &Wanted,
    folder: &Path,
) -> Result<(Vec<ObjectMeta>, bool, Vec<Path>), StoreError> {
    let prefix = (!folder.is_root()).then_some(folder);
    let listed = at.store.list_with_delimiter(prefix).await;
    let listed = listed.map_err(|e| StoreError::at("list", at.display(folder), &e))?;
    let blobs = listed.objects.into_iter().filter(|m| !m.location.filename().is_some_and(is_hidden)).collect();
    let folders: Vec<Path> =
        listed.common_prefixes.into_iter().filter(|p| !p.filename().is_some_and(is_hidden)).collect();
    let all = folders.len();
    let below: Vec<Path> = folders.into_iter().filter(|p| wanted.takes(&PathInfo::parse(&at.display(p)))).collect();
    Ok((blobs, below.len() < all, below))
}

/// How the paths of some blobs look.
struct Shape {
    /// Folders between the listed one and the year.
    depth: usize,
    /// Every one has `y=2026/m=03/d=01/h=07`, so that such folders can be asked for by name.
    is_azure: bool,
}

impl Shape {
    fn of(folder: &Path, blobs: &[ObjectMeta]) -> Self {
        let base = folder.parts().count();
        let parts = |m: &ObjectMeta| m.location.parts().map(|p| p.as_ref().to_owned()).collect::<Vec<_>>();
        let year = |parts: &[String]| parts.iter().position(|p| is_part(p, "y=", 4));
        let is_azure = blobs.iter().all(|m| {
            let parts = parts(m);
            year(&parts).is_some_and(|at| {
                let part = |i: usize, key| parts.get(at + i).is_some_and(|p| is_part(p, key, 2));
                part(1, "m=") && part(2, "d=") && part(3, "h=")
            })
        });
        let depth = blobs.first().map(parts).and_then(|p| year(&p)).map_or(1, |at| at.saturating_sub(base));
        Self { depth, is_azure }
    }
}

fn is_part(part: &str, key: &str, digits: usize) -> bool {
    part.strip_prefix(key).is_some_and(|n| n.len() == digits && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Requests for the hours of one gateway; one more where the years must be asked for.
fn cover_count(hours: Option<HourRange>) -> usize {
    match hours {
        Some(h) if h.start != i64::MIN && h.end != i64::MAX => cover(h).len(),
        Some(_) => 2,
        None => 1,
    }
}

/// The fewest folders below a gateway's that hold every hour of a range: a month is one request as an hour is, and a year
/// of hours is two pages.
fn cover(range: HourRange) -> Vec<String> {
    let at = |ticks: i64| DateTime::<Utc>::from_timestamp(ticks.div_euclid(TICKS_PER_SECOND), 0).unwrap_or_default();
    let (start, end) = (at(range.start), at(range.end.saturating_sub(1)));
    if range.start >= range.end {
        return Vec::new();
    }
    let mut out = Vec::new();
    for year in start.year()..=end.year() {
        let first = if year == start.year() { start.month() } else { 1 };
        let last = if year == end.year() { end.month() } else { 12 };
        if last - first + 1 > 2 {
            out.push(format!("y={year:04}"));
            continue;
        }
        for month in first..=last {
            let day_one = if (year, month) == (start.year(), start.month()) { start.day() } else { 1 };
            let whole = (year, month) != (end.year(), end.month());
            if whole || end.day() > day_one {
                out.push(format!("y={year:04}/m={month:02}"));
                // A month's last day alone is a smaller page than the month.
                if whole && day_one > 1 && is_last_day(start) {
                    out.pop();
                    out.push(day(start));
                }
            } else {
                out.push(day(end));
            }
        }
    }
    if out.len() == 1 && start.date_naive() == end.date_naive() && start.hour() == end.hour() {
        return vec![format!("{}/h={:02}", day(start), start.hour())];
    }
    out
}

fn day(at: DateTime<Utc>) -> String {
    format!("y={:04}/m={:02}/d={:02}", at.year(), at.month(), at.day())
}

fn is_last_day(at: DateTime<Utc>) -> bool {
    (at + TimeDelta::days(1)).month() != at.month()
}

#[cfg(test)]
mod tests;
