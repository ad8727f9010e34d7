//! Datetimes as text.

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Days since 1970 of a date, when it exists.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    // Counting years from March puts the leap day at the end.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Nanoseconds since 1970 of a point in time; `None` when the text is none, or when it lies outside 1677 to 2262.
///
/// Understood are `2026-03-01`, `2026-03-01T07:30`, `2026-03-01 07:30:00.1234567Z`, offsets such as `+02:00`,
/// `03/01/2026 07:30:00`, `01 Mar 2026 07:30:00 GMT` and the like.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let mut reader = Reader { text };
    let date = if let Some(date) = reader.numeric_date() { date } else { reader.worded_date()? };
    let day = days(date.0, date.1, date.2)?;
    let time = if reader.text.is_empty() {
        0
    } else {
        if !(reader.eat(['T', 't', ' ']) || reader.text.starts_with(['Z', 'z', '+', '-'])) {
            return None;
        }
        reader.text = reader.text.trim_start();
        let time = if reader.text.starts_with(|c: char| c.is_ascii_digit()) { reader.time()? } else { 0 };
        time.checked_sub(reader.offset()?)?
    };
    if !reader.text.trim().is_empty() {
        return None;
    }
    // The sum may fit although the day alone does not, at the two ends of the range.
    let total = i128::from(day) * i128::from(DAY) + i128::from(time);
    i64::try_from(total).ok()
}

struct Reader<'a> {
    text: &'a str,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Reader<'_> {
    fn eat(&mut self, any: impl AsRef<[char]>) -> bool {
        match self.text.chars().next().filter(|c| any.as_ref().contains(c)) {
            Some(c) => {
                self.text = &self.text[c.len_utf8()..];
                true
            }
            None => false,
        }
    }

    /// A number of at least one and at most so many digits, and how many it has.
    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        let count = self.text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.text.split_at_checked(count)?;
        let value = digits.parse().ok()?;
        self.text = rest;
        Some((value, count))
    }

    fn numeric_date(&mut self) -> Option<(i64, i64, i64)> {
        let start = self.text;
        let found = self.try_numeric_date();
        if found.is_none() {
            self.text = start;
        }
        found
    }

    fn try_numeric_date(&mut self) -> Option<(i64, i64, i64)> {
        let (first, digits) = self.number(4)?;
        if digits == 4 {
            if self.text.is_empty() {
                return Some((first, 1, 1));
            }
            let separator = self.text.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
            self.eat([separator]);
            let (month, _) = self.number(2)?;
            if self.text.is_empty() {
                return Some((first, month, 1));
            }
            self.eat([separator]).then_some(())?;
            let (day, _) = self.number(2)?;
            return Some((first, month, day));
        }
        // Month first, as the engine's own culture has it.
        let separator = self.text.chars().next().filter(|c| matches!(c, '-' | '/'))?;
        self.eat([separator]);
        let (day, _) = self.number(2)?;
        self.eat([separator]).then_some(())?;
        let (year, digits) = self.number(4)?;
        (digits == 4).then_some((year, first, day))
    }

    /// `[Sat, ]8 Nov 2014`, `08-Nov-14`.
    fn worded_date(&mut self) -> Option<(i64, i64, i64)> {
        if let Some((weekday, rest)) = self.text.split_once(',')
            && weekday.chars().all(char::is_alphabetic)
        {
            self.text = rest.trim_start();
        }
        let (day, _) = self.number(2)?;
        self.eat([' ', '-']).then_some(())?;
        let word = self.text.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|m| *m == word)?;
        self.text = self.text[3..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        self.eat([' ', '-']).then_some(())?;
        let (year, digits) = self.number(4)?;
        let year = match digits {
            4 => year,
            2 if year < 50 => 2000 + year,
            2 => 1900 + year,
            _ => return None,
        };
        Some((year, i64::try_from(month).ok()? + 1, day))
    }

    fn time(&mut self) -> Option<i64> {
        let (mut hour, _) = self.number(2)?;
        self.eat([':']).then_some(())?;
        let (minute, _) = self.number(2)?;
        let (mut second, mut nanos) = (0, 0);
        if self.eat([':']) {
            second = self.number(2)?.0;
            if self.eat(['.']) {
                let digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
                let (fraction, rest) = self.text.split_at_checked(digits)?;
                // Ticks of 100 ns are all that a datetime holds.
                let ticks: String = fraction.chars().chain("0000000".chars()).take(7).collect();
                nanos = ticks.parse::<i64>().ok()? * 100;
                self.text = rest;
            }
        }
        let half = self.text.trim_start();
        if let Some(word) = half.get(..2).map(str::to_ascii_lowercase).filter(|w| w == "am" || w == "pm") {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if word == "pm" { 12 } else { 0 };
            self.text = &half[2..];
        }
        (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * SECOND + nanos)
    }

    fn offset(&mut self) -> Option<i64> {
        self.text = self.text.trim_start();
        for word in ["GMT", "UTC", "Z", "z"] {
            if let Some(rest) = self.text.strip_prefix(word) {
                self.text = rest;
                return Some(0);
            }
        }
        let sign = match self.text.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return Some(0),
        };
        self.text = &self.text[1..];
        let (hours, digits) = self.number(2)?;
        self.eat([':']);
        let minutes = if digits == 2 { self.number(2).map_or(0, |(m, _)| m) } else { 0 };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60 * SECOND)
    }
}

/// RFC 3339 with seven digits and `Z`.
pub fn format(nanos: i64) -> String {
    let (days, of_day) = (nanos.div_euclid(DAY), nanos.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (seconds, ticks) = (of_day / SECOND, of_day % SECOND / 100);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ticks:07}Z")
}

/// Year, month and day of days since 1970.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let same = parse("2020-09-18T15:43:00Z").unwrap();
        for form in [
            "2020-09-18 15:43",
            "2020-09-18T17:43:00+02:00",
            "09/18/2020 15:43:00",
            "Fri, 18 Sep 2020 15:43:00 GMT",
            "09/18/2020 3:43 PM",
        ] {
            assert_eq!(parse(form), Some(same), "{form}");
        }
        assert_eq!(format(same), "2020-09-18T15:43:00.0000000Z");
        assert_eq!(parse("1970-01-01 00:00:00.1234567").map(|n| n / 100), Some(1_234_567));
        for wrong in ["", "x", "2020-13-01", "2021-02-29", "0001-01-01", "2020-01-01x", "12:00", "1", "20200101"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_there_and_back() {
        for day in (-100_000..100_000).step_by(37) {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), Some(day));
        }
    }
}
