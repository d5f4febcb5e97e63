//! `DuplicateBiasesWithMultipleUses`: a constant has one form. One that is a bias and an ordinary operand as well is
//! copied for the bias.
//!
//! That is all the original does. It leaves a filter that is also read as a table, constants of integer operators that a
//! float one reads, and biases of two operators with different scales; all but the first of them then compute with integers
//! that stand for other numbers. Here each form gets its own copy.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::error::Result;
use quant_ir::{Builtin, Operator, TensorId};

use super::plan::Plan;
use super::rule::{Inputs, Kind, Rule};
use super::work::Work;

/// What a constant becomes for an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Float,
    /// 8 bits, one scale.
    Narrow,
    /// 16 bits, one scale.
    Wide,
    /// Weights, with scales along a dimension, or enlarged for a bias.
    Filter(Option<usize>),
    /// Time weights.
    Ten,
    /// A bias, or another constant whose scale is that of other operands of this operator.
    Of(usize),
}

/// Gives each form of a constant a tensor of its own.
///
/// # Errors
/// None that a sound graph could have.
pub fn run(work: &mut Work) -> Result<()> {
    let ordinary = if work.options.compat {
        ordinary(work)
    } else {
        BTreeSet::new()
    };
    let mut copies = Copies::default();
    for id in work.graph().outputs().to_vec() {
        copies.of.insert((id, Form::Float), id);
        copies.taken.insert(id);
    }
    let operators = work.graph_mut().take_operators();
    for (index, mut op) in operators.into_iter().enumerate() {
        let plan = work.plans[index];
        for at in 0..op.inputs.len() {
            let Some(id) = op.input(at).filter(|id| work.is_constant(*id)) else {
                continue;
            };
            if work.options.compat {
                let bias = plan.rule_even_if_float(true).and_then(|rule| rule.bias) == Some(at);
                if bias && ordinary.contains(&id) {
                    op.inputs[at] = Some(copies.add(work, id));
                }
                continue;
            }
            let form = form(work, &op, index, plan, at);
            op.inputs[at] = Some(copies.get(work, id, form));
        }
        work.graph_mut().push(op)?;
    }
    Ok(())
}

#[derive(Default)]
struct Copies {
    of: BTreeMap<(TensorId, Form), TensorId>,
    /// Constants that have a form.
    taken: BTreeSet<TensorId>,
    /// How many copies there are of each.
    counts: BTreeMap<TensorId, usize>,
}

impl Copies {
    fn get(&mut self, work: &mut Work, id: TensorId, form: Form) -> TensorId {
        if let Some(copy) = self.of.get(&(id, form)) {
            return *copy;
        }
        let copy = if self.taken.insert(id) {
            id
        } else {
            self.add(work, id)
        };
        self.of.insert((id, form), copy);
        copy
    }

    fn add(&mut self, work: &mut Work, id: TensorId) -> TensorId {
        let count = self.counts.entry(id).or_default();
        *count += 1;
        let suffix = format!("_duplicate_{count}");
        work.copy(id, &suffix)
    }
}

/// The constants that are operands by the table; the original does not count operators of which all operands are.
fn ordinary(work: &Work) -> BTreeSet<TensorId> {
    let listed = |(op, plan): (&Operator, &Plan)| {
        let rule = plan
            .rule_even_if_float(true)
            .filter(|rule| rule.inputs != Inputs::All)?;
        let operands = rule.operands(op).into_iter();
        Some(
            operands
                .filter_map(|(index, _)| op.input(index))
                .collect::<Vec<_>>(),
        )
    };
    let both = work.graph().operators().iter().zip(&work.plans);
    both.filter_map(listed).flatten().collect()
}

fn form(work: &Work, op: &Operator, index: usize, plan: Plan, at: usize) -> Form {
    let Plan::Integer(rule) = plan else {
        return Form::Float;
    };
    if rule.bias == Some(at) || op.code.builtin == Builtin::ASSIGN_VARIABLE {
        return Form::Of(index);
    }
    let operands = rule.operands(op);
    let kind = operands
        .into_iter()
        .find(|(operand, _)| *operand == at)
        .map(|(_, kind)| kind);
    match kind {
        Some(Kind::Filter(axis)) => Form::Filter((!work.per_tensor(op)).then_some(axis)),
        Some(Kind::Value) if is_wide(work, rule) => Form::Wide,
        Some(Kind::Value) => Form::Narrow,
        Some(Kind::Weights16) => Form::Wide,
        Some(Kind::Weights10) => Form::Ten,
        Some(Kind::GateBias(_) | Kind::ProjectionBias | Kind::SvdfBias | Kind::Pad) => Form::Of(index),
        Some(Kind::State | Kind::CellState) | None => Form::Float,
    }
}

/// Whether constants among the activations of an operator become 16-bit. The original leaves those of most operators with
/// one operand 8-bit, which no kernel takes.
pub fn is_wide(work: &Work, rule: &Rule) -> bool {
    work.activations == quant_ir::DType::Int16 && (rule.constants16 || !work.options.compat)
}
