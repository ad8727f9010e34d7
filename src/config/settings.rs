//! The one list of settings: what can be set, of what kind, and what it means.

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in files; in the environment `TUNNELQL_` and the name in capitals.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What holds when nothing is set; empty when nothing does.
    pub default: &'static str,
    /// What it means, in a line.
    pub meaning: &'static str,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One or several places.
    Places,
    /// A text; what it means is known where it is used.
    Text,
    /// A whole number from 0 on.
    Count,
    /// On or off.
    Flag,
    /// A program to run: only the user's own file and environment may name one.
    Program,
}

impl Kind {
    /// In words, for errors.
    pub(super) fn expects(self) -> &'static str {
        match self {
            Kind::Places => "a text or a list of texts",
            Kind::Text => "a text",
            Kind::Count => "a whole number from 0 on",
            Kind::Flag => "true or false",
            Kind::Program => "a command as text",
        }
    }

    /// Whether a text of the environment can be one.
    pub(super) fn check_text(self, text: &str) -> Result<(), String> {
        let good = match self {
            Kind::Places | Kind::Text | Kind::Program => true,
            Kind::Count => text.parse::<u32>().is_ok(),
            Kind::Flag => matches!(text, "true" | "false"),
        };
        if good { Ok(()) } else { Err(format!("expected {}, found '{text}'", self.expects())) }
    }
}

impl Setting {
    /// The variable of the environment that sets it.
    pub fn variable(&self) -> String {
        format!("TUNNELQL_{}", self.name.to_ascii_uppercase())
    }
}

const fn setting(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, kind, default, meaning }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    setting("data", Kind::Places, "./tunnelql-archive", "archives, export folders, files, globs or URLs, as --data"),
    setting("since", Kind::Text, "", "only records from this time on, as --since"),
    setting("until", Kind::Text, "", "only records before this time, as --until"),
    setting("last", Kind::Text, "", "only records of the last so long, as --last"),
    setting("late_margin", Kind::Text, "6h", "how long after an event its record may arrive in a raw export"),
    setting("keep_unknown", Kind::Flag, "false", "keep records of other categories in other_log"),
    setting("format", Kind::Text, "table", "format of results, as --format"),
    setting("max_rows", Kind::Count, "", "rows shown at most, 0 for all; of tables on a terminal 40 unless set"),
    setting("tz", Kind::Text, "UTC", "time zone that people are shown, as --tz"),
    setting("ascii", Kind::Flag, "", "draw with ASCII characters alone; where the locale's are not UTF-8 unless set"),
    setting("pager", Kind::Program, "", "pager for results longer than the screen; off for none"),
    setting("editor", Kind::Program, "", "editor of statements; $VISUAL, $EDITOR or vi unless set"),
    setting("memory_limit", Kind::Text, "", "memory to keep under, as --memory-limit"),
    setting("threads", Kind::Count, "", "threads; one a processor unless set"),
    setting("timeout", Kind::Text, "", "give up a statement after so long, as --timeout"),
];

/// The setting of a name.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.name == name)
}
