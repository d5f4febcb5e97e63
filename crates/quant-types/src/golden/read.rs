//! Reading golden JSON. The library checks that the text is JSON; numbers are then read where they stand.

use serde_json::value::RawValue;

use super::{Numbers, Tensor};
use crate::json;
use crate::limits::MAX_RANK;

const KEYS: [&str; 7] = [
    "dtype",
    "weights",
    "min",
    "max",
    "scale",
    "zero_point",
    "quantized_dimension",
];

/// Reads one golden.
///
/// # Errors
/// What is wrong, without the file's name.
pub fn parse(text: &str) -> Result<Tensor, String> {
    let mut tensor = Tensor::default();
    let mut weights = None;
    for (key, value) in json::object(text)? {
        let value = value.get();
        let place = |error: String| format!("{key}: {error}");
        match key.as_str() {
            "dtype" => {
                let dtype =
                    serde_json::from_str(value).map_err(|_| format!("dtype: {value} is no string"))?;
                tensor.dtype = Some(dtype);
            }
            "weights" => weights = Some(value),
            "min" => tensor.min = Some(list(value, float).map_err(place)?),
            "max" => tensor.max = Some(list(value, float).map_err(place)?),
            "scale" => tensor.scale = Some(list(value, float).map_err(place)?),
            "zero_point" => tensor.zero_point = Some(list(value, int).map_err(place)?),
            "quantized_dimension" => {
                let dimension = match list(value, int).map_err(place)?.as_slice() {
                    &[one] => i32::try_from(one).ok(),
                    _ => None,
                };
                let wrong = || format!("quantized_dimension: {value} is no single dimension");
                tensor.quantized_dimension = Some(dimension.ok_or_else(wrong)?);
            }
            _ => return Err(format!("unknown key `{key}`; known are {}", KEYS.join(", "))),
        }
    }
    if let Some(text) = weights {
        let place = |error: String| format!("weights: {error}");
        let is_float = tensor
            .dtype
            .as_deref()
            .is_some_and(|dtype| dtype.starts_with("float"));
        // Integers when all are written as integers and the type is no float type.
        let ints = if is_float { None } else { nested(text, exact).ok() };
        let (shape, numbers) = match ints {
            Some((shape, values)) => (shape, Numbers::Int(values)),
            None => nested(text, float)
                .map(|(shape, values)| (shape, Numbers::Float(values)))
                .map_err(place)?,
        };
        (tensor.shape, tensor.weights) = (shape, Some(numbers));
    }
    Ok(tensor)
}

/// Reads a dump: an object with a tensor a key.
///
/// # Errors
/// What is wrong, with the tensor's name.
pub fn parse_dump(text: &str) -> Result<Vec<(String, Tensor)>, String> {
    let entries = json::object(text)?.into_iter();
    let tensor = |(name, value): (String, &RawValue)| match parse(value.get()) {
        Ok(tensor) => Ok((name, tensor)),
        Err(error) => Err(format!("`{name}`: {error}")),
    };
    entries.map(tensor).collect()
}

/// One value, or a list of them.
fn list<T>(text: &str, one: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    match nested(text, one)? {
        (shape, values) if shape.len() < 2 => Ok(values),
        (shape, _) => Err(format!("a list of shape {shape:?}, not of numbers")),
    }
}

/// Nested lists of equal lengths, row-major, with their lengths. The text is valid JSON.
fn nested<T>(text: &str, one: fn(&str) -> Result<T, String>) -> Result<(Vec<usize>, Vec<T>), String> {
    let different = || "rows of different lengths".to_owned();
    let mut values = Vec::new();
    // Lengths that are known, and for each open list how many elements it has so far.
    let mut shape: Vec<Option<usize>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut leaf_depth = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_end = |c: char| ",] \n\r\t".contains(c);
        let end = match first {
            '[' | ']' | ',' | ' ' | '\n' | '\r' | '\t' => 1,
            _ => rest.find(is_end).unwrap_or(rest.len()),
        };
        let Some((word, behind)) = rest.split_at_checked(end) else {
            return Err(format!("{rest} is no number"));
        };
        rest = behind;
        match first {
            '[' => {
                if open.len() == MAX_RANK {
                    return Err(format!("lists are nested deeper than {MAX_RANK}"));
                }
                open.push(0);
                if open.len() > shape.len() {
                    shape.push(None);
                }
            }
            ']' => {
                let count = open.pop().unwrap_or_default();
                match shape.get_mut(open.len()) {
                    Some(known) if known.is_none_or(|known| known == count) => *known = Some(count),
                    _ => return Err(different()),
                }
                one_more(&mut open);
            }
            _ if word == "," || word.trim().is_empty() => {}
            _ => {
                if *leaf_depth.get_or_insert(open.len()) != open.len() {
                    return Err(format!("{word} stands where a row should"));
                }
                values.push(one(word)?);
                one_more(&mut open);
            }
        }
    }
    let shape: Vec<usize> = shape.into_iter().map(Option::unwrap_or_default).collect();
    let elements = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if leaf_depth.is_some_and(|depth| depth != shape.len()) || elements != Some(values.len()) {
        return Err(different());
    }
    Ok((shape, values))
}

/// The innermost open list has one element more. There is memory for all of them, so the count is no overflow.
fn one_more(open: &mut [usize]) {
    if let Some(count) = open.last_mut() {
        *count = count.saturating_add(1);
    }
}

/// A finite number as f32: through the decimal, so that the nearest f32 is found.
fn float(word: &str) -> Result<f32, String> {
    match word.parse::<f32>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(format!("{word} is no finite f32")),
    }
}

/// An integer as it is written.
fn exact(word: &str) -> Result<i64, String> {
    word.parse().map_err(|_| format!("{word} is no integer"))
}

/// An integer, also when written as a float; both types hold integers below 2⁵³ exactly.
#[allow(clippy::as_conversions)]
fn int(word: &str) -> Result<i64, String> {
    match (word.parse(), word.parse::<f64>()) {
        (Ok(x), _) => Ok(x),
        (_, Ok(x)) if x.trunc() == x && x.abs() < 9e15 => Ok(x as i64),
        _ => Err(format!("{word} is no integer")),
    }
}
