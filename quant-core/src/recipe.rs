//! From a recipe to a model.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use quant_case::recipe::{Filler, Operand, Recipe};

use crate::error::{Error, Result};
use crate::ir::{Builtin, DType, FileFormat, Model, OpCode, Operator, QuantParam, Tensor, TensorId};
use crate::ops::registry;
use crate::quantize::constant::int_bytes;

/// Builds a Circle model; tensors stand in the order of the recipe's operands.
///
/// # Errors
/// An operator without a definition, or options that do not fit.
pub fn build(recipe: &Recipe) -> Result<Model> {
    let mut model = Model::new(FileFormat::Circle);
    for operand in &recipe.operands {
        let tensor = tensor(&mut model, operand)?;
        model.main_mut().add_tensor(tensor);
    }
    let graph = model.main_mut();
    let places = recipe.operands.iter().enumerate();
    let places: BTreeMap<&str, TensorId> = places.map(|(at, o)| (o.name.as_str(), TensorId(at))).collect();
    let id = |name: &String| places.get(name.as_str()).copied();
    graph.inputs = recipe.inputs.iter().filter_map(id).collect();
    graph.outputs = recipe.outputs.iter().filter_map(id).collect();
    for operation in &recipe.operations {
        let def = registry::by_name(&operation.kind).ok_or_else(|| {
            Error::unsupported(
                format!("recipe {}:{}", operation.pos.line, operation.pos.column),
                format!("operator `{}` has no definition", operation.kind),
                "add its operator file",
            )
        })?;
        let code = OpCode {
            custom: (def.builtin == Builtin::CUSTOM).then(|| def.name.to_owned()),
            ..OpCode::builtin(def.builtin)
        };
        if !model.opcodes.contains(&code) {
            model.opcodes.push(code.clone());
        }
        let inputs = operation.inputs.iter().map(id).collect();
        let outputs = operation.outputs.iter().filter_map(id).collect();
        model
            .main_mut()
            .operators
            .push(Operator::new(code, inputs, outputs, (def.options)(operation)?));
    }
    Ok(model)
}

fn tensor(model: &mut Model, operand: &Operand) -> Result<Tensor> {
    let dtype = DType::from_word(&operand.dtype.to_lowercase()).ok_or_else(|| {
        Error::unsupported(
            format!("operand `{}`", operand.name),
            format!("type {} is unknown", operand.dtype),
            "use FLOAT32 or an integer type",
        )
    })?;
    let mut tensor = Tensor::new(&operand.name, dtype, operand.shape.clone());
    match &operand.filler {
        Some(Filler::Float(values)) => {
            tensor.buffer = model.add_buffer(values.iter().flat_map(|x| x.to_le_bytes()).collect());
        }
        Some(Filler::Int(values)) => tensor.buffer = model.add_buffer(int_bytes(dtype, values)),
        None => {}
    }
    tensor.quant = operand.quant.as_ref().map(|quant| QuantParam {
        min: quant.min.clone(),
        max: quant.max.clone(),
        scale: quant.scale.clone(),
        zero_point: quant.zero_point.clone(),
        details: None,
        quantized_dimension: quant.quantized_dimension,
    });
    Ok(tensor)
}
