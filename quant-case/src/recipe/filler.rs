//! Fillers: how a recipe says what a constant holds.

use super::{Filler, Pos, RecipeError};
use crate::hash;

/// A filler as written: its tag and arguments, each with its place.
pub struct Source {
    pub tag: (String, Pos),
    pub args: Vec<(String, Pos)>,
    pub pos: Pos,
}

/// Expands a filler to one value an element.
///
/// `explicit` lists every element, `constant` repeats one, `gaussian` draws from a normal distribution of
/// the given mean and standard deviation: splitmix64, seeded with the FNV-1a hash of the operand's name,
/// makes uniform numbers, Box and Muller's formula makes them normal (in f64, rounded to f32; integers are
/// rounded toward zero). The same recipe gives the same model everywhere.
pub fn expand(source: &Source, name: &str, dtype: &str, elements: usize) -> Result<Filler, RecipeError> {
    let wants = |count: usize, what: &str| {
        if source.args.len() == count {
            return Ok(());
        }
        let found = source.args.len();
        Err(RecipeError::new(
            source.pos,
            format!("`{name}` has {found} values; {what}"),
        ))
    };
    match source.tag.0.as_str() {
        "explicit" => wants(elements, &format!("its shape needs {elements}"))?,
        "constant" => wants(1, "`constant` takes one")?,
        "gaussian" => wants(2, "`gaussian` takes mean and standard deviation")?,
        other => {
            let what = format!("filler `{other}` is unknown; use explicit, constant or gaussian");
            return Err(RecipeError::new(source.tag.1, what));
        }
    }
    if let ("gaussian", [mean, stddev]) = (source.tag.0.as_str(), source.args.as_slice()) {
        let (mean, stddev) = (parse_f32(mean)?, parse_f32(stddev)?);
        return Ok(gaussian(name, dtype, elements, (mean.into(), stddev.into())));
    }
    let count = if source.tag.0 == "constant" { elements } else { 1 };
    if dtype == "FLOAT32" {
        let values = source.args.iter().map(parse_f32).collect::<Result<Vec<_>, _>>()?;
        return Ok(Filler::Float(values.repeat(count)));
    }
    let (low, high) = range(dtype).ok_or_else(|| {
        RecipeError::new(
            source.pos,
            format!("`{name}` is {dtype}, which has no fillers; use FLOAT32 or an integer type"),
        )
    })?;
    let parse_int = |(word, pos): &(String, Pos)| match word.parse::<i64>() {
        Ok(x) if (low..=high).contains(&x) => Ok(x),
        _ => Err(RecipeError::new(
            *pos,
            format!("`{word}` is no {dtype}; use an integer in {low}…{high}"),
        )),
    };
    let values = source.args.iter().map(parse_int).collect::<Result<Vec<_>, _>>()?;
    Ok(Filler::Int(values.repeat(count)))
}

/// Integers saturate at those of 64 bits.
#[allow(clippy::as_conversions)] // the rounding is the definition
fn gaussian(name: &str, dtype: &str, elements: usize, (mean, stddev): (f64, f64)) -> Filler {
    let mut normal = Normal::new(name);
    let values = (0..elements).map(|_| mean + stddev * normal.next());
    match dtype {
        "FLOAT32" => Filler::Float(values.map(|x| x as f32).collect()),
        _ => Filler::Int(values.map(|x| x as i64).collect()),
    }
}

/// A finite decimal, as the nearest f32.
pub fn parse_f32((word, pos): &(String, Pos)) -> Result<f32, RecipeError> {
    match word.trim_end_matches(['f', 'F']).parse::<f32>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(RecipeError::new(*pos, format!("`{word}` is no finite number"))),
    }
}

fn range(dtype: &str) -> Option<(i64, i64)> {
    Some(match dtype {
        "BOOL" => (0, 1),
        "UINT8" => (0, 255),
        "INT8" => (-128, 127),
        "INT16" => (-32768, 32767),
        "INT32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        "INT64" => (i64::MIN, i64::MAX),
        _ => return None,
    })
}

/// Normally distributed numbers from a name.
struct Normal {
    state: u64,
    spare: Option<f64>,
}

impl Normal {
    fn new(name: &str) -> Self {
        Self {
            state: hash::of(name.bytes()),
            spare: None,
        }
    }

    /// Uniform in (0, 1].
    #[allow(clippy::as_conversions)] // 53 bits are exact
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + f64::EPSILON / 2.0
    }

    fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (2.0 * std::f64::consts::PI * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }
}
