//! Writes SVG. The only way into it is through escaping: element and attribute names are constants of the program.

use std::fmt::Write;

use crate::render::escape;

/// An attribute.
pub type Attribute<'a> = (&'static str, &'a dyn std::fmt::Display);

/// A drawing being written.
pub struct Svg {
    out: String,
    open: Vec<&'static str>,
}

impl Svg {
    /// Begins a drawing of so many units, which a reader without eyes knows by `label`.
    pub fn new(class: &'static str, width: f64, height: f64, label: &str) -> Self {
        let mut svg = Self { out: String::new(), open: Vec::new() };
        let view = format!("0 0 {} {}", Px(width), Px(height));
        svg.open(
            "svg",
            &[
                ("xmlns", &"http://www.w3.org/2000/svg"),
                ("class", &class),
                ("viewBox", &view),
                ("width", &Px(width)),
                ("height", &Px(height)),
                ("role", &"img"),
                ("aria-label", &label),
            ],
        );
        svg
    }

    fn begin(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            let _ = write!(self.out, " {key}=\"");
            escape::html(&value.to_string(), &mut self.out);
            self.out.push('"');
        }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.begin(name, attributes);
        self.out.push('>');
        self.open.push(name);
    }

    /// Closes the element that was opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = write!(self.out, "</{name}>");
        }
    }

    /// An element with nothing in it but a text that is shown when it is pointed at.
    pub fn shape(&mut self, name: &'static str, attributes: &[Attribute<'_>], tip: &str) {
        self.begin(name, attributes);
        if tip.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push_str("><title>");
            escape::html(tip, &mut self.out);
            let _ = write!(self.out, "</title></{name}>");
        }
    }

    /// A text.
    pub fn text(&mut self, x: f64, y: f64, class: &'static str, text: &str) {
        self.begin("text", &[("x", &Px(x)), ("y", &Px(y)), ("class", &class)]);
        self.out.push('>');
        escape::html(text, &mut self.out);
        self.out.push_str("</text>");
    }

    /// A link around what comes until it is closed.
    pub fn link(&mut self, anchor: &str) {
        self.open("a", &[("href", &format!("#{anchor}"))]);
    }

    /// The whole drawing.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }
}

/// A coordinate with at most one digit after the point.
pub struct Px(pub f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round();
        if tenths % 10.0 == 0.0 { write!(f, "{}", tenths / 10.0) } else { write!(f, "{:.1}", tenths / 10.0) }
    }
}

/// A text cut to about so many letters' widths; wide letters count twice.
pub fn fitted(text: &str, most: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    let mut width = 0;
    for (at, c) in text.char_indices() {
        width += c.width().unwrap_or(0);
        if width > most {
            return format!("{}…", text.get(..at).unwrap_or_default());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_in_unescaped() {
        let evil = "\"><script>alert(1)</script>&\u{202e}";
        let mut svg = Svg::new("x", 10.0, 5.25, evil);
        svg.link(evil);
        svg.shape("rect", &[("data-a", &evil)], evil);
        svg.text(1.0, 2.0, "y", evil);
        let out = svg.finish();
        assert!(!out.contains("<script") && !out.contains('\u{202e}') && out.ends_with("</a></svg>"), "{out}");
        assert!(out.contains("viewBox=\"0 0 10 5.3\"") && out.contains("data-a=\"&quot;&gt;&lt;script"), "{out}");
    }

    #[test]
    fn texts_are_cut_by_width() {
        assert_eq!(
            (fitted("abcdef", 4), fitted("abc", 3), fitted("日本語", 4)),
            ("abcd…".into(), "abc".into(), "日本…".into())
        );
    }
}
