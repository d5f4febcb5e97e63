//! Import: one subgraph.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_schema as schema;

use super::{convert, foreign};
use crate::error::{Error, Place, Problem, Result};
use crate::limits;
use crate::{
    BufferId, FileFormat, GraphParts, OpCode, Opaque, Operator, Options, QuantParam, Tensor, TensorId,
};

/// Reads a subgraph. Indices are checked later, against the whole model.
pub fn graph(
    graph: &schema::SubGraph<'_>,
    format: FileFormat,
    opcodes: &[OpCode],
    file: &[u8],
) -> Result<GraphParts> {
    /// `debug_metadata_index` in TFLite, Circle's deprecated data format.
    const SLOT_5: usize = 5;
    foreign::known(&graph._tab, "SubGraph")?;
    let (tensors, operators) = (graph.tensors(), graph.operators());
    let tensors =
        tensors.iter().flatten().enumerate().map(|(index, t)| {
            tensor(&t, format).map_err(|error| error.within(Place::number("tensor", index)))
        });
    let operators = operators.iter().flatten().enumerate().map(|(index, op)| {
        operator(&op, opcodes, file).map_err(|error| error.within(Place::number("operator", index)))
    });
    let (debug_metadata_index, data_format) = match format {
        FileFormat::Tflite => (schema::slot_i32(&graph._tab, SLOT_5).unwrap_or(-1), 0),
        FileFormat::Circle => (
            graph.debug_metadata_index(),
            schema::slot_i8(&graph._tab, SLOT_5).unwrap_or(0),
        ),
    };
    Ok(GraphParts {
        name: graph.name().map(str::to_owned),
        tensors: tensors.collect::<Result<_>>()?,
        inputs: ids(graph.inputs().iter().flatten())?,
        outputs: ids(graph.outputs().iter().flatten())?,
        operators: operators.collect::<Result<_>>()?,
        debug_metadata_index,
        data_format,
    })
}

fn ids(list: impl Iterator<Item = i32>) -> Result<Vec<TensorId>> {
    list.map(|index| {
        let id = usize::try_from(index).map(TensorId);
        id.map_err(|_| {
            Error::new(
                "",
                Problem::Malformed(format!("tensor number {index} is negative")),
                "convert the model again",
            )
        })
    })
    .collect()
}

fn tensor(tensor: &schema::Tensor<'_>, format: FileFormat) -> Result<Tensor> {
    let name = tensor.name().unwrap_or_default().to_owned();
    let foreign =
        |what: String, hint: &str| Error::new(Place::tensor("", &name), Problem::Foreign(what), hint);
    foreign::known(&tensor._tab, "Tensor").map_err(|error| error.within(Place::tensor("", &name)))?;
    let code = tensor.type_().0;
    let dtype = convert::dtype_from(code, format).ok_or_else(|| {
        foreign(
            format!("its element type {code} is unknown"),
            "use a schema version that this program knows",
        )
    })?;
    let shape: Vec<i32> = tensor.shape().iter().flatten().collect();
    if shape.len() > limits::MAX_RANK {
        return Err(Error::limit(
            Place::tensor("", &name),
            format!("rank {}", shape.len()),
            format!("at most {} is read", limits::MAX_RANK),
        ));
    }
    if let Some(sparsity) = tensor.sparsity() {
        for dim in sparsity.dim_metadata().iter().flatten() {
            let (segments, indices) = (dim.array_segments_type(), dim.array_indices_type());
            let sound = convert::union_is_sound(segments.0, segments.variant_name(), || dim.array_segments())
                && convert::union_is_sound(indices.0, indices.variant_name(), || dim.array_indices());
            if !sound {
                return Err(foreign(
                    "its sparse index vectors are unknown or missing".into(),
                    "convert the model again",
                ));
            }
        }
    }
    foreign::inside(tensor).map_err(|error| error.within(Place::tensor("", &name)))?;
    Ok(Tensor {
        shape,
        // Empty as flatc's object API writes it, it says as little as an absent one.
        shape_signature: tensor
            .shape_signature()
            .filter(|list| !list.is_empty())
            .map(|list| list.iter().collect()),
        dtype,
        buffer: BufferId(convert::index(tensor.buffer())),
        quant: tensor
            .quantization()
            .map(|quant| self::quant(&quant, format, &name))
            .transpose()?,
        is_variable: tensor.is_variable(),
        has_rank: tensor.has_rank(),
        sparsity: tensor.sparsity().map(|sparsity| Opaque(sparsity.unpack())),
        variants: tensor
            .variant_tensors()
            .map(|list| Opaque(list.iter().map(|variant| variant.unpack()).collect())),
        compression: foreign::compression(tensor, format),
        name,
    })
}

