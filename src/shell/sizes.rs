//! Sizes as people write them.

use super::Failure;

/// A size such as `512MB` or `2GiB`; both kinds of units are powers of 1024, as in most tools' memory options.
pub fn size(text: &str) -> Result<usize, Failure> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1u64,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => 0,
    };
    let bytes = text[..digits].parse::<f64>().ok().filter(|_| unit > 0).map(|n| n * unit as f64);
    match bytes {
        Some(b) if (1.0..1e18).contains(&b) => Ok(b as usize),
        _ => Err(Failure::usage(format!("'{text}' is no size; expected for example 512MB or 2GB"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("512MB").unwrap(), 512 << 20);
        assert_eq!(size("1.5 gib").unwrap(), 3 << 29);
        assert_eq!(size("100").unwrap(), 100);
        for bad in ["", "x", "-1", "5 parsecs", "0", "ü"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
