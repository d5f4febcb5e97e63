//! Which operator a difference comes from: the first in graph order whose tensor differs.

use quant_case::recipe::Recipe;

/// Where a tensor stands in the graph: the operator that makes it, or the first that reads it as a constant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// 0 for graph inputs, else the number of the operation from 1.
    order: usize,
    /// In words.
    pub shown: String,
}

impl Place {
    /// That of a golden without a tensor: behind all others.
    pub fn of_no_tensor(golden: &str) -> Self {
        Self {
            order: usize::MAX,
            shown: format!("the golden `{golden}`, which belongs to no tensor"),
        }
    }

    /// The number of the operation; `None` for graph inputs.
    pub fn operator(&self) -> Option<usize> {
        self.order.checked_sub(1).filter(|_| self.order < usize::MAX)
    }
}

/// The place of a tensor of the stage's model. A tensor that the quantizer inserted stands where the one
/// does after which it is named.
pub(super) fn place(recipe: &Recipe, tensor: &str) -> Place {
    let base = (1..=tensor.len())
        .rev()
        .filter_map(|end| tensor.get(..end))
        .find(|name| recipe.operand(name).is_some())
        .unwrap_or(tensor);
    let holds = |names: &[String]| names.iter().any(|name| name == base);
    let makes = recipe.operations.iter().position(|op| holds(&op.outputs));
    let constant = recipe
        .operand(base)
        .is_some_and(|operand| operand.filler.is_some());
    let reads = recipe
        .operations
        .iter()
        .position(|op| constant && holds(&op.inputs));
    match makes.or(reads) {
        Some(index) => {
            let operation = &recipe.operations[index];
            let outputs = operation.outputs.join("`, `");
            Place {
                order: index + 1,
                shown: format!("operator {index} {}, which makes `{outputs}`", operation.kind),
            }
        }
        None => Place {
            order: 0,
            shown: format!("graph input `{base}`"),
        },
    }
}
