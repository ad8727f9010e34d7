//! What a blob's path says in Azure's layouts: category, gateway and hour. Other layouts say nothing and work too.
//!
//! `insights-logs-<category>/resourceId=/SUBSCRIPTIONS/<id>/RESOURCEGROUPS/<rg>/PROVIDERS/MICROSOFT.NETWORK/`
//! `VIRTUALNETWORKGATEWAYS/<name>/y=2026/m=03/d=01/h=07/m=00/PT1H.json`, where `m=` stands twice (month, minute),
//! `resourceId=` has an empty value and the case varies.

use crate::model::{Category, TICKS_PER_SECOND, Ticks, ticks_from_civil};

/// A half-open range of arrival times in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourRange {
    /// First tick.
    pub start: Ticks,
    /// First tick after it.
    pub end: Ticks,
}

impl HourRange {
    /// Whether the two have a tick in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// What a path says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathInfo {
    /// The category of the container, when it is a VPN gateway's.
    pub category: Option<Category>,
    /// The container is one of Azure's diagnostic-setting containers, of whatever category.
    pub diagnostic_container: bool,
    /// Resource id with its leading slash; empty when the path has none.
    pub resource_id: String,
    /// Arrival times that the path allows: as narrow as the parts of `y=/m=/d=/h=` that are there.
    pub hours: Option<HourRange>,
    /// The path has reached a resource id, below which there is no category any more.
    pub below_resource: bool,
    /// Whether the day is fixed, so that everything below is one day at most.
    pub has_day: bool,
}

impl PathInfo {
    /// Reads a path, or the beginning of one, with the container among its segments.
    pub fn parse(path: &str) -> Self {
        let mut info = Self::default();
        let mut parts = path.split('/').filter(|p| !p.is_empty()).peekable();
        let (mut year, mut month, mut day, mut hour) = (None, None, None, None);
        while let Some(part) = parts.next() {
            if let Some(rest) = strip_ci(part, "insights-logs-") {
                info.diagnostic_container = true;
                // In `abfss://container@account...` the account stands in the same part.
                let name = rest.split_once('@').map_or(rest, |(name, _)| name);
                info.category = Category::from_azure_name(name);
            } else if strip_ci(part, "resourceid=").is_some_and(str::is_empty) {
                info.below_resource = true;
                while let Some(next) = parts.peek() {
                    if number(next, "y=").is_some() {
                        break;
                    }
                    info.resource_id.push('/');
                    info.resource_id.push_str(next);
                    parts.next();
                }
            } else if strip_ci(part, "workspaceresourceid=").is_some_and(str::is_empty) {
                info.below_resource = true;
            } else if let Some(y) = number(part, "y=") {
                (year, month, day, hour) = (Some(y), None, None, None);
            } else if let (Some(_), None, Some(m)) = (year, month, number(part, "m=")) {
                month = Some(m);
            } else if let (Some(_), None, Some(d)) = (month, day, number(part, "d=")) {
                day = Some(d);
            } else if let (Some(_), None, Some(h)) = (day, hour, number(part, "h=")) {
                hour = Some(h);
            }
        }
        info.has_day = day.is_some();
        info.hours = year.and_then(|y| span(y, month, day, hour));
        info
    }
}

fn span(year: u32, month: Option<u32>, day: Option<u32>, hour: Option<u32>) -> Option<HourRange> {
    const HOUR: i64 = 3600 * TICKS_PER_SECOND;
    let at = |y: u32, m: u32, d: u32, h: u32| ticks_from_civil(i64::from(y), m, d, h, 0, 0, 0);
    let (start, end) = match (month, day, hour) {
        (None, ..) => (at(year, 1, 1, 0)?, at(year + 1, 1, 1, 0)?),
        (Some(12), None, _) => (at(year, 12, 1, 0)?, at(year + 1, 1, 1, 0)?),
        (Some(m), None, _) => (at(year, m, 1, 0)?, at(year, m + 1, 1, 0)?),
        (Some(m), Some(d), None) => {
            let start = at(year, m, d, 0)?;
            (start, start + 24 * HOUR)
        }
        (Some(m), Some(d), Some(h)) => {
            let start = at(year, m, d, h)?;
            (start, start + HOUR)
        }
    };
    Some(HourRange { start, end })
}

fn strip_ci<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn number(part: &str, key: &str) -> Option<u32> {
    let digits = strip_ci(part, key)?;
    (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_iso;

    const FULL: &str = "x/insights-logs-ikediagnosticlog/resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/\
                        MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW/y=2026/m=03/d=01/h=07/m=00/PT1H.json";

    #[test]
    fn azure_layout_with_m_twice_and_an_empty_resource_id() {
        let info = PathInfo::parse(FULL);
        assert_eq!(info.category, Some(Category::Ike));
        assert_eq!(
            info.resource_id,
            "/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW"
        );
        let hours = info.hours.unwrap();
        assert_eq!(Some(hours.start), parse_iso("2026-03-01T07:00:00Z"));
        assert_eq!(Some(hours.end), parse_iso("2026-03-01T08:00:00Z"));
    }

    #[test]
    fn the_container_of_an_abfss_url_is_no_other_for_its_account() {
        let info = PathInfo::parse("abfss://insights-logs-ikediagnosticlog@acct.dfs.core.windows.net/y=2026/m=03");
        assert_eq!((info.category, info.diagnostic_container), (Some(Category::Ike), true));
    }

    #[test]
    fn case_varies() {
        let lower = FULL.to_ascii_lowercase();
        let info = PathInfo::parse(&lower);
        assert_eq!(info.category, Some(Category::Ike));
        assert_eq!(info.hours, PathInfo::parse(FULL).hours);
        assert!(info.resource_id.ends_with("/gw"));
    }

    #[test]
    fn beginnings_of_paths_allow_wider_spans() {
        for (path, start, end) in [
            ("y=2026", "2026-01-01", "2027-01-01"),
            ("y=2026/m=12", "2026-12-01", "2027-01-01"),
            ("a/y=2026/m=02", "2026-02-01", "2026-03-01"),
            ("y=2026/m=03/d=01", "2026-03-01", "2026-03-02"),
        ] {
            let hours = PathInfo::parse(path).hours.unwrap();
            assert_eq!((Some(hours.start), Some(hours.end)), (parse_iso(start), parse_iso(end)), "{path}");
        }
    }

    #[test]
    fn log_analytics_export_and_other_layouts() {
        let path = "am-azurediagnostics/WorkspaceResourceId=/subscriptions/s/resourcegroups/rg/y=2026/m=03/d=01/h=07/m=05/PT05M.json";
        let info = PathInfo::parse(path);
        assert_eq!((info.category, info.resource_id.as_str()), (None, ""));
        assert_eq!(Some(info.hours.unwrap().start), parse_iso("2026-03-01T07:00:00Z"));
        for odd in ["", "logs/2026/03/01.json", "y=/m=", "y=2026/m=99/d=01", "h=07", "insights-logs-x", "é/y=20é"] {
            assert_eq!(PathInfo::parse(odd).category, None, "{odd}");
        }
        assert_eq!(PathInfo::parse("y=2026/m=99/d=01").hours, None);
        assert!(PathInfo::parse("insights-logs-azurefirewall/x").diagnostic_container);
    }
}
