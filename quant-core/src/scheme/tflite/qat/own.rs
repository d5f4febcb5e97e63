//! Constants that the training did not fake-quantize: parameters of their own values, as the converter gives them, so that
//! what multiplies by a number or adds one is no reason for floats.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use quant_ir::TensorId;
use quant_numeric::channels::Channels;
use quant_numeric::coding::{MinMax, min_max};

use super::super::int8::params as int8;
use super::facts::{Facts, Role};
use super::params::Given;
use super::rules::Rule;
use crate::quantize::channels;
use crate::scheme::setting::Per;

/// The parameters of constants without a pair that operators with a rule read. One that two operators want in different ways has
/// none.
pub fn parameters(facts: &Facts<'_>) -> BTreeMap<TensorId, Given> {
    let mut found: BTreeMap<TensorId, Option<Given>> = BTreeMap::new();
    for (op, rule) in facts.rules.iter().enumerate() {
        let Ok(rule) = rule else { continue };
        for (at, id) in facts.operands(op).filter(|_| !facts.pairs.gone[op]) {
            let role = facts.role(rule, at, id);
            if !matches!(role, Role::Filter | Role::Plain) || facts.pairs.given.contains_key(&id) {
                continue;
            }
            let given = of(facts, rule, role, id);
            match found.entry(id) {
                Entry::Vacant(entry) => drop(entry.insert(given)),
                Entry::Occupied(mut entry) if *entry.get() != given => drop(entry.insert(None)),
                Entry::Occupied(_) => {}
            }
        }
    }
    let sound = found.into_iter().filter_map(|(id, given)| Some((id, given?)));
    sound.collect()
}

/// Those of one constant: a filter has no zero point, and a scale for each output channel.
fn of(facts: &Facts<'_>, rule: &Rule, role: Role, id: TensorId) -> Option<Given> {
    let floats = facts.floats(id);
    if role == Role::Plain {
        let (min, max) = *min_max(&floats, Channels::one())?.first()?;
        let params = int8::constant(min, max);
        return Given::int8(vec![params.scale], vec![params.zero_point], 0);
    }
    let axis = rule.weights?.channels.filter(|_| !facts.options.per_tensor);
    let channels = match axis {
        Some(axis) => channels::of(facts.graph().tensor(id), axis, Per::Channel).ok()?,
        None => Channels::one(),
    };
    let scale = |(min, max): &MinMax| int8::filter_scale(min.abs().max(max.abs()));
    let scales: Vec<f32> = min_max(&floats, channels)?.iter().map(scale).collect();
    let zero_points = vec![0; scales.len()];
    Given::int8(scales, zero_points, axis.unwrap_or(0))
}
