//! Inputs and outputs: those that were named, or those that the model has.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Builtin, DType, Error, Place, Problem, Result, TensorId};
use quant_lower::{Builder, Lowering, fuse, options};

use super::lowered::Lowered;
use super::state::Values;
use super::stored::dtype;
use crate::graph::Graph;
use crate::tensor::TensorProto;
use crate::value_info::{Dim, ValueInfo};

/// What goes in and comes out.
pub(super) struct Interface {
    /// Type and shape by name, in the order of the model.
    pub inputs: Vec<(String, (DType, Vec<usize>))>,
    pub outputs: Vec<String>,
    notes: Vec<String>,
}

impl Interface {
    pub fn of(asked: &Lowering, graph: &Graph) -> Result<Self> {
        let mut known: BTreeMap<&str, &ValueInfo> = BTreeMap::new();
        let infos = graph
            .value_infos
            .iter()
            .chain(&graph.outputs)
            .chain(&graph.inputs);
        known.extend(infos.map(|info| (info.name(), info)));
        let mut made: BTreeSet<&str> = graph.nodes.iter().flat_map(|node| node.outputs()).collect();
        made.extend(graph.inputs.iter().map(ValueInfo::name));
        let exists = |what: &'static str, name: &String| {
            if made.contains(name.as_str()) {
                return Ok(name.clone());
            }
            let near = made
                .iter()
                .min_by_key(|made| strsim::levenshtein(made, name))
                .copied()
                .unwrap_or_default();
            let problem = Problem::UnknownName {
                name: name.clone(),
                text: None,
            };
            Err(Error::new(
                Place::tensor(what, name),
                problem,
                format!("did you mean `{near}`?"),
            ))
        };
        let mut notes = Vec::new();
        let outputs: Vec<String> = if asked.outputs.is_empty() {
            graph.outputs.iter().map(|info| info.name().to_owned()).collect()
        } else {
            let outputs = asked.outputs.iter().map(|name| exists("output", name));
            outputs.collect::<Result<_>>()?
        };
        let constants: BTreeSet<&str> = graph.initializers.iter().map(TensorProto::name).collect();
        let names: Vec<String> = if asked.inputs.is_empty() {
            // Old files have initializers among their inputs: those are defaults, which are taken.
            let inputs = graph.inputs.iter().map(ValueInfo::name);
            let inputs = inputs.filter(|name| !constants.contains(name));
            inputs.map(str::to_owned).collect()
        } else {
            let inputs = asked.inputs.iter().map(|name| exists("input", name));
            inputs.collect::<Result<_>>()?
        };
        if let Some(name) = asked.shapes.keys().find(|name| !names.contains(*name)) {
            let problem = Problem::Unsupported("it has a shape, and is no input".into());
            let hint = format!("inputs are {}", names.join(", "));
            return Err(Error::new(Place::tensor("input", name), problem, hint));
        }
        let mut inputs = Vec::new();
        for name in names {
            let asked = asked.shapes.get(&name).map(Vec::as_slice);
            let found = input(&name, known.get(name.as_str()).copied(), asked, &mut notes);
            let found = found.map_err(|error| error.within(Place::tensor("input", &name)))?;
            inputs.push((name, found));
        }
        Ok(Self {
            inputs,
            outputs,
            notes,
        })
    }

    /// The model, with inputs, outputs and names.
    pub fn finish(self, mut builder: Builder, values: &Values, whole: bool) -> Result<Lowered> {
        let inputs: Vec<TensorId> = self
            .inputs
            .iter()
            .filter_map(|(name, _)| values.get(name).map(|stored| stored.id))
            .collect();
        let mut outputs: Vec<TensorId> = Vec::new();
        for name in &self.outputs {
            let place = || Place::tensor("output", name);
            let Some(stored) = values.get(name) else {
                let problem = Problem::Unsupported("nothing makes it".into());
                return Err(Error::new(place(), problem, "name other outputs with --outputs"));
            };
            let id = builder.own(*stored).map_err(|error| error.within(place()))?;
            if builder.is_constant(id) {
                let problem = Problem::Unsupported("its value does not depend on the inputs".into());
                return Err(Error::new(place(), problem, "name other outputs with --outputs"));
            }
            let id = if inputs.contains(&id) || outputs.contains(&id) {
                copied(&mut builder, id, name).map_err(|error| error.within(place()))?
            } else {
                builder.rename(id, name);
                id
            };
            outputs.push(id);
        }
        let mut model = builder.model;
        model.main_mut().set_inputs(inputs)?;
        model.main_mut().set_outputs(outputs)?;
        if !whole {
            fuse(&mut model)?;
            model.compact();
        }
        Ok(Lowered {
            model,
            notes: self.notes,
        })
    }
}

