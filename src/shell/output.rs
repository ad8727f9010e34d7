//! Where results go and how they look.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use hashbrown::HashSet;

use super::pager::Paged;
use super::{Failure, talk};
use crate::engine::Render;
use crate::render::chart::{ChartKind, ChartOptions, ChartRenderer, Hint, HintedRenderer};
use crate::render::{Format, PlanText, RenderOptions, Renderer, Summary, TimeZone, is_plan, renderer};

/// Rows of a table that fit a glance; more are counted, not shown.
const GLANCE: usize = 40;

/// Lines of a chart where the screen has more, or is none.
const MOST_CHART_LINES: usize = 24;

/// How results look.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The format, when one was chosen.
    pub format: Option<Format>,
    /// The format where neither is chosen nor a file's ending says one.
    pub usual_format: Option<Format>,
    /// Most rows: `Some(0)` is all, `None` is what fits the place.
    pub max_rows: Option<usize>,
    /// Columns of the terminal to use, when they are not the terminal's own.
    pub width: Option<usize>,
    /// Widths of a table's columns from the first on; 0 is fitted.
    pub column_widths: Vec<usize>,
    /// The program for results longer than the screen.
    pub pager: Option<String>,
    /// Results are drawn, as this kind or as what fits their columns.
    pub chart: Option<Option<ChartKind>>,
    /// Time zone of the formats for people.
    pub tz: TimeZone,
    /// Texts that a spreadsheet would take for a formula get a quote.
    pub csv_safe: bool,
    /// Boxes and charts are drawn with ASCII characters alone.
    pub ascii: bool,
}

/// A place for results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Stdout,
    /// All results one after the other.
    File(PathBuf),
    /// A file for each result.
    Folder(PathBuf),
}

/// A place with what was already written there.
#[derive(Debug, Clone, Default)]
struct Target {
    place: Place,
    /// The format of this place: said with it, or its ending's.
    format: Option<Format>,
    results: u32,
    names: HashSet<PathBuf>,
}

impl Target {
    fn new(path: Option<&Path>, format: Option<Format>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { format, ..Self::default() }) };
        let text = path.to_string_lossy();
        if path.is_dir() || text.ends_with(['/', std::path::MAIN_SEPARATOR]) {
            std::fs::create_dir_all(path).map_err(|e| Failure::output(&text, &e))?;
            return Ok(Self { place: Place::Folder(path.to_owned()), format, ..Self::default() });
        }
        let format = match format.or_else(|| Format::from_extension(path)) {
            None if path.extension().is_some() => {
                let mut known: Vec<&str> = Format::ALL.iter().map(|f| f.extension()).collect();
                known.sort_unstable();
                known.dedup();
                return Err(Failure::usage(format!(
                    "the ending of {text} names no format; name one (--format, or behind the file in the shell) or use \
                     one of: {}",
                    known.join(", ")
                )));
            }
            format => format,
        };
        Ok(Self { place: Place::File(path.to_owned()), format, ..Self::default() })
    }
}

/// The place that results are written to, one after the other.
pub struct Output {
    /// How results look.
    pub look: Look,
    target: Target,
    /// The place of the next result alone.
    once: Option<Target>,
}

impl Output {
    /// Results to a file, to a folder, or to stdout.
    pub fn new(look: Look, path: Option<&Path>) -> Result<Self, Failure> {
        let target = Target::new(path, look.format)?;
        let output = Self { look, target, once: None };
        output.refuse_binary()?;
        Ok(output)
    }

    /// Binary results would only do harm on a terminal.
    fn refuse_binary(&self) -> Result<(), Failure> {
        self.refuse(self.format())
    }

    fn refuse(&self, format: Format) -> Result<(), Failure> {
        match format.is_binary() && self.to_terminal() {
            true => Err(Failure::usage(format!("{} is binary; write it to a file with -o FILE", format.name()))),
            false => Ok(()),
        }
    }

    /// Sends the results that follow elsewhere; `None` is stdout.
    pub fn redirect(&mut self, path: Option<&Path>, format: Option<Format>) -> Result<(), Failure> {
        self.target = Target::new(path, format)?;
        self.once = None;
        Ok(())
    }

    /// Sends the next result elsewhere.
    pub fn redirect_once(&mut self, path: &Path, format: Option<Format>) -> Result<(), Failure> {
        self.once = Some(Target::new(Some(path), format)?);
        Ok(())
    }

    /// The next result goes where all go.
    pub fn forget_once(&mut self) {
        self.once = None;
    }

    fn now(&self) -> &Target {
        self.once.as_ref().unwrap_or(&self.target)
    }

    /// Whether results go to a terminal.
    pub fn to_terminal(&self) -> bool {
        self.now().place == Place::Stdout && std::io::stdout().is_terminal()
    }

