//! int8 by the converter's quantizer: parameters spread from recorded ranges over operators of one scale.

mod constants;
mod range;
mod records;

use std::collections::BTreeMap;

use super::kinds::{filtered, fixed, is_same};
use super::net::{Net, View, Views};
use super::tables::{OTHERS, SAME};
use constants::{bias, filter, other, with_parameters};
use range::activation;

/// Quantizes. With `compat` as the original does, where it is wrong, too.
pub fn quantize(net: &Net<'_>, per_tensor: bool, compat: bool) -> Views {
    let mut driver = Driver {
        net,
        per_tensor,
        compat,
        states: BTreeMap::new(),
        constants: BTreeMap::new(),
        other_uses: BTreeMap::new(),
        other_results: BTreeMap::new(),
        work: (0..net.len()).collect(),
    };
    for (name, range) in records::kept(net, compat) {
        driver.states.insert(name, (activation(range), true));
    }
    driver.spread();
    driver.fold();
    driver.views()
}

struct Driver<'a, 'n> {
    net: &'n Net<'a>,
    per_tensor: bool,
    compat: bool,
    /// Parameters of activations, and whether they are of a record.
    states: BTreeMap<String, (View, bool)>,
    /// Constants as an operator reads them, where that is not of themselves.
    constants: BTreeMap<(usize, usize), View>,
    /// Uses that read other parameters than the value has.
    other_uses: BTreeMap<(usize, usize), View>,
    /// Results that an operator writes with other parameters.
    other_results: BTreeMap<(usize, usize), View>,
    work: Vec<usize>,
}

impl Driver<'_, '_> {
    fn spread(&mut self) {
        let mut done = vec![false; self.net.len()];
        while let Some(at) = self.work.pop() {
            if !done[at] {
                done[at] = self.visit(at);
            }
        }
    }

    /// Does what an operator asks for; whether it could.
    fn visit(&mut self, at: usize) -> bool {
        let net = self.net;
        if is_same(net, at, self.compat) {
            let Some(chosen) = self.choose(at) else {
                return false;
            };
            for (slot, name) in net.float_inputs(at) {
                self.set_operand(at, slot, name, &chosen);
            }
            for (slot, name) in net.float_outputs(at) {
                self.set_result(at, slot, name, &chosen);
            }
        }
        if let Some(view) = fixed(net, at) {
            for (slot, name) in net.float_outputs(at) {
                self.set_result(at, slot, name, &view);
            }
        }
        let Some((input, weights, place, dimension)) = filtered(net, at) else {
            return true;
        };
        let inputs = &net.op(at).inputs;
        let Some(constant) = inputs.get(place).filter(|name| net.floats(name).is_some()) else {
            return true;
        };
        let Some(read) = self.read(at, input) else {
            return false;
        };
        let Some(known) = self.read(at, weights) else {
            return false;
        };
        let values = net.floats(constant).unwrap_or_default();
        let mut steps: Vec<f64> = known.scale.iter().map(|s| f64::from(*s)).collect();
        if let Some(weights_of) = inputs.get(weights).and_then(|name| net.floats(name)) {
            let wide = constants::corrected(&read, &known, values);
            if wide != steps {
                let (shape, scales) = (
                    net.shape(&inputs[weights]),
                    wide.iter().map(|s| *s as f32).collect::<Vec<_>>(),
                );
                let widened = filter(
                    shape,
                    weights_of,
                    (!self.per_tensor).then_some(dimension),
                    Some((&scales, self.compat)),
                );
                self.constants.insert((at, weights), widened);
                steps = wide;
            }
        }
        self.constants
            .insert((at, place), bias(&read, &steps, values, !self.per_tensor));
        true
    }

    /// The parameters of an operator of one scale.
    fn choose(&self, at: usize) -> Option<View> {
        let (net, op) = (self.net, self.net.op(at));
        let state = |name: &str, of_record: bool| {
            let found = self.states.get(name);
            found
                .filter(|(_, is_fixed)| *is_fixed == of_record)
                .map(|(view, _)| view.clone())
        };
        for of_record in [true, false] {
            let operands = op.inputs.iter().enumerate().map(|(slot, name)| {
                let constant = self.constants.get(&(at, slot)).filter(|_| !of_record).cloned();
                constant.or_else(|| state(name, of_record))
            });
            let operands: Vec<View> = operands.flatten().collect();
            let results: Vec<View> = op
                .outputs
                .iter()
                .filter_map(|name| state(name, of_record))
                .collect();
            if let (1, [only]) = (op.inputs.len(), &operands[..]) {
                return Some(only.clone());
            }
            if let (1, [only]) = (op.outputs.len(), &results[..]) {
                return Some(only.clone());
            }
            if let Some(first) = operands.into_iter().chain(results).next() {
                return Some(first);
            }
        }
        debug_assert!(net.is(at, SAME) || !self.compat);
        None
    }

