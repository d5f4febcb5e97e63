//! Recipes of ai-edge-quantizer: lists of what each operator becomes, by its kind and the names of its outputs.
//!
//! ```
//! use quant_core::scheme::tflite::recipe::Recipe;
//!
//! let recipe = Recipe::builtin("dynamic_wi8_afp32")?;
//! assert!(!recipe.needs_ranges());
//! let error = Recipe::parse(r#"[{"regex": "(?=a)", "operation": "*", "algorithm_key": "no_quantize"}]"#).unwrap_err();
//! assert!(error.to_string().starts_with("[0].regex: `(?=a)` is no expression: "));
//! # Ok::<(), quant_core::Error>(())
//! ```
//!
//! An operator follows the last entry about it that it can have (`rules`, `policy`), and wants its tensors as that
//! says (`ask`, by the formulas of `params` and the algorithms `octav`, `gptq`, …). What all want of
//! a tensor becomes steps (`plan`), which change the graph (`edit`).

mod ask;
mod bias;
mod builtin;
mod by_recipe;
mod coding;
mod draft;
mod edit;
mod entry;
mod gptq;
mod hadamard;
mod hessian;
mod list;
mod octav;
mod params;
mod plan;
mod policy;
mod read;
mod recovery;
mod rotate;
mod rules;
mod slices;
#[cfg(test)]
mod tests;
mod weights;
mod wishes;

pub use by_recipe::ByRecipe;
pub use entry::{Algorithm, Entry, Granularity, Kind, Mode, OpConfig, Operation, Precision, TensorConfig};
pub use hessian::{Hessian, Hessians, MAX_HESSIAN};
pub use list::{MAX_ENTRIES, MAX_PATTERN_BYTES, MAX_RECIPE_BYTES, Recipe};

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Graph, Model, OpId, QuantParam, TensorId};
use quant_schema::BuiltinOptionsT;

use ask::{Asker, Cache, Given};
use edit::{Editor, Stored};
use plan::Facts;
use wishes::Wishes;

use super::common::{strict, zero_bias};
use super::{Kept, Options};

/// Quantizes a float model by a recipe that needs no Hessians; see [`quantize_with`].
///
/// # Errors
/// As [`quantize_with`].
pub fn quantize(model: &mut Model, recipe: &Recipe, options: &Options) -> Result<Vec<Kept>> {
    quantize_with(model, recipe, &Hessians::default(), options)
}

/// Quantizes a float model by a recipe. Activations become integers by the ranges that their tensors have recorded;
/// weights by `GPTQ` take `hessians`.
///
/// Of `options`, those count that a recipe does not say: `float`, `strict` and `compat`. Inputs and outputs of the model
/// are what the recipe makes of INPUT and OUTPUT. Returns the operators that stay float although the recipe is about
/// integer activations of them.
///
/// # Errors
/// A recipe without entries; no range at all, where the recipe takes ranges; a range or constant that no scale can hold;
/// what an algorithm cannot do; with `strict`, an operator that would stay float and was not asked to. The model stays as
/// it was.
pub fn quantize_with(
    model: &mut Model,
    recipe: &Recipe,
    hessians: &Hessians,
    options: &Options,
) -> Result<Vec<Kept>> {
    if recipe.is_empty() {
        let problem = Problem::Invalid("it has no entries".to_owned());
        return Err(Error::new("recipe", problem, "say what operators become"));
    }
    if recipe.needs_ranges() && !has_ranges(model) {
        return Err(Error::new("model", Problem::MissingRanges, "record it first"));
    }
    let mut new = model.clone();
    if !options.compat {
        zero_bias::add(&mut new)?;
    }
    let before = new.clone();
    let (wishes, kept) = wishes(&before, recipe, hessians, options)?;
    if options.strict {
        strict::check(&kept)?;
    }
    let mut stored = Stored::default();
    for (number, wishes) in wishes.into_iter().enumerate() {
        let mut editor = Editor::new(&new, number, options.compat);
        for (id, wishes) in wishes.into_iter().enumerate() {
            let id = TensorId(id);
            let facts = facts(&before, &before.graphs()[number], id, options.compat);
            let steps = plan::steps(&wishes, facts);
            editor.change(&mut new, &mut stored, id, &steps);
        }
        editor.finish(&mut new)?;
    }
    for graph in new.graphs_mut() {
        graph.tensors_mut().iter_mut().for_each(forget);
    }
    new.compact();
    *model = new;
    Ok(kept)
}

/// What all operators want of all tensors, by graph, and which stay float.
fn wishes(
    model: &Model,
    recipe: &Recipe,
    hessians: &Hessians,
    options: &Options,
) -> Result<(Vec<Vec<Wishes>>, Vec<Kept>)> {
    let given = Given {
        model,
        recipe,
        hessians,
        options,
    };
    let mut cache = Cache::new();
    let mut skip = called(model, options.compat);
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    for number in 0..model.graphs().len() {
        let mut asker = Asker::new(&given, number);
        asker.ask(&mut cache, &mut skip)?;
        all.push(asker.wishes);
        kept.extend(asker.kept);
    }
    Ok((all, kept))
}

/// Whether an activation of the model has a recorded range.
fn has_ranges(model: &Model) -> bool {
    let ranged = |quant: &QuantParam| !quant.min.is_empty() && !quant.max.is_empty();
    let mut tensors = model.graphs().iter().flat_map(Graph::tensors);
    tensors.any(|tensor| tensor.dtype == DType::Float32 && tensor.quant.as_ref().is_some_and(ranged))
}

/// Graphs that float operators call, and which must stay float therefore: branches, loops. The original quantizes them,
/// and not what goes into them (`compat`).
fn called(model: &Model, compat: bool) -> Vec<bool> {
    let mut called = vec![false; model.graphs().len()];
    for op in model
        .graphs()
        .iter()
        .flat_map(Graph::operators)
        .filter(|_| !compat)
    {
        let numbers = match op.options.builtin() {
            BuiltinOptionsT::IfOptions(o) => [o.then_subgraph_index, o.else_subgraph_index],
            BuiltinOptionsT::WhileOptions(o) => [o.cond_subgraph_index, o.body_subgraph_index],
            BuiltinOptionsT::CallOnceOptions(o) => [o.init_subgraph_index; 2],
            _ => continue,
        };
        for number in numbers
            .into_iter()
            .filter_map(|number| usize::try_from(number).ok())
        {
            if let Some(called) = called.get_mut(number) {
                *called = true;
            }
        }
    }
    called
}

/// What is known of a tensor.
fn facts(model: &Model, graph: &Graph, id: TensorId, compat: bool) -> Facts {
    let free = |op: OpId| {
        let rule = rules::rule(graph.operator(op).code.builtin);
        rule.is_none_or(|rule| !rule.is_bound())
    };
    Facts {
        constant: model.is_const(graph.tensor(id)),
        free: graph.producer(id).is_some_and(free),
        compat,
    }
}

/// A recorded range is none of a quantized model's parameters.
fn forget(tensor: &mut quant_ir::Tensor) {
    let Some(quant) = &mut tensor.quant else {
        return;
    };
    quant.min.clear();
    quant.max.clear();
    if *quant == QuantParam::default() {
        tensor.quant = None;
    }
}
