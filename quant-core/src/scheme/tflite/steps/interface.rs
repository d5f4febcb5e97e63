//! `SetInputAndOutputTypes`: what callers give and get.

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, FreeNames, Graph, Model, Operator, QuantParam, Signature, TensorId};

use super::super::Options;
use super::params;
use super::recorded::range;
use super::weights_input_output::suffix;
use super::work::{activation, cast};

/// Refuses types that the interface cannot have.
///
/// # Errors
/// One of the two is such a type.
pub fn check(options: &Options, activations: DType) -> Result<()> {
    let known: &[DType] = match activations {
        DType::Int16 => &[DType::Float32, DType::Int16],
        _ => &[DType::Float32, DType::Int8, DType::Uint8],
    };
    for (what, dtype) in [("inputs", options.input), ("outputs", options.output)] {
        if !known.contains(&dtype) {
            let words: Vec<&str> = known.iter().map(|dtype| dtype.word()).collect();
            return Err(Error::new(
                what,
                Problem::UnsupportedType(format!("they cannot be {dtype} beside {activations} activations")),
                format!("use {}", words.join(" or ")),
            ));
        }
    }
    if activations == DType::Int16 && !matches!(options.bias, DType::Int32 | DType::Int64) {
        return Err(Error::new(
            "biases",
            Problem::UnsupportedType(format!("they cannot be {}", options.bias)),
            "use int64 or int32",
        ));
    }
    Ok(())
}

/// Gives inputs and outputs of a graph the types that were asked for. Of a float interface, and of one of another integer
/// type, the new tensor has the old name, and the integers get a suffix.
///
/// # Errors
/// A float operator reads an input, or makes an output, that shall be integers: with `compat` always, otherwise where it
/// has no recorded range.
pub fn set(
    model: &mut Model,
    number: usize,
    options: &Options,
    activations: DType,
    quantize_version: i32,
) -> Result<()> {
    let mut side = Sides {
        names: FreeNames::of(&model.graphs()[number]),
        options,
        activations,
        first: Vec::new(),
        last: Vec::new(),
    };
    let graph = &mut model.graphs_mut()[number];
    if options.compat {
        original_refuses(graph, options, activations)?;
    }
    let inputs = graph.inputs().to_vec();
    let new_inputs = inputs
        .iter()
        .map(|id| side.input(graph, *id))
        .collect::<Result<Vec<_>>>()?;
    let outputs = graph.outputs().to_vec();
    let new_outputs = outputs
        .iter()
        .map(|id| side.output(graph, *id))
        .collect::<Result<Vec<_>>>()?;
    graph.set_inputs(new_inputs.clone())?;
    graph.set_outputs(new_outputs.clone())?;
    let ends = graph.operators().len();
    let mut inserted: Vec<(usize, Operator)> = side.first.into_iter().map(|op| (0, op)).collect();
    inserted.extend(side.last.into_iter().map(|op| (ends, op)));
    for (_, op) in &mut inserted {
        if op.code.builtin == Builtin::QUANTIZE {
            op.code.version = quantize_version;
        }
    }
    graph.insert(inserted)?;
    let moved = |from: &[TensorId], to: &[TensorId], entry: &mut u32| {
        if let Some(at) = from.iter().position(|id| id.0 == *entry as usize) {
            *entry = to[at].0 as u32;
        }
    };
    let mut signatures: Option<Vec<Signature>> = model.signatures().map(<[_]>::to_vec);
    for signature in signatures.iter_mut().flatten() {
        if signature.subgraph as usize == number {
            signature
                .inputs
                .iter_mut()
                .for_each(|entry| moved(&inputs, &new_inputs, &mut entry.tensor));
            signature
                .outputs
                .iter_mut()
                .for_each(|entry| moved(&outputs, &new_outputs, &mut entry.tensor));
        }
    }
    model.set_signatures(signatures)
}

