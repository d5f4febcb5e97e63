//! What the inputs of an operator are to it.

/// The inputs of an operator with weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightInputs {
    /// The filter.
    pub filter: usize,
    /// The bias.
    pub bias: usize,
    /// Whether weights-only quantization covers the operator.
    pub weights_only: bool,
}

/// Which inputs are activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activations {
    /// These.
    Inputs(&'static [usize]),
    /// All.
    All,
}

impl Activations {
    /// Whether input `index` is one.
    pub fn contains(self, index: usize) -> bool {
        match self {
            Self::Inputs(inputs) => inputs.contains(&index),
            Self::All => true,
        }
    }

    /// The first of them.
    pub fn first(self) -> usize {
        match self {
            Self::Inputs(inputs) => inputs.first().copied().unwrap_or_default(),
            Self::All => 0,
        }
    }
}
