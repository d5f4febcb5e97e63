//! The words in which a family's table of operators speaks.
//!
//! Passes have no operator names in them; they ask these fields. Each family has a [`Table`], to be read beside the lists
//! of the original.

use quant_ir::{Builtin, DType};
use quant_numeric::round::half_away_f32;

/// How quantization treats an operator. [`Rule::NONE`] is an operator that the table does not know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Whether float activations of the operator can be quantized at all.
    pub known: bool,
    /// The weight input with its bias, for operators that multiply and accumulate.
    pub weights: Option<Weights>,
    /// Inputs that are parameters along the last dimension (gamma, beta, alpha).
    pub params: &'static [usize],
    /// What happens to constant activation inputs.
    pub const_inputs: ConstInputs,
    /// Which inputs get a Quantize in front when the operator's type is not the model's.
    pub mixed: Mixed,
    /// Which inputs take the output's parameters.
    pub backward: Backward,
    /// Where the output's range comes from.
    pub output: OutputRange,
    /// The input whose parameters the outputs take after all else.
    pub forward: Option<usize>,
}

/// The weight input of an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Activation input that is multiplied.
    pub input: usize,
    /// Filter input.
    pub filter: usize,
    /// The filter's output-channel dimension.
    pub axis: usize,
    /// Bias input; a model may leave it out.
    pub bias: usize,
    /// Other inputs that must be constants, as the output shape of TransposeConv.
    pub constants: &'static [usize],
    /// Whether weight-only quantization covers the operator.
    pub weights_only: bool,
}

/// What happens to constant activation inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstInputs {
    /// A constant input is an error.
    Unsupported,
    /// Done elsewhere (weights, bias, propagation), or nothing to do.
    Skip,
    /// These inputs are quantized by their own range.
    Own(&'static [usize]),
    /// Every input is quantized by its own range.
    OwnAll,
}

impl ConstInputs {
    /// The inputs that are quantized by their own range, of `count`; `None` when a constant is an error.
    pub fn own(self, count: usize) -> Option<Vec<usize>> {
        match self {
            Self::Unsupported => None,
            Self::Skip => Some(Vec::new()),
            Self::Own(inputs) => Some(inputs.to_vec()),
            Self::OwnAll => Some((0..count).collect()),
        }
    }
}

/// Which inputs get a Quantize in front in mixed precision; every quantized output gets one behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mixed {
    /// A configuration may not even name the operator.
    Unnamed,
    /// The operator cannot have a type of its own.
    Unsupported,
    /// These inputs.
    Inputs(&'static [usize]),
    /// Every input.
    All,
}

impl Mixed {
    /// The inputs, of `count`; `None` when the operator cannot have a type of its own.
    pub fn inputs(self, count: usize) -> Option<Vec<usize>> {
        match self {
            Self::Unnamed | Self::Unsupported => None,
            Self::Inputs(inputs) => Some(inputs.to_vec()),
            Self::All => Some((0..count).collect()),
        }
    }
}

/// Which inputs take the output's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backward {
    /// None.
    None,
    /// Every input, unless an activation is fused: then constants keep their own range (Concatenation).
    Concat,
    /// These inputs (OneHot: on and off values).
    Inputs(&'static [usize]),
    /// Every input (Pack).
    All,
    /// Input 0 and the padding constant; padding with the lowest float makes the output follow the input.
    PadV2,
    /// Input 0, when the operator only views it (Reshape, Transpose).
    View,
}

/// Where the output's range comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputRange {
    /// The recorded range.
    Recorded,
    /// None: scale and zero point are fixed for each element type. In types that are not listed, the recorded range.
    Fixed(&'static [(DType, f32, i64)]),
    /// The recorded range, with the scale made a whole number: 1 below 1, else rounded half away from zero (Floor, …).
    Integer,
}

impl OutputRange {
    /// The fixed scale and zero point in an element type.
    pub fn fixed(self, dtype: DType) -> Option<(f32, i64)> {
        let Self::Fixed(list) = self else { return None };
        let mut list = list.iter();
        let entry = list.find(|(listed, ..)| *listed == dtype);
        entry.map(|&(_, scale, zero_point)| (scale, zero_point))
    }

    /// Scale and zero point of an output whose recorded range gives it these.
    pub fn parameters(self, dtype: DType, (scale, zero_point): (f32, i64)) -> (f32, i64) {
        match (self, self.fixed(dtype)) {
            (_, Some(fixed)) => fixed,
            (Self::Integer, None) if scale < 1.0 => (1.0, zero_point),
            (Self::Integer, None) => (half_away_f32(scale), zero_point),
            _ => (scale, zero_point),
        }
    }
}

