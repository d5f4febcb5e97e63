//! Constants that leave the values beside them next to nothing of the integers, as the −1e9 does with which masks and
//! frames say "no value": the range that was recorded behind them reaches as far.
//!
//! The integers are what they would be without this: the original tools do not look. [`crate::scheme::Decisions::lowest`] is
//! the way out.

use std::fmt;

use crate::config::Config;
use quant_interp::ops;
use quant_ir::{Builtin, Model, Operator, TensorId};

/// Steps between integers that the other values must have; with fewer they are as good as one value.
const ENOUGH: f32 = 8.0;

/// A constant that takes the integers of the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Squeezed {
    /// The operator that reads it, as errors name it.
    pub operator: String,
    /// The constant.
    pub constant: String,
    /// Its element farthest from zero.
    pub value: f32,
    /// How many steps between integers lie in the range of the other values.
    pub left: f32,
    /// How many steps the type has.
    pub steps: u32,
}

impl fmt::Display for Squeezed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operator,
            constant,
            value,
            left,
            steps,
        } = self;
        write!(
            f,
            "{operator}: its constant `{constant}` holds {value:e}, which leaves the other values {left:.1} of {steps} steps"
        )?;
        if *value < 0.0 {
            write!(
                f,
                "; if it stands for no value, record and quantize with `--lowest={value:e}`"
            )
        } else {
            write!(f, "; clip the constant in the model")
        }
    }
}

/// Such constants of a float model with recorded ranges, in the order of the operators that read them. Operators are
/// those that hand their operands' values on.
pub fn of(model: &Model, config: &Config) -> Vec<Squeezed> {
    let (Ok(decisions), Ok(settings)) = (config.decisions(), config.settings(model.main())) else {
        return Vec::new();
    };
    let operators = model.main().operators().iter().zip(settings);
    let squeezed = operators.filter_map(|(op, setting)| {
        let encoding = setting.activations;
        if encoding.is_float() {
            return None;
        }
        let (min, max) = recorded(model, *op.outputs.first()?)?;
        let scale = decisions.activation(encoding, min, max).scale;
        look(model, op, scale, decisions.lowest()).map(|(constant, value, left)| Squeezed {
            operator: ops::place(model.main(), op).to_string(),
            constant,
            value,
            left,
            steps: encoding.steps() as u32,
        })
    });
    squeezed.collect()
}

/// Name and value of the constant, and how many steps of `scale` it leaves.
fn look(model: &Model, op: &Operator, scale: f32, lowest: Option<f32>) -> Option<(String, f32, f32)> {
    let hands_on = matches!(
        op.code.builtin,
        Builtin::PADV2
            | Builtin::SELECT
            | Builtin::SELECT_V2
            | Builtin::CONCATENATION
            | Builtin::PACK
            | Builtin::MAXIMUM
            | Builtin::MINIMUM
            | Builtin::ADD
            | Builtin::SUB
    );
    let inputs = || op.inputs.iter().flatten().copied().filter(|_| hands_on);
    let (min, max) = inputs()
        .filter_map(|id| recorded(model, id))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let left = (max - min) / scale;
    if left >= ENOUGH || max <= min {
        return None;
    }
    let farthest = |id: TensorId| {
        let tensor = model.main().tensor(id);
        let values = model.f32_data(tensor)?;
        // Those that stand for no value take nothing, wherever their integers are left to the operator's rule.
        let counts = |x: &f32| *x != f32::MIN && !lowest.is_some_and(|lowest| *x <= lowest);
        let value = values
            .into_iter()
            .filter(counts)
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
        Some((tensor.name.clone(), value))
    };
    let constants = inputs().filter_map(farthest);
    let (constant, value) = constants.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    (value.abs() > ENOUGH * min.abs().max(max.abs())).then_some((constant, value, left))
}

/// The recorded range of an activation.
fn recorded(model: &Model, id: TensorId) -> Option<(f32, f32)> {
    let tensor = model.main().tensor(id);
    let quant = tensor.quant.as_ref().filter(|_| !model.is_const(tensor))?;
    match (quant.min.as_slice(), quant.max.as_slice()) {
        (&[min], &[max]) => Some((min, max)),
        _ => None,
    }
}
