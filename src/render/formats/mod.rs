//! The formats: one file each, registered in the one list below.

mod arrow;
mod csv;
mod html;
mod json;
mod markdown;
mod ndjson;
mod parquet;
mod table;
mod tsv;
mod vertical;

use std::path::Path;

use ::arrow::datatypes::SchemaRef;

use crate::render::{Opened, Output, RenderOptions};

/// What a format's file says about it.
struct Spec {
    /// The name in options and commands.
    name: &'static str,
    /// File extensions in lower case that mean this format.
    extensions: &'static [&'static str],
    /// Whether the output is no text for a terminal.
    binary: bool,
    open: for<'a> fn(SchemaRef, Output<'a>, RenderOptions) -> Opened<'a>,
}

/// Makes the enum, [`Format::ALL`] and the way from a format to its file out of the one list.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $file:ident,)*) => {
        /// How a result is written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format { $($(#[$doc])* $variant,)* }

        impl Format {
            /// Every format, those for people first.
            pub const ALL: &'static [Format] = &[$(Format::$variant,)*];

            fn spec(self) -> &'static Spec {
                match self { $(Format::$variant => &$file::SPEC,)* }
            }
        }
    };
}

formats! {
    /// A box fitted to the terminal.
    Table => table,
    /// One line for each value, for wide rows.
    Vertical => vertical,
    /// A GitHub table.
    Markdown => markdown,
    /// A self-contained page.
    Html => html,
    /// Comma-separated, RFC 4180.
    Csv => csv,
    /// Tab-separated, one line a row, escaped with backslashes.
    Tsv => tsv,
    /// One JSON array of objects.
    Json => json,
    /// One JSON object a line.
    Ndjson => ndjson,
    /// A Parquet file, zstd.
    Parquet => parquet,
    /// An Arrow IPC file.
    Arrow => arrow,
}

impl Format {
    /// The name used in options and commands.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The format of a name, in any case. `None` for an unknown one.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|f| f.name().eq_ignore_ascii_case(name))
    }

    /// The format that a file's extension stands for, in any case. `None` for an unknown one or none.
    pub fn from_extension(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?;
        let known = |f: &Format| f.spec().extensions.iter().any(|e| e.eq_ignore_ascii_case(extension));
        Format::ALL.iter().copied().find(known)
    }

    /// The ending that a file of this format gets.
    pub fn extension(self) -> &'static str {
        self.spec().extensions.first().copied().unwrap_or("txt")
    }

    /// Whether the output is bytes that do not belong on a terminal.
    pub fn is_binary(self) -> bool {
        self.spec().binary
    }

    pub(super) fn open<'a>(self, schema: SchemaRef, out: Output<'a>, options: RenderOptions) -> Opened<'a> {
        (self.spec().open)(schema, out, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_lead_to_one_format() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(*format));
            assert_eq!(Format::from_name(&format.name().to_uppercase()), Some(*format));
            for extension in format.spec().extensions {
                let path = format!("a.b/c.{}", extension.to_uppercase());
                assert_eq!(Format::from_extension(Path::new(&path)), Some(*format));
            }
        }
        for (path, want) in [
            ("x.csv", Some(Format::Csv)),
            ("x.jsonl", Some(Format::Ndjson)),
            ("x.htm", Some(Format::Html)),
            ("x.feather", Some(Format::Arrow)),
            ("x.txt", Some(Format::Table)),
            ("x.csv.gz", None),
            ("csv", None),
            ("", None),
        ] {
            assert_eq!(Format::from_extension(Path::new(path)), want, "{path}");
        }
        assert_eq!(Format::from_name("xml"), None);
    }

    #[test]
    fn only_files_are_binary() {
        let binary: Vec<_> = Format::ALL.iter().filter(|f| f.is_binary()).collect();
        assert_eq!(binary, [&Format::Parquet, &Format::Arrow]);
    }
}
