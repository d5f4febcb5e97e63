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
/// `explicit` lists the elements, and those that it leaves out are zero; `constant` repeats its first value; `gaussian`
/// draws from a normal distribution of the given mean and standard deviation: splitmix64, seeded with the FNV-1a hash
/// of the operand's name, makes uniform numbers, Box and Muller's formula makes them normal (in f64, rounded to f32;
/// integers are rounded toward zero and clipped to their type). The same recipe gives the same model everywhere.
pub fn expand(source: &Source, name: &str, dtype: &str, elements: usize) -> Result<Filler, RecipeError> {
    let found = source.args.len();
    let wants = |fits: bool, what: &str| {
        if fits {
            return Ok(());
        }
        let plural = if found == 1 { "" } else { "s" };
        let what = format!("`{name}` has {found} value{plural}; {what}");
        Err(RecipeError::new(source.pos, what))
    };
    // What the values are repeated or filled up to.
    let (repeat, missing) = match source.tag.0.as_str() {
        "explicit" => {
            wants(found <= elements, &format!("its shape needs {elements}"))?;
            (1, elements.saturating_sub(found))
        }
        "constant" => {
            wants(found > 0, "`constant` takes one")?;
            (elements, 0)
        }
        "gaussian" => {
            wants(found == 2, "`gaussian` takes mean and standard deviation")?;
            return gaussian(source, name, dtype, elements);
        }
        other => {
            let what = format!("filler `{other}` is unknown; use explicit, constant or gaussian");
            return Err(RecipeError::unsupported(source.tag.1, what));
        }
    };
    let args = if source.tag.0 == "constant" {
        source.args.get(..1).unwrap_or_default()
    } else {
        &source.args
    };
    Ok(match dtype {
        "FLOAT32" | "FLOAT16" => Filler::Float(all(args, |arg| float(arg, dtype), repeat, missing)?),
        // One text would take its length as often as there are elements.
        "STRING" if source.tag.0 == "constant" => return Err(no_filler(source, name, dtype)),
        "STRING" => Filler::Text(all(args, |(text, _)| Ok(text.clone()), repeat, missing)?),
        _ => {
            let range = range(dtype).ok_or_else(|| no_filler(source, name, dtype))?;
            Filler::Int(all(args, |arg| int(arg, dtype, range), repeat, missing)?)
        }
    })
}

fn all<T: Clone + Default>(
    args: &[(String, Pos)],
    read: impl Fn(&(String, Pos)) -> Result<T, RecipeError>,
    repeat: usize,
    missing: usize,
) -> Result<Vec<T>, RecipeError> {
    let values = args.iter().map(read).collect::<Result<Vec<T>, _>>()?;
    let count = values.len().saturating_mul(repeat);
    let given = values.iter().cycle().take(count).cloned();
    Ok(given.chain(std::iter::repeat_n(T::default(), missing)).collect())
}

fn no_filler(source: &Source, name: &str, dtype: &str) -> RecipeError {
    let what = format!("`{name}` is {dtype}, which has no such filler; use FLOAT32 or an integer type");
    RecipeError::unsupported(source.pos, what)
}

fn int((word, pos): &(String, Pos), dtype: &str, (low, high): (i64, i64)) -> Result<i64, RecipeError> {
    let number = match (dtype, word.as_str()) {
        ("BOOL", "true" | "TRUE" | "t" | "T") => Ok(1),
        ("BOOL", "false" | "FALSE" | "f" | "F") => Ok(0),
        _ => word.parse::<i64>(),
    };
    match number {
        Ok(x) if (low..=high).contains(&x) => Ok(x),
        _ => Err(RecipeError::new(
            *pos,
            format!("`{word}` is no {dtype}; use an integer in {low}…{high}"),
        )),
    }
}

/// A float that is finite in its type.
fn float(arg: &(String, Pos), dtype: &str) -> Result<f32, RecipeError> {
    /// From here on, FLOAT16 rounds to infinity: half a step above its largest number.
    const F16_END: f32 = 65520.0;
    match parse_f32(arg)? {
        x if dtype == "FLOAT16" && x.abs() >= F16_END => Err(RecipeError::new(
            arg.1,
            format!("`{}` is no finite FLOAT16", arg.0),
        )),
        x => Ok(x),
    }
}

#[allow(clippy::as_conversions)] // the rounding is the definition
fn gaussian(source: &Source, name: &str, dtype: &str, elements: usize) -> Result<Filler, RecipeError> {
    let [mean, stddev] = source.args.as_slice() else {
        return Err(no_filler(source, name, dtype));
    };
    let (mean, stddev) = (f64::from(parse_f32(mean)?), f64::from(parse_f32(stddev)?));
    let mut normal = Normal::new(name);
    let values = (0..elements).map(|_| mean + stddev * normal.next());
    Ok(match (dtype, range(dtype)) {
        ("FLOAT32", _) => Filler::Float(values.map(|x| x as f32).collect()),
        ("FLOAT16", _) => Filler::Float(values.map(|x| (x as f32).clamp(-65504.0, 65504.0)).collect()),
        (_, Some((low, high))) => Filler::Int(values.map(|x| (x as i64).clamp(low, high)).collect()),
        _ => return Err(no_filler(source, name, dtype)),
    })
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
        "UINT4" => (0, 15),
        "INT4" => (-8, 7),
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
