//! A quantized model becomes a float model whose activations pass Quantize and Dequantize (ONE:
//! `--fake_quantize`): it computes what the integers would, up to their kernels' roundings, and runs wherever a
//! float model runs.

mod before;
mod weave;

use std::collections::BTreeMap;

use super::values::{dequantized, is_quantized};
use crate::quantize::constant::BufferUses;
use crate::quantize::precheck::{float_activations, one_graph};
use crate::quantize::{constant, unruled};
use crate::scheme::pass::casts;
use before::Before;
use quant_interp::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, FreeNames, Model, TensorId};
use weave::activations;

/// Makes floats of every quantized tensor of the main graph.
///
/// An activation `n` (uint8, int8 or int16) becomes float32 under its name, and readers see it through
/// `n_FQ_Quantize` and `n_FQ_Dequantize`; operators that only move values pass it on. A variable keeps floats from one
/// run to the next. A constant, weights-only quantized ones among them, becomes the reals that it stands for, as
/// `n_DQ`. A Quantize of the model stays, with a Dequantize behind it; a Dequantize reads the integers that it read
/// before.
///
/// # Errors
/// A model of several graphs, an operator that the float interpreter does not know, parameters that do not fit. The
/// model is then unchanged.
pub fn run(model: &mut Model) -> Result<()> {
    *model = Fake::of(model)?.model;
    Ok(())
}

/// The float model, and where it has the tensors of the quantized one.
pub struct Fake {
    /// The float model.
    pub model: Model,
    /// For each tensor of the quantized model, the one that has its real numbers, as its readers see them; `None` when
    /// nothing needs it.
    pub seen: Vec<Option<TensorId>>,
}

impl Fake {
    /// A float model as it is, and what [`Self::of`] makes of a quantized one: a model that runs.
    ///
    /// # Errors
    /// As [`run`].
    pub fn running(model: &Model) -> Result<Self> {
        match float_activations(model) {
            Ok(()) => Ok(Self {
                model: model.clone(),
                seen: (0..model.main().tensors().len())
                    .map(TensorId)
                    .map(Some)
                    .collect(),
            }),
            Err(_) => Self::of(model),
        }
    }

    /// Makes it, as [`run`] does.
    ///
    /// # Errors
    /// As [`run`].
    pub fn of(model: &Model) -> Result<Self> {
        let mut work = model.clone();
        one_graph(&work)?;
        check(&work)?;
        let before = Before::of(&work);
        constants(&mut work, &before)?;
        let (read_as, integers) = activations(&mut work, before)?;
        casts::fix(work.main_mut());
        let left = work.compact();
        let graph = work.main();
        // A Dequantize that the model had stands in for one that nobody reads.
        let dequantized = |integers: TensorId| {
            let mut readers = graph
                .readers(integers)
                .iter()
                .map(|reader| graph.operator(*reader));
            let reader =
                readers.find(|op| op.code.builtin == Builtin::DEQUANTIZE && op.input(0) == Some(integers))?;
            reader.outputs.first().copied()
        };
        let both = read_as.iter().zip(integers).enumerate();
        let seen = both.map(|(index, (read_as, integers))| {
            left[read_as.0]
                .or_else(|| dequantized(left[integers?.0]?))
                .or_else(|| left[index])
        });
        Ok(Self {
            seen: seen.collect(),
            model: work,
        })
    }
}

/// Refuses what [`run`] refuses of operators and activations, before anything is made.
///
/// # Errors
/// As [`run`].
pub fn check(model: &Model) -> Result<()> {
    let graph = model.main();
    for (index, tensor) in graph.tensors().iter().enumerate() {
        let place = || Place::tensor("tensor", &tensor.name).numbered(index);
        let details = tensor.quant.as_ref().is_some_and(|quant| quant.details.is_some());
        if details && !is_quantized(tensor) && tensor.dtype != DType::Float32 {
            return Err(Error::new(
                place(),
                Problem::Unsupported(
                    "its parameters are not one scale and zero point, or one for each channel".into(),
                ),
                "quantize the float model per tensor or per channel",
            ));
        }
        if !is_quantized(tensor) || model.is_const(tensor) {
            continue;
        }
        let taken = matches!(tensor.dtype, DType::Uint8 | DType::Int8 | DType::Int16);
        if !taken {
            return Err(Error::new(
                place(),
                Problem::UnsupportedType(format!(
                    "a quantized activation of type {} cannot be float",
                    tensor.dtype
                )),
                "start from the float model",
            ));
        }
        let scales = tensor.quant.as_ref().map_or(0, |quant| quant.scale.len());
        if scales != 1 {
            return Err(Error::new(
                place(),
                Problem::Parameters(format!("it is an activation and has {scales} scales")),
                "give it one scale and zero point",
            ));
        }
    }
    let quantized = |id: &TensorId| is_quantized(graph.tensor(*id));
    let unknown = || {
        let operators = graph.operators().iter();
        let unknown = operators.filter(|op| ops::definition(&op.code).is_none());
        unknown.filter(|op| op.inputs.iter().flatten().chain(&op.outputs).any(quantized))
    };
    let Some(first) = unknown().next() else {
        return Ok(());
    };
    let name = first.outputs.first().map_or("", |id| &graph.tensor(*id).name);
    Err(Error::new(
        ops::place(graph, first),
        Problem::NoKernel(format!("Unsupported op for fake quantization in {name}")),
        format!(
            "the float interpreter has no kernel for {}",
            unruled::list(&unruled::group(graph, unknown()))
        ),
    ))
}

/// Constants become floats in place; a Dequantize that made floats of one goes.
fn constants(model: &mut Model, before: &Before) -> Result<()> {
    let (mut uses, mut names) = (BufferUses::of(model), FreeNames::of(model.main()));
    for index in (0..before.constants.len()).filter(|index| before.constants[*index]) {
        let id = TensorId(index);
        let tensor = model.main().tensor(id);
        let Some(floats) = dequantized(model, tensor)? else {
            continue;
        };
        let name = names.take(&format!("{}_DQ", tensor.name));
        names.give_back(&tensor.name);
        let bytes = floats.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        constant::store(model, &mut uses, id, DType::Float32, bytes.into());
        let tensor = model.main_mut().tensor_mut(id);
        tensor.name = name;
        tensor.quant = None;
        tensor.sparsity = None;
        tensor.compression = 0;
    }
    // What a Dequantize made of a constant is the constant.
    let mut through: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    let graph = model.main_mut();
    for mut op in graph.take_operators() {
        for read in op.inputs.iter_mut().flatten() {
            *read = through.get(read).copied().unwrap_or(*read);
        }
        match (op.input(0), op.outputs.first()) {
            (Some(from), Some(to))
                if op.code.builtin == Builtin::DEQUANTIZE && before.constants.get(from.0) == Some(&true) =>
            {
                through.insert(*to, from);
            }
            _ => drop(graph.push(op)?),
        }
    }
    let read_as = |id: TensorId| through.get(&id).copied().unwrap_or(id);
    graph.set_outputs(graph.outputs().iter().map(|id| read_as(*id)).collect())?;
    model.redirect_signatures(read_as);
    Ok(())
}
