//! What quantization must give, restated from the rules: asymmetric and symmetric, activations and bias,
//! weights and constants.

mod constants;
mod graph;
mod weights;

pub use weights::{fake_weights, weights_only};

use quant_case::golden::Tensor as Golden;
use quant_case::qconf::Qconf;
use quant_case::recipe::{Operation, OptionValue, Recipe};
use quant_case::{Granularity, QuantType};

use crate::range::Range;
use graph::Reads;

/// Type and granularity of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub dtype: QuantType,
    pub granularity: Granularity,
}

/// Type, scale and zero point of an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    pub dtype: QuantType,
    pub scale: f32,
    pub zero_point: i64,
    /// What the lowest and the highest integer mean, by the scale before it is stored as f32.
    pub ends: (f32, f32),
}

impl Param {
    /// The integer of a value of the range: the reciprocal of the scale, the distance from the lowest value
    /// (for uint8) and their product are single floats in the contract, so they are rounded to it here.
    fn integer(self, x: f64) -> i64 {
        let (low, high) = (f64::from(self.ends.0), f64::from(self.ends.1));
        let x = x.clamp(low, high);
        let top = crate::q_max(self.dtype);
        let (from, bottom) = if self.dtype == QuantType::Uint8 {
            (low, 0.0)
        } else {
            (0.0, -top)
        };
        let steps = single(single(x - from) * single(1.0 / f64::from(self.scale)));
        half_away(steps).clamp(bottom, top) as i64
    }

    /// What an integer means.
    fn real(self, integer: i64) -> f32 {
        let from = if self.dtype == QuantType::Uint8 {
            f64::from(self.ends.0)
        } else {
            0.0
        };
        single(single(integer as f64 * f64::from(self.scale)) + from) as f32
    }

    fn golden(self) -> Golden {
        Golden {
            dtype: Some(self.dtype.word().to_owned()),
            scale: Some(vec![self.scale]),
            zero_point: Some(vec![self.zero_point]),
            ..Golden::default()
        }
    }
}

/// The setting of an operation: the configuration's where it names an output, else the default.
pub fn setting(operation: &Operation, default: Setting, qconf: Option<&Qconf>) -> Setting {
    let layers = qconf.iter().flat_map(|qconf| &qconf.layers);
    let named = layers
        .into_iter()
        .find(|layer| layer.names.iter().any(|name| operation.outputs.contains(name)));
    named.map_or(default, |layer| Setting {
        dtype: layer.dtype,
        granularity: layer.granularity,
    })
}

/// Parameters of a range.
///
/// Asymmetric: the range with 0 in it has 255 steps; the zero point is where 0 falls. Symmetric: the larger
/// side has 32767 steps.
pub fn param(dtype: QuantType, min: f64, max: f64) -> Param {
    let (low, high) = (min.min(0.0), max.max(0.0));
    if dtype != QuantType::Uint8 {
        let scale = ((-low).max(high) / crate::q_max(dtype)) as f32;
        let least = if dtype == QuantType::Int16 { 1e-8 } else { 1e-5 };
        let scale = scale.max(least);
        let end = (crate::q_max(dtype) * f64::from(scale)) as f32;
        return Param {
            dtype,
            scale,
            zero_point: 0,
            ends: (-end, end),
        };
    }
    let scale = ((high - low) / 255.0).max(1e-5);
    let zero_point = if min >= 0.0 {
        0.0
    } else if max < 0.0 && scale > 1e-5 {
        255.0
    } else {
        half_away(-low / scale)
    };
    Param {
        dtype,
        scale: scale as f32,
        zero_point: zero_point as i64,
        ends: (
            (-zero_point * scale) as f32,
            ((255.0 - zero_point) * scale) as f32,
        ),
    }
}

/// Rounded to a single float, where the contract stores one.
pub fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Rounds half away from zero, spelled out.
pub fn half_away(x: f64) -> f64 {
    if x < 0.0 {
        -(0.5 - x).floor()
    } else {
        (x + 0.5).floor()
    }
}

