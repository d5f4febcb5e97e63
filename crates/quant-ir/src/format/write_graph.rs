//! Export: subgraphs, tensors, operators, signatures.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use quant_schema as schema;

use super::convert;
use super::layout::{Data, Layout};
use crate::error::{Error, Place, Problem, Result};
use crate::{FileFormat, Graph, OpCode, Operator, QuantParam, Signature, Tensor, TensorId};

/// Writes a subgraph. Its table is built by hand, because slot 5 differs between the formats.
pub fn graph<'a, 'm>(
    fbb: &mut FlatBufferBuilder<'a>,
    graph: &'m Graph,
    format: FileFormat,
    opcodes: &[OpCode],
    layout: &mut Layout<'m>,
) -> Result<WIPOffset<schema::SubGraph<'a>>> {
    const SLOT_5: flatbuffers::VOffsetT = 14;
    let tensors = graph
        .tensors
        .iter()
        .map(|t| tensor(fbb, t, format))
        .collect::<Result<Vec<_>>>()?;
    let operators = graph.operators.iter();
    let operators = operators
        .map(|op| operator(fbb, op, graph, format, opcodes, layout))
        .collect::<Result<Vec<_>>>()?;
    let tensors = fbb.create_vector(&tensors);
    let inputs = fbb.create_vector(&indices(&graph.inputs));
    let outputs = fbb.create_vector(&indices(&graph.outputs));
    let operators = fbb.create_vector(&operators);
    let name = graph.name.as_ref().map(|name| fbb.create_string(name));
    let table = fbb.start_table();
    match format {
        FileFormat::Tflite => fbb.push_slot(SLOT_5, graph.debug_metadata_index, -1),
        FileFormat::Circle => {
            fbb.push_slot(
                schema::SubGraph::VT_DEBUG_METADATA_INDEX,
                graph.debug_metadata_index,
                -1,
            );
            fbb.push_slot(SLOT_5, graph.data_format, 0);
        }
    }
    if let Some(name) = name {
        fbb.push_slot_always(schema::SubGraph::VT_NAME, name);
    }
    fbb.push_slot_always(schema::SubGraph::VT_OPERATORS, operators);
    fbb.push_slot_always(schema::SubGraph::VT_OUTPUTS, outputs);
    fbb.push_slot_always(schema::SubGraph::VT_INPUTS, inputs);
    fbb.push_slot_always(schema::SubGraph::VT_TENSORS, tensors);
    Ok(WIPOffset::new(fbb.end_table(table).value()))
}

fn indices(ids: &[TensorId]) -> Vec<i32> {
    ids.iter().map(|id| id.0 as i32).collect()
}

fn tensor<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    tensor: &Tensor,
    format: FileFormat,
) -> Result<WIPOffset<schema::Tensor<'a>>> {
    let (name, other) = match format {
        FileFormat::Tflite => ("TFLite", "export to .circle"),
        FileFormat::Circle => ("Circle", "export to .tflite"),
    };
    let refused = |what: String| {
        let place = Place::tensor("tensor", &tensor.name);
        Error::new(place, Problem::Format(what), other)
    };
    let code = convert::dtype_to(tensor.dtype, format)
        .ok_or_else(|| refused(format!("{name} has no type {}", tensor.dtype)))?;
    if format == FileFormat::Tflite && tensor.compression != 0 {
        return Err(refused("TFLite has no compression of buffers".to_owned()));
    }
    let mut object = schema::TensorT::default();
    object.shape = Some(tensor.shape.clone());
    object.shape_signature.clone_from(&tensor.shape_signature);
    object.type_ = schema::TensorType(code);
    object.buffer = tensor.buffer.0 as u32;
    object.name = Some(tensor.name.clone());
    object.quantization = match &tensor.quant {
        Some(quant) => Some(Box::new(self::quant(quant, format, &tensor.name)?)),
        None => None,
    };
    object.is_variable = tensor.is_variable;
    object.has_rank = tensor.has_rank;
    object.sparsity = tensor
        .sparsity
        .as_ref()
        .map(|sparsity| Box::new(sparsity.0.clone()));
    object.variant_tensors = tensor.variants.as_ref().map(|variants| variants.0.clone());
    object.compression_type = schema::CompressionType(tensor.compression);
    Ok(object.pack(fbb))
}

