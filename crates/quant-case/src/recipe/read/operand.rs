//! Operands.

use super::scalar::{boolean, dims, float, int, int32, message, string, unknown, word};
use super::sparsity::sparsity;
use crate::limits::MAX_RECIPE_ELEMENTS;
use crate::recipe::filler::{self, Source};
use crate::recipe::{Operand, Pos, Quant, RecipeError, sparse};
use crate::textproto::Field;
use quant_types::limits::MAX_RANK;

/// Element types that operands can have, all of the schema.
pub const TYPES: &[&str] = &[
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
    "FLOAT64",
    "COMPLEX128",
    "UINT64",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT16",
    "INT4",
    "BFLOAT16",
    "UINT4",
    "GGML_Q4_0",
    "GGML_Q4_1",
    "GGML_Q8_0",
    "GGML_Q8_1",
    "MXFP4",
    "MXINT8",
];

/// Fields of an operand.
const FIELDS: [&str; 10] = [
    "name",
    "type",
    "shape",
    "shape_signature",
    "filler",
    "quant",
    "mx_quant",
    "is_variable",
    "sparsity",
    "make_sparse",
];

/// What an operand is filled with when the recipe is read to its end: until then, nobody knows whether it is small
/// enough.
pub(super) struct Contents {
    source: Source,
    elements: usize,
    /// Where `make_sparse` stands, when it does.
    sparse: Option<Pos>,
}

impl Contents {
    /// Fills the operand.
    pub(super) fn fill(&self, operand: &mut Operand) -> Result<(), RecipeError> {
        let mut filler = filler::expand(&self.source, &operand.name, &operand.dtype, self.elements)?;
        if let Some(pos) = self.sparse {
            let (sparsity, stored) = sparse::make(&operand.shape, filler, pos)?;
            (operand.sparsity, filler) = (Some(sparsity), stored);
        }
        operand.filler = Some(filler);
        Ok(())
    }
}

/// Reads an operand. `room` is how many elements the recipe may still have; it shrinks.
pub(super) fn operand(field: &Field, room: &mut usize) -> Result<(Operand, Option<Contents>), RecipeError> {
    let mut operand = Operand::new(String::new(), String::new(), field.pos);
    let (mut source, mut sparse) = (None, None);
    for field in message(field)? {
        match field.name.as_str() {
            "name" => operand.name = string(field)?,
            "type" => operand.dtype = word(field, TYPES)?,
            "shape" => operand.shape = dims(field, "a shape")?,
            "shape_signature" => operand.shape_signature = Some(dims(field, "a shape")?),
            "filler" => source = Some(filler_source(field)?),
            "quant" => operand.quant = Some(quant(field)?),
            "mx_quant" => operand.mx_axis = Some(axis(field)?),
            "is_variable" => operand.is_variable = boolean(field)?,
            "sparsity" => operand.sparsity = Some(sparsity(field)?),
            "make_sparse" => sparse = boolean(field)?.then_some(field.pos),
            _ => return Err(unknown(field, "an operand", &FIELDS)),
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
    if let (Some(pos), true) = (sparse, source.is_none() || operand.sparsity.is_some()) {
        let what = "`make_sparse` needs a filler, and makes `sparsity` itself";
        return Err(RecipeError::new(pos, what));
    }
    let elements = count(&operand, field.pos, room)?;
    let contents = source.map(|source| Contents {
        source,
        elements,
        sparse,
    });
    Ok((operand, contents))
}

/// How many elements the operand has. `room` shrinks by as many.
fn count(operand: &Operand, pos: Pos, room: &mut usize) -> Result<usize, RecipeError> {
    let shape = &operand.shape;
    if shape.iter().any(|dim| *dim < 0) {
        let what = format!("shape {shape:?} is negative; say in `shape_signature` what is open");
        return Err(RecipeError::new(pos, what));
    }
    if shape.len() > MAX_RANK {
        let what = format!("rank {}; at most {MAX_RANK} is read", shape.len());
        return Err(RecipeError::unsupported(pos, what));
    }
    let mut elements = shape.iter().map(|dim| usize::try_from(*dim).ok());
    let elements = elements.try_fold(1usize, |n, dim| n.checked_mul(dim?));
    // Even an empty string takes more memory than a number.
    let each = if operand.dtype == "STRING" { 8 } else { 1 };
    let left = elements.and_then(|elements| room.checked_sub(elements.checked_mul(each)?));
    let (Some(elements), Some(left)) = (elements, left) else {
        let what = format!("shape {shape:?} takes the recipe beyond {MAX_RECIPE_ELEMENTS} elements");
        return Err(RecipeError::unsupported(pos, what));
    };
    *room = left;
    Ok(elements)
}

fn axis(field: &Field) -> Result<i32, RecipeError> {
    let mut axis = 0;
    for field in message(field)? {
        match field.name.as_str() {
            "axis" => axis = int32(field, "an axis")?,
            _ => return Err(unknown(field, "microscaling", &["axis"])),
        }
    }
    Ok(axis)
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
                quant.quantized_dimension = int32(field, "a dimension")?;
            }
            _ => {
                let known = ["min", "max", "scale", "zero_point", "quantized_dimension"];
                return Err(unknown(field, "quantization parameters", &known));
            }
        }
    }
    Ok(quant)
}
