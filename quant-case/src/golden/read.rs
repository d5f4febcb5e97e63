//! Reading golden JSON.

use serde_json::Value;

use super::{Numbers, Tensor};

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
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    from_value(&value)
}

/// Reads one golden from a JSON value.
pub fn from_value(value: &Value) -> Result<Tensor, String> {
    let object = value.as_object().ok_or("a golden is an object")?;
    if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key `{key}`; known are {}", KEYS.join(", ")));
    }
    let floats = |key: &str| {
        object
            .get(key)
            .map(|value| list(value, float).map_err(|e| format!("{key}: {e}")))
            .transpose()
    };
    let ints = |key: &str| {
        object
            .get(key)
            .map(|value| list(value, int).map_err(|e| format!("{key}: {e}")))
            .transpose()
    };
    let dtype = match object.get("dtype") {
        Some(value) => Some(value.as_str().ok_or("dtype: a string")?.to_owned()),
        None => None,
    };
    let mut tensor = Tensor {
        dtype,
        min: floats("min")?,
        max: floats("max")?,
        scale: floats("scale")?,
        zero_point: ints("zero_point")?,
        ..Tensor::default()
    };
    if let Some(dimension) = ints("quantized_dimension")? {
        tensor.quantized_dimension = dimension.first().and_then(|&d| i32::try_from(d).ok());
    }
    if let Some(value) = object.get("weights") {
        (tensor.shape, tensor.weights) =
            weights(value, tensor.dtype.as_deref()).map_err(|e| format!("weights: {e}"))?;
    }
    Ok(tensor)
}

/// Nested elements: integers when all are written as integers and the type is no float type.
fn weights(value: &Value, dtype: Option<&str>) -> Result<(Vec<usize>, Option<Numbers>), String> {
    let mut shape = Vec::new();
    let mut level = value;
    while let Value::Array(items) = level {
        shape.push(items.len());
        match items.first() {
            Some(first) => level = first,
            None => break,
        }
    }
    let mut leaves = Vec::new();
    collect(value, &shape, &mut leaves)?;
    let float_type = dtype.is_some_and(|dtype| dtype.starts_with("float"));
    let numbers = if !float_type && leaves.iter().all(|leaf| leaf.is_i64()) {
        Numbers::Int(leaves.into_iter().map(int).collect::<Result<_, _>>()?)
    } else {
        Numbers::Float(leaves.into_iter().map(float).collect::<Result<_, _>>()?)
    };
    Ok((shape, Some(numbers)))
}

fn collect<'a>(value: &'a Value, shape: &[usize], leaves: &mut Vec<&'a Value>) -> Result<(), String> {
    match (value, shape) {
        (Value::Array(items), [count, inner @ ..]) if items.len() == *count => {
            items.iter().try_for_each(|item| collect(item, inner, leaves))
        }
        (Value::Array(_), _) => Err("rows of different lengths".to_owned()),
        (leaf, []) => {
            leaves.push(leaf);
            Ok(())
        }
        (leaf, _) => Err(format!("{leaf} stands where a row should")),
    }
}

fn list<T>(value: &Value, one: fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

/// A finite number as f32: through the decimal, so that the nearest f32 is found.
fn float(value: &Value) -> Result<f32, String> {
    let number = value.as_number().ok_or_else(|| format!("{value} is no number"))?;
    match number.to_string().parse::<f32>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(format!("{value} is no finite f32")),
    }
}

fn int(value: &Value) -> Result<i64, String> {
    if let Some(x) = value.as_i64() {
        return Ok(x);
    }
    match value.as_f64() {
        Some(x) if x.trunc() == x && x.abs() < 9e15 => Ok(x as i64),
        _ => Err(format!("{value} is no integer")),
    }
}
