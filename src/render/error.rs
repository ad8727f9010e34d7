//! What can go wrong while rendering: the output, or a type the format cannot hold.

use std::error::Error;
use std::fmt;
use std::io;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use super::chart::ChartError;

/// Why rendering stopped. Values never cause it: any value has a text.
#[derive(Debug)]
pub enum RenderError {
    /// The output could not be written. The kind is kept, so that a closed pipe can be told from a full disk.
    Io(io::Error),
    /// Arrow refused a batch, for instance one that does not fit the schema.
    Arrow(ArrowError),
    /// The Parquet writer refused a batch.
    Parquet(ParquetError),
    /// The format cannot hold a type of the schema, or a batch has other columns than the schema.
    Unsupported(String),
    /// The result cannot be drawn as a chart.
    Chart(Box<ChartError>),
}

impl RenderError {
    /// Whether the reader of the output went away, as in `| head`: the end of the output, not a failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, RenderError::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RenderError::Io(e) => write!(f, "cannot write the output: {e}"),
            RenderError::Arrow(e) => write!(f, "cannot render: {e}"),
            RenderError::Parquet(e) => write!(f, "cannot write Parquet: {e}"),
            RenderError::Unsupported(what) => f.write_str(what),
            RenderError::Chart(e) => e.fmt(f),
        }
    }
}

impl Error for RenderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RenderError::Io(e) => Some(e),
            RenderError::Arrow(e) => Some(e),
            RenderError::Parquet(e) => Some(e),
            RenderError::Unsupported(_) => None,
            RenderError::Chart(e) => Some(e),
        }
    }
}

impl From<io::Error> for RenderError {
    fn from(e: io::Error) -> Self {
        RenderError::Io(e)
    }
}

impl From<ArrowError> for RenderError {
    fn from(e: ArrowError) -> Self {
        match e {
            ArrowError::IoError(_, e) => RenderError::Io(e),
            e => RenderError::Arrow(e),
        }
    }
}

impl From<ParquetError> for RenderError {
    fn from(e: ParquetError) -> Self {
        match e {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(e) => RenderError::Io(*e),
                Err(inner) => RenderError::Parquet(ParquetError::External(inner)),
            },
            e => RenderError::Parquet(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_pipe_is_recognised_through_every_wrapper() {
        let pipe = || io::Error::new(io::ErrorKind::BrokenPipe, "gone");
        assert!(RenderError::from(pipe()).is_broken_pipe());
        assert!(RenderError::from(ArrowError::from(pipe())).is_broken_pipe());
        assert!(RenderError::from(ParquetError::from(pipe())).is_broken_pipe());
    }

    #[test]
    fn other_failures_are_not_broken_pipes() {
        let full = io::Error::new(io::ErrorKind::StorageFull, "full");
        for e in [
            RenderError::from(full),
            RenderError::from(ArrowError::ComputeError("x".into())),
            RenderError::from(ParquetError::External("x".into())),
            RenderError::Unsupported("x".into()),
        ] {
            assert!(!e.is_broken_pipe(), "{e:?}");
        }
    }
}
