//! The ranges of constants.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use quant_ir::error::Result;
use quant_ir::{Content, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{Float, MinMax, min_max};

use super::facts::{Facts, Role};
use super::params::{Params, constant};
use crate::quantize::channels;
use crate::scheme::setting::Per;

/// The ranges of constants in their roles, one for each channel; `None` where no scale can hold one.
pub type Measured = BTreeMap<(TensorId, Role), Option<Vec<MinMax>>>;

/// Measures the constants of operators that have a rule and were not asked to stay float.
///
/// # Errors
/// A filter without the dimension of its output channels.
pub fn measure(facts: &Facts<'_>) -> Result<Measured> {
    let mut measured = Measured::new();
    for (op, rule) in facts.rules.iter().enumerate() {
        let Some(rule) = rule.as_ref().filter(|_| !facts.denied[op]) else {
            continue;
        };
        for (at, id) in facts.operands(op) {
            let role = facts.role(op, rule, at);
            if !facts.constants[id.0] || !Facts::must_be_constant(role) {
                continue;
            }
            if let Entry::Vacant(entry) = measured.entry((id, role)) {
                entry.insert(ranges(facts, id, role)?);
            }
        }
    }
    Ok(measured)
}

/// How a constant falls apart in its role.
///
/// # Errors
/// As [`measure`].
pub fn parts(facts: &Facts<'_>, id: TensorId, role: Role) -> Result<Channels> {
    match role {
        Role::Filter(Some(axis)) => channels::of(facts.graph().tensor(id), axis, Per::Channel),
        _ => Ok(Channels::one()),
    }
}

fn ranges(facts: &Facts<'_>, id: TensorId, role: Role) -> Result<Option<Vec<MinMax>>> {
    let tensor = facts.graph().tensor(id);
    let channels = parts(facts, id, role)?;
    let content = facts.model.content(tensor);
    let floats = content.and_then(Content::floats);
    let Some(floats) = floats.filter(|floats| Some(floats.len()) == tensor.elements()) else {
        return Ok(None);
    };
    let found = min_max(&floats, channels);
    let ranges = match role {
        // Infinities are clamped to the lowest or highest integer of the others' parameters.
        Role::Like => found.or_else(|| any(&floats).map(|range| vec![range])),
        // The lowest float stands for "no value" in masks, and a scale can hold it.
        Role::Plain => found.or_else(|| {
            let range = any(&floats)?;
            constant(range.0, range.1).scale.is_finite().then(|| vec![range])
        }),
        _ => found.filter(|ranges| ranges.iter().all(|range| (2.0 * largest(*range)).is_finite())),
    };
    // Of a file that is mapped, only what is looked at stays in memory.
    content.iter().for_each(|content| content.release());
    Ok(ranges)
}

/// Smallest and largest of values that are numbers.
fn any(floats: &[Float]) -> Option<MinMax> {
    floats.iter().try_fold((0.0_f32, 0.0_f32), |(min, max), x| {
        let x = f32::from_le_bytes(*x);
        (!x.is_nan()).then(|| (min.min(x), max.max(x)))
    })
}

/// The largest magnitude of a range.
pub fn largest(range: MinMax) -> f32 {
    range.0.abs().max(range.1.abs())
}

/// The parameters of results that hold rows of a constant, by operator.
pub fn tables(facts: &Facts<'_>, measured: &Measured) -> BTreeMap<usize, Params> {
    let parameters = |op: usize| {
        let (_, id) = facts.table(op)?;
        let ranges = measured.get(&(id, Role::Plain))?.as_ref()?;
        let range = ranges.first()?;
        Some((op, constant(range.0, range.1)))
    };
    (0..facts.rules.len()).filter_map(parameters).collect()
}
