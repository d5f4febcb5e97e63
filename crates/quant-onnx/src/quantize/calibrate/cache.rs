//! Ranges as onnxruntime keeps them in a file (`calibration_cache_path`).

use quant_ir::{Error, Problem, Result};
use serde_json::{Map, Value, json};

use super::method::Method;
use crate::quantize::number::Float;
use crate::quantize::ranges::{Range, Ranges};

/// Ranges of a cache.
///
/// # Errors
/// `Malformed`: it is no cache.
pub fn read(text: &str) -> Result<Ranges> {
    let malformed = |what: &str| {
        let problem = Problem::Malformed(what.to_owned());
        Error::new(
            "calibration cache",
            problem,
            "give what `calibration_cache_path` wrote",
        )
    };
    let file: Value = serde_json::from_str(text).map_err(|error| malformed(&error.to_string()))?;
    let tensors = file.get("data").and_then(Value::as_object);
    let tensors = tensors.ok_or_else(|| malformed("it has no `data`"))?;
    let range = |(name, entry): (&String, &Value)| {
        let low = number(entry.get("lowest")?)?;
        let high = number(entry.get("highest")?)?;
        let float = low.1;
        let range = Range {
            low: low.0,
            high: high.0,
            float,
        };
        Some((name.clone(), range))
    };
    let all = tensors
        .iter()
        .map(|pair| range(pair).ok_or_else(|| malformed(&format!("`{}` has no range", pair.0))));
    all.collect()
}

/// A number, or an array of one as NumPy's are written.
fn number(value: &Value) -> Option<(f32, Float)> {
    if let Some(x) = value.as_f64() {
        return Some((x as f32, Float::F32));
    }
    let half = value.get("dtype").and_then(Value::as_str) == Some("float16");
    let float = if half { Float::F16 } else { Float::F32 };
    let mut data = value.get("data")?;
    while let Some(first) = data.as_array() {
        data = first.first()?;
    }
    Some((float.nearest(data.as_f64()?), float))
}

/// A cache of ranges.
pub fn write(ranges: &Ranges, method: Method) -> String {
    let array = |x: f32, float: Float| {
        let dtype = if float == Float::F16 { "float16" } else { "float32" };
        json!({"data": f64::from(x), "dtype": dtype, "CLS": "numpy.array"})
    };
    let data: Map<String, Value> = ranges
        .iter()
        .map(|(name, range)| {
            let entry = json!({"lowest": array(range.low, range.float), "highest": array(range.high, range.float),
                "CLS": "TensorData"});
            (name.clone(), entry)
        })
        .collect();
    let method = json!({"CLS": "CalibrationMethod", "value": format!("CalibrationMethod.{method:?}")});
    json!({"CLS": "TensorsData", "data": data, "calibration_method": method, "smooth_quant": false})
        .to_string()
}
