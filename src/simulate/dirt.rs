//! Makes exports unclean, and counts every bit of it: late and repeated records, shuffled lines, blank lines, garbage.

use crate::model::{Category, RejectCode, Ticks};

use super::blob::Blob;
use super::format::{HOUR, MINUTE, text};
use super::options::Dirt;
use super::plan::{Deed, Forced, Gateway, Plan};
use super::rng::{Rng, threshold};

/// A record that a later blob gets.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) category: Category,
    pub(super) hour: u32,
    pub(super) arrival: Ticks,
    pub(super) line: Vec<u8>,
}

/// What was done, apart from what the blobs themselves count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Deeds {
    /// Distinct records by category, in the order of [`Category::VPN`].
    pub(super) distinct: [u64; 5],
    pub(super) duplicates: u64,
    pub(super) late: u64,
}

/// The dirt of one gateway and day.
pub(super) struct DayDirt<'a> {
    plan: &'a Plan,
    gateway: &'a Gateway,
    rates: Dirt,
    /// A draw below this means that something is done to the record.
    any: u64,
    pub(super) rng: Rng,
    pub(super) carried: Vec<Carried>,
    pub(super) deeds: Deeds,
}

impl<'a> DayDirt<'a> {
    /// The dirt of a day.
    pub(super) fn new(plan: &'a Plan, gateway: &'a Gateway, day: u32) -> Self {
        let dirt = plan.dirt;
        let sane = |p: f64| if p.is_finite() { p.clamp(0.0, 0.25) } else { 0.0 };
        let rates =
            Dirt { duplicates: sane(dirt.duplicates), late: sane(dirt.late), garbage: sane(dirt.garbage), ..dirt };
        let any = threshold(rates.duplicates + rates.late + 2.0 * rates.garbage);
        let rng = Rng::stream(plan.seed, &[gateway.index, 20, u64::from(day)]);
        Self { plan, gateway, rates, any, rng, carried: Vec::new(), deeds: Deeds::default() }
    }

    /// Whether neighbouring lines change places.
    pub(super) fn shuffles(&self) -> bool {
        self.rates.shuffle
    }

    /// Takes what was carried to this blob, by arrival.
    pub(super) fn due(&mut self, category: Category, hour: u32) -> Vec<Carried> {
        let (mut due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.carried).into_iter().partition(|c| c.category == category && c.hour == hour);
        self.carried = rest;
        due.sort_by_key(|c| c.arrival);
        due
    }

    /// The deeds that a scenario demands of this blob.
    pub(super) fn forced(&self, category: Category, hour: u32) -> Vec<Forced> {
        let here = |f: &&Forced| f.gateway == self.gateway.index && f.category == category && f.hour == hour;
        self.plan.forced.iter().filter(here).cloned().collect()
    }

    /// Writes a record and does to it what chance, or the scenario, wants.
    #[inline]
    pub(super) fn record(&mut self, blob: &mut Blob<'_>, at: Ticks, line: &[u8]) {
        if let Some(slot) = Category::VPN.iter().position(|c| *c == blob.category) {
            self.deeds.distinct[slot] += 1;
        }
        let forced = blob.next_forced();
        if let Some(deed) = forced {
            self.force(blob, deed, line);
        } else if self.rng.bits() < self.any {
            self.soil(blob, at, line);
        } else {
            blob.good(line);
        }
    }

    fn force(&mut self, blob: &mut Blob<'_>, deed: Deed, line: &[u8]) {
        let next = (blob.hour + 1, blob.from + HOUR + 7 * MINUTE);
        match deed {
            Deed::Duplicate => {
                blob.good(line);
                blob.good(line);
                self.deeds.duplicates += 1;
            }
            Deed::DuplicateLater => {
                blob.good(line);
                self.carry(blob.category, next, line);
                self.deeds.duplicates += 1;
            }
            Deed::Late => {
                self.carry(blob.category, next, line);
                self.deeds.late += 1;
            }
            Deed::Blank => {
                blob.good(line);
                blob.blank(b"\n");
            }
        }
    }

