//! Which operators are quantized, and which requantizations go into the operators before them.

use std::collections::BTreeMap;

use quant_ir::{Builtin, DType, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::min_max;

use super::facts::{Facts, Role};
use super::params::{Given, Params, bias_scales, fits};
use super::rules::{FILTER, Rule, Scale};
use super::spread::{Requantized, Spread};
use crate::quantize::channels;
use crate::scheme::Why;
use crate::scheme::setting::Per;

/// What becomes of a graph.
pub struct Plan {
    /// The rule of each operator that is quantized.
    pub quantized: Vec<Option<Rule>>,
    /// Why operators stay float that compute with floats, by operator.
    pub kept: BTreeMap<usize, Why>,
    /// The parameters of values.
    pub params: Vec<Option<Params>>,
    /// Those of constants that take other operands', by operator and operand.
    pub like: BTreeMap<(usize, usize), Params>,
    /// The scales of biases, by operator.
    pub biases: BTreeMap<usize, Vec<f64>>,
    /// Other parameters for some uses of a value.
    pub requantized: Vec<Requantized>,
    /// What an operator writes where its result has other parameters.
    pub written: BTreeMap<TensorId, Params>,
    /// The uses that are requantized, by operator and operand: a number in that list.
    pub others: BTreeMap<(usize, usize), usize>,
}

/// Decides.
pub fn plan(facts: &Facts<'_>, spread: Spread) -> Plan {
    let mut plan = Plan {
        quantized: Vec::new(),
        kept: BTreeMap::new(),
        params: spread.params,
        like: spread.like,
        biases: BTreeMap::new(),
        requantized: spread.requantized,
        written: spread.written,
        others: BTreeMap::new(),
    };
    plan.index();
    for op in 0..facts.rules.len() {
        let computes = facts.operands(op).next().is_some() || facts.results(op).next().is_some();
        if facts.pairs.gone[op] || !computes {
            plan.quantized.push(None);
            continue;
        }
        let rule = facts.rules[op].as_ref().map_err(Clone::clone).and_then(|rule| {
            plan.lacks(facts, op, rule)?;
            Ok(*rule)
        });
        let cast = matches!(
            facts.graph().operators()[op].code.builtin,
            Builtin::QUANTIZE | Builtin::DEQUANTIZE
        );
        let rule = rule.map_err(|why| {
            if !cast {
                plan.kept.insert(op, why);
            }
        });
        plan.quantized.push(rule.ok());
    }
    plan.fold(facts);
    plan.index();
    plan.set_biases(facts);
    plan
}

/// The parameters of a filter: those of its pair, without zero points where the kernel knows none.
pub fn filter(facts: &Facts<'_>, op: usize, rule: &Rule) -> Option<Given> {
    let mut operands = facts.operands(op);
    let (_, id) = operands.find(|(at, id)| facts.role(rule, *at, *id) == Role::Filter)?;
    let given = facts.given(id)?;
    if is_centred(facts, rule, given) {
        given.centred(&facts.floats(id), parts(facts, id, given)?)
    } else {
        Some(given.clone())
    }
}

/// Whether a filter loses its zero point for a kernel that knows none. The original keeps it, and the runtime refuses the model.
pub fn is_centred(facts: &Facts<'_>, rule: &Rule, given: &Given) -> bool {
    let knows = rule
        .weights
        .is_none_or(|weights| weights.asymmetric && given.dtype == DType::Int8);
    !facts.options.compat && !knows && given.zero_points.iter().any(|zero_point| *zero_point != 0)
}

/// How a constant falls apart by its parameters.
pub fn parts(facts: &Facts<'_>, id: TensorId, given: &Given) -> Option<Channels> {
    if given.scales.len() == 1 {
        return Some(Channels::one());
    }
    channels::of(facts.graph().tensor(id), given.dimension, Per::Channel).ok()
}

impl Plan {
    /// What an operator lacks to be quantized.
    fn lacks(&self, facts: &Facts<'_>, op: usize, rule: &Rule) -> Result<(), Why> {
        for (at, id) in facts.operands(op) {
            let given = facts.given(id);
            match facts.role(rule, at, id) {
                Role::Value => drop(self.params[id.0].ok_or_else(|| facts.no_range(id))?),
                Role::Like => drop(self.like.get(&(op, at)).ok_or_else(|| facts.no_range(id))?),
                Role::Plain => {
                    let given = given.ok_or_else(|| facts.no_range(id))?;
                    given
                        .one()
                        .ok_or(Why::Unsafe("its kernel takes one scale for a constant of 8 bits"))?;
                }
                Role::Filter => suits(facts, rule, id, given.ok_or_else(|| facts.no_range(id))?)?,
                Role::Bias if !facts.constants[id.0] => {
                    return Err(Why::Unsafe("a bias that is computed has no scale that fits"));
                }
                Role::Bias => {
                    let scales = self
                        .bias(facts, op, rule)
                        .ok_or(Why::Unsafe("its input or weights are no floats"))?;
                    let floats = facts.floats(id);
                    if scales.len() > 1 && floats.len() != scales.len() {
                        return Err(Why::Unsafe(
                            "its bias does not have one element for each output channel",
                        ));
                    }
                    if !facts.options.compat && !fits(&floats, &scales) {
                        return Err(Why::Unsafe(
                            "its bias does not fit int32 with the scales of its input and weights",
                        ));
                    }
                }
            }
        }
        if facts.results(op).any(|id| facts.graph().tensor(id).is_variable) {
            return Err(Why::Unsafe("it writes a variable, which others read as floats"));
        }
        let mut results = facts.results(op);
        let lacking = results.find(|id| self.params[id.0].is_none());
        lacking.map_or(Ok(()), |id| Err(facts.no_range(id)))
    }

    /// The scales of an operator's bias.
    fn bias(&self, facts: &Facts<'_>, op: usize, rule: &Rule) -> Option<Vec<f64>> {
        let weights = rule.weights?;
        let operand = |wanted: usize| facts.operands(op).find(|(at, _)| *at == wanted).map(|(_, id)| id);
        let params = |at: usize| {
            let id = operand(at)?;
            let given = || facts.given(id).and_then(Given::one);
            self.reads(op, at, id).or_else(given)
        };
        let input = params(weights.input)?;
        match filter(facts, op, rule) {
            Some(filter) => Some(bias_scales(input, &filter.scales)),
            None => Some(bias_scales(input, &[params(FILTER)?.scale])),
        }
    }

    /// The parameters with which an operator reads a value.
    pub fn reads(&self, op: usize, at: usize, id: TensorId) -> Option<Params> {
        let other = self.others.get(&(op, at));
        other
            .map(|other| self.requantized[*other].params)
            .or(self.params[id.0])
    }

    fn index(&mut self) {
        let each = self.requantized.iter().enumerate();
        let users = each.flat_map(|(number, other)| other.users.iter().map(move |user| (*user, number)));
        self.others = users.collect();
    }

    fn set_biases(&mut self, facts: &Facts<'_>) {
        let scales = |(op, rule): (usize, &Option<Rule>)| Some((op, self.bias(facts, op, rule.as_ref()?)?));
        self.biases = self.quantized.iter().enumerate().filter_map(scales).collect();
    }

    /// Users that stay float read floats. An operator with a range of its own writes a value as its only users want it.
    fn fold(&mut self, facts: &Facts<'_>) {
        let quantized = &self.quantized;
        for other in &mut self.requantized {
            other.users.retain(|(op, _)| quantized[*op].is_some());
        }
        self.requantized.retain(|other| !other.users.is_empty());
        let mut reads: Vec<usize> = facts.readers.iter().map(Vec::len).collect();
        facts
            .graph()
            .outputs()
            .iter()
            .for_each(|id| reads[facts.pairs.of[id.0].0] += 1);
        let (params, written) = (&mut self.params, &self.written);
        self.requantized.retain(|other| {
            let id = other.value;
            let producer = facts.producer(id).and_then(|(op, _)| quantized[op]);
            let own = producer.is_some_and(|rule| rule.result == Scale::Own);
            if !own || reads[id.0] != other.users.len() || written.contains_key(&id) {
                return true;
            }
            params[id.0] = Some(other.params);
            false
        });
    }
}

/// Whether an operator's kernel takes such a filter.
fn suits(facts: &Facts<'_>, rule: &Rule, id: TensorId, given: &Given) -> Result<(), Why> {
    let Some(weights) = rule.weights else {
        return Ok(());
    };
    let shape = &facts.graph().tensor(id).shape;
    if given.scales.len() > 1 {
        let channels = weights.channels.filter(|axis| *axis == given.dimension);
        let count = channels
            .and_then(|axis| shape.get(axis))
            .and_then(|count| usize::try_from(*count).ok());
        if count != Some(given.scales.len()) {
            return Err(Why::Unsafe(
                "the scales of its filter are not those of output channels",
            ));
        }
    }
    if given.dtype == DType::Int4 && weights.int4.is_none() {
        return Err(Why::Unsafe("its kernel takes no weights of 4 bits"));
    }
    let floats = facts.floats(id);
    if floats.is_empty() || min_max(&floats, Channels::one()).is_none() {
        return Err(Why::Unsafe(
            "one of its constants has a value that no scale can hold",
        ));
    }
    Ok(())
}
