//! Import: the whole file.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_schema as schema;

use super::layout::ALIGN;
use super::{appended, check, convert, foreign, identifier, read_graph};
use crate::error::{Error, Place, Problem, Result};
use crate::limits;
use crate::{
    Buffer, BufferId, Builtin, Bytes, Content, FileFormat, Metadata, Model, ModelParts, OpCode, Signature,
    SignatureTensor,
};

/// Reads a `.circle` or `.tflite` file. The model has its own copy of every buffer.
///
/// # Errors
/// `Invalid`: the bytes are no such file, or the file contradicts itself. `Unsupported`: it uses types,
/// operators' options or details that this schema does not know. `Limit`: see [`crate::limits`].
pub fn import(bytes: &[u8]) -> Result<Model> {
    read(bytes, &|part| part.to_vec().into())
}

/// The same; the model's buffers stay where they are in `file` until a stage replaces them.
///
/// # Errors
/// As [`import`].
pub fn import_shared(file: &Bytes) -> Result<Model> {
    read(file, &|part| file.share(part))
}

fn read(bytes: &[u8], keep: &dyn Fn(&[u8]) -> Bytes) -> Result<Model> {
    let format = format_of(bytes)?;
    limits::at_most(limits::MAX_FILE_BYTES, bytes.len(), "file", "bytes")?;
    let options = flatbuffers::VerifierOptions {
        max_depth: limits::MAX_DEPTH,
        max_tables: limits::MAX_TABLES,
        max_apparent_size: bytes
            .len()
            .saturating_mul(limits::MAX_SHARING)
            .max(limits::MIN_APPARENT_BYTES),
        ..Default::default()
    };
    let file = schema::root_as_model_with_opts(&options, bytes).map_err(|error| {
        let what = error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_owned();
        Error::new(
            "file",
            Problem::Malformed(format!("it is no sound FlatBuffer: {what}")),
            "copy or convert it again",
        )
        .caused_by(error)
    })?;
    check::counts(&file)?;
    foreign::lists(&file).map_err(|error| error.within("file"))?;
    foreign::external(&file, format)?;
    let opcodes: Vec<OpCode> = file.operator_codes().iter().flatten().map(opcode).collect();
    let mut parts = ModelParts {
        format,
        version: file.version(),
        description: file.description().map(str::to_owned),
        graphs: Vec::new(),
        buffers: buffers(&file, bytes, keep)?,
        metadata_buffer: file.metadata_buffer().map(|list| list.iter().collect()),
        metadata: file.metadata().map(|list| list.iter().map(metadata).collect()),
        signatures: file
            .signature_defs()
            .map(|list| list.iter().map(signature).collect()),
        opcodes,
        appended: appended(&file, bytes, keep, &options)?,
    };
    for (index, graph) in file.subgraphs().iter().flatten().enumerate() {
        let graph = read_graph::graph(&graph, format, &parts.opcodes, bytes)
            .map_err(|error| error.within(Place::number("subgraph", index)))?;
        parts.graphs.push(graph);
    }
    Model::try_from(parts)
}

fn format_of(bytes: &[u8]) -> Result<FileFormat> {
    let found = bytes.get(4..8).unwrap_or_default();
    for format in [FileFormat::Circle, FileFormat::Tflite] {
        if found == identifier(format).as_bytes() {
            return Ok(format);
        }
    }
    Err(Error::new(
        "file",
        Problem::Malformed(format!(
            "bytes 4 to 8 are `{}`, not CIR0 (Circle) or TFL3 (TFLite)",
            found.escape_ascii()
        )),
        "give a .circle or .tflite model",
    ))
}

/// The newer field holds every code; old files have only the older, of one byte.
fn opcode(code: schema::OperatorCode<'_>) -> OpCode {
    let newer = code.builtin_code().0;
    let builtin = if newer == 0 {
        i32::from(code.deprecated_builtin_code())
    } else {
        newer
    };
    OpCode {
        builtin: Builtin(builtin),
        custom: code.custom_code().map(str::to_owned),
        version: code.version(),
    }
}

fn buffers(file: &schema::Model<'_>, bytes: &[u8], keep: &dyn Fn(&[u8]) -> Bytes) -> Result<Vec<Buffer>> {
    let mut buffers = Vec::new();
    for (index, buffer) in file.buffers().iter().flatten().enumerate() {
        let external = convert::external(buffer.offset(), buffer.size(), bytes)
            .map_err(|error| error.within(Place::number("buffer", index)))?;
        let data = external.or(buffer.data().map(|data| data.bytes()));
        buffers.push(Buffer {
            data: data.map(|data| Content::Plain(keep(data))),
            external: external.is_some(),
        });
    }
    Ok(buffers)
}

/// What stands behind the FlatBuffer and the bytes that it names beyond itself.
fn appended(
    file: &schema::Model<'_>,
    bytes: &[u8],
    keep: &dyn Fn(&[u8]) -> Bytes,
    options: &flatbuffers::VerifierOptions,
) -> Result<Option<Bytes>> {
    let end = |part: &[u8]| {
        let start = part.as_ptr().addr().checked_sub(bytes.as_ptr().addr());
        start.and_then(|start| start.checked_add(part.len())).unwrap_or(0)
    };
    let mut covered = 0;
    for buffer in file.buffers().iter().flatten() {
        let external = convert::external(buffer.offset(), buffer.size(), bytes)?;
        let ends = [external, buffer.data().map(|data| data.bytes())];
        covered = ends.into_iter().flatten().map(end).fold(covered, usize::max);
    }
    let graphs = file.subgraphs();
    for op in graphs
        .iter()
        .flatten()
        .filter_map(|graph| graph.operators())
        .flatten()
    {
        let (offset, size) = (op.large_custom_options_offset(), op.large_custom_options_size());
        covered = covered.max(convert::external(offset, size, bytes)?.map_or(0, end));
    }
    let sound = |part: &[u8]| schema::root_as_model_with_opts(options, part).is_ok();
    let start = appended::start(bytes, covered, ALIGN, sound);
    let Some(tail) = start.and_then(|start| bytes.get(start..)) else {
        return Ok(None);
    };
    let moved = appended::rebased(tail, 0)?.filter(|moved| moved != tail);
    Ok(Some(moved.map_or_else(|| keep(tail), Bytes::from)))
}

fn metadata(metadata: schema::Metadata<'_>) -> Metadata {
    Metadata {
        name: metadata.name().unwrap_or_default().to_owned(),
        buffer: BufferId(convert::index(metadata.buffer())),
    }
}

fn signature(signature: schema::SignatureDef<'_>) -> Signature {
    let tensor = |map: schema::TensorMap<'_>| SignatureTensor {
        name: map.name().unwrap_or_default().to_owned(),
        tensor: map.tensor_index(),
    };
    Signature {
        key: signature.signature_key().map(str::to_owned),
        tag: signature.deprecated_tag().map(str::to_owned),
        inputs: signature.inputs().iter().flatten().map(tensor).collect(),
        outputs: signature.outputs().iter().flatten().map(tensor).collect(),
        subgraph: signature.subgraph_index(),
    }
}
