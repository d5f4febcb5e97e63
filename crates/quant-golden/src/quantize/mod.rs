//! What quantization must give, restated from the rules: asymmetric and symmetric, activations and bias,
//! weights and constants.

mod constants;
mod fixed;
mod graph;
mod param;
mod setting;
mod weights;

pub use setting::Setting;
pub use weights::{fake_weights, weights_only};

use quant_case::golden::Tensor as Golden;
use quant_case::qconf::Qconf;
use quant_case::recipe::{OptionValue, Recipe};

use crate::range::Range;
use fixed::{fixed, hands_on};
use graph::Reads;
use setting::setting;

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
