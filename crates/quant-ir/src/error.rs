//! The one error type: what happened, where, what to do about it, and the error behind it.

mod kind;
mod place;
mod problem;
mod words;

use std::fmt;
use std::sync::Arc;

pub use kind::ErrorKind;
pub use place::Place;
pub use problem::Problem;

/// An error of the quantizer, shown on one line as `place: problem; hint`. It is one pointer wide.
///
/// ```
/// use quant_ir::{Error, ErrorKind, Place, Problem};
///
/// let error = Error::new(Place::tensor("activation", "x"), Problem::MissingRange, "record first").within("a.circle");
/// assert!(matches!(error.problem(), Problem::MissingRange));
/// assert_eq!((error.kind(), error.tensor(), error.hint()), (ErrorKind::Invalid, Some("x"), "record first"));
/// assert_eq!(error.to_string(), "a.circle: activation `x`: it has no recorded range; record first");
/// ```
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
    /// A problem, where it is, and what to do about it.
    #[cold]
    pub fn new(place: impl Into<Place>, problem: Problem, hint: impl Into<String>) -> Self {
        Self::of(place.into(), problem, hint.into())
    }

    fn of(place: Place, problem: Problem, hint: String) -> Self {
        let places = if place.is_empty() { Vec::new() } else { vec![place] };
        Self(Box::new(Parts {
            places,
            problem,
            hint,
            source: None,
        }))
    }

    /// The input is wrong at `place`, in a way that no other [`Problem`] names.
    #[cold]
    pub fn invalid(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(place.into(), Problem::Invalid(what.into()), hint.into())
    }

    /// What stands at `place` is not supported, for a reason that no other [`Problem`] names.
    #[cold]
    pub fn unsupported(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(place.into(), Problem::Unsupported(what.into()), hint.into())
    }

    /// A limit was reached at `place`.
    #[cold]
    pub fn limit(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(place.into(), Problem::Limit(what.into()), hint.into())
    }

    /// Data could not be had from `place`.
    #[cold]
    pub fn io(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(place.into(), Problem::Io(what.into()), hint.into())
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

    /// What to do about it; empty when nobody knows.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }

    /// The innermost operator that the error names.
    pub fn operator(&self) -> Option<&Place> {
        let operator = |place: &&Place| matches!(place, Place::Operator { .. });
        self.0.places.iter().rev().find(operator)
    }

    /// The label of the innermost tensor that the error names.
    pub fn tensor(&self) -> Option<&str> {
        self.0.places.iter().rev().find_map(|place| match place {
            Place::Tensor { label, .. } => Some(label.as_str()),
            _ => None,
        })
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
