//! Long help by topic: one text file each, listed once. Blocks fenced as `console` are run by the tests.

/// A topic.
pub struct Topic {
    /// The name in `tunnelql help NAME`.
    pub name: &'static str,
    /// The whole text.
    pub text: &'static str,
}

impl Topic {
    /// The first line, which says what it is about.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().map_or("", |line| line.trim_start_matches("# "))
    }
}

macro_rules! topics {
    ($($name:literal,)*) => {
        /// Every topic.
        pub const TOPICS: &[Topic] = &[$(Topic { name: $name, text: include_str!(concat!($name, ".md")) },)*];
    };
}

topics! {
    "data",
    "storage",
    "time",
    "formats",
    "params",
    "scripts",
    "shell",
    "config",
    "functions",
    "kql",
    "explain",
    "charts",
    "exit-codes",
}

/// The topic of a name, in any case.
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|t| t.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_topic_with_a_title() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/help");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|e| e.unwrap().file_name().to_str().and_then(|n| n.strip_suffix(".md")).map(str::to_owned))
            .collect();
        files.sort();
        let mut names: Vec<&str> = TOPICS.iter().map(|t| t.name).collect();
        names.sort_unstable();
        assert_eq!(files, names);
        for topic in TOPICS {
            assert!(topic.text.starts_with("# ") && topic.text.ends_with('\n'), "{}", topic.name);
            assert!(
                topic.text.lines().all(|l| l.starts_with("$ ") || l.chars().count() <= 100),
                "{} has long lines",
                topic.name
            );
        }
        assert!(topic("DATA").is_some() && topic("nothing").is_none());
    }
}
