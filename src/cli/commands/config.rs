//! `tunnelql config`.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::{Args, Subcommand};

use super::super::output::OutputArgs;
use super::super::{CliError, settings};
use crate::config::{Kind, SETTINGS, Surroundings};
use crate::store::without_secrets;

/// Say what is set, and where.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Each setting, its value and where it comes from
    Show(Show),
    /// Where your own settings file is, or would be
    Path,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    output: OutputArgs,
}

impl Config {
    pub fn run(&self) -> Result<(), CliError> {
        match &self.action {
            Action::Show(show) => show.run(),
            Action::Path => {
                use std::io::Write;
                let path = Surroundings::of_process().user_file();
                let path = path.ok_or_else(|| CliError::usage("there is no home folder to keep settings in"))?;
                writeln!(std::io::stdout(), "{}", path.display()).map_err(|e| CliError::output("stdout", &e))
            }
        }
    }
}

impl Show {
    fn run(&self) -> Result<(), CliError> {
        let config = settings::current();
        let mut columns: [Vec<Option<String>>; 4] = Default::default();
        let [names, values, origins, meanings] = &mut columns;
        for setting in SETTINGS {
            names.push(Some(setting.name.to_owned()));
            let (value, origin) = match config.get(setting.name) {
                Some(value) => {
                    let shown =
                        |text: &String| if setting.kind == Kind::Places { without_secrets(text) } else { text.clone() };
                    let texts: Vec<String> = value.texts.iter().map(shown).collect();
                    (Some(texts.join(" ")), value.origin.to_string())
                }
                None => ((!setting.default.is_empty()).then(|| setting.default.to_owned()), "default".to_owned()),
            };
            values.push(value);
            origins.push(Some(origin));
            meanings.push(Some(setting.meaning.to_owned()));
        }
        let fields = ["setting", "value", "origin", "meaning"].map(|n| Field::new(n, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let arrays = columns.into_iter().map(|c| Arc::new(StringArray::from(c)) as ArrayRef).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)
            .map_err(|e| CliError::usage(format!("cannot show the settings: {e}")))?;
        let mut begun = self.output.output()?.begin(schema, "settings")?;
        begun.write(&batch)?;
        begun.finish()?;
        Ok(())
    }
}
