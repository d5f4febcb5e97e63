//! Switch and Merge whose condition is a constant: one branch is taken, the other is not there.

use quant_ir::value::Data;
use quant_ir::{DType, Error, Problem, Result};

use crate::node::Node;
use quant_lower::{Builder, Stored};

/// The outputs of a node that decides; `None` for other nodes. An input that is `None` was not taken.
pub(super) fn lower(
    builder: &mut Builder,
    node: &Node,
    inputs: &[Option<Stored>],
) -> Result<Option<Vec<Option<Stored>>>> {
    match node.op() {
        "Switch" | "RefSwitch" => switch(builder, inputs).map(Some),
        "Merge" | "RefMerge" => merge(builder, node, inputs).map(Some),
        _ if !inputs.is_empty() && inputs.iter().any(Option::is_none) => Ok(Some(vec![None])),
        _ => Ok(None),
    }
}

/// Output 0 is the value when the condition is false, output 1 when it is true.
fn switch(builder: &Builder, inputs: &[Option<Stored>]) -> Result<Vec<Option<Stored>>> {
    let &[value, condition] = inputs else {
        let problem = Problem::Count(format!("it has {} inputs", inputs.len()));
        return Err(Error::new("", problem, "freeze the graph again"));
    };
    let Some(condition) = condition else {
        return Ok(vec![None, None]);
    };
    match builder.value(condition.id)?.map(|value| value.data) {
        Some(Data::Bool(bools)) if bools.len() == 1 => {
            let taken = bools.first() == Some(&true);
            Ok(vec![value.filter(|_| !taken), value.filter(|_| taken)])
        }
        _ => {
            let problem = Problem::Unsupported("its condition is computed when the graph runs".into());
            let hint = "only conditions that are constants are lowered; freeze the graph for inference";
            Err(Error::new("", problem, hint))
        }
    }
}

/// The input that was taken, and its number.
fn merge(builder: &mut Builder, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Option<Stored>>> {
    let mut taken = inputs
        .iter()
        .zip(0i32..)
        .filter_map(|(stored, at)| Some(((*stored)?, at)));
    let (first, other) = (taken.next(), taken.next());
    if other.is_some() {
        let problem = Problem::Unsupported("two of its inputs are there".into());
        return Err(Error::new("", problem, "freeze the graph for inference"));
    }
    let Some((stored, number)) = first else {
        return Ok(vec![None, None]);
    };
    let name = builder.fresh(&format!("{}:1", node.name()));
    let number = builder.constant(&name, DType::Int32, &[], number.to_le_bytes().to_vec().into())?;
    let number = Stored {
        id: number,
        channels_last: false,
    };
    Ok(vec![Some(stored), Some(number)])
}
