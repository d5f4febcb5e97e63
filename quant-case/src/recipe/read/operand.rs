//! Operands.

use super::scalar::{bad, float, int, message, string, unknown, word};
use crate::recipe::filler::{self, Source};
use crate::recipe::{Operand, Quant, RecipeError};
use crate::textproto::Field;

/// Most elements of one operand.
const MAX_ELEMENTS: i64 = 1 << 24;
/// Element types that operands can have.
const TYPES: &[&str] = &["FLOAT32", "INT32", "INT64", "UINT8", "INT8", "INT16", "BOOL"];

pub(super) fn operand(field: &Field) -> Result<Operand, RecipeError> {
    let mut operand = Operand {
        name: String::new(),
        dtype: String::new(),
        shape: Vec::new(),
        filler: None,
        quant: None,
        pos: field.pos,
    };
    let mut source = None;
    for field in message(field)? {
        match field.name.as_str() {
            "name" => operand.name = string(field)?,
            "type" => operand.dtype = word(field, TYPES)?,
            "shape" => {
                for dim in message(field)? {
                    match dim.name.as_str() {
                        "dim" => operand
                            .shape
                            .push(i32::try_from(int(dim)?).map_err(|_| bad(dim, "a dimension"))?),
                        _ => return Err(unknown(dim, "a shape", &["dim"])),
                    }
                }
            }
            "filler" => source = Some(filler_source(field)?),
            "quant" => operand.quant = Some(quant(field)?),
            _ => {
                return Err(unknown(
                    field,
                    "an operand",
                    &["name", "type", "shape", "filler", "quant"],
                ));
            }
        }
    }
    for (missing, what) in [
        (operand.name.is_empty(), "name"),
        (operand.dtype.is_empty(), "type"),
    ] {
        if missing {
            return Err(RecipeError::new(
                field.pos,
                format!("the operand has no `{what}`; add it"),
            ));
        }
    }
    let elements = operand
        .shape
        .iter()
        .try_fold(1i64, |n, &dim| n.checked_mul(i64::from(dim)));
    let elements = match elements {
        Some(n) if operand.shape.iter().all(|dim| *dim >= 0) && n <= MAX_ELEMENTS => n as usize,
        _ => {
            let what = format!(
                "shape {:?} is negative or beyond {MAX_ELEMENTS} elements",
                operand.shape
            );
            return Err(RecipeError::new(field.pos, what));
        }
    };
    if let Some(source) = source {
        operand.filler = Some(filler::expand(&source, &operand.name, &operand.dtype, elements)?);
    }
    Ok(operand)
}

fn filler_source(field: &Field) -> Result<Source, RecipeError> {
    let mut source = Source {
        tag: (String::new(), field.pos),
        args: Vec::new(),
        pos: field.pos,
    };
    for field in message(field)? {
        match field.name.as_str() {
            "tag" => source.tag = (string(field)?, field.value_pos),
            "arg" => source.args.push((string(field)?, field.value_pos)),
            _ => return Err(unknown(field, "a filler", &["tag", "arg"])),
        }
    }
    Ok(source)
}

fn quant(field: &Field) -> Result<Quant, RecipeError> {
    let mut quant = Quant::default();
    for field in message(field)? {
        match field.name.as_str() {
            "min" => quant.min.push(float(field)?),
            "max" => quant.max.push(float(field)?),
            "scale" => quant.scale.push(float(field)?),
            "zero_point" => quant.zero_point.push(int(field)?),
            "quantized_dimension" => {
                quant.quantized_dimension =
                    i32::try_from(int(field)?).map_err(|_| bad(field, "a dimension"))?;
            }
            _ => {
                let known = ["min", "max", "scale", "zero_point", "quantized_dimension"];
                return Err(unknown(field, "quantization parameters", &known));
            }
        }
    }
    Ok(quant)
}