    /// The name of the place, for errors.
    pub fn name(&self) -> String {
        match &self.now().place {
            Place::Stdout => "stdout".to_owned(),
            Place::File(path) | Place::Folder(path) => path.display().to_string(),
        }
    }

    /// The format of the results.
    pub fn format(&self) -> Format {
        let target = self.now();
        // Who wants a file for each statement wants to go on working with them.
        let default = if matches!(target.place, Place::Folder(_)) { Format::Csv } else { Format::Table };
        target.format.or(self.look.format).or(self.look.usual_format).unwrap_or(default)
    }

    /// How a result looks where it goes now.
    fn options(&self, format: Format) -> RenderOptions {
        let terminal = self.to_terminal();
        let for_people = matches!(format, Format::Table | Format::Vertical);
        let max_rows = match self.look.max_rows {
            Some(0) => None,
            Some(n) => Some(n),
            None => (terminal && for_people).then_some(GLANCE),
        };
        RenderOptions {
            width: terminal.then(|| self.look.width.or_else(terminal_width).unwrap_or(80)),
            max_rows,
            color: terminal && colors(),
            csv_safe: self.look.csv_safe,
            unicode: !self.look.ascii,
            terminal,
            tz: self.look.tz.clone(),
            // Whoever asks for a table gets one.
            auto_vertical: terminal && self.look.format.or(self.look.usual_format).is_none(),
            column_widths: self.look.column_widths.clone(),
            ..RenderOptions::default()
        }
    }

    /// Chooses the format of the results that follow.
    pub fn set_format(&mut self, format: Format) -> Result<(), Failure> {
        let before = (self.look.format, self.target.format);
        self.look.format = Some(format);
        self.target.format = None;
        let refused = self.refuse_binary();
        if refused.is_err() {
            (self.look.format, self.target.format) = before;
        }
        refused
    }

    /// Begins the next result. `stem` names its file where each has one of its own.
    pub fn begin(&mut self, schema: SchemaRef, stem: &str) -> Result<Begun, Failure> {
        self.begin_as(schema, stem, None)
    }

    /// The pager and the screen's lines, where results go to a terminal.
    fn pager(&self) -> Option<(String, usize)> {
        let command = self.look.pager.clone().filter(|_| self.to_terminal() && !dumb())?;
        Some((command, terminal_size().1))
    }

    /// Stdout for texts that are no results.
    pub fn stdout(&self) -> Box<dyn Write + Send> {
        let terminal = std::io::stdout().is_terminal() && !dumb();
        match self.look.pager.clone().filter(|_| terminal) {
            Some(command) => Box::new(Paged::new(command, terminal_size().1, Box::new(std::io::stdout()))),
            None => Box::new(std::io::stdout()),
        }
    }

    /// How charts are drawn.
    pub fn chart_options(&self, kind: Option<ChartKind>, terminal: bool) -> ChartOptions {
        let (width, lines) = terminal_size();
        let width = if terminal { width } else { 80 };
        // The prompt and the row count take lines, too.
        let height = if terminal { lines.saturating_sub(4).min(MOST_CHART_LINES) } else { MOST_CHART_LINES };
        ChartOptions {
            width: self.look.width.unwrap_or(width),
            height,
            kind,
            ascii: self.look.ascii,
            color: terminal && colors(),
            tz: self.look.tz.clone(),
        }
    }

    /// Writes a text where a result would go.
    pub fn text(&mut self, text: &str, stem: &str) -> Result<(), Failure> {
        let (format, pager, name) = (self.format(), self.pager(), self.name());
        let mut target = self.once.take();
        let mut out = target.as_mut().unwrap_or(&mut self.target).open(format, stem, pager)?;
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Failure::output(&name, &e))
    }

    /// Begins the next result with the chart that its query asks for: where people look at it, and unless another is chosen.
    pub fn begin_charted(&mut self, schema: SchemaRef, stem: &str, render: &Render) -> Result<Begun, Failure> {
        let format = self.format();
        let drawn = match format {
            Format::Table => self.to_terminal(),
            format => format == Format::Html,
        };
        if !drawn || self.look.chart.is_some() {
            return self.begin(schema, stem);
        }
        let hint = match Hint::of_render(&render.chart, &render.properties) {
            Ok(Some((hint, ignored))) => {
                if !ignored.is_empty() {
                    talk(&format!("render: without effect here: {}", ignored.join(", ")));
                }
                hint
            }
            Ok(None) => return self.begin(schema, stem),
            Err(why) => {
                talk(&why);
                return self.begin(schema, stem);
            }
        };
        let options = self.options(format);
        let chart = self.chart_options(None, options.terminal);
        let pager = self.pager();
        let mut target = self.once.take();
        let name = target.as_ref().map_or_else(|| self.name(), |t| t.name());
        let out = target.as_mut().unwrap_or(&mut self.target).open(format, stem, pager)?;
        let renderer = Box::new(HintedRenderer::new(schema, out, format, options, chart, hint));
        Ok(Begun { renderer, name, format })
    }

    /// Begins the next result in a format of its own.
    pub fn begin_as(&mut self, schema: SchemaRef, stem: &str, format: Option<Format>) -> Result<Begun, Failure> {
        let format = format.unwrap_or_else(|| self.format());
        self.refuse(format)?;
        let options = self.options(format);
        let pager = self.pager();
        let mut target = self.once.take();
        let name = target.as_ref().map_or_else(|| self.name(), |t| t.name());
        let out = target.as_mut().unwrap_or(&mut self.target).open(format, stem, pager)?;
        if let Some(kind) = self.look.chart {
            let renderer = Box::new(ChartRenderer::new(schema, out, self.chart_options(kind, options.terminal)));
            return Ok(Begun { renderer, name, format });
        }
        let renderer: Result<Box<dyn Renderer>, _> = match format == Format::Table && is_plan(&schema) {
            true => Ok(Box::new(PlanText::new(out))),
            false => renderer(format, schema, out, options),
        };
        let renderer = renderer.map_err(|e| Failure::render(&name, &e))?;
        Ok(Begun { renderer, name, format })
    }
}

