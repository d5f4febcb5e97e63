//! The whole file: graphs, buffers, metadata, signatures.

use std::borrow::Cow;
use std::convert::Infallible;

use super::buffer::content;
use super::parts::ModelParts;
use super::{
    Buffer, BufferId, Bytes, Content, DType, FileFormat, Graph, Metadata, OpCode, Signature, Tensor,
};

/// A model: one graph or more, and what they share.
///
/// Metadata, tensors and signatures name what is there. Graphs and buffers come and never go, but by way of the parts
/// ([`Model::into_parts`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The format it came in; export may choose the other.
    pub format: FileFormat,
    /// Schema version.
    pub version: u32,
    /// Description.
    pub description: Option<String>,
    /// Operator codes in the order of the file; export adds those that operators need besides.
    pub opcodes: Vec<OpCode>,
    /// Deprecated list of metadata buffers.
    pub metadata_buffer: Option<Vec<i32>>,
    /// Metadata.
    pub metadata: Option<Vec<Metadata>>,
    /// What stands behind the model in its file, such as an archive of label files; its offsets count from its first
    /// byte.
    pub appended: Option<Bytes>,
    pub(super) graphs: Vec<Graph>,
    pub(super) buffers: Vec<Buffer>,
    pub(super) signatures: Option<Vec<Signature>>,
}

impl Model {
    /// A model with one empty graph.
    pub fn new(format: FileFormat) -> Self {
        let parts = ModelParts::new(format);
        Self {
            format: parts.format,
            version: parts.version,
            description: parts.description,
            opcodes: parts.opcodes,
            graphs: vec![Graph::new()],
            buffers: parts.buffers,
            metadata_buffer: parts.metadata_buffer,
            metadata: parts.metadata,
            signatures: parts.signatures,
            appended: parts.appended,
        }
    }

    /// What it is made of.
    pub fn into_parts(self) -> ModelParts {
        ModelParts {
            format: self.format,
            version: self.version,
            description: self.description,
            opcodes: self.opcodes,
            graphs: self.graphs.into_iter().map(Graph::into_parts).collect(),
            buffers: self.buffers,
            metadata_buffer: self.metadata_buffer,
            metadata: self.metadata,
            signatures: self.signatures,
            appended: self.appended,
        }
    }

    /// The graphs; the first is the main one.
    pub fn graphs(&self) -> &[Graph] {
        &self.graphs
    }

    /// The same, to change them.
    pub fn graphs_mut(&mut self) -> &mut [Graph] {
        &mut self.graphs
    }

    /// Buffers; the first stands for none.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// The buffer of that index; `None` for one of another model.
    pub fn buffer(&self, id: BufferId) -> Option<&Buffer> {
        self.buffers.get(id.0)
    }

    /// Entry points; `None` when the file gives no list.
    pub fn signatures(&self) -> Option<&[Signature]> {
        self.signatures.as_deref()
    }

    /// The main graph.
    pub fn main(&self) -> &Graph {
        &self.graphs[0]
    }

    /// The main graph, to change it.
    pub fn main_mut(&mut self) -> &mut Graph {
        &mut self.graphs[0]
    }

    /// What a constant holds; `None` for an activation. Buffer 0 stands for no buffer, whatever a file keeps there.
    pub fn content(&self, tensor: &Tensor) -> Option<&Content> {
        content(&self.buffers, tensor.buffer)
    }

    /// The bytes of a constant; `None` for an activation. Those of fake-quantized weights are made anew for each
    /// call; [`Self::f32_data`] and [`Content::pieces`] do with less memory.
    pub fn data(&self, tensor: &Tensor) -> Option<Cow<'_, [u8]>> {
        self.content(tensor).map(Content::bytes)
    }

    /// Whether the tensor is a constant with elements: its buffer holds bytes.
    pub fn is_const(&self, tensor: &Tensor) -> bool {
        self.content(tensor).is_some()
    }

    /// A new buffer with these bytes.
    pub fn add_buffer(&mut self, bytes: Vec<u8>) -> BufferId {
        self.add_content(bytes.into())
    }

    /// A new buffer that holds this.
    pub fn add_content(&mut self, content: Content) -> BufferId {
        self.buffers.push(Buffer {
            data: Some(content),
            external: false,
        });
        BufferId(self.buffers.len() - 1)
    }

    /// Replaces what a buffer holds. Buffer 0 holds nothing: a new buffer does then. Returns the one that does.
    pub fn set_content(&mut self, id: BufferId, content: Content) -> BufferId {
        match self.buffers.get_mut(id.0) {
            Some(buffer) if id.0 != 0 => {
                buffer.data = Some(content);
                id
            }
            _ => self.add_content(content),
        }
    }

    /// Says whether a file keeps a buffer beyond the FlatBuffer.
    pub fn set_external(&mut self, id: BufferId, external: bool) {
        if let Some(buffer) = self.buffers.get_mut(id.0) {
            buffer.external = external;
        }
    }

    /// A constant's elements as f32; `None` unless it is a FLOAT32 constant of the right size.
    pub fn f32_data(&self, tensor: &Tensor) -> Option<Vec<f32>> {
        if tensor.dtype != DType::Float32 {
            return None;
        }
        let (content, count) = (self.content(tensor)?, tensor.elements()?);
        if Some(content.len()) != count.checked_mul(size_of::<f32>()) {
            return None;
        }
        let mut values = Vec::with_capacity(count);
        let Ok(()) = content.pieces(|piece| {
            values.extend(piece.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x)));
            Ok::<(), Infallible>(())
        });
        Some(values)
    }
}
