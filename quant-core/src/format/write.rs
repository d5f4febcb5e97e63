//! Export: the whole file.

use flatbuffers::FlatBufferBuilder;
use quant_schema as schema;

use super::externals::Externals;
use super::{identifier, write_graph};
use crate::error::{Error, Result};
use crate::ir::{Builtin, FileFormat, Model, OpCode};
use crate::limits::MAX_FLATBUFFER_BYTES;

/// Writes a file in `format`. The same model gives the same bytes.
///
/// Buffers that were beyond the FlatBuffer stay there; all large ones go there when the FlatBuffer would
/// outgrow its 2 GiB.
///
/// # Errors
/// `Unsupported`: the model has operators, types or details that `format` does not have.
pub fn export(model: &Model, format: FileFormat) -> Result<Vec<u8>> {
    let inline: usize = model
        .buffers
        .iter()
        .filter_map(|buffer| Some(buffer.data.as_ref()?.len()))
        .sum();
    let spill = inline > MAX_FLATBUFFER_BYTES;
    // Offsets stand inside the FlatBuffer whose length they depend on. The length does not depend on them,
    // so a first pass with placeholders finds it.
    let mut externals = Externals::behind(1);
    let mut file = build(model, format, spill, &mut externals)?;
    if externals.parts.is_empty() {
        return Ok(file);
    }
    externals = Externals::behind(file.len());
    file = build(model, format, spill, &mut externals)?;
    for part in &externals.parts {
        file.resize(file.len().next_multiple_of(16), 0);
        file.extend_from_slice(part);
    }
    Ok(file)
}

fn build<'m>(
    model: &'m Model,
    format: FileFormat,
    spill: bool,
    externals: &mut Externals<'m>,
) -> Result<Vec<u8>> {
    let mut fbb = FlatBufferBuilder::new();
    let opcodes = opcodes(model, format)?;
    let mut buffers = Vec::with_capacity(model.buffers.len());
    for buffer in &model.buffers {
        let bytes = buffer.data.as_ref().map(|data| data.as_slice());
        let external = bytes.filter(|bytes| buffer.external || (spill && bytes.len() > 4096));
        let mut args = schema::BufferArgs::default();
        match external {
            Some(bytes) => (args.offset, args.size) = externals.add(bytes),
            None => args.data = bytes.map(|bytes| schema::create_aligned_vector(&mut fbb, bytes)),
        }
        buffers.push(schema::Buffer::create(&mut fbb, &args));
    }
    let graphs = model
        .graphs
        .iter()
        .map(|graph| write_graph::graph(&mut fbb, graph, format, &opcodes, externals));
    let graphs = graphs.collect::<Result<Vec<_>>>()?;
    let codes: Vec<_> = opcodes.iter().map(|code| opcode(&mut fbb, code)).collect();
    let metadata = model.metadata.as_ref().map(|list| {
        let list: Vec<_> = list
            .iter()
            .map(|metadata| {
                let name = Some(fbb.create_string(&metadata.name));
                schema::Metadata::create(
                    &mut fbb,
                    &schema::MetadataArgs {
                        name,
                        buffer: metadata.buffer.0 as u32,
                    },
                )
            })
            .collect();
        fbb.create_vector(&list)
    });
    let signatures = model.signatures.as_ref().map(|list| {
        let list: Vec<_> = list.iter().map(|s| write_graph::signature(&mut fbb, s)).collect();
        fbb.create_vector(&list)
    });
    let version = if format == model.format {
        model.version
    } else {
        Model::new(format).version
    };
    let args = schema::ModelArgs {
        version,
        operator_codes: Some(fbb.create_vector(&codes)),
        subgraphs: Some(fbb.create_vector(&graphs)),
        description: model.description.as_ref().map(|text| fbb.create_string(text)),
        buffers: Some(fbb.create_vector(&buffers)),
        metadata_buffer: model.metadata_buffer.as_ref().map(|list| fbb.create_vector(list)),
        metadata,
        signature_defs: signatures,
    };
    let root = schema::Model::create(&mut fbb, &args);
    fbb.finish(root, Some(identifier(format)));
    Ok(fbb.finished_data().to_vec())
}

/// The file's operator codes, then those that operators need besides.
fn opcodes(model: &Model, format: FileFormat) -> Result<Vec<OpCode>> {
    let mut opcodes = model.opcodes.clone();
    for op in model.graphs.iter().flat_map(|graph| &graph.operators) {
        if !opcodes.contains(&op.code) {
            opcodes.push(op.code.clone());
        }
    }
    let circle_only = opcodes.iter().find(|code| code.builtin.is_circle_only());
    if let (FileFormat::Tflite, Some(code)) = (format, circle_only) {
        let place = format!("operator {}", code.builtin);
        return Err(Error::unsupported(
            place,
            "TFLite does not have it",
            "export to .circle",
        ));
    }
    Ok(opcodes)
}

/// Codes are written twice: readers of old files look into the field of one byte, where 127 stands for
/// every larger code.
fn opcode<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    code: &OpCode,
) -> flatbuffers::WIPOffset<schema::OperatorCode<'a>> {
    let custom_code = code.custom.as_ref().map(|name| fbb.create_string(name));
    let placeholder = Builtin::PLACEHOLDER_FOR_GREATER_OP_CODES.0;
    let args = schema::OperatorCodeArgs {
        deprecated_builtin_code: code.builtin.0.min(placeholder) as i8,
        custom_code,
        version: code.version,
        builtin_code: schema::BuiltinOperator(code.builtin.0),
    };
    schema::OperatorCode::create(fbb, &args)
}
