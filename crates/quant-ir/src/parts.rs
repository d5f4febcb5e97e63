//! What models and graphs are made of, before it is known to fit together: what a file says, what a builder collects.

use super::{
    Buffer, BufferId, Bytes, Content, FileFormat, Metadata, OpCode, Operator, Signature, Tensor, TensorId,
};

/// The parts of a subgraph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphParts {
    /// Name, when the file gives one.
    pub name: Option<String>,
    /// Tensors.
    pub tensors: Vec<Tensor>,
    /// Graph inputs, in the order of the interface.
    pub inputs: Vec<TensorId>,
    /// Graph outputs, in the order of the interface.
    pub outputs: Vec<TensorId>,
    /// Operators, in execution order.
    pub operators: Vec<Operator>,
    /// Index of debug metadata, −1 for none.
    pub debug_metadata_index: i32,
    /// Circle's deprecated data format (0 = channels last).
    pub data_format: i8,
}

impl Default for GraphParts {
    fn default() -> Self {
        Self {
            name: None,
            tensors: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            operators: Vec::new(),
            debug_metadata_index: -1,
            data_format: 0,
        }
    }
}

/// The parts of a file. `Model::try_from` checks them.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelParts {
    /// The format it came in.
    pub format: FileFormat,
    /// Schema version.
    pub version: u32,
    /// Description.
    pub description: Option<String>,
    /// Operator codes in the order of the file.
    pub opcodes: Vec<OpCode>,
    /// Graphs; the first is the main one.
    pub graphs: Vec<GraphParts>,
    /// Buffers; the first stands for none.
    pub buffers: Vec<Buffer>,
    /// Deprecated list of metadata buffers.
    pub metadata_buffer: Option<Vec<i32>>,
    /// Metadata.
    pub metadata: Option<Vec<Metadata>>,
    /// Entry points.
    pub signatures: Option<Vec<Signature>>,
    /// What stands behind the model in its file.
    pub appended: Option<Bytes>,
}

impl ModelParts {
    /// Those of a model without graphs.
    pub fn new(format: FileFormat) -> Self {
        Self {
            format,
            version: if format == FileFormat::Circle { 0 } else { 3 },
            description: None,
            opcodes: Vec::new(),
            graphs: Vec::new(),
            buffers: vec![Buffer::default()],
            metadata_buffer: None,
            metadata: None,
            signatures: None,
            appended: None,
        }
    }

    /// A new buffer that holds this.
    pub fn add_buffer(&mut self, content: impl Into<Content>) -> BufferId {
        self.buffers.push(Buffer {
            data: Some(content.into()),
            external: false,
        });
        BufferId(self.buffers.len() - 1)
    }
}
