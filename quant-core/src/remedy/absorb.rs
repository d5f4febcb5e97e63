//! Bias absorption (Nagel et al. 2019, section 4.1.3): where nearly all of what a channel makes lies above a number
//! `c = max(0, mean − 3σ)` before RELU, that number goes into the bias of the next layer, and the range of the activation
//! shrinks by it.

use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Builtin, Model};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O, Padding};

use super::chain::{Pair, pairs};
use super::done::Done;
use super::edit::{Edit, operand};
use super::expect::moments;
use super::kind::{Remedy, Room};
use super::layer::{Kind, Layer};
use super::layerwise::{Cure, Layerwise};
use super::numbers::Numbers;

/// How many standard deviations below the mean nearly nothing lies.
const DEVIATIONS: f64 = 3.0;

/// What each channel of a layer has at least, nearly always.
#[derive(Default)]
struct Floors(Vec<(usize, Vec<f64>)>);

impl Cure for Floors {
    fn see(&mut self, layer: &Layer, _: Activation, wanted: &[Value]) {
        let moments = moments(wanted, layer.outputs()).into_iter();
        let floors = moments.map(|(mean, deviation)| (mean - DEVIATIONS * deviation).max(0.0));
        self.0.push((layer.op.0, floors.collect()));
    }
}

/// Absorbs what can be absorbed.
///
/// # Errors
/// As [`Layerwise::run`].
pub fn run(model: &mut Model, room: Room<'_>) -> Result<Done> {
    let layers = Layer::all(model);
    let pairs: Vec<Pair> = pairs(model, &layers)
        .into_iter()
        .filter(|pair| absorbs(model, &layers, pair))
        .collect();
    if pairs.is_empty() {
        let none = "no layer with RELU is read by one alone that sees no padding";
        return Ok(Done::new(Remedy::BiasAbsorption, 0, none.to_owned()));
    }
    let numbers = Numbers::none(model);
    let mut floors = Floors::default();
    Layerwise {
        reference: model,
        work: model,
        numbers: &numbers,
        room,
    }
    .run(&mut floors)?;
    let (mut changed, mut channels, mut most) = (0, 0, 0.0f64);
    let mut edit = Edit::of(model);
    for pair in &pairs {
        let (first, second) = (&layers[pair.first], &layers[pair.second]);
        let found = floors.0.iter().find(|(op, _)| *op == first.op.0);
        let Some((_, floor)) = found.filter(|(_, floor)| floor.iter().any(|c| *c > 0.0)) else {
            continue;
        };
        let (bias, weights) = (
            operand(edit.model, first.op, first.bias()),
            operand(edit.model, second.op, 1),
        );
        let Some((bias, weights)) = bias.zip(weights) else {
            continue;
        };
        let less = bias
            .iter()
            .zip(floor)
            .map(|(bias, c)| (f64::from(*bias) - c) as f32);
        let less: Vec<f32> = less.collect();
        let mut more = vec![0.0f64; second.outputs()];
        for (at, weight) in weights.iter().enumerate() {
            more[second.output_of(at)] += f64::from(*weight) * floor[second.input_of(at, floor.len())];
        }
        let next = operand(edit.model, second.op, second.bias()).unwrap_or_else(|| vec![0.0; more.len()]);
        let next = next
            .iter()
            .zip(&more)
            .map(|(bias, more)| (f64::from(*bias) + more) as f32);
        let next: Vec<f32> = next.collect();
        edit.set_bias(first.op, first.bias(), &less)?;
        edit.set_bias(second.op, second.bias(), &next)?;
        changed += 1;
        channels += floor.iter().filter(|c| **c > 0.0).count();
        most = floor.iter().fold(most, |most, c| most.max(*c));
    }
    let what = if changed == 0 {
        "no channel lies above 0 by three standard deviations".to_owned()
    } else {
        format!("{channels} channels of {changed} layers lowered, by {most:.3e} at most")
    };
    Ok(Done::new(Remedy::BiasAbsorption, changed, what))
}

/// Whether what is taken off each element of the first layer's output comes to the second with every weight: RELU alone stands
/// between, and no zeros of a padding take an element's place.
fn absorbs(model: &Model, layers: &[Layer], pair: &Pair) -> bool {
    let graph = model.main();
    let (first, second) = (&layers[pair.first], &layers[pair.second]);
    let fused = graph.operator(first.op).options.fused_activation();
    let builtin = |at: usize| graph.operator(pair.between[at]).code.builtin;
    let relus = (0..pair.between.len())
        .filter(|at| builtin(*at) == Builtin::RELU)
        .count();
    let kept = (0..pair.between.len()).all(|at| {
        matches!(
            builtin(at),
            Builtin::RELU | Builtin::MEAN | Builtin::RESHAPE | Builtin::SQUEEZE | Builtin::EXPAND_DIMS
        )
    });
    let relu = match fused {
        Activation::RELU => relus == 0,
        Activation::NONE => relus == 1 && builtin(0) == Builtin::RELU,
        _ => false,
    };
    let operator = graph.operator(second.op);
    let point = second.kind == Kind::Dense || second.shape[1..3] == [1, 1];
    let whole = match operator.options.builtin() {
        O::Conv2DOptions(o) => point || o.padding == Padding::VALID,
        O::DepthwiseConv2DOptions(o) => point || o.padding == Padding::VALID,
        O::FullyConnectedOptions(_) => true,
        _ => false,
    };
    let has_bias = operand(model, first.op, first.bias()).is_some();
    relu && kept && whole && has_bias
}
