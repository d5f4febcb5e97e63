//! Parameters that operations decide, not ranges: fixed ones, handed on, pulled.

use quant_case::QuantType;
use quant_case::recipe::{Operation, OptionValue, Recipe};

use super::param::Param;

/// Parameters that an operation's output has whatever its range.
pub fn fixed(operation: &Operation, dtype: QuantType) -> Option<Param> {
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
pub fn fixed_of(recipe: &Recipe, name: &str, dtype: QuantType) -> Option<Param> {
    let maker = recipe.producer(name)?;
    fixed(maker, dtype).or_else(|| fixed_of(recipe, &maker.inputs[hands_on(maker)?], dtype))
}

/// The input whose parameters an operation hands on to its outputs.
pub fn hands_on(operation: &Operation) -> Option<usize> {
    match operation.kind.as_str() {
        "Split" => Some(1),
        "Reshape" | "Transpose" => Some(0),
        _ => None,
    }
}

/// Whether an operation gives its inputs the parameters of its output.
pub fn pulls(operation: &Operation) -> bool {
    let plain = || operation.option("activation") == Some(&OptionValue::Word("NONE".into()));
    match operation.kind.as_str() {
        "Reshape" | "Transpose" => true,
        "Concatenation" => plain(),
        _ => false,
    }
}