impl Rule {
    /// An operator that the table does not know: `quantize` refuses it, unless its operands are no floats.
    pub const NONE: Self = Self {
        known: false,
        weights: None,
        params: &[],
        const_inputs: ConstInputs::Unsupported,
        mixed: Mixed::Unsupported,
        backward: Backward::None,
        output: OutputRange::Recorded,
        forward: None,
    };

    /// An operator that stays float: nothing of it is quantized.
    pub const FLOAT: Self = Self {
        const_inputs: ConstInputs::Skip,
        ..Self::NONE
    };

    /// One activation input (number 0), which may be a constant with a range of its own.
    pub const UNARY: Self = Self {
        known: true,
        const_inputs: ConstInputs::Own(&[0]),
        mixed: Mixed::Inputs(&[0]),
        ..Self::NONE
    };

    /// Two activation inputs, which may be constants with ranges of their own.
    pub const BINARY: Self = Self {
        known: true,
        const_inputs: ConstInputs::Own(&[0, 1]),
        mixed: Mixed::Inputs(&[0, 1]),
        ..Self::NONE
    };
}

/// A line of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The operator.
    pub operator: Builtin,
    /// What is done with it.
    pub rule: Rule,
}

impl Row {
    /// The same with a weight input.
    #[must_use]
    pub const fn with_weights(mut self, weights: Weights) -> Self {
        self.rule.weights = Some(weights);
        self
    }

    /// The same with inputs that are parameters along the last dimension.
    #[must_use]
    pub const fn with_params(mut self, params: &'static [usize]) -> Self {
        self.rule.params = params;
        self
    }
}

/// A family's operators; each is found by its code, without a search.
#[derive(Debug)]
pub struct Table {
    rows: &'static [Row],
    /// One above the number of the row of each code, from [`FIRST`] on; 0 for none.
    places: [u8; PLACES],
}

/// The lowest code that a table can hold; codes below zero are Circle's own.
const FIRST: i32 = -32;
const PLACES: usize = 288;

impl Table {
    /// The table of these rows, made when the program is compiled.
    ///
    /// # Panics
    /// An operator has two rows, or a code that is out of reach: the program does not compile then.
    pub const fn new(rows: &'static [Row]) -> Self {
        let mut places = [0; PLACES];
        assert!(rows.len() < u8::MAX as usize, "too many rows");
        let mut row = 0;
        while row < rows.len() {
            let place = (rows[row].operator.0 - FIRST) as usize;
            assert!(places[place] == 0, "an operator has two rows");
            places[place] = row as u8 + 1;
            row += 1;
        }
        Self { rows, places }
    }

    /// The rows, in their order.
    pub fn rows(&self) -> &'static [Row] {
        self.rows
    }

    /// The rule of an operator; [`Rule::NONE`] when it has no row.
    pub fn rule(&self, builtin: Builtin) -> &'static Rule {
        let place = builtin
            .0
            .checked_sub(FIRST)
            .and_then(|at| usize::try_from(at).ok());
        let row = place.and_then(|place| self.places.get(place)).copied();
        match row.map(usize::from) {
            None | Some(0) => &Rule::NONE,
            Some(above) => &self.rows[above - 1].rule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_looked_up_by_code() {
        static TABLE: Table = Table::new(&[
            Row {
                operator: Builtin::INSTANCE_NORM,
                rule: Rule::BINARY,
            },
            Row {
                operator: Builtin::ADD,
                rule: Rule::UNARY,
            },
        ]);
        let rows = [
            (Builtin::ADD, Rule::UNARY),
            (Builtin::INSTANCE_NORM, Rule::BINARY),
            (Builtin::MUL, Rule::NONE),
            (Builtin(i32::MIN), Rule::NONE),
            (Builtin(i32::MAX), Rule::NONE),
            (Builtin(FIRST - 1), Rule::NONE),
            (Builtin(FIRST + PLACES as i32), Rule::NONE),
        ];
        for (builtin, rule) in rows {
            assert_eq!(*TABLE.rule(builtin), rule, "{builtin}");
        }
    }

    #[test]
    fn outputs_have_recorded_fixed_or_whole_parameters() {
        let fixed = OutputRange::Fixed(&[(DType::Uint8, 0.5, 7)]);
        let rows = [
            (OutputRange::Recorded, 0.3, (0.3, 2)),
            (OutputRange::Integer, 0.3, (1.0, 2)),
            (OutputRange::Integer, 2.5, (3.0, 2)),
            (fixed, 0.3, (0.5, 7)),
        ];
        for (output, scale, wanted) in rows {
            assert_eq!(output.parameters(DType::Uint8, (scale, 2)), wanted, "{output:?}");
        }
        assert_eq!(fixed.parameters(DType::Int16, (0.3, 2)), (0.3, 2));
    }
}
