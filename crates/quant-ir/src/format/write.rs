//! Export: the whole file.

use flatbuffers::FlatBufferBuilder;
use quant_schema as schema;

use super::layout::{Data, Layout};
use super::{identifier, write_graph};
use crate::error::{Error, Problem, Result};
use crate::{Buffer, Builtin, FileFormat, Model, OpCode};

/// The FlatBuffer of a model. The vectors of bytes that buffers hold are only noted, in `layout`, for others to
/// put behind it and to fill in where they are; so are bytes beyond the FlatBuffer, where all large buffers go
/// with `spill`.
pub fn tables<'m>(
    model: &'m Model,
    format: FileFormat,
    spill: bool,
    layout: &mut Layout<'m>,
) -> Result<Vec<u8>> {
    let mut fbb = FlatBufferBuilder::new();
    let opcodes = opcodes(model, format)?;
    let buffers = model.buffers.iter();
    let buffers: Vec<_> = buffers.map(|b| buffer(&mut fbb, b, spill, layout)).collect();
    let graphs = model
        .graphs
        .iter()
        .map(|graph| write_graph::graph(&mut fbb, graph, format, &opcodes, layout));
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
        ..schema::ModelArgs::default()
    };
    let root = schema::Model::create(&mut fbb, &args);
    fbb.finish(root, Some(identifier(format)));
    Ok(fbb.finished_data().to_vec())
}

/// A buffer's table. Its vector of bytes is a placeholder.
fn buffer<'a, 'm>(
    fbb: &mut FlatBufferBuilder<'a>,
    buffer: &'m Buffer,
    spill: bool,
    layout: &mut Layout<'m>,
) -> flatbuffers::WIPOffset<schema::Buffer<'a>> {
    /// Shorter ones stay in the FlatBuffer.
    const SPILLED: usize = 4096;
    let data = buffer.data.as_ref();
    let external = data.filter(|data| buffer.external || (spill && data.len() > SPILLED));
    let (offset, size) = external.map_or((0, 0), |data| layout.external(Data::Content(data)));
    let table = fbb.start_table();
    fbb.push_slot(schema::Buffer::VT_SIZE, size, 0);
    fbb.push_slot(schema::Buffer::VT_OFFSET, offset, 0);
    if let (Some(data), None) = (data, external) {
        fbb.push_slot_always(schema::Buffer::VT_DATA, 0u32);
        let from_end = fbb.unfinished_data().len();
        layout.vectors.push((from_end, Data::Content(data)));
    }
    flatbuffers::WIPOffset::new(fbb.end_table(table).value())
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
        return Err(Error::new(
            place,
            Problem::Format("TFLite does not have it".into()),
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