fn quant(quant: &QuantParam, format: FileFormat, tensor: &str) -> Result<schema::QuantizationParametersT> {
    let floats = |list: &Vec<f32>| (!list.is_empty()).then(|| list.clone());
    let mut object = schema::QuantizationParametersT::default();
    object.min = floats(&quant.min);
    object.max = floats(&quant.max);
    object.scale = floats(&quant.scale);
    object.zero_point = (!quant.zero_point.is_empty()).then(|| quant.zero_point.clone());
    object.details = convert::details_to(quant.details.as_ref(), format, tensor)?;
    object.quantized_dimension = quant.quantized_dimension;
    Ok(object)
}

fn operator<'a, 'm>(
    fbb: &mut FlatBufferBuilder<'a>,
    op: &'m Operator,
    graph: &Graph,
    format: FileFormat,
    opcodes: &[OpCode],
    layout: &mut Layout<'m>,
) -> Result<WIPOffset<schema::Operator<'a>>> {
    let mut object = schema::OperatorT::default();
    object.builtin_options = op.options.first.clone();
    object.builtin_options_2 = op.options.second.clone();
    let first_circle = schema::BuiltinOptions::AttentionOptions.0;
    if format == FileFormat::Tflite && object.builtin_options.builtin_options_type().0 >= first_circle {
        return Err(Error::new(
            crate::place(graph, op),
            Problem::Format("TFLite does not have its options".into()),
            "export to .circle",
        ));
    }
    if let (FileFormat::Tflite, schema::BuiltinOptionsT::FullyConnectedOptions(options)) =
        (format, &object.builtin_options)
        && options.weights_format == schema::FullyConnectedOptionsWeightsFormat::SHUFFLED16x1FLOAT32
    {
        return Err(Error::new(
            crate::place(graph, op),
            Problem::Format("TFLite does not have its weights format SHUFFLED16x1FLOAT32".into()),
            "export to .circle",
        ));
    }
    object.opcode_index = opcodes
        .iter()
        .position(|code| *code == op.code)
        .unwrap_or_default() as u32;
    object.inputs = Some(
        op.inputs
            .iter()
            .map(|id| id.map_or(-1, |id| id.0 as i32))
            .collect(),
    );
    object.outputs = Some(indices(&op.outputs));
    match (&op.custom_options, op.custom_options_external) {
        (Some(bytes), true) => {
            (
                object.large_custom_options_offset,
                object.large_custom_options_size,
            ) = layout.external(Data::Bytes(bytes));
        }
        (bytes, _) => object.custom_options.clone_from(bytes),
    }
    object.custom_options_format = schema::CustomOptionsFormat(op.custom_options_format);
    object
        .mutating_variable_inputs
        .clone_from(&op.mutating_variable_inputs);
    object.intermediates.clone_from(&op.intermediates);
    object.debug_metadata_index = op.debug_metadata_index;
    Ok(object.pack(fbb))
}

/// Writes an entry point.
pub fn signature<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    signature: &Signature,
) -> WIPOffset<schema::SignatureDef<'a>> {
    let maps = |list: &[crate::SignatureTensor]| {
        let map = |tensor: &crate::SignatureTensor| {
            let mut map = schema::TensorMapT::default();
            map.name = Some(tensor.name.clone());
            map.tensor_index = tensor.tensor;
            map
        };
        Some(list.iter().map(map).collect())
    };
    let mut object = schema::SignatureDefT::default();
    object.inputs = maps(&signature.inputs);
    object.outputs = maps(&signature.outputs);
    object.signature_key.clone_from(&signature.key);
    object.deprecated_tag.clone_from(&signature.tag);
    object.subgraph_index = signature.subgraph;
    object.pack(fbb)
}
