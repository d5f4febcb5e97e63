//! The binary search over a ranking.

use quant_ir::Result;

use super::ranking::ranked;
use crate::json::python;

/// What the search asks: quantize with these layers float, and measure.
pub trait Probe {
    /// The metric with the layers named in `rolled_back` float and all others quantized.
    fn measure(&mut self, rolled_back: &[&str]) -> Result<f64>;

    /// Whether `new` is good enough beside the metric of the float model, and what was lost.
    fn judge(&mut self, original: f64, new: f64) -> (bool, f64);

    /// A line for the log.
    fn say(&mut self, line: &str);
}

/// One set of layers with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Each layer, and whether it is quantized.
    pub layers: Vec<(String, bool)>,
    /// Whether the metric is good enough.
    pub ok: bool,
    /// What was lost.
    pub loss: f64,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Layers that stay float, the most disturbed first; `None` when no set of quantized layers is good enough.
    pub rolled_back: Option<Vec<String>>,
    /// The metric of the model that is saved; the last one measured when there is none.
    pub saved: f64,
    /// The trials in their order, all layers quantized first.
    pub trials: Vec<Trial>,
}

/// Searches the shortest beginning of the ranking whose layers, left float, make the metric good enough.
///
/// `ranking` is in the order of the graph. A beginning that is good enough is shortened, one that is not is prolonged, by
/// halves. When the best one was not measured last, it is measured again, so that what is on the disk is what is saved. The
/// beginning that is all layers is not measured: nothing would be quantized.
///
/// # Errors
/// Those of [`Probe::measure`].
pub fn binary_search(
    ranking: &[(String, f64)],
    original: f64,
    global: f64,
    probe: &mut dyn Probe,
) -> Result<Outcome> {
    let (ok, loss) = probe.judge(original, global);
    let mut trials = vec![Trial {
        layers: ranking.iter().map(|(name, _)| (name.clone(), true)).collect(),
        ok,
        loss,
    }];
    if ok {
        probe.say("The model satisfy the requirement after all layers are quantized, automatic calibration succeed!");
        accuracies(probe, original, global, Some(global));
        return Ok(Outcome {
            rolled_back: Some(Vec::new()),
            saved: global,
            trials,
        });
    }
    if ranking.is_empty() {
        probe.say(
            "No layer can be rolled back in your model . Accuracy based auto calibration search stopped.",
        );
        accuracies(probe, original, global, None);
        return Ok(Outcome {
            rolled_back: None,
            saved: global,
            trials,
        });
    }
    let order = ranked(ranking.to_vec());
    let names: Vec<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
    let (mut left, mut right) = (0, names.len());
    let (mut best, mut last, mut saved) = (None, None, global);
    let mut step = 0;
    let mut measure = |count: usize, trials: &mut Vec<Trial>, probe: &mut dyn Probe| -> Result<f64> {
        let metric = probe.measure(&names[..count])?;
        let (ok, loss) = probe.judge(original, metric);
        step += 1;
        let trial = trial(&names, count, ok, loss);
        probe.say(&format!(
            "******************** fine search step {step} ********************"
        ));
        say(probe, &trial);
        trials.push(trial);
        Ok(metric)
    };
    // Good beginnings are longer than `left` and, once one was met, `right` layers at the most.
    while left < right {
        let count = usize::midpoint(left, right - 1) + 1;
        if count == names.len() {
            let (ok, loss) = probe.judge(original, original);
            trials.push(trial(&names, count, ok, loss));
            break;
        }
        saved = measure(count, &mut trials, probe)?;
        last = Some(count);
        if trials[trials.len() - 1].ok {
            best = Some(count);
            right = count - 1;
        } else {
            left = count;
        }
    }
    if let Some(count) = best.filter(|_| best != last) {
        saved = measure(count, &mut trials, probe)?;
    }
    if best.is_some() {
        probe.say("Fine search finish, automatic calibration succeed!");
    } else {
        probe.say("Fine search finish, no set of quantized layers satisfies the requirement.");
    }
    probe.say("accuracy based auto calibration search record:");
    for trial in &trials {
        say(probe, trial);
    }
    accuracies(probe, original, global, best.map(|_| saved));
    Ok(Outcome {
        rolled_back: best.map(|count| names[..count].iter().map(|name| (*name).to_owned()).collect()),
        saved,
        trials,
    })
}

fn trial(names: &[&str], rolled_back: usize, ok: bool, loss: f64) -> Trial {
    let layer = |(index, name): (usize, &&str)| ((*name).to_owned(), index >= rolled_back);
    Trial {
        layers: names.iter().enumerate().map(layer).collect(),
        ok,
        loss,
    }
}

fn say(probe: &mut dyn Probe, trial: &Trial) {
    let truth = |on: bool| if on { "True" } else { "False" };
    probe.say("quant layers:");
    for some in trial.layers.chunks(10) {
        let some: Vec<String> = some
            .iter()
            .map(|(name, on)| format!("('{name}', {})", truth(*on)))
            .collect();
        probe.say(&format!("[{}]", some.join(", ")));
    }
    probe.say(&format!(
        "metric_eval: ({}, {})",
        truth(trial.ok),
        python(trial.loss)
    ));
}

fn accuracies(probe: &mut dyn Probe, original: f64, global: f64, saved: Option<f64>) {
    probe.say(&format!("Accuracy of original model is {}", python(original)));
    probe.say(&format!(
        "Accuracy of global quantized model is {}",
        python(global)
    ));
    match saved {
        Some(saved) => probe.say(&format!("Accuracy of saved model is {}", python(saved))),
        None => probe.say(
            "No quantized model are generated due to all quant layers are roll backed, the accuracy target may be too \
             difficult to achieve.",
        ),
    }
}
