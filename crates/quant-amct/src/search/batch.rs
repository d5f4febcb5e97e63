//! The roll back of layers that are slower quantized, in batches.

use quant_ir::{Error, Problem, Result};

/// Who says how long a model takes.
pub trait Clock {
    /// The times of the model whose layers are quantized where `quantized` says so.
    ///
    /// # Errors
    /// They cannot be told.
    fn time(&mut self, quantized: &[bool]) -> Result<Timing>;
}

/// The times of a model, in one unit for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// Of the model.
    pub total: f64,
    /// Of each layer. What is said of layers that are float in this model is not used.
    pub layers: Vec<LayerTime>,
}

/// The times of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerTime {
    /// As floats.
    pub float: f64,
    /// In integers, with the nodes that quantize its input and dequantize its output.
    pub quantized: f64,
}

/// A round: what was tried, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Numbers of the layers that this round makes float; none in the first one, where all are quantized.
    pub rolled_back: Vec<usize>,
    /// Layers that are quantized in it.
    pub quantized: usize,
    /// What the model takes.
    pub total: f64,
    /// Whether its layers stay float: not when the model became slower.
    pub kept: bool,
}

/// Why no further round was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No layer is slower quantized.
    NoChange,
    /// The last round made the model slower, and is undone.
    Slower,
    /// As many rounds as are allowed.
    RoundLimit,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Fastest {
    /// Whether each layer is quantized: none where that is not faster than the float model.
    pub quantized: Vec<bool>,
    /// The times of each layer in the last kept model that had it quantized.
    pub layers: Vec<LayerTime>,
    /// What the float model takes.
    pub float: f64,
    /// What the model takes that has all layers quantized.
    pub all: f64,
    /// What the chosen model takes: never more than the two.
    pub total: f64,
    /// The rounds, all layers quantized first.
    pub rounds: Vec<Round>,
    /// Why there are no more.
    pub end: End,
}

/// Makes layers float that are not faster quantized, all in one round; measures, and does so again, since a neighbour may have
/// to quantize now what was quantized for both. Ends when no layer changes, after `limit` rounds, or when a round made the model
/// slower, which is undone. Where what is left is not faster than the float model, nothing stays quantized.
///
/// # Errors
/// Those of [`Clock::time`]; a time that is no number from 0 on, or times of another number of layers.
pub fn batch_roll_back(layers: usize, limit: usize, clock: &mut dyn Clock) -> Result<Fastest> {
    let float = checked(clock.time(&vec![false; layers])?, layers)?.total;
    let mut quantized = vec![true; layers];
    let mut now = if layers == 0 {
        Timing {
            total: float,
            layers: Vec::new(),
        }
    } else {
        checked(clock.time(&quantized)?, layers)?
    };
    let all = now.total;
    let mut times = now.layers.clone();
    let mut rounds = vec![Round {
        rolled_back: Vec::new(),
        quantized: layers,
        total: all,
        kept: true,
    }];
    let mut end = End::RoundLimit;
    // One more look than rounds: the last round may have left nothing to change.
    for round in 0..=limit {
        let slow =
            |index: &usize| quantized[*index] && now.layers[*index].quantized >= now.layers[*index].float;
        let slow: Vec<usize> = (0..layers).filter(slow).collect();
        if slow.is_empty() {
            end = End::NoChange;
            break;
        }
        if round == limit {
            break;
        }
        let mut next = quantized.clone();
        for index in &slow {
            next[*index] = false;
        }
        let left = next.iter().filter(|on| **on).count();
        let timing = if left == 0 {
            // The float model, which was measured.
            Timing {
                total: float,
                layers: times.clone(),
            }
        } else {
            checked(clock.time(&next)?, layers)?
        };
        let kept = timing.total <= now.total;
        rounds.push(Round {
            rolled_back: slow,
            quantized: left,
            total: timing.total,
            kept,
        });
        if !kept {
            end = End::Slower;
            break;
        }
        (quantized, now) = (next, timing);
        for (index, time) in times
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| quantized[*index])
        {
            *time = now.layers[index];
        }
    }
    let mut total = now.total;
    // As for a layer: what is not faster is float.
    if total >= float {
        quantized.fill(false);
        total = float;
    }
    Ok(Fastest {
        quantized,
        layers: times,
        float,
        all,
        total,
        rounds,
        end,
    })
}

fn checked(timing: Timing, layers: usize) -> Result<Timing> {
    let is_time = |time: f64| time.is_finite() && time >= 0.0;
    let wrong = |what: String, hint: &str| Err(Error::new("times", Problem::Invalid(what), hint));
    if !is_time(timing.total) {
        return wrong(
            format!("the model takes {}", timing.total),
            "a time is a number from 0 on",
        );
    }
    if timing.layers.len() != layers {
        let what = format!("times of {} layers for {layers}", timing.layers.len());
        return wrong(what, "give those of all");
    }
    let odd = |time: &&LayerTime| !is_time(time.float) || !is_time(time.quantized);
    match timing.layers.iter().find(odd) {
        None => Ok(timing),
        Some(time) => wrong(
            format!(
                "a layer takes {} as floats, {} quantized",
                time.float, time.quantized
            ),
            "a time is a number from 0 on",
        ),
    }
}

#[cfg(test)]
mod tests;
