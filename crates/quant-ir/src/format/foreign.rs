//! What a file says and this schema does not: refused by name, so that nothing of a model gets lost on the way.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_schema as schema;

use crate::FileFormat;
use crate::error::{Error, Problem, Result};

/// Slot of `Tensor` that is `external_buffer` in TFLite and `compression_type` in Circle.
const EXTERNAL_BUFFER: usize = 10;

/// Refuses a table with fields that came after this schema.
///
/// # Errors
/// `Unsupported`: the first of them.
pub fn known(table: &flatbuffers::Table<'_>, name: &str) -> Result<()> {
    match schema::unknown_slot(table, name) {
        None => Ok(()),
        Some(slot) => Err(Error::new(
            "",
            Problem::Foreign(format!(
                "field {slot} of its table {name} is unknown, and would be lost"
            )),
            "use a schema version that this program knows (TFLite 2.19, Circle 0.10)",
        )),
    }
}

/// Refuses constants that stand in other files.
///
/// # Errors
/// `Unsupported`: names the first tensor and its file.
pub fn external(file: &schema::Model<'_>, format: FileFormat) -> Result<()> {
    let (buffers, groups) = (file.external_buffers(), file.external_buffer_groups());
    let name = |group: usize| {
        let mut groups = groups.iter().flatten();
        groups
            .nth(group)
            .and_then(|group| group.name())
            .map(str::to_owned)
    };
    let refused = |place: String, group: Option<String>| {
        let file = group.map_or("another file".to_owned(), |name| format!("`{name}`"));
        Err(Error::new(
            place,
            Problem::Foreign(format!(
                "its constants stand in {file} (TFLite's external buffers), which is not read"
            )),
            "write the model with its constants inside",
        ))
    };
    for (index, graph) in file.subgraphs().iter().flatten().enumerate() {
        for tensor in graph.tensors().iter().flatten() {
            let number = schema::slot_i32(&tensor._tab, EXTERNAL_BUFFER).unwrap_or(0);
            if format == FileFormat::Circle || number == 0 {
                continue;
            }
            let number = number.cast_unsigned();
            let buffer = buffers.iter().flatten().find(|buffer| buffer.id() == number);
            let group = buffer.and_then(|buffer| usize::try_from(buffer.group()).ok());
            let place = format!("subgraph {index}: tensor `{}`", tensor.name().unwrap_or_default());
            return refused(place, group.and_then(name));
        }
    }
    let count = buffers
        .map_or(0, |list| list.len())
        .max(groups.map_or(0, |list| list.len()));
    if count > 0 {
        return refused("file".to_owned(), name(0));
    }
    Ok(())
}

/// Refuses fields that came after this schema in the tables that a model keeps lists of.
///
/// # Errors
/// `Unsupported`: the first of them.
pub fn lists(file: &schema::Model<'_>) -> Result<()> {
    known(&file._tab, "Model")?;
    for code in file.operator_codes().iter().flatten() {
        known(&code._tab, "OperatorCode")?;
    }
    for buffer in file.buffers().iter().flatten() {
        known(&buffer._tab, "Buffer")?;
    }
    for metadata in file.metadata().iter().flatten() {
        known(&metadata._tab, "Metadata")?;
    }
    for signature in file.signature_defs().iter().flatten() {
        known(&signature._tab, "SignatureDef")?;
        for map in signature.inputs().iter().chain(&signature.outputs()).flatten() {
            known(&map._tab, "TensorMap")?;
        }
    }
    Ok(())
}

/// The same of the tables that a tensor keeps as they are: its sparse storage, the sub-types of a variant.
///
/// # Errors
/// `Unsupported`: the first of them.
pub fn inside(tensor: &schema::Tensor<'_>) -> Result<()> {
    if let Some(sparsity) = tensor.sparsity() {
        known(&sparsity._tab, "SparsityParameters")?;
        for dimension in sparsity.dim_metadata().iter().flatten() {
            known(&dimension._tab, "DimensionMetadata")?;
            let segments = dimension
                .array_segments_type()
                .variant_name()
                .zip(dimension.array_segments());
            let indices = dimension
                .array_indices_type()
                .variant_name()
                .zip(dimension.array_indices());
            for (name, vector) in segments.into_iter().chain(indices) {
                known(&vector, name)?;
            }
        }
    }
    for variant in tensor.variant_tensors().iter().flatten() {
        known(&variant._tab, "VariantSubType")?;
    }
    Ok(())
}

/// Circle's compression of a tensor's buffer; TFLite has another meaning for the slot.
pub fn compression(tensor: &schema::Tensor<'_>, format: FileFormat) -> i8 {
    match format {
        FileFormat::Circle => tensor.compression_type().0,
        FileFormat::Tflite => 0,
    }
}
