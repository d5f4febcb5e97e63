//! Constants as integers: which an operator reads, and how often one is made.

use std::collections::BTreeMap;

use quant_ir::TensorId;
use quant_ir::error::Result;

use super::coder::{Coded, Coder};
use super::facts::{Facts, Role};
use super::measure::Measured;
use super::plan::Plan;

/// The integers that operators read in place of float constants.
#[derive(Default)]
pub struct Constants {
    /// The integers.
    pub coded: Vec<Coded>,
    /// Which of them an operand is.
    pub of: BTreeMap<(usize, usize), usize>,
    /// Those that do not depend on the operator.
    known: BTreeMap<(TensorId, Role), usize>,
}

/// Makes the integers of all constants that quantized operators read.
///
/// # Errors
/// A bias that does not have one element for each output channel.
pub fn constants(facts: &Facts<'_>, measured: &Measured, plan: &Plan) -> Result<Constants> {
    let mut constants = Constants::default();
    for op in (0..facts.rules.len()).filter(|op| plan.quantized[*op]) {
        let coder = Coder {
            facts,
            measured,
            plan,
            op,
        };
        let roles: Vec<(usize, TensorId, Role)> = facts
            .operands(op)
            .map(|(at, id)| (at, id, coder.role(at)))
            .collect();
        // A bias can raise the scales of its filter.
        let mut raised = BTreeMap::new();
        for (at, id, role) in &roles {
            if let Role::Bias(product) = role {
                let scales = coder.bias_scales(*id, *product)?;
                constants.add((op, *at), coder.bias(*id, *role, scales.bias));
                raised.extend(scales.filter);
            }
        }
        for (at, id, role) in roles {
            let user = (op, at);
            match role {
                Role::Like => {
                    let Some(params) = plan.like.get(&user) else {
                        continue;
                    };
                    constants.add(user, coder.with(id, role, *params));
                }
                Role::Filter(_) if raised.contains_key(&at) => {
                    constants.add(user, coder.filter(id, role, raised.get(&at).map(Vec::as_slice))?);
                }
                Role::Plain | Role::Filter(_) | Role::Short | Role::Time if facts.constants[id.0] => {
                    if let Some(known) = constants.known.get(&(id, role)) {
                        constants.of.insert(user, *known);
                        continue;
                    }
                    constants.known.insert((id, role), constants.coded.len());
                    constants.add(user, coder.own(id, role)?);
                }
                _ => {}
            }
        }
    }
    Ok(constants)
}

impl Constants {
    fn add(&mut self, user: (usize, usize), coded: Coded) {
        self.of.insert(user, self.coded.len());
        self.coded.push(coded);
    }
}