/// Parameters that an operation's output has whatever its range.
fn fixed(operation: &Operation, dtype: QuantType) -> Option<Param> {
    let fused = operation.option("activation");
    let tanh = matches!(fused, Some(OptionValue::Word(word)) if word == "TANH");
    let kind = if tanh { "Tanh" } else { operation.kind.as_str() };
    let (scale, zero_point) = match (kind, dtype == QuantType::Int16) {
        ("Logistic" | "Tanh", true) => (1.0 / 32768.0, 0),
        ("Softmax", true) => (1.0 / 32767.0, 0),
        ("Logistic", false) => (1.0 / 256.0, 0),
        ("Tanh", false) => (2.0 / 256.0, 128),
        ("Softmax", false) => (1.0 / 255.0, 0),
        _ => return None,
    };
    Some(Param {
        dtype,
        scale: scale as f32,
        zero_point,
        ends: (f32::NEG_INFINITY, f32::INFINITY),
    })
}

/// The parameters of a tensor that has fixed ones: its maker's, or those of what the maker hands on.
fn fixed_of(recipe: &Recipe, name: &str, dtype: QuantType) -> Option<Param> {
    let maker = recipe.producer(name)?;
    fixed(maker, dtype).or_else(|| fixed_of(recipe, &maker.inputs[hands_on(maker)?], dtype))
}

/// The input whose parameters an operation hands on to its outputs.
fn hands_on(operation: &Operation) -> Option<usize> {
    match operation.kind.as_str() {
        "Split" => Some(1),
        "Reshape" | "Transpose" => Some(0),
        _ => None,
    }
}

/// Whether an operation gives its inputs the parameters of its output.
fn pulls(operation: &Operation) -> bool {
    let plain = || operation.option("activation") == Some(&OptionValue::Word("NONE".into()));
    match operation.kind.as_str() {
        "Reshape" | "Transpose" => true,
        "Concatenation" => plain(),
        _ => false,
    }
}

/// Every tensor of the quantized model.
pub fn model(
    recipe: &Recipe,
    ranges: &[(String, Range)],
    fake: &[(String, Golden)],
    default: Setting,
    qconf: Option<&Qconf>,
) -> Result<Vec<(String, Golden)>, String> {
    let settings: Vec<Setting> = recipe
        .operations
        .iter()
        .map(|op| setting(op, default, qconf))
        .collect();
    let mut reads = Reads::new(recipe, &settings, default, ranges)?;
    let mut constants = constants::Constants::new(recipe, fake);
    backward(recipe, &settings, &mut reads, &mut constants)?;
    for operation in &recipe.operations {
        for output in &operation.outputs {
            let dtype = reads.param(output)?.dtype;
            if let Some(param) = fixed(operation, dtype) {
                reads.set(output, param);
            }
        }
    }
    reads.derive_again();
    for (number, operation) in recipe.operations.iter().enumerate() {
        let Some(from) = hands_on(operation) else {
            continue;
        };
        let param = reads.param(&reads.name(number, from))?;
        for output in &operation.outputs {
            if reads.param(output)?.dtype == param.dtype {
                reads.set(output, param);
            }
        }
    }
    for (number, operation) in recipe.operations.iter().enumerate() {
        constants.quantize(number, operation, settings[number], &reads)?;
    }
    let activations = reads.params().map(|(name, param)| (name.clone(), param.golden()));
    Ok(activations.chain(constants.finish()).collect())
}

/// Concatenation, Reshape and Transpose give their inputs their own parameters, last operation first.
fn backward(
    recipe: &Recipe,
    settings: &[Setting],
    reads: &mut Reads<'_>,
    constants: &mut constants::Constants<'_>,
) -> Result<(), String> {
    for (number, operation) in recipe.operations.iter().enumerate().rev() {
        let concatenation = operation.kind == "Concatenation";
        if !concatenation && !matches!(operation.kind.as_str(), "Reshape" | "Transpose") {
            continue;
        }
        let fused = operation
            .option("activation")
            .is_some_and(|value| *value != OptionValue::Word("NONE".into()));
        let output = reads.param(&operation.outputs[0])?;
        let count = if concatenation { operation.inputs.len() } else { 1 };
        for input in 0..count {
            let name = &operation.inputs[input];
            if recipe
                .operand(name)
                .is_some_and(quant_case::recipe::Operand::is_float_const)
            {
                if concatenation && fused {
                    constants.own_range(name, settings[number].dtype);
                } else if concatenation {
                    constants.with(name, output);
                }
                continue;
            }
            let read = reads.name(number, input);
            let one_of_many = recipe
                .producer(&read)
                .is_some_and(|producer| producer.outputs.len() > 1);
            if reads.users(&read) <= 1 && !(concatenation && fused) && (concatenation || !one_of_many) {
                reads.set(&read, output);
            }
        }
    }
    Ok(())
}