    fn set_operand(&mut self, at: usize, slot: usize, name: &str, view: &View) {
        if self.net.floats(name).is_some() {
            self.constants.entry((at, slot)).or_insert_with(|| view.clone());
            return;
        }
        match self.states.get(name) {
            None => {
                self.states.insert(name.to_owned(), (view.clone(), false));
                self.work.extend(self.net.maker(name));
            }
            Some((state, _)) if state.same(view) => {}
            Some(_) => drop(self.other_uses.insert((at, slot), view.clone())),
        }
    }

    fn set_result(&mut self, at: usize, slot: usize, name: &str, view: &View) {
        match self.states.get(name) {
            None => {
                self.states.insert(name.to_owned(), (view.clone(), false));
                self.work
                    .extend(self.net.users(name).iter().map(|(user, _)| *user));
            }
            Some((state, _)) if state.same(view) => {}
            Some(_) => drop(self.other_results.insert((at, slot), view.clone())),
        }
    }

    /// What an operator reads in a place; `None` when that is not known.
    fn read(&self, at: usize, slot: usize) -> Option<View> {
        let net = self.net;
        let name = net.op(at).inputs.get(slot).filter(|name| net.is_float(name))?;
        if let Some(view) = self.constants.get(&(at, slot)) {
            let values = net.floats(name)?;
            return Some(if view.values.is_some() {
                view.clone()
            } else {
                with_parameters(view, values)
            });
        }
        if let Some(values) = net.floats(name) {
            return match filtered(net, at) {
                Some((_, weights, _, dimension)) if weights == slot => Some(filter(
                    net.shape(name),
                    values,
                    (!self.per_tensor).then_some(dimension),
                    None,
                )),
                Some((_, _, place, _)) if place == slot => None,
                _ if is_same(net, at, self.compat) => None,
                _ if net.is(at, &["PRELU"]) => Some(filter(net.shape(name), values, None, None)),
                _ => Some(other(values)),
            };
        }
        let requantized = self.other_uses.get(&(at, slot)).cloned();
        requantized.or_else(|| self.states.get(name).map(|(view, _)| view.clone()))
    }

    /// Lets a producer write what its only user reads.
    fn fold(&mut self) {
        let uses: Vec<(usize, usize)> = self.other_uses.keys().copied().collect();
        for (at, slot) in uses {
            let name = self.net.op(at).inputs[slot].clone();
            let Some(maker) = self.net.maker(&name) else {
                continue;
            };
            let only = self.net.users(&name).len() == 1 && !self.net.is_output(&name);
            let free = !is_same(self.net, maker, self.compat) && fixed(self.net, maker).is_none();
            if let (true, true, Some(view)) = (only, free, self.other_uses.get(&(at, slot)).cloned()) {
                self.other_uses.remove(&(at, slot));
                self.states.insert(name, (view, false));
            }
        }
    }

    /// Whether an operator computes in integers.
    fn is_quantized(&self, at: usize) -> bool {
        let net = self.net;
        let known = is_same(net, at, self.compat) || net.is(at, OTHERS) || fixed(net, at).is_some();
        let mut inputs = net.float_inputs(at);
        let mut outputs = net.float_outputs(at);
        known
            && inputs.all(|(slot, _)| self.read(at, slot).is_some())
            && outputs.all(|(_, name)| self.states.contains_key(name))
    }

    fn views(&self) -> Views {
        let net = self.net;
        let mut views = net.views();
        for at in (0..net.len()).filter(|at| self.is_quantized(*at)) {
            for (slot, name) in net.float_inputs(at) {
                views.reads[at][slot] = self.read(at, slot);
                let enters = views.inputs.get_mut(name).zip(self.states.get(name));
                if let Some((input, (state, _))) = enters {
                    *input = state.clone();
                }
            }
            for (slot, name) in net.float_outputs(at) {
                let state = self.states.get(name).map(|(view, _)| view.clone());
                views.makes[at][slot] = self.other_results.get(&(at, slot)).cloned().or(state);
            }
        }
        self.fuse(&mut views);
        views
    }

    /// An activation function is computed by the operator before it, which writes its result.
    fn fuse(&self, views: &mut Views) {
        let net = self.net;
        for at in (0..net.len()).filter(|at| net.is(*at, &["RELU", "RELU6", "RELU_N1_TO_1"])) {
            let name = &net.op(at).inputs[0];
            let Some(maker) = net.maker(name) else { continue };
            let takes = net.is(maker, &["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD"]);
            let free = net.users(name).len() == 1
                && !net.is_output(name)
                && super::net::has_no_activation(net.op(maker));
            if takes && free && self.is_quantized(maker) && self.is_quantized(at) {
                views.makes[maker][0] = views.makes[at][0].clone();
                views.reads[at][0] = None;
            }
        }
    }
}
