//! Operands.

use super::scalar::{bad, float, int, message, string, unknown, word};
use crate::limits::MAX_RECIPE_ELEMENTS;
use crate::recipe::filler::{self, Source};
use crate::recipe::{Operand, Quant, RecipeError};
use crate::textproto::Field;

/// Element types that operands can have.
const TYPES: &[&str] = &["FLOAT32", "INT32", "INT64", "UINT8", "INT8", "INT16", "BOOL"];

/// What an operand is filled with when the recipe is read to its end: until then, nobody knows whether it is small
/// enough.
pub(super) struct Contents {
    source: Source,
    elements: usize,
}

impl Contents {
    /// Fills the operand.
    pub(super) fn fill(&self, operand: &mut Operand) -> Result<(), RecipeError> {
        let filler = filler::expand(&self.source, &operand.name, &operand.dtype, self.elements)?;
        operand.filler = Some(filler);
        Ok(())
    }
}

/// Reads an operand. `room` is how many elements the recipe may still have; it shrinks.
pub(super) fn operand(field: &Field, room: &mut usize) -> Result<(Operand, Option<Contents>), RecipeError> {
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
    let mut elements = operand.shape.iter().map(|dim| usize::try_from(*dim).ok());
    let elements = elements.try_fold(1usize, |n, dim| n.checked_mul(dim?));
    let left = elements.and_then(|elements| room.checked_sub(elements));
    let (Some(elements), Some(left)) = (elements, left) else {
        let what = format!(
            "shape {:?} is negative, or takes the recipe beyond {MAX_RECIPE_ELEMENTS} elements",
            operand.shape
        );
        return Err(RecipeError::new(field.pos, what));
    };
    *room = left;
    Ok((operand, source.map(|source| Contents { source, elements })))
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
