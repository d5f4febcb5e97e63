//! What statistics are.

/// The ranges of a model's tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

/// The range of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number of the tensor in the main graph; `None`: all tensors of that name.
    pub index: Option<usize>,
    /// Name of the tensor.
    pub name: String,
    /// Minimum.
    pub min: f32,
    /// Maximum, not below.
    pub max: f32,
}