fn quant(quant: &schema::QuantizationParameters<'_>, format: FileFormat, name: &str) -> Result<QuantParam> {
    let kind = quant.details_type();
    let known = foreign::known(&quant._tab, "QuantizationParameters");
    known.map_err(|error| error.within(Place::tensor("", name)))?;
    if format == FileFormat::Tflite && kind == schema::QuantizationDetails::BlockwiseQuantization {
        return Err(Error::new(
            Place::tensor("", name),
            Problem::Foreign(
                "its quantization is along several axes (TFLite's MultiAxisQuantization)".into(),
            ),
            "use one axis, or blocks along the last",
        ));
    }
    if !convert::union_is_sound(kind.0, kind.variant_name(), || quant.details()) {
        return Err(Error::new(
            Place::tensor("", name),
            Problem::Foreign(format!(
                "its quantization details are of unknown kind {} or missing",
                kind.0
            )),
            "use a schema version that this program knows",
        ));
    }
    if let (1.., Some(table), Some(details)) = (kind.0, kind.variant_name(), quant.details()) {
        foreign::known(&details, table).map_err(|error| error.within(Place::tensor("", name)))?;
    }
    let floats = |list: Option<flatbuffers::Vector<'_, f32>>| list.iter().flatten().collect();
    Ok(QuantParam {
        min: floats(quant.min()),
        max: floats(quant.max()),
        scale: floats(quant.scale()),
        zero_point: quant.zero_point().iter().flatten().collect(),
        details: convert::details_from(quant.unpack().details, format),
        quantized_dimension: quant.quantized_dimension(),
    })
}

fn operator(op: &schema::Operator<'_>, opcodes: &[OpCode], file: &[u8]) -> Result<Operator> {
    let index = convert::index(op.opcode_index());
    let code = opcodes.get(index).ok_or_else(|| {
        Error::new(
            "",
            Problem::Malformed(format!(
                "operator code {index} does not exist, there are {}",
                opcodes.len()
            )),
            "convert the model again",
        )
    })?;
    let (first, second) = (op.builtin_options_type(), op.builtin_options_2_type());
    options(first.0, first.variant_name(), || op.builtin_options())
        .and_then(|()| options(second.0, second.variant_name(), || op.builtin_options_2()))
        .and_then(|()| foreign::known(&op._tab, "Operator"))
        .map_err(|error| error.within(code.builtin.to_string()))?;
    let external = convert::external(
        op.large_custom_options_offset(),
        op.large_custom_options_size(),
        file,
    )?;
    let unpacked = op.unpack();
    let inputs = unpacked.inputs.unwrap_or_default().into_iter();
    let inputs = inputs.map(|index| {
        if index == -1 {
            Ok(None)
        } else {
            Ok(ids([index].into_iter())?.pop())
        }
    });
    Ok(Operator {
        code: code.clone(),
        inputs: inputs.collect::<Result<_>>()?,
        outputs: ids(unpacked.outputs.unwrap_or_default().into_iter())?,
        options: Options {
            first: unpacked.builtin_options,
            second: unpacked.builtin_options_2,
        },
        custom_options: external.map(<[u8]>::to_vec).or(unpacked.custom_options),
        custom_options_format: unpacked.custom_options_format.0,
        custom_options_external: external.is_some(),
        mutating_variable_inputs: unpacked.mutating_variable_inputs,
        intermediates: unpacked.intermediates,
        debug_metadata_index: unpacked.debug_metadata_index,
    })
}

/// Refuses options of a kind or with fields that the schema does not name.
fn options<'t>(
    kind: u8,
    name: Option<&str>,
    table: impl Fn() -> Option<flatbuffers::Table<'t>>,
) -> Result<()> {
    if !convert::union_is_sound(kind, name, &table) {
        return Err(Error::new(
            "",
            Problem::Foreign(format!("its options are of unknown kind {kind} or missing")),
            "use a schema version that this program knows",
        ));
    }
    match (kind, name) {
        (1.., Some(name)) => table().map_or(Ok(()), |table| foreign::known(&table, name)),
        _ => Ok(()),
    }
}