/// The same value under a name of its own: an output that is an input, or another output.
fn copied(builder: &mut Builder, id: TensorId, name: &str) -> Result<TensorId> {
    let shape = builder.shape(id);
    let sizes: Vec<i64> = shape
        .iter()
        .map(|size| i64::try_from(*size).unwrap_or(i64::MAX))
        .collect();
    let wanted = builder.ints(&format!("{name}/shape"), &[sizes.len()], &sizes)?;
    let dtype = builder.dtype(id);
    let options = options!(ReshapeOptions: ReshapeOptionsT {});
    builder.emit(Builtin::RESHAPE, &[id, wanted], options, name, dtype)
}

/// Type and shape of an input.
fn input(
    name: &str,
    info: Option<&ValueInfo>,
    asked: Option<&[usize]>,
    notes: &mut Vec<String>,
) -> Result<(DType, Vec<usize>)> {
    let found = info.and_then(ValueInfo::data_type);
    let Some(found_type) = found.map_or(Some(DType::Float32), dtype) else {
        let found = found.map(|found| found.to_string()).unwrap_or_default();
        let problem = Problem::UnsupportedType(format!("an input of {found}"));
        return Err(Error::new("", problem, "give numbers or bools"));
    };
    if let Some(found) = found.filter(|found| found.dtype() != Some(found_type)) {
        notes.push(format!(
            "`{name}` is of {found}, and of {} here",
            found_type.word()
        ));
    }
    let said = info.and_then(ValueInfo::dims);
    if let Some(asked) = asked {
        let fits = said.as_ref().is_none_or(|said| {
            let same = |(said, asked): (&Dim, &usize)| match said {
                Dim::Size(size) => usize::try_from(*size) == Ok(*asked),
                _ => true,
            };
            said.len() == asked.len() && said.iter().zip(asked).all(same)
        });
        if !fits {
            let said: Vec<String> = said.unwrap_or_default().iter().map(shown).collect();
            let problem = Problem::Shape(format!(
                "the shape {asked:?} is asked for, the model has [{}]",
                said.join(", ")
            ));
            return Err(Error::new("", problem, "sizes with a name are open"));
        }
        return Ok((found_type, asked.to_vec()));
    }
    let open = |what: String| {
        let hint = format!("say it with --input-shape {name}:1,…");
        Error::new("", Problem::Unsupported(what), hint)
    };
    let said = said.ok_or_else(|| open("its shape is open".to_owned()))?;
    let mut shape = Vec::with_capacity(said.len());
    for (at, dim) in said.iter().enumerate() {
        match dim {
            Dim::Size(size) => shape.push(usize::try_from(*size).unwrap_or_default()),
            _ if at == 0 => {
                notes.push(format!("`{name}` has an open batch, which is 1 here"));
                shape.push(1);
            }
            _ => {
                let said: Vec<String> = said.iter().map(shown).collect();
                return Err(open(format!(
                    "its shape is [{}], open beyond the batch",
                    said.join(", ")
                )));
            }
        }
    }
    Ok((found_type, shape))
}

fn shown(dim: &Dim) -> String {
    match dim {
        Dim::Size(size) => size.to_string(),
        Dim::Param(name) => name.clone(),
        Dim::Open => "?".to_owned(),
    }
}
