//! Who reads which tensor, with the Quantize operators of mixed precision in between.

use quant_case::expected::quantize_name;
use quant_case::operators;
use quant_case::recipe::{Operand, Operation, Recipe};

use super::fixed::{fixed_of, pulls};
use super::param::{Param, param};
use super::setting::Setting;
use crate::range::Range;

/// The tensors that operations read, and the parameters of all activations.
pub struct Reads<'a> {
    recipe: &'a Recipe,
    /// For each operation and input, the tensor that it really reads.
    names: Vec<Vec<String>>,
    /// Quantize operators: from, to.
    inserted: Vec<(String, String)>,
    /// Graph outputs, as they leave the model.
    outputs: Vec<String>,
    params: Vec<(String, Param)>,
}

impl<'a> Reads<'a> {
    pub fn new(
        recipe: &'a Recipe,
        settings: &[Setting],
        default: Setting,
        ranges: &[(String, Range)],
    ) -> Result<Self, String> {
        let made = |name: &str| {
            let maker = recipe
                .operations
                .iter()
                .position(|op| op.outputs.iter().any(|output| output == name));
            maker.map_or(default.dtype, |number| settings[number].dtype)
        };
        let mut reads = Self {
            recipe,
            names: recipe.operations.iter().map(|op| op.inputs.clone()).collect(),
            inserted: Vec::new(),
            outputs: recipe.outputs.clone(),
            params: Vec::new(),
        };
        let of = |name: &str, dtype| {
            let range = ranges
                .iter()
                .find(|(other, _)| other == name)
                .map(|(_, range)| *range);
            let range = range.ok_or_else(|| format!("`{name}` has no range"))?;
            Ok::<_, String>(param(dtype, range.min.into(), range.max.into()))
        };
        for operand in recipe
            .operands
            .iter()
            .filter(|operand| operand.is_float_activation())
        {
            if ranges.iter().any(|(name, _)| *name == operand.name) {
                reads
                    .params
                    .push((operand.name.clone(), of(&operand.name, made(&operand.name))?));
            }
        }
        for (number, operation) in recipe.operations.iter().enumerate() {
            let own = settings[number].dtype;
            if own == default.dtype {
                continue;
            }
            for input in activation_inputs(recipe, operation) {
                let name = &operation.inputs[input];
                if reads.names[number][input] != *name {
                    continue;
                }
                // Between two operations of this type the pair of Quantize falls away, unless its range is
                // fixed and the reader pulls it elsewhere.
                let pulled = pulls(operation) && fixed_of(recipe, name, own).is_some();
                let wanted = match (made(name) == own, pulled) {
                    (true, false) => continue,
                    (true, true) => quantize_name(&quantize_name(name)),
                    (false, _) => quantize_name(name),
                };
                let to = reads.insert(name, &wanted, of(name, own)?);
                for at in 0..operation.inputs.len() {
                    if operation.inputs[at] == *name {
                        reads.names[number][at].clone_from(&to);
                    }
                }
            }
            for output in &operation.outputs {
                let readers: Vec<usize> = (0..recipe.operations.len())
                    .filter(|n| {
                        settings[*n].dtype == default.dtype && recipe.operations[*n].inputs.contains(output)
                    })
                    .collect();
                if readers.is_empty() && !recipe.outputs.contains(output) {
                    continue;
                }
                let to = reads.insert(output, &quantize_name(output), of(output, default.dtype)?);
                for number in readers {
                    reads.names[number]
                        .iter_mut()
                        .filter(|name| *name == output)
                        .for_each(|name| name.clone_from(&to));
                }
                reads
                    .outputs
                    .iter_mut()
                    .filter(|name| *name == output)
                    .for_each(|name| name.clone_from(&to));
            }
        }
        Ok(reads)
    }

    /// Puts a Quantize behind `from`. Where the range of that is fixed, it has the fixed parameters.
    fn insert(&mut self, from: &str, wanted: &str, param: Param) -> String {
        let taken = |name: &str, params: &[(String, Param)]| params.iter().any(|(other, _)| other == name);
        let mut name = wanted.to_owned();
        let mut number = 0;
        while taken(&name, &self.params) || self.recipe.operand(&name).is_some() {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        let param = fixed_of(self.recipe, from, param.dtype).unwrap_or(param);
        self.inserted.push((from.to_owned(), name.clone()));
        self.params.push((name.clone(), param));
        name
    }

    /// A Quantize between two types behind a fixed range has the fixed parameters again, whatever its reader
    /// made of them.
    pub fn derive_again(&mut self) {
        for (from, to) in self.inserted.clone() {
            let (Ok(before), Ok(after)) = (self.param(&from), self.param(&to)) else {
                continue;
            };
            if let Some(param) =
                fixed_of(self.recipe, &from, after.dtype).filter(|_| before.dtype != after.dtype)
            {
                self.set(&to, param);
            }
        }
    }

    /// The tensor that input `input` of operation `number` reads.
    pub fn name(&self, number: usize, input: usize) -> String {
        self.names[number][input].clone()
    }

    pub fn param(&self, name: &str) -> Result<Param, String> {
        let found = self.params.iter().find(|(other, _)| other == name);
        found
            .map(|(_, param)| *param)
            .ok_or_else(|| format!("`{name}` has no parameters"))
    }

    pub fn set(&mut self, name: &str, param: Param) {
        if let Some((_, old)) = self.params.iter_mut().find(|(other, _)| other == name) {
            *old = param;
        }
    }

    pub fn params(&self) -> impl Iterator<Item = &(String, Param)> {
        self.params.iter()
    }

    /// How many operations, Quantize operators and graph outputs read a tensor.
    pub fn users(&self, name: &str) -> usize {
        let operations = self
            .names
            .iter()
            .filter(|inputs| inputs.iter().any(|input| input == name))
            .count();
        let quantizes = self.inserted.iter().filter(|(from, _)| from == name).count();
        operations + quantizes + self.outputs.iter().filter(|output| *output == name).count()
    }
}

/// The inputs of an operation that are float activations.
fn activation_inputs(recipe: &Recipe, operation: &Operation) -> Vec<usize> {
    let Some(schema) = operators::find(&operation.kind) else {
        return Vec::new();
    };
    let is_activation = |at: &usize| {
        let operand = recipe.operand(&operation.inputs[*at]);
        schema.activations.contains(*at) && operand.is_some_and(Operand::is_float_activation)
    };
    (0..operation.inputs.len()).filter(is_activation).collect()
}
