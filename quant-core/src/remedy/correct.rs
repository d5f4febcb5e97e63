//! Bias correction: integers in place of weights and activations move the mean of what a layer makes, and its bias takes
//! that back (Nagel et al. 2019, section 4.2).

use quant_ir::Model;
use quant_ir::error::Result;
use quant_ir::value::Value;

use super::done::Done;
use super::edit::Edit;
use super::expect::moments;
use super::kind::{Remedy, Room};
use super::layer::Layer;
use super::layerwise::{Cure, Layerwise, Visit};
use super::numbers::Numbers;

/// One pass in graph order: each bias takes the difference of the means before the activation, float and quantized.
#[derive(Default)]
struct Means(Vec<(Layer, Vec<f32>)>);

impl Cure for Means {
    fn shift(&mut self, visit: &Visit<'_>, made: &[Value]) -> Option<Vec<f32>> {
        let channels = visit.layer.outputs();
        let (wanted, made) = (moments(visit.wanted, channels), moments(made, channels));
        let shift = wanted
            .iter()
            .zip(&made)
            .map(|(wanted, made)| (wanted.0 - made.0) as f32);
        let shift: Vec<f32> = shift.collect();
        if shift.iter().all(|by| *by == 0.0) || !shift.iter().all(|by| by.is_finite()) {
            return None;
        }
        self.0.push((visit.layer.clone(), shift.clone()));
        Some(shift)
    }
}

/// Corrects the biases of a model.
///
/// # Errors
/// As [`Layerwise::run`].
pub fn run(reference: &Model, model: &mut Model, numbers: &Numbers, room: Room<'_>) -> Result<Done> {
    let mut means = Means::default();
    let records = Layerwise {
        reference,
        work: model,
        numbers,
        room,
    }
    .run(&mut means)?;
    let mut edit = Edit::of(model);
    let most = edit.shift_biases(&means.0)?;
    let what = match means.0.len() {
        0 => "no layer has integer weights whose mean is off".to_owned(),
        layers => format!("biases of {layers} layers moved by {most:.3e} at most, on {records} records"),
    };
    Ok(Done::new(Remedy::BiasCorrection, means.0.len(), what))
}
