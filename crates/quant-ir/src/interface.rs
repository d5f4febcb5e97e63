//! What a file says of itself and of its entry points.

use super::BufferId;

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
