//! Running a recipe in f64.

use std::collections::BTreeMap;

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Recipe};

use crate::kernels;
use crate::tensor::{Tensor, tensor};

/// The constants of a recipe.
pub fn constants(recipe: &Recipe) -> Result<BTreeMap<String, Tensor>, String> {
    let mut values: BTreeMap<String, Tensor> = BTreeMap::new();
    for operand in &recipe.operands {
        let Some(filler) = &operand.filler else { continue };
        let shape: Vec<usize> = operand.shape.iter().map(|d| *d as usize).collect();
        let data = match filler {
            _ if operand.sparsity.is_some() => return Err(format!("`{}` is sparse", operand.name)),
            Filler::Float(data) => data.iter().map(|x| f64::from(*x)).collect(),
            Filler::Int(data) => data.iter().map(|x| *x as f64).collect(),
            Filler::Text(_) => return Err(format!("`{}` holds strings", operand.name)),
            Filler::InFile => return Err(format!("the elements of `{}` stand in a file", operand.name)),
        };
        let value = tensor(&shape, data).map_err(|error| format!("`{}`: {error}", operand.name))?;
        values.insert(operand.name.clone(), value);
    }
    Ok(values)
}

/// Every float activation of one record, by name. Weights are the fake-quantized ones.
pub fn run(
    recipe: &Recipe,
    record: &[Vec<f64>],
    fake: &[(String, Golden)],
) -> Result<BTreeMap<String, Tensor>, String> {
    let mut values = constants(recipe)?;
    for (name, golden) in fake {
        if let (Some(Numbers::Float(data)), Some(value)) = (&golden.weights, values.get_mut(name)) {
            value
                .iter_mut()
                .zip(data)
                .for_each(|(x, data)| *x = f64::from(*data));
        }
    }
    if record.len() != recipe.inputs.len() {
        return Err(format!(
            "{} values for {} inputs",
            record.len(),
            recipe.inputs.len()
        ));
    }
    for (name, data) in recipe.inputs.iter().zip(record) {
        let shape: Vec<usize> = recipe
            .operand(name)
            .map(|o| o.shape.iter().map(|d| *d as usize).collect())
            .unwrap_or_default();
        let value = tensor(&shape, data.clone())
            .map_err(|_| format!("input `{name}` has {} values for shape {shape:?}", data.len()))?;
        values.insert(name.clone(), value);
    }
    for operation in &recipe.operations {
        let inputs: Vec<Option<&Tensor>> = operation.inputs.iter().map(|name| values.get(name)).collect();
        let outputs = kernels::run(operation, &inputs, recipe)?;
        for (name, value) in operation.outputs.iter().zip(outputs) {
            let wanted = recipe
                .operand(name)
                .map(|o| o.shape.iter().map(|d| *d as usize).collect::<Vec<_>>());
            if wanted.as_deref() != Some(value.shape()) {
                return Err(format!(
                    "{} makes `{name}` of shape {:?}, the recipe says {wanted:?}",
                    operation.kind,
                    value.shape()
                ));
            }
            values.insert(name.clone(), value);
        }
    }
    values.retain(|name, _| {
        recipe
            .operand(name)
            .is_some_and(quant_case::recipe::Operand::is_float_activation)
    });
    Ok(values)
}
