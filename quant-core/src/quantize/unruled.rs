//! Operators that no rule covers. ONE's tool quantizes their activations like any other; here they stay float, are
//! refused, or somebody has to ask for that ([`crate::scheme::Unruled`]).

use std::fmt::Write as _;

use crate::scheme::Decisions;
use quant_interp::ops;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, Graph, Model, OpCode, Operator, TensorId};

/// How many kinds of operators a message names.
const NAMED: usize = 16;

/// The operators of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its builtin code; behind `CUSTOM`, the name of the custom code.
    pub operator: String,
    /// The first output of the first of them.
    pub output: String,
    /// How many there are.
    pub count: usize,
}

/// The operators of the main graph that read or make float activations although no rule covers them, kind by kind
/// in the order in which they come.
pub fn of(model: &Model, decisions: &dyn Decisions) -> Vec<Group> {
    group(model.main(), operators(model, decisions))
}

fn operators<'m>(model: &'m Model, decisions: &dyn Decisions) -> impl Iterator<Item = &'m Operator> {
    let table = decisions.table();
    let graph = model.main();
    let float = |id: &TensorId| {
        let tensor = graph.tensor(*id);
        tensor.dtype == DType::Float32 && !model.is_const(tensor)
    };
    let unruled = |code: &OpCode| !table.rule(code.builtin).known;
    let all = graph.operators().iter().filter(move |op| unruled(&op.code));
    all.filter(move |op| {
        let floats = op.inputs.iter().flatten().chain(&op.outputs).any(float);
        floats && !is_asked(graph, op, decisions)
    })
}

/// Whether an operator was asked to stay float.
pub(crate) fn is_asked(graph: &Graph, op: &Operator, decisions: &dyn Decisions) -> bool {
    let outputs = op.outputs.iter().map(|id| graph.tensor(*id).name.as_str());
    decisions.stays_float(op.code.builtin, &outputs.collect::<Vec<_>>())
}

/// Operators of a graph, kind by kind in the order in which they come.
pub(crate) fn group<'a>(graph: &Graph, operators: impl Iterator<Item = &'a Operator>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for op in operators {
        let operator = match &op.code.custom {
            Some(custom) => format!("{} {custom}", op.code.builtin),
            None => op.code.builtin.to_string(),
        };
        match groups.iter_mut().find(|group| group.operator == operator) {
            Some(group) => group.count += 1,
            None => groups.push(Group {
                operator,
                output: output(graph, op).to_owned(),
                count: 1,
            }),
        }
    }
    groups
}

fn output<'a>(graph: &'a Graph, op: &Operator) -> &'a str {
    op.outputs.first().map_or("", |id| &graph.tensor(*id).name)
}

/// Groups as messages name them: ``SIN (`y`), ROUND (`z` and 2 more)``.
pub fn list(groups: &[Group]) -> String {
    let mut text = String::new();
    for (number, group) in groups.iter().take(NAMED).enumerate() {
        let comma = if number > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{} (`{}`", group.operator, group.output);
        if group.count > 1 {
            let _ = write!(text, " and {} more", group.count - 1);
        }
        text.push(')');
    }
    if groups.len() > NAMED {
        let _ = write!(text, " and {} other kinds", groups.len() - NAMED);
    }
    text
}

/// Refuses all such operators, when nobody asked for integers there.
pub(super) fn refuse(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    none(
        &of(model, decisions),
        "none of them was asked to stay float",
        "let them stay float: leave out --strict, or name them with --float; or put other operators in their place",
    )
}

/// Refuses the model's own conversions between floats and integers: which of them are meant to stay is not known.
pub(super) fn refuse_conversions(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    let conversion = |op: &&Operator| matches!(op.code.builtin, Builtin::QUANTIZE | Builtin::DEQUANTIZE);
    none(
        &group(model.main(), operators(model, decisions).filter(conversion)),
        "it comes with conversions of its own",
        "start from the float model",
    )
}

/// Refuses those that keep a state: what one run leaves, the next would read with other parameters.
pub(super) fn refuse_state(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    let graph = model.main();
    let state = |id: &TensorId| {
        let tensor = graph.tensor(*id);
        graph.keeps_state(*id) || matches!(tensor.dtype, DType::Resource | DType::Variant)
    };
    let of_state = operators(model, decisions).filter(|op| op.inputs.iter().flatten().any(state));
    let groups = group(graph, of_state);
    none(
        &groups,
        "a state of integers has no parameters that all its readers know",
        "quantize a model without variables",
    )
}

fn none(groups: &[Group], why: &str, hint: &str) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let what = format!("no rule quantizes {}, and {why}", list(groups));
    Err(Error::new("the model", Problem::NoRule(what), hint))
}

/// Constants of such operators have no rule that says which range they get: ONE's tool refuses them. Numbers that are
/// no reals (axes, sizes, indices) are not meant.
pub(super) fn refuse_constants(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    let graph = model.main();
    let real = |id: &&TensorId| {
        let tensor = graph.tensor(**id);
        let real = matches!(
            tensor.dtype,
            DType::Float16 | DType::Bfloat16 | DType::Float32 | DType::Float64
        );
        real && model.is_const(tensor)
    };
    let constant = |op: &Operator| op.inputs.iter().flatten().find(real).copied();
    let Some((op, id)) = operators(model, decisions).find_map(|op| Some((op, constant(op)?))) else {
        return Ok(());
    };
    let all = operators(model, decisions).filter(|op| constant(op).is_some());
    Err(Error::new(
        ops::place(graph, op),
        Problem::NoRule(format!(
            "Unsupported Op for const inputs: {}, where `{}` is a constant",
            output(graph, op),
            graph.tensor(id).name
        )),
        format!(
            "no rule says what becomes of constants of {}; put other operators in their place",
            list(&group(graph, all))
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(count: usize) -> Vec<Group> {
        let all = (0..count).map(|number| Group {
            operator: format!("KIND_{number}"),
            output: format!("t{number}"),
            count: number + 1,
        });
        all.collect()
    }

    #[test]
    fn lists_name_each_kind_once_and_end() {
        assert_eq!(
            list(&groups(3)),
            "KIND_0 (`t0`), KIND_1 (`t1` and 1 more), KIND_2 (`t2` and 2 more)"
        );
        assert!(list(&groups(NAMED + 4)).ends_with(" and 4 other kinds"));
        assert_eq!(list(&[]), "");
    }
}
