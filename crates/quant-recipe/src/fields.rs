//! Reading option fields of a recipe.

#![allow(clippy::as_conversions)] // options hold 32 bits

use quant_case::recipe::{Operation, OptionValue};
use quant_schema as schema;

use quant_ir::Options;
use quant_ir::error::{Error, Problem, Result};

/// Writes the options of an operation, whose fields are all present (see [`quant_case::operators`]).
pub type Write = fn(&Operation) -> Result<Options>;

/// An operator without options.
#[allow(clippy::unnecessary_wraps)] // the signature of `Write`
pub fn none(_: &Operation) -> Result<Options> {
    Ok(Options::default())
}

/// An integer field.
pub fn int(op: &Operation, name: &str) -> Result<i32> {
    match op.option(name) {
        Some(OptionValue::Int(x)) => i32::try_from(*x).map_err(|_| wrong(op, name, "beyond 32 bits")),
        _ => Err(wrong(op, name, "missing")),
    }
}

/// A float field.
pub fn float(op: &Operation, name: &str) -> Result<f32> {
    match op.option(name) {
        Some(OptionValue::Float(x)) => Ok(*x),
        _ => Err(wrong(op, name, "missing")),
    }
}

/// A bool field.
pub fn boolean(op: &Operation, name: &str) -> Result<bool> {
    match op.option(name) {
        Some(OptionValue::Bool(x)) => Ok(*x),
        _ => Err(wrong(op, name, "missing")),
    }
}

/// A list of integers.
pub fn ints(op: &Operation, name: &str) -> Result<Vec<i32>> {
    match op.option(name) {
        Some(OptionValue::Ints(list)) => Ok(list.iter().map(|x| *x as i32).collect()),
        _ => Err(wrong(op, name, "missing")),
    }
}

/// A list of floats.
pub fn floats(op: &Operation, name: &str) -> Result<Vec<f32>> {
    match op.option(name) {
        Some(OptionValue::Floats(list)) => Ok(list.clone()),
        _ => Err(wrong(op, name, "missing")),
    }
}

/// The field `padding`.
pub fn padding(op: &Operation) -> Result<schema::Padding> {
    match op.option("padding") {
        Some(OptionValue::Word(word)) if word == "SAME" => Ok(schema::Padding::SAME),
        Some(OptionValue::Word(word)) if word == "VALID" => Ok(schema::Padding::VALID),
        _ => Err(wrong(op, "padding", "neither SAME nor VALID")),
    }
}

/// The field `activation`.
pub fn activation(op: &Operation) -> Result<schema::ActivationFunctionType> {
    use schema::ActivationFunctionType as A;
    let Some(OptionValue::Word(word)) = op.option("activation") else {
        return Err(wrong(op, "activation", "missing"));
    };
    let found = A::ENUM_VALUES
        .iter()
        .find(|value| value.variant_name() == Some(word));
    found.copied().ok_or_else(|| wrong(op, "activation", "unknown"))
}

/// An element type.
pub fn dtype(op: &Operation, name: &str) -> Result<schema::TensorType> {
    let Some(OptionValue::Word(word)) = op.option(name) else {
        return Err(wrong(op, name, "missing"));
    };
    let found = schema::TensorType::ENUM_VALUES
        .iter()
        .find(|value| value.variant_name() == Some(word));
    found.copied().ok_or_else(|| wrong(op, name, "unknown"))
}

/// The option `output_type`.
pub fn output_type(op: &Operation) -> schema::TensorType {
    match op.option("output_type") {
        Some(OptionValue::Word(word)) if word == "INT32" => schema::TensorType::INT32,
        _ => schema::TensorType::INT64,
    }
}

fn wrong(op: &Operation, field: &str, what: &str) -> Error {
    Error::new(
        format!("recipe {}:{}: {}", op.pos.line, op.pos.column, op.kind),
        Problem::Option(format!("option `{field}` is {what}")),
        "see quant-case's table of operators",
    )
}

/// Makes options of one kind: `write!(Conv2DOptions: Conv2DOptionsT { field: value, … })`; fields that are
/// not named are defaults. (The generated structs are non-exhaustive.)
macro_rules! write {
    ($kind:ident: $type:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        #[allow(unused_mut)] // some have no fields
        let mut options = quant_schema::$type::default();
        $(options.$field = $value;)*
        Ok(quant_ir::Options::new(quant_schema::BuiltinOptionsT::$kind(Box::new(options))))
    }};
}

pub(crate) use write;
