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
use super::nested::Nested;
use super::{HourRange, Location, PathInfo, StoreError};
use crate::model::{ResourceId, TICKS_PER_SECOND};

/// Entries of a page of a listing.
pub fn page(at: &Location) -> usize {
    if matches!(at.base.scheme(), "s3" | "s3a" | "gs") { 1_000 } else { 5_000 }
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
    /// Archives that were met; their files are not among the blobs.
    pub nested: Nested,
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
            let (part, next) = result?;
            found.blobs.extend(part.blobs);
            found.left_out |= part.left_out;
            found.nested.extend(part.nested);
            steps.extend(next);
        }
    }
    let nested = &found.nested;
    found.blobs.retain(|m| !nested.holds(&m.location));
    Ok(found)
}

type Taken = (Found, Vec<Step>);

async fn take(at: &Location, wanted: &Wanted, step: Step) -> Result<Taken, StoreError> {
    match step {
        Step::Look(folder) => look(at, wanted, folder).await,
        Step::Descend { folder, is_azure } => descend(at, wanted, folder, is_azure).await,
        Step::Gateway(folder) => gateway(at, wanted, folder).await,
        Step::All(folder) => {
            let flat = Flat::begin(at, &folder).go_on(usize::MAX, None).await?;
            Ok((flat.found, Vec::new()))
        }
    }
}

async fn look(at: &Location, wanted: &Wanted, folder: Path) -> Result<Taken, StoreError> {
    let info = PathInfo::parse(&at.display(&folder));
    if wanted.takes_all_below(&info) {
        return Ok((Found::default(), vec![Step::All(folder)]));
    }
    let tells_category = info.diagnostic_container || info.below_resource || info.hours.is_some();
    if !wanted.categories.is_empty() && !tells_category {
        // A container's name tells the category, and what is of another one is not listed. Below the first
        // folders of another layout there are no containers any more.
        let (found, below) = children(at, wanted, &folder).await?;
        return Ok((found, below.into_iter().map(Step::Look).collect()));
    }
    let page = page(at);
    let flat = Flat::begin(at, &folder).go_on(page, None).await?;
    if flat.ended {
        return Ok((flat.found, Vec::new()));
    }
    let shape = Shape::of(&folder, &flat.found.blobs);
    let pages = if wanted.gateways.is_empty() { shape.depth + cover_count(wanted.hours) } else { 1 };
    let flat = flat.go_on(pages.max(1) * page, None).await?;
    if flat.ended {
        return Ok((flat.found, Vec::new()));
    }
    Ok((Found::default(), vec![Step::Descend { folder, is_azure: shape.is_azure }]))
}

async fn descend(at: &Location, wanted: &Wanted, folder: Path, is_azure: bool) -> Result<Taken, StoreError> {
    let (found, below) = children(at, wanted, &folder).await?;
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
    Ok((found, below.into_iter().map(next).collect()))
}

async fn gateway(at: &Location, wanted: &Wanted, folder: Path) -> Result<Taken, StoreError> {
    let Some(mut hours) = wanted.hours else { return Ok((Found::default(), vec![Step::All(folder)])) };
    if hours.start == i64::MIN {
        // Paths are in the order of hours: from the first one to the end of the range, and no further.
        let mut found = Flat::begin(at, &folder).go_on(usize::MAX, Some(hours.end)).await?.found;
        found.left_out = true;
        return Ok((found, Vec::new()));
    }
    if hours.end == i64::MAX {
        // The years that there are close a range that is open.
        let (_, years) = children(at, wanted, &folder).await?;
        let spans: Vec<HourRange> = years.iter().filter_map(|y| PathInfo::parse(y.as_ref()).hours).collect();
        hours.end = hours.end.min(spans.iter().map(|s| s.end).max().unwrap_or(0));
    }
    let place = |below: String| below.split('/').fold(folder.clone(), |path, part| path.join(part));
    let all = cover(hours).into_iter().map(|below| Step::All(place(below)));
    // Other hours are not looked for.
    Ok((Found { left_out: true, ..Found::default() }, all.collect()))
}

/// A flat listing of a folder, as far as it has come.
struct Flat<'a> {
    at: &'a Location,
    folder: &'a Path,
    stream: futures::stream::BoxStream<'static, object_store::Result<ObjectMeta>>,
    found: Found,
    /// Entries so far. Hidden ones count as well: they fill pages.
    seen: usize,
    /// There is no more.
    ended: bool,
}

impl<'a> Flat<'a> {
    fn begin(at: &'a Location, folder: &'a Path) -> Self {
        let stream = at.store.list((!folder.is_root()).then_some(folder));
        Self { at, folder, stream, found: Found::default(), seen: 0, ended: false }
    }

    /// Goes on until it ends or has as many entries, or comes to an hour that is not before `end`.
    async fn go_on(mut self, most: usize, end: Option<i64>) -> Result<Self, StoreError> {
        while self.seen < most {
            let Some(meta) = self.stream.next().await else {
                self.ended = true;
                break;
            };
            let meta = meta.map_err(|e| StoreError::at("list", self.at.display(self.folder), &e))?;
            let hours = || PathInfo::parse(meta.location.as_ref()).hours;
            if end.is_some_and(|end| hours().is_some_and(|hours| hours.start >= end)) {
                break;
            }
            self.seen += 1;
            self.found.nested.note(&meta.location);
            let below = meta.location.as_ref().get(self.folder.as_ref().len()..).unwrap_or_default();
            if !below.split('/').any(is_hidden) {
                self.found.blobs.push(meta);
            }
        }
        Ok(self)
    }
}

/// One level: blobs, whether folders were left out, and the folders that may hold what is wanted.
async fn children(at: &Location, wanted: &Wanted, folder: &Path) -> Result<(Found, Vec<Path>), StoreError> {
    let prefix = (!folder.is_root()).then_some(folder);
    let listed = at.store.list_with_delimiter(prefix).await;
    let listed = listed.map_err(|e| StoreError::at("list", at.display(folder), &e))?;
    let mut found = Found::default();
    listed.common_prefixes.iter().for_each(|p| found.nested.note(p));
    if !found.nested.is_empty() {
        return Ok((found, Vec::new()));
    }
    found.blobs = listed.objects.into_iter().filter(|m| !m.location.filename().is_some_and(is_hidden)).collect();
    let folders: Vec<Path> =
        listed.common_prefixes.into_iter().filter(|p| !p.filename().is_some_and(is_hidden)).collect();
    let all = folders.len();
    let below: Vec<Path> = folders.into_iter().filter(|p| wanted.takes(&PathInfo::parse(&at.display(p)))).collect();
    found.left_out = below.len() < all;
    Ok((found, below))
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
        Some(h) if h.end == i64::MAX => 2,
        Some(_) | None => 1,
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
