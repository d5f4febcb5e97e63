//! Which recorded ranges stay: the others are taken from what stands before or behind.

use std::collections::BTreeSet;

use crate::tflite::kinds::{fixed, is_same};
use crate::tflite::net::Net;

/// The activations whose recorded range is theirs, with it.
pub fn kept(net: &Net<'_>, compat: bool) -> Vec<(String, (f32, f32))> {
    let operands = net.recipe.operands.iter().map(|operand| operand.name.as_str());
    let recorded: Vec<&str> = operands
        .filter(|name| net.is_activation(name) && net.range(name).is_some())
        .collect();
    let mut dropped: BTreeSet<&str> = BTreeSet::new();
    for at in (0..net.len()).filter(|at| fixed(net, *at).is_some()) {
        dropped.extend(net.float_outputs(at).map(|(_, name)| name));
    }
    forward(net, &recorded, &mut dropped, compat);
    backward(net, &recorded, &mut dropped, compat);
    let kept = recorded.into_iter().filter(|name| !dropped.contains(name));
    kept.filter_map(|name| Some((name.to_owned(), net.range(name)?)))
        .collect()
}

/// Results of operators of one scale and one float operand have its range.
fn forward<'a>(net: &Net<'a>, recorded: &[&'a str], dropped: &mut BTreeSet<&'a str>, compat: bool) {
    let mut work: Vec<&str> = recorded.to_vec();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = work.pop() {
        if !seen.insert(name) {
            continue;
        }
        for (user, _) in net.users(name) {
            if is_same(net, *user, compat) && net.float_inputs(*user).count() <= 1 {
                for (_, result) in net.float_outputs(*user) {
                    dropped.insert(result);
                    work.push(result);
                }
            }
        }
    }
}

/// Operands of operators of one scale have their result's range, where that is kept.
fn backward<'a>(net: &Net<'a>, recorded: &[&'a str], dropped: &mut BTreeSet<&'a str>, compat: bool) {
    let mut work: Vec<&str> = recorded
        .iter()
        .copied()
        .filter(|name| !dropped.contains(name))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = work.pop() {
        let Some(maker) = net.maker(name).filter(|maker| is_same(net, *maker, compat)) else {
            continue;
        };
        if !seen.insert(name) {
            continue;
        }
        // The larger or smaller of two values may have a narrower range than either, which others read.
        let narrows = !compat && net.is(maker, &["MAXIMUM", "MINIMUM"]);
        for (_, operand) in net
            .float_inputs(maker)
            .filter(|(_, operand)| net.is_activation(operand))
        {
            let elsewhere =
                net.users(operand).iter().any(|(user, _)| *user != maker) || net.is_output(operand);
            if !(narrows && elsewhere) {
                dropped.insert(operand);
                work.push(operand);
            }
        }
    }
}
