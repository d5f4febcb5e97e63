//! `tolerance(…)`: how far values of a row may be from their goldens, key by key.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions)]

use std::fmt;

use crate::compare::Tolerance;
use crate::golden::{Numbers, Tensor};
use crate::line::{Cursor, LineError, Span};

/// Most integers between a value and its golden: from half the range of a byte on, nothing would be compared.
const MAX_STEPS: u32 = 127;

/// What of a tensor a tolerance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Scales.
    Scale,
    /// Zero points.
    ZeroPoint,
    /// Minima.
    Min,
    /// Maxima.
    Max,
    /// Elements of constants: `steps` for integers, `absolute` and `relative` for floats. Integers without a scale stay
    /// equal whatever is said.
    Weights,
    /// Elements of type int32 and int64 with a scale.
    Bias,
}

/// A tolerance of a row's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Own {
    /// For what.
    pub part: Part,
    /// How far.
    pub tolerance: Tolerance,
}

quant_types::words!(Part {
    Scale = "scale",
    ZeroPoint = "zero_point",
    Min = "min",
    Max = "max",
    Weights = "weights",
    Bias = "bias",
});

impl Own {
    /// Whether it is for floats; else it counts steps of integers.
    pub fn is_for_floats(&self) -> bool {
        !matches!(self.tolerance, Tolerance::Steps(_))
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.part, self.tolerance)
    }
}

/// The tolerance among them for a key of a tensor; integers that stay what they are have none.
pub(super) fn of(all: &[Own], tensor: &Tensor, key: &str) -> Option<Tolerance> {
    let integers = matches!(tensor.weights, Some(Numbers::Int(_)));
    let bias = matches!(tensor.dtype.as_deref(), Some("int32" | "int64"));
    let part: Part = match key {
        "weights" if integers && tensor.scale.is_none() => return None,
        "weights" if integers && bias => Part::Bias,
        _ => key.parse().ok()?,
    };
    let steps = part == Part::ZeroPoint || part == Part::Bias || (part == Part::Weights && integers);
    let fits = |own: &&Own| own.part == part && own.is_for_floats() != steps;
    all.iter().find(fits).map(|own| own.tolerance)
}

/// Reads `scale relative 1e-4, weights steps 1, …`.
pub(super) fn read(inside: Span<'_>) -> Result<Vec<Own>, LineError> {
    let mut cursor = Cursor::within(inside);
    let mut all: Vec<Own> = Vec::new();
    loop {
        let column = cursor.blanks().column;
        let own = one(&mut cursor)?;
        let kind = |own: &Own| (own.part, own.is_for_floats());
        if all.iter().any(|other| kind(other) == kind(&own)) {
            return Err((
                column,
                format!("`{}` stands in tolerance twice; keep one", own.part),
            ));
        }
        all.push(own);
        let column = cursor.blanks().column;
        if cursor.rest().is_empty() {
            return Ok(all);
        }
        if !cursor.eat(',') {
            let what = "a comma is missing between tolerances; write tolerance(scale relative 1e-4, weights steps 1)";
            return Err((column, what.to_owned()));
        }
    }
}

/// A key with its distance.
fn one(cursor: &mut Cursor<'_>) -> Result<Own, LineError> {
    let key = word(cursor);
    let part: Part = key.text.parse().map_err(|_| {
        let words: Vec<&str> = Part::ALL.iter().map(|part| part.word()).collect();
        let what = format!("`{}` has no tolerance; use one of {}", key.text, words.join(", "));
        (key.column, what)
    })?;
    let (floats, integers) = match part {
        Part::Scale | Part::Min | Part::Max => (true, false),
        Part::ZeroPoint | Part::Bias => (false, true),
        Part::Weights => (true, true),
    };
    let form = match (floats, integers) {
        (true, true) => format!("`{part} steps N`, `{part} absolute X` or `{part} relative X`"),
        (true, false) => format!("`{part} absolute X`, `{part} relative X` or both"),
        _ => format!("`{part} steps N`"),
    };
    let (mut absolute, mut relative) = (None, None);
    loop {
        let how = word(cursor);
        let number = word(cursor);
        let wrong = |what: &str| Err((how.column, format!("{what}; write {form}")));
        match how.text {
            "steps" if integers && (absolute, relative) == (None, None) => {
                return match number.text.parse() {
                    Ok(steps @ 1..=MAX_STEPS) => Ok(Own {
                        part,
                        tolerance: Tolerance::Steps(steps),
                    }),
                    _ => wrong(&format!(
                        "`{}` is no number of steps in 1…{MAX_STEPS}",
                        number.text
                    )),
                };
            }
            "absolute" if floats && absolute.is_none() => match number.text.parse::<f64>() {
                Ok(x) if x.is_finite() && x > 0.0 => absolute = Some(x),
                _ => return wrong(&format!("`{}` is no number above 0", number.text)),
            },
            "relative" if floats && relative.is_none() => match number.text.parse::<f64>() {
                Ok(x) if x > 0.0 && x < 1.0 => relative = Some(x),
                _ => {
                    return wrong(&format!(
                        "`{}` is no number between 0 and 1, from which on nothing would be compared",
                        number.text
                    ));
                }
            },
            other => return wrong(&format!("`{part} {other}` is no tolerance")),
        }
        cursor.blanks();
        if cursor.rest().is_empty() || cursor.rest().starts_with(',') {
            return Ok(Own {
                part,
                tolerance: Tolerance::Close {
                    absolute: absolute.unwrap_or_default(),
                    relative: relative.unwrap_or_default(),
                },
            });
        }
    }
}

fn word<'a>(cursor: &mut Cursor<'a>) -> Span<'a> {
    cursor.blanks().take(|c| c != ',' && !c.is_whitespace())
}
