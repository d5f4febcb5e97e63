//! Golden JSON, written the same way every time.

use std::fmt::Write;

use super::{Numbers, Tensor};

/// The tensor as plain JSON: one key a line, one innermost row of `weights` a line.
///
/// Goldens hold finite numbers; an infinity or NaN is written as a string, which no golden can have.
pub fn to_json(tensor: &Tensor) -> String {
    let mut text = String::from("{");
    let mut comma = "";
    let mut key = |text: &mut String, key: &str| {
        let _ = write!(text, "{comma}\n  \"{key}\": ");
        comma = ",";
    };
    if let Some(dtype) = &tensor.dtype {
        key(&mut text, "dtype");
        let _ = write!(text, "{}", serde_json::Value::from(dtype.as_str()));
    }
    if let Some(dimension) = tensor.quantized_dimension {
        key(&mut text, "quantized_dimension");
        let _ = write!(text, "{dimension}");
    }
    if let Some(values) = &tensor.scale {
        key(&mut text, "scale");
        row(&mut text, values, float);
    }
    if let Some(values) = &tensor.zero_point {
        key(&mut text, "zero_point");
        row(&mut text, values, int);
    }
    for (name, values) in [("min", &tensor.min), ("max", &tensor.max)] {
        if let Some(values) = values {
            key(&mut text, name);
            row(&mut text, values, float);
        }
    }
    if let Some(numbers) = &tensor.weights {
        key(&mut text, "weights");
        match numbers {
            Numbers::Float(values) => nested(&mut text, values, &tensor.shape, 1, float),
            Numbers::Int(values) => nested(&mut text, values, &tensor.shape, 1, int),
        }
    }
    text.push_str("\n}\n");
    text
}

/// A dump: one object, a key for each tensor in the order given.
pub fn dump_to_json(tensors: &[(String, Tensor)]) -> String {
    let mut text = String::from("{");
    for (at, (name, tensor)) in tensors.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let name = serde_json::Value::from(name.as_str());
        let _ = write!(text, "{comma}\n{name}: {}", to_json(tensor).trim_end());
    }
    text.push_str("\n}\n");
    text
}

/// The shortest decimal that reads back equal.
fn float(text: &mut String, x: f32) {
    let _ = if x.is_finite() {
        write!(text, "{x:?}")
    } else {
        write!(text, "\"{x}\"")
    };
}

fn int(text: &mut String, x: i64) {
    let _ = write!(text, "{x}");
}

fn row<T: Copy>(text: &mut String, values: &[T], show: fn(&mut String, T)) {
    text.push('[');
    for (at, x) in values.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        show(text, *x);
    }
    text.push(']');
}

fn nested<T: Copy>(text: &mut String, values: &[T], shape: &[usize], depth: usize, show: fn(&mut String, T)) {
    match shape {
        [] => match values.first() {
            Some(x) => show(text, *x),
            None => text.push_str("[]"),
        },
        [_] | [0, ..] => row(text, values, show),
        [count, inner @ ..] => {
            // A shape that is no shape of the values ends the list early.
            let size = values.len().checked_div(*count).unwrap_or_default();
            let pad = "  ".repeat(depth);
            let deeper = depth.saturating_add(1);
            text.push('[');
            let mut rest = values;
            for n in 0..*count {
                let comma = if n > 0 { "," } else { "" };
                let _ = write!(text, "{comma}\n{pad}  ");
                let (row, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
                rest = behind;
                nested(text, row, inner, deeper, show);
            }
            let _ = write!(text, "\n{pad}]");
        }
    }
}
