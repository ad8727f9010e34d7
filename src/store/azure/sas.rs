//! What a shared access signature says of itself. Nothing here is secret: the signature is left out.

use std::fmt;

/// The readable parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sas {
    /// `sp`: what is permitted, a letter each.
    pub permissions: Option<String>,
    /// `st`: from when on.
    pub start: Option<String>,
    /// `se`: until when.
    pub expiry: Option<String>,
    /// `sr` or `srt`: what it is for.
    pub resource: Option<String>,
    /// `spr`: protocols.
    pub protocol: Option<String>,
    /// `sip`: addresses that may use it.
    pub addresses: Option<String>,
    /// Whether there is a signature at all.
    pub signed: bool,
}

impl Sas {
    /// Reads a query, with or without its question mark.
    pub fn read(query: &str) -> Self {
        let mut sas = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            // Printable, since a terminal gets to see it.
            let value = Some(value.chars().filter(|c| !c.is_control()).take(60).collect());
            match name.as_ref() {
                "sp" => sas.permissions = value,
                "st" => sas.start = value,
                "se" => sas.expiry = value,
                "sr" | "srt" => sas.resource = value,
                "spr" => sas.protocol = value,
                "sip" => sas.addresses = value,
                "sig" => sas.signed = true,
                _ => {}
            }
        }
        sas
    }

    /// What is wrong with it that can be seen from here, at a time, with what to do about it.
    pub fn trouble(&self, now: chrono::DateTime<chrono::Utc>) -> Option<String> {
        let has = |letter: char| self.permissions.as_ref().is_none_or(|p| p.contains(letter));
        if !self.signed {
            return Some(
                "it has no signature (sig=); copy the whole query of the SAS URL, in quotes for the shell".into(),
            );
        }
        if let Some(expiry) = self.expiry.as_deref().and_then(time).filter(|t| *t <= now) {
            return Some(format!("it expired at {}; make a new one", shown(expiry)));
        }
        if let Some(start) = self.start.as_deref().and_then(time).filter(|t| *t > now) {
            return Some(format!("it is valid only from {} on; wait, or make one that starts earlier", shown(start)));
        }
        match (has('l'), has('r')) {
            (true, true) => None,
            (false, true) => Some("it does not permit listing; make one with Read and List".into()),
            (true, false) => Some("it does not permit reading; make one with Read and List".into()),
            (false, false) => Some("it permits neither reading nor listing; make one with Read and List".into()),
        }
    }
}

impl fmt::Display for Sas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("permits", &self.permissions),
            ("for", &self.resource),
            ("from", &self.start),
            ("until", &self.expiry),
            ("over", &self.protocol),
            ("from addresses", &self.addresses),
        ];
        let said: Vec<String> = parts.iter().filter_map(|(n, v)| Some(format!("{n} {}", v.as_ref()?))).collect();
        f.write_str(&said.join(", "))
    }
}

/// Azure takes dates and times to the minute or second.
fn time(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let minute = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok();
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|d| d.and_hms_opt(0, 0, 0));
    minute.or_else(day).map(|t| t.and_utc())
}

fn shown(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_and_what_is_wrong() {
        let now = time("2026-03-10T12:00:00Z").unwrap();
        let of = |query: &str| Sas::read(query).trouble(now);
        let good =
            "?sv=2024-11-04&sp=rl&st=2026-03-01&se=2026-03-11T00:00:00Z&sr=c&spr=https&sip=10.0.0.1&sig=S3CRET%3D";
        assert_eq!(of(good), None);
        let text = Sas::read(good).to_string();
        assert_eq!(
            text,
            "permits rl, for c, from 2026-03-01, until 2026-03-11T00:00:00Z, over https, from addresses 10.0.0.1"
        );
        assert!(!format!("{:?}", Sas::read(good)).contains("S3CRET"));
        for (query, says) in [
            ("sp=rl&se=2026-03-10T11:59Z&sig=x", "expired at 2026-03-10T11:59:00Z"),
            ("sp=rl&se=2026-03-09&sig=x", "expired"),
            ("sp=rl&st=2026-03-10T13:00:00Z&sig=x", "only from 2026-03-10T13:00:00Z on"),
            ("sp=r&sig=x", "does not permit listing"),
            ("sp=l&sig=x", "does not permit reading"),
            ("sp=w&sig=x", "neither"),
            ("sp=rl&se=2027-01-01", "no signature"),
        ] {
            assert!(of(query).is_some_and(|t| t.contains(says)), "{query}: {:?}", of(query));
        }
        assert_eq!(of("se=nonsense&sig=x"), None);
    }
}
