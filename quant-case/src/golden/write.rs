//! Golden JSON, written the same way every time.

use super::{Numbers, Tensor};

/// The tensor as plain JSON: one key a line, one innermost row of `weights` a line.
pub fn to_json(tensor: &Tensor) -> String {
    let mut keys: Vec<(&str, String)> = Vec::new();
    if let Some(dtype) = &tensor.dtype {
        keys.push(("dtype", format!("\"{dtype}\"")));
    }
    if let Some(dimension) = tensor.quantized_dimension {
        keys.push(("quantized_dimension", dimension.to_string()));
    }
    for (key, values) in [
        ("scale", &tensor.scale),
        ("min", &tensor.min),
        ("max", &tensor.max),
    ] {
        if let Some(values) = values {
            keys.push((key, row(values, float)));
        }
        if let ("scale", Some(values)) = (key, &tensor.zero_point) {
            keys.push(("zero_point", row(values, ToString::to_string)));
        }
    }
    match &tensor.weights {
        Some(Numbers::Float(values)) => keys.push(("weights", nested(values, &tensor.shape, 1, float))),
        Some(Numbers::Int(values)) => {
            keys.push(("weights", nested(values, &tensor.shape, 1, ToString::to_string)));
        }
        None => {}
    }
    let lines: Vec<String> = keys
        .iter()
        .map(|(key, value)| format!("  \"{key}\": {value}"))
        .collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// The shortest decimal that reads back equal. Goldens hold finite numbers.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn float(x: &f32) -> String {
    format!("{x:?}")
}

fn row<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", "))
}

fn nested<T>(values: &[T], shape: &[usize], depth: usize, show: fn(&T) -> String) -> String {
    match shape {
        [] => values.first().map_or_else(|| "[]".to_owned(), show),
        [_] => row(values, show),
        [count, inner @ ..] => {
            let size: usize = inner.iter().product();
            let pad = "  ".repeat(depth);
            let rows: Vec<String> = (0..*count)
                .map(|n| {
                    format!(
                        "{pad}  {}",
                        nested(&values[n * size..(n + 1) * size], inner, depth + 1, show)
                    )
                })
                .collect();
            if rows.is_empty() {
                "[]".to_owned()
            } else {
                format!("[\n{}\n{pad}]", rows.join(",\n"))
            }
        }
    }
}
