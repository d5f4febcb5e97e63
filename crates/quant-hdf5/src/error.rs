//! The one error type: what happened, where in the file, what to do about it, and the error behind it.

mod kind;
mod problem;

use std::fmt;
use std::sync::Arc;

pub use kind::ErrorKind;
pub use problem::Problem;

/// Where an error happened.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, as the user wrote its path.
    File(String),
    /// A group or dataset, by its path or name in the file.
    Object(String),
}

/// An error, shown on one line as `place: problem; hint`. It is one pointer wide.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    /// The outermost first.
    places: Vec<Place>,
    problem: Problem,
    hint: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A problem, and what to do about it.
    #[cold]
    pub fn new(problem: Problem, hint: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            places: Vec::new(),
            problem,
            hint: hint.into(),
            source: None,
        }))
    }

    /// The file is damaged, in a way that has a [`Problem`] of its own or not ([`Problem::Damaged`]).
    #[cold]
    pub fn damaged(problem: impl Into<Problem>) -> Self {
        Self::new(problem.into(), "the file is damaged, write it again")
    }

    /// Bytes cannot be read or written.
    #[cold]
    pub fn io(error: std::io::Error) -> Self {
        Self::new(Problem::Io(error.to_string()), "check the file and its disk").caused_by(error)
    }

    /// The same error, with the one that it comes from.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// The same error seen from further out: `place` is put before its places.
    #[must_use]
    pub fn within(mut self, place: impl Into<Place>) -> Self {
        self.0.places.insert(0, place.into());
        self
    }

    /// What happened.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Whose turn it is; exit codes hang on it.
    pub fn kind(&self) -> ErrorKind {
        self.0.problem.kind()
    }

    /// Where it happened, the outermost place first.
    pub fn places(&self) -> &[Place] {
        &self.0.places
    }

    /// Where it happened, as it is shown; empty when nobody said.
    pub fn place(&self) -> String {
        let shown: Vec<String> = self.0.places.iter().map(Place::to_string).collect();
        shown.join(": ")
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(text) | Self::Object(text) => f.write_str(text),
        }
    }
}

impl From<String> for Place {
    fn from(path: String) -> Self {
        Self::Object(path)
    }
}

impl From<&String> for Place {
    fn from(path: &String) -> Self {
        Self::Object(path.clone())
    }
}

impl From<&str> for Place {
    fn from(path: &str) -> Self {
        Self::Object(path.to_owned())
    }
}

impl From<std::path::Display<'_>> for Place {
    fn from(path: std::path::Display<'_>) -> Self {
        Self::File(path.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.0.places {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.0.problem)?;
        if !self.0.hint.is_empty() {
            write!(f, "; {}", self.0.hint)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("places", &self.0.places)
            .field("problem", &self.0.problem)
            .field("hint", &self.0.hint)
            .field("source", &self.0.source)
            .finish()
    }
}

/// Equal problems at equal places; the errors behind them do not count.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let [a, b] = [&self.0, &other.0];
        (&a.places, &a.problem, &a.hint) == (&b.places, &b.problem, &b.hint)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}
