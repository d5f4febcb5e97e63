//! The whole file: graphs, buffers, metadata, signatures.

use std::borrow::Cow;
use std::convert::Infallible;

use super::{Buffer, BufferId, Bytes, Content, DType, Graph, OpCode, Tensor, TensorId};

/// The two file formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// `.circle`, identifier `CIR0`.
    Circle,
    /// `.tflite`, identifier `TFL3`.
    Tflite,
}

/// A named buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// Name.
    pub name: String,
    /// Its bytes.
    pub buffer: BufferId,
}

/// A named entry point.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Its key.
    pub key: Option<String>,
    /// Deprecated tag.
    pub tag: Option<String>,
    /// Named inputs.
    pub inputs: Vec<SignatureTensor>,
    /// Named outputs.
    pub outputs: Vec<SignatureTensor>,
    /// The graph that it enters.
    pub subgraph: u32,
}

/// A named tensor of a signature.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureTensor {
    /// Name at the interface.
    pub name: String,
    /// Index in the signature's graph.
    pub tensor: u32,
}

/// A model.
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
    /// Graphs; the first is the main one.
    pub graphs: Vec<Graph>,
    /// Buffers; the first is always empty.
    pub buffers: Vec<Buffer>,
    /// Deprecated list of metadata buffers.
    pub metadata_buffer: Option<Vec<i32>>,
    /// Metadata.
    pub metadata: Option<Vec<Metadata>>,
    /// Entry points.
    pub signatures: Option<Vec<Signature>>,
    /// What stands behind the model in its file, such as an archive of label files; its offsets count from its first
    /// byte.
    pub appended: Option<Bytes>,
}

impl Model {
    /// A model with one empty graph.
    pub fn new(format: FileFormat) -> Self {
        Self {
            format,
            version: if format == FileFormat::Circle { 0 } else { 3 },
            description: None,
            opcodes: Vec::new(),
            graphs: vec![Graph {
                debug_metadata_index: -1,
                ..Graph::default()
            }],
            buffers: vec![Buffer::default()],
            metadata_buffer: None,
            metadata: None,
            signatures: None,
            appended: None,
        }
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
        if tensor.buffer.0 == 0 {
            return None;
        }
        let data = self.buffers.get(tensor.buffer.0)?.data.as_ref()?;
        (!data.is_empty()).then_some(data)
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

    /// Drops the tensors of the main graph from number `from` on that nothing names. Returns what became of each.
    pub fn drop_unused_tensors(&mut self, from: usize) -> Vec<Option<TensorId>> {
        // Callers may know a tensor by a signature alone.
        let signatures = self.signatures.iter().flatten();
        let entries = signatures.filter(|signature| signature.subgraph == 0);
        let named: Vec<usize> = entries
            .flat_map(|signature| signature.inputs.iter().chain(&signature.outputs))
            .map(|entry| entry.tensor as usize)
            .collect();
        let new_index = self.main_mut().drop_unused(from, &named);
        let signatures = self.signatures.iter_mut().flatten();
        for signature in signatures.filter(|signature| signature.subgraph == 0) {
            for entry in signature.inputs.iter_mut().chain(&mut signature.outputs) {
                entry.tensor = new_index[entry.tensor as usize] as u32;
            }
        }
        // A tensor that went has the number of the next one.
        let behind = new_index
            .iter()
            .skip(1)
            .copied()
            .chain([self.main().tensors.len()]);
        let both = new_index.iter().zip(behind);
        both.map(|(&at, next)| (next > at).then_some(TensorId(at)))
            .collect()
    }

    /// Drops the tensors of the main graph that nothing names, and the bytes of buffers that nothing names. Returns what
    /// became of each tensor.
    pub fn compact(&mut self) -> Vec<Option<TensorId>> {
        let left = self.drop_unused_tensors(0);
        let mut used = vec![false; self.buffers.len()];
        let tensors = self.graphs.iter().flat_map(|graph| &graph.tensors);
        let named = tensors.map(|tensor| tensor.buffer.0);
        let metadata = self.metadata.iter().flatten().map(|entry| entry.buffer.0);
        let old = self.metadata_buffer.iter().flatten();
        let old = old.filter_map(|number| usize::try_from(*number).ok());
        for at in named.chain(metadata).chain(old) {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
        }
        for (buffer, _) in self.buffers.iter_mut().zip(used).filter(|(_, used)| !used) {
            *buffer = Buffer::default();
        }
        left
    }

    /// Lets every operator of the main graph from number `start` on, the outputs and the signatures read `to`
    /// instead of `from`.
    pub fn redirect(&mut self, start: usize, from: TensorId, to: TensorId) {
        let graph = self.main_mut();
        let operators = graph.operators.iter_mut().skip(start);
        let inputs = operators.flat_map(|op| op.inputs.iter_mut().flatten());
        for read in inputs.chain(&mut graph.outputs).filter(|read| **read == from) {
            *read = to;
        }
        self.redirect_signatures(from, to);
    }

    /// Lets the outputs of signatures of the main graph be `to` instead of `from`.
    pub fn redirect_signatures(&mut self, from: TensorId, to: TensorId) {
        let signatures = self.signatures.iter_mut().flatten();
        let entries = signatures.filter(|signature| signature.subgraph == 0);
        for output in entries.flat_map(|signature| &mut signature.outputs) {
            if output.tensor as usize == from.0 {
                output.tensor = to.0 as u32;
            }
        }
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
