//! The words in which the table of operators speaks.

use quant_ir::Operator;

use super::params::Fixed;

/// What happens to one operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The operands with real values, in the order in which they are quantized: one with a scale made of those of others
    /// stands behind these.
    pub inputs: Inputs,
    /// The results with real values.
    pub outputs: Outputs,
    /// Where the parameters of the results come from.
    pub range: Range,
    /// Operands that take the parameters of the result.
    pub follow: Follow,
    /// The bias.
    pub bias: Option<usize>,
    /// Whether there is a rule with 16-bit activations.
    pub int16: bool,
    /// Whether a constant among the activations becomes 16-bit with them.
    pub constants16: bool,
    /// The lowest version of the operator.
    pub version: i32,
}

/// Which operands are quantized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inputs {
    /// All, as activations.
    All,
    /// These.
    Of(&'static [(usize, Kind)]),
}

/// How an operand is quantized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// As an activation; a constant symmetrically by its own range.
    Value,
    /// Symmetric 8 bits, one scale for each index of that dimension.
    Filter(usize),
    /// Symmetric 16 bits: weights that are multiplied with 16-bit states.
    Weights16,
    /// Symmetric 16 bits of which 10 are used: the time weights of SVDF, whose products are summed up.
    Weights10,
    /// A variable of 16 bits.
    State,
    /// The same, with a scale that is a power of two: the cell state of an LSTM.
    CellState,
    /// 32 bits with the product of the scales of input and weights, or of layer normalization: bias of this gate of an
    /// LSTM.
    GateBias(usize),
    /// 32 bits with the product of the scales of projection weights and hidden state.
    ProjectionBias,
    /// 32 bits with the product of the scales of time weights and state.
    SvdfBias,
    /// A value among those of operand 0: a constant takes the result's parameters.
    Pad,
}

/// Which results are quantized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// None: they are whole numbers or truth values.
    None,
    /// The first.
    First,
    /// All.
    All,
}

/// Where the parameters of the results come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// The recorded range.
    Own,
    /// The first of the operands that are quantized.
    Input,
    /// They are always the same.
    Fixed(Fixed),
    /// The first of the operands, or the recorded range where that holds the value of a pad and the operand does not.
    Padded,
}

/// Which operands take the parameters of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// None.
    None,
    /// All.
    All,
    /// These.
    Of(&'static [usize]),
}

impl Rule {
    /// The operands that are quantized, which the operator has, and how.
    pub fn operands(&self, op: &Operator) -> Vec<(usize, Kind)> {
        let given = |index: &usize| op.input(*index).is_some();
        match self.inputs {
            Inputs::All => (0..op.inputs.len())
                .filter(given)
                .map(|index| (index, Kind::Value))
                .collect(),
            Inputs::Of(list) => list.iter().copied().filter(|(index, _)| given(index)).collect(),
        }
    }

    /// How many results are quantized.
    pub fn results(&self, op: &Operator) -> usize {
        match self.outputs {
            Outputs::None => 0,
            Outputs::First => op.outputs.len().min(1),
            Outputs::All => op.outputs.len(),
        }
    }

    /// Whether an operand takes the parameters of the result.
    pub fn follows(&self, index: usize) -> bool {
        match self.follow {
            Follow::None => false,
            Follow::All => true,
            Follow::Of(list) => list.contains(&index),
        }
    }

    /// The activation that is multiplied and the filter, of an operator with weights.
    pub fn weights(&self) -> Option<(usize, usize, usize)> {
        match self.inputs {
            Inputs::Of(&[(input, Kind::Value), (filter, Kind::Filter(axis))]) => Some((input, filter, axis)),
            _ => None,
        }
    }

    /// Whether it is that of an operator that compares.
    pub fn compares(&self) -> bool {
        self.outputs == Outputs::None
            && matches!(self.inputs, Inputs::Of([(0, Kind::Value), (1, Kind::Value)]))
    }

    /// Whether it is that of an LSTM.
    pub fn is_lstm(&self) -> bool {
        matches!(self.inputs, Inputs::Of(list) if list.iter().any(|(_, kind)| *kind == Kind::CellState))
    }
}
