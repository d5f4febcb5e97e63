//! The Quantize operators of mixed precision that stay.

use crate::qconf::Qconf;
use crate::recipe::{Operand, Operation, OptionValue, Recipe};
use crate::{QuantType, operators};

/// The name of the Quantize behind or before a tensor.
pub fn quantize_name(tensor: &str) -> String {
    format!("{tensor}_Quantize")
}

/// Outputs of the Quantize operators that stay in a mixed-precision model.
///
/// An operation whose type is not the default gets one before each activation that is made in the default
/// type (a graph input, or the output of a default operation), and one behind each output that somebody
/// reads in the default type (a default operation, or the graph's interface). Between two operations of the
/// same other type the pair of Quantize operators falls away, unless the first has a fixed range and the
/// second gives its inputs its own: then one stays, with another range on each side.
pub(super) fn inserted(recipe: &Recipe, default: QuantType, qconf: &Qconf) -> Result<Vec<String>, String> {
    let layers = qconf.names(&|name| recipe.producer(name).is_some())?;
    let differs = |operation: &Operation| {
        layers
            .iter()
            .any(|(name, layer)| layer.dtype != default && operation.outputs.iter().any(|o| o == name))
    };
    let mut names: Vec<String> = Vec::new();
    let mut add = |wanted: String, recipe: &Recipe| {
        let mut name = wanted.clone();
        let mut number = 0;
        while names.contains(&name) || recipe.operand(&name).is_some() {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        names.push(name);
    };
    for operation in recipe.operations.iter().filter(|operation| differs(operation)) {
        let Some(operator) = operators::find(&operation.kind) else {
            continue;
        };
        let mut done: Vec<&str> = Vec::new();
        for (index, input) in operation.inputs.iter().enumerate() {
            let activation = recipe.operand(input).is_some_and(Operand::is_float_activation);
            let made_default = recipe.producer(input).is_none_or(|producer| !differs(producer));
            if !operator.activations.contains(index) || !activation || done.contains(&input.as_str()) {
                continue;
            }
            if made_default {
                add(quantize_name(input), recipe);
                done.push(input);
            } else if has_fixed_range(recipe, input) && gives_inputs_its_range(operation) {
                add(quantize_name(&quantize_name(input)), recipe);
                done.push(input);
            }
        }
        for output in &operation.outputs {
            let readers = recipe
                .operations
                .iter()
                .filter(|reader| reader.inputs.contains(output));
            let read_in_default = readers.into_iter().any(|reader| !differs(reader));
            if read_in_default || recipe.outputs.contains(output) {
                add(quantize_name(output), recipe);
            }
        }
    }
    Ok(names)
}

/// Whether the range of an activation does not come from data: an operation with a fixed range makes it, or
/// one that hands on such a range.
fn has_fixed_range(recipe: &Recipe, name: &str) -> bool {
    let Some(operation) = recipe.producer(name) else {
        return false;
    };
    if matches!(operation.option("activation"), Some(OptionValue::Word(word)) if word == "TANH") {
        return true;
    }
    let handed_on = match operation.kind.as_str() {
        "Logistic" | "Softmax" | "Tanh" => return true,
        "Reshape" | "Transpose" => operation.inputs.first(),
        "Split" => operation.inputs.get(1),
        _ => None,
    };
    handed_on.is_some_and(|input| has_fixed_range(recipe, input))
}

/// Whether the inputs of an operation take the parameters of its output.
fn gives_inputs_its_range(operation: &Operation) -> bool {
    let fused = || {
        let activation = operation.option("activation");
        activation.is_some_and(|activation| *activation != OptionValue::Word("NONE".to_owned()))
    };
    match operation.kind.as_str() {
        "Reshape" | "Transpose" => true,
        "Concatenation" => !fused(),
        _ => false,
    }
}
