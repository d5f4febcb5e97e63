//! An operator: its code, its operands, its options.

use super::{Builtin, Options, TensorId};

/// Index of an operator in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub usize);

/// Which operator, in which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpCode {
    /// The builtin code; `Builtin::CUSTOM` for custom operators.
    pub builtin: Builtin,
    /// The name of a custom operator.
    pub custom: Option<String>,
    /// The operator's version.
    pub version: i32,
}

impl OpCode {
    /// The first version of a builtin operator: 1, but TensorFlow Lite has BROADCAST_TO from 2 on.
    pub fn builtin(builtin: Builtin) -> Self {
        Self {
            builtin,
            custom: None,
            version: if builtin == Builtin::BROADCAST_TO { 2 } else { 1 },
        }
    }
}

/// One operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// Which operator.
    pub code: OpCode,
    /// Inputs; `None` is an absent optional input (−1 in the file).
    pub inputs: Vec<Option<TensorId>>,
    /// Outputs.
    pub outputs: Vec<TensorId>,
    /// Its options.
    pub options: Options,
    /// Options of a custom operator; loaded from beyond the FlatBuffer when the file keeps them there.
    pub custom_options: Option<Vec<u8>>,
    /// Encoding of `custom_options` (0 = FlexBuffers).
    pub custom_options_format: i8,
    /// Whether `custom_options` stand beyond the FlatBuffer.
    pub custom_options_external: bool,
    /// Which inputs are variables that the operator changes.
    pub mutating_variable_inputs: Option<Vec<bool>>,
    /// Tensors for intermediate results.
    pub intermediates: Option<Vec<i32>>,
    /// Index of debug metadata, −1 for none.
    pub debug_metadata_index: i32,
}

impl Operator {
    /// An operator with no more than code, operands and options.
    pub fn new(
        code: OpCode,
        inputs: Vec<Option<TensorId>>,
        outputs: Vec<TensorId>,
        options: Options,
    ) -> Self {
        Self {
            code,
            inputs,
            outputs,
            options,
            custom_options: None,
            custom_options_format: 0,
            custom_options_external: false,
            mutating_variable_inputs: None,
            intermediates: None,
            debug_metadata_index: -1,
        }
    }

    /// The input at `index`, when there and given.
    pub fn input(&self, index: usize) -> Option<TensorId> {
        self.inputs.get(index).copied().flatten()
    }
}