/// A result on its way out.
pub struct Begun {
    renderer: Box<dyn Renderer>,
    name: String,
    format: Format,
}

impl Begun {
    /// Some rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.renderer.write(batch).map_err(|e| Failure::render(&self.name, &e))
    }

    /// The end, and what to say when rows were left out without a word in the result itself.
    pub fn finish(self) -> Result<(Summary, Option<String>), Failure> {
        let summary = self.renderer.finish().map_err(|e| Failure::render(&self.name, &e))?;
        let silent = summary.is_cut() && !matches!(self.format, Format::Table | Format::Vertical);
        Ok((summary, silent.then(|| format!("{} rows, {} shown", summary.rows, summary.shown))))
    }
}

impl Target {
    fn name(&self) -> String {
        match &self.place {
            Place::Stdout => "stdout".to_owned(),
            Place::File(path) | Place::Folder(path) => path.display().to_string(),
        }
    }

    fn open(
        &mut self,
        format: Format,
        stem: &str,
        pager: Option<(String, usize)>,
    ) -> Result<Box<dyn Write + Send>, Failure> {
        self.results += 1;
        let path = match &self.place {
            Place::Stdout => {
                return Ok(match pager {
                    Some((command, lines)) => Box::new(Paged::new(command, lines, Box::new(std::io::stdout()))),
                    None => Box::new(BufWriter::with_capacity(1 << 16, std::io::stdout())),
                });
            }
            Place::File(path) => path.clone(),
            Place::Folder(folder) => {
                let path = folder.join(format!("{stem}.{}", format.extension()));
                if !self.names.insert(path.clone()) {
                    return Err(Failure::usage(format!(
                        "two statements would write {}; give each another '-- name:'",
                        path.display()
                    )));
                }
                path
            }
        };
        let goes_on = self.results > 1 && matches!(self.place, Place::File(_));
        if goes_on && format.is_binary() {
            return Err(Failure::usage(format!("a {} file holds one result; give one statement", format.name())));
        }
        let mut options = File::options();
        options.write(true).create(true);
        // A second result of a script goes after the first.
        if goes_on {
            options.append(true)
        } else {
            options.truncate(true)
        };
        let file = options.open(&path).map_err(|e| Failure::output(&path.display().to_string(), &e))?;
        Ok(Box::new(BufWriter::with_capacity(1 << 16, file)))
    }
}

/// Whether a terminal is to be coloured.
pub fn colors() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && !dumb()
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// Columns and lines of the terminal, or of a usual one.
pub fn terminal_size() -> (usize, usize) {
    let size = terminal_size::terminal_size().map(|(w, h)| (usize::from(w.0), usize::from(h.0)));
    size.filter(|(w, h)| *w > 0 && *h > 0).unwrap_or((80, 24))
}

/// Columns of the terminal.
pub fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(w, _)| usize::from(w.0)).filter(|w| *w > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_follow_the_place_unless_said() {
        let output = |format, path: Option<&str>| {
            Output::new(Look { format, ..Look::default() }, path.map(Path::new)).unwrap().format()
        };
        assert_eq!(output(None, None), Format::Table);
        assert_eq!(output(None, Some("a.csv")), Format::Csv);
        assert_eq!(output(Some(Format::Json), Some("a.csv")), Format::Json);
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap().to_owned() + "/";
        assert_eq!(output(None, Some(&at)), Format::Csv);
        let mut output = Output::new(Look { format: Some(Format::Vertical), ..Look::default() }, None).unwrap();
        output.redirect_once(Path::new("b.json"), None).unwrap();
        assert_eq!((output.format(), output.name().as_str()), (Format::Json, "b.json"));
        output.forget_once();
        assert_eq!((output.format(), output.name().as_str()), (Format::Vertical, "stdout"));
    }
}