/// Where the original gives up: an input or output that stays float though integers are asked for.
fn original_refuses(graph: &Graph, options: &Options, activations: DType) -> Result<()> {
    let refused = |text: String| {
        let hint = "ask for float32 there, or leave out `compat`";
        Err(Error::new("the interface", Problem::UnsupportedType(text), hint))
    };
    let is_float = |id: &&TensorId| graph.tensor(**id).dtype == DType::Float32;
    let name = |dtype: DType| dtype.word().to_uppercase();
    let input = graph.inputs().iter().find(is_float);
    let output = graph.outputs().iter().find(is_float);
    if activations == DType::Int16 {
        // The ends of a model with a float interface are cut off; it looks for them in a model that has such operators
        // at all.
        let has = |builtin: Builtin| graph.operators().iter().any(|op| op.code.builtin == builtin);
        let integer = |ids: &[TensorId]| ids.iter().any(|id| graph.tensor(*id).dtype == activations);
        if input.is_some()
            && options.input == activations
            && !has(Builtin::QUANTIZE)
            && !integer(graph.inputs())
        {
            return refused("Model input is not dequantized.".into());
        }
        if output.is_some()
            && options.output == activations
            && !has(Builtin::DEQUANTIZE)
            && !integer(graph.outputs())
        {
            return refused("Model output is not dequantized.".into());
        }
        return Ok(());
    }
    if let Some(id) = input.filter(|_| options.input != DType::Float32) {
        return refused(format!(
            "Unsupported input type {} for input tensor {} of type FLOAT32.",
            name(options.input),
            id.0
        ));
    }
    if let Some(id) = output.filter(|_| options.output != DType::Float32) {
        return refused(format!(
            "Unsupported output type {} for output tensor '{}' of type FLOAT32.",
            name(options.output),
            graph.tensor(*id).name
        ));
    }
    Ok(())
}

struct Sides<'a> {
    names: FreeNames,
    options: &'a Options,
    activations: DType,
    /// What comes before and behind all operators.
    first: Vec<Operator>,
    last: Vec<Operator>,
}

impl Sides<'_> {
    fn input(&mut self, graph: &mut Graph, id: TensorId) -> Result<TensorId> {
        let Some(new) = self.end(graph, id, self.options.input)? else {
            return Ok(id);
        };
        self.first.push(cast(between(graph, id), new, id));
        Ok(new)
    }

    fn output(&mut self, graph: &mut Graph, id: TensorId) -> Result<TensorId> {
        let Some(new) = self.end(graph, id, self.options.output)? else {
            return Ok(id);
        };
        self.last.push(cast(between(graph, new), id, new));
        Ok(new)
    }

    /// The tensor that stands for `id` at the interface, when it is another one.
    fn end(&mut self, graph: &mut Graph, id: TensorId, wanted: DType) -> Result<Option<TensorId>> {
        let tensor = graph.tensor(id);
        let scale = |quant: &QuantParam| Some((*quant.scale.first()?, *quant.zero_point.first()?));
        let parameters = tensor.quant.as_ref().and_then(scale);
        let quant = match (tensor.dtype, wanted, parameters) {
            (DType::Int8 | DType::Int16, DType::Float32, Some(_)) => None,
            (DType::Int8, DType::Uint8, Some((scale, zero_point))) => {
                Some(params::one(scale, zero_point + 128))
            }
            (DType::Int16, DType::Int16, Some(_)) => {
                // What cutting off the ends of a float interface leaves.
                self.rename(graph, id, suffix(self.activations));
                return Ok(None);
            }
            (DType::Float32, DType::Int8 | DType::Uint8 | DType::Int16, _) if !self.options.compat => {
                let quant = activation(self.options, self.activations, range(graph, id)?);
                let shift = if wanted == DType::Uint8 { 128 } else { 0 };
                Some(params::one(quant.scale[0], quant.zero_point[0] + shift))
            }
            _ => return Ok(None),
        };
        let behind = if tensor.dtype == DType::Float32 {
            "_float"
        } else {
            suffix(self.activations)
        };
        let mut new = tensor.of_same_shape(tensor.name.clone(), wanted);
        new.quant = quant;
        self.rename(graph, id, behind);
        Ok(Some(graph.add_tensor(new)))
    }

    fn rename(&mut self, graph: &mut Graph, id: TensorId, suffix: &str) {
        let name = format!("{}{suffix}", graph.tensor(id).name);
        let name = if self.options.compat {
            name
        } else {
            self.names.take(&name)
        };
        graph.tensor_mut(id).name = name;
    }
}

/// The operator that makes a tensor of one of another type.
fn between(graph: &Graph, to: TensorId) -> Builtin {
    if graph.tensor(to).dtype == DType::Float32 {
        Builtin::DEQUANTIZE
    } else {
        Builtin::QUANTIZE
    }
}