    fn soil(&mut self, blob: &mut Blob<'_>, at: Ticks, line: &[u8]) {
        let rates = self.rates;
        let mut draw = self.rng.unit() * (rates.duplicates + rates.late + 2.0 * rates.garbage);
        if draw < rates.late {
            match self.later(blob, at) {
                Some(when) => {
                    self.carry(blob.category, when, line);
                    self.deeds.late += 1;
                }
                None => blob.good(line),
            }
            return;
        }
        blob.good(line);
        draw -= rates.late;
        if draw < rates.duplicates {
            let later = if self.rng.chance(0.4) { self.later(blob, at) } else { None };
            match later {
                Some(when) => self.carry(blob.category, when, line),
                None => blob.hold(line, self.rng.below(4) as u8),
            }
            self.deeds.duplicates += 1;
        } else if draw < rates.duplicates + rates.garbage {
            self.garbage(blob, at, line);
        } else {
            blob.blank(self.rng.pick::<[u8]>(&[b"\n", b"  \n", b"\t \n"]).unwrap_or(b"\n"));
        }
    }

    /// The blob and the moment of a late arrival: in another hour, at most 90 minutes after `at`, and not after the end.
    fn later(&mut self, blob: &Blob<'_>, at: Ticks) -> Option<(u32, Ticks)> {
        let soonest = (blob.from + HOUR).max(at + 2 * MINUTE);
        let arrival = self.rng.range(soonest, at + 90 * MINUTE);
        let hour = u32::try_from((arrival - self.plan.start) / HOUR).ok()?;
        (hour > blob.hour && hour < self.plan.days * 24 && arrival <= at + 90 * MINUTE).then_some((hour, arrival))
    }

    fn carry(&mut self, category: Category, (hour, arrival): (u32, Ticks), line: &[u8]) {
        self.carried.push(Carried { category, hour, arrival, line: line.to_vec() });
    }

    /// One line that is no record. Each has exactly one fault, so that its code is beyond doubt.
    fn garbage(&mut self, blob: &mut Blob<'_>, at: Ticks, line: &[u8]) {
        let mut out = Vec::new();
        let time = crate::model::format_ticks(at);
        let (id, category) = (&self.gateway.resource_id, blob.category.azure_name());
        let record = |time: &str, id: &str, category: &str| {
            format!(
                "{{{time}\"resourceId\":\"{id}\",\"category\":{category},\"operationName\":\"SyntheticGarbage\",\
                 \"level\":\"Informational\",\"properties\":{{\"message\":\"Synthetic garbage\"}}}}"
            )
        };
        let (time, quoted) = (format!("\"time\":\"{time}\","), format!("\"{category}\""));
        let code = match self.rng.below(9) {
            0 => {
                text(&mut out, "Synthetic garbage: append interrupted");
                RejectCode::NotJson
            }
            1 => {
                let length = 2 + self.rng.below((line.len() as u64).saturating_sub(4)) as usize;
                out.extend_from_slice(line.get(..length).unwrap_or(b"{"));
                RejectCode::NotJson
            }
            2 => {
                text(&mut out, self.rng.pick(&["42", "null", "true", "\"Synthetic garbage\""]).unwrap_or("42"));
                RejectCode::NotAnObject
            }
            3 => {
                text(
                    &mut out,
                    "{\"time\":\"2026-03-01T00:00:00Z\",\"properties\":{\"message\":\"Synthetic garbage \u{20}",
                );
                out.extend_from_slice(b"\xFF\xFE\"}}");
                RejectCode::NotUtf8
            }
            4 => {
                text(&mut out, &record("", id, &quoted));
                RejectCode::NoTime
            }
            5 => {
                let bad = self.rng.pick(&["yesterday", "2026-13-41T25:61:00Z", "-"]).unwrap_or("-");
                text(&mut out, &record(&format!("\"time\":\"{bad}\","), id, &quoted));
                RejectCode::BadTime
            }
            6 => {
                text(&mut out, &record(&time, id, "\"AuditEvent\""));
                RejectCode::UnknownCategory
            }
            7 => {
                let other = id.replace("VIRTUALNETWORKGATEWAYS", "PUBLICIPADDRESSES");
                text(&mut out, &record(&time, &other, &quoted));
                RejectCode::NotAVpnGateway
            }
            _ => {
                text(&mut out, &record(&time, id, "7"));
                RejectCode::BadValue
            }
        };
        out.push(b'\n');
        blob.garbage(code, &out);
    }
}
