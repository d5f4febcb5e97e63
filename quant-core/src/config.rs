//! What to quantize to: by which scheme, the default, and layers with settings of their own.
//!
//! A configuration names a scheme, and a scheme works by a configuration: both stand here.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use quant_types::qconf::LayerConf;

use crate::record::Mode;
use crate::scheme::rule::Mixed;
pub use crate::scheme::setting::Setting;
use crate::scheme::{Decisions, Kept, Unruled};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Graph, Model, Names, Operator};

/// A family of quantizers, with its flags.
pub trait Scheme: fmt::Debug + Send + Sync {
    /// Its name, as in `one`.
    fn name(&self) -> &'static str;

    /// Where it wants ranges from.
    fn calibration(&self) -> Calibration;

    /// Quantizes a model in place, and tells which operators stayed float. What a model is after an error is not said
    /// ([`crate::quantize::run`] works on a copy).
    ///
    /// # Errors
    /// What the scheme does not cover; ranges that are missing; a configuration that it does not have.
    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>>;

    /// What it decides, when the passes of [`crate::scheme::pass`] do its work: then weights can be fake-quantized, layers
    /// can have settings of their own, and a search can look for such layers.
    fn decisions(&self) -> Option<&dyn Decisions> {
        None
    }
}

/// Where the ranges of activations come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Calibration {
    /// Nowhere: none are needed, or the model has them.
    None,
    /// The float model runs on data. The ranges of records become one in this way unless another is asked for.
    Float(Mode),
    /// The model with fake-quantized weights runs on data, as with ONE's tools.
    FakeQuantized(Mode),
}

/// How to quantize a model.
#[derive(Clone, Debug)]
pub struct Config {
    /// The family, with its flags.
    pub scheme: Arc<dyn Scheme>,
    /// What operators become that no layer names.
    pub setting: Setting,
    /// Layers with settings of their own (mixed precision).
    pub layers: Vec<Layer>,
    /// Types of the graph inputs; empty: the default type. One entry holds for every float input.
    pub input_types: Vec<DType>,
    /// Types of the graph outputs; empty: the default type. One entry holds for every float output.
    pub output_types: Vec<DType>,
}

/// Operators that share a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Names of their output tensors.
    pub names: Vec<String>,
    /// Their setting.
    pub setting: Setting,
    /// Lists of names of which one may stand in place of the names of all layers.
    pub alternates: Vec<Vec<String>>,
}

impl Config {
    /// One setting for the whole model.
    pub fn of(scheme: Arc<dyn Scheme>, setting: Setting) -> Self {
        Self {
            scheme,
            setting,
            layers: Vec::new(),
            input_types: Vec::new(),
            output_types: Vec::new(),
        }
    }

    /// Adds the layers of a `qconf.json`, in the scheme's settings for their words.
    pub fn add_layers(&mut self, layers: &[LayerConf]) {
        let decisions = self.scheme.decisions();
        // A scheme without settings refuses every layer.
        let setting = |layer: &LayerConf| {
            decisions.map_or(Setting::FLOAT32, |decisions| {
                decisions.setting(layer.dtype, layer.granularity)
            })
        };
        self.layers.extend(layers.iter().map(|layer| Layer {
            names: layer.names.clone(),
            setting: setting(layer),
            alternates: layer.alternate.iter().map(|(_, names)| names.clone()).collect(),
        }));
    }

    /// What the scheme decides.
    ///
    /// # Errors
    /// Other work is done by it than that of the shared passes.
    pub fn decisions(&self) -> Result<&dyn Decisions> {
        self.scheme.decisions().ok_or_else(|| {
            Error::new(
                Place::named("scheme", self.scheme.name()),
                Problem::Option("it has no settings of operators and no fake quantization".into()),
                "quantize a float model with it in one step, or take the scheme `one`",
            )
        })
    }

    /// One setting for each operator of the graph.
    ///
    /// # Errors
    /// A setting that the scheme does not have, an unknown or doubled layer name, outputs of one operator with
    /// different settings, ambiguous alternates.
    pub fn settings(&self, graph: &Graph) -> Result<Vec<Setting>> {
        let decisions = self.decisions()?;
        decisions.check(&Place::from("the model's default"), &self.setting)?;
        let names = graph.operator_names();
        let named = choose_layers(&self.layers, &names)?;
        let mut settings: Vec<Option<(Setting, &str)>> = vec![None; graph.operators().len()];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (name, setting) in named {
            let place = Place::Layer(name.to_owned());
            decisions.check(&place, &setting)?;
            if !seen.insert(name) {
                return Err(Error::new(
                    place,
                    Problem::Duplicate("it is named twice".into()),
                    "name each layer once",
                ));
            }
            let index = names.get(name).ok_or_else(|| {
                Error::new(
                    "the quantization configuration",
                    Problem::UnknownName { name: name.to_owned(), text: Some(format!(
                        "No such layer named {name}. Check layer names in the quantization configuration file."
                    )) },
                    format!("layers are named by their output tensor; {}", names.hint(name)),
                )
            })?;
            let builtin = graph.operators()[index].code.builtin;
            if decisions.table().rule(builtin).mixed == Mixed::Unnamed {
                return Err(Error::new(
                    place,
                    Problem::NoRule(format!(
                        "Unsupported op now: {builtin} cannot have a setting of its own"
                    )),
                    "remove the layer",
                ));
            }
            if let Some((other, by)) = settings[index]
                && other != setting
            {
                return Err(Error::new(
                    place,
                    Problem::Conflict(format!(
                        "`{by}`, another output of the same operator, has a different setting"
                    )),
                    "give all outputs of an operator one setting",
                ));
            }
            settings[index] = Some((setting, name));
        }
        let float = |op: &Operator| {
            let outputs: Vec<&str> = op
                .outputs
                .iter()
                .map(|id| graph.tensor(*id).name.as_str())
                .collect();
            let unruled = !decisions.table().rule(op.code.builtin).known;
            (unruled && decisions.unruled() == Unruled::Float)
                || decisions.stays_float(op.code.builtin, &outputs)
        };
        let all = graph.operators().iter().zip(settings);
        all.map(|(op, own)| match (float(op), own) {
            (true, Some((setting, name))) if !setting.activations.is_float() => Err(Error::new(
                Place::Layer(name.to_owned()),
                Problem::NoRule(format!(
                    "Unsupported Op for mixed-precision quantization. Layer name: {name}: the operator stays float"
                )),
                "remove the layer from the quantization configuration",
            )),
            (true, _) => Ok(Setting::FLOAT32),
            (false, own) => Ok(own.map_or(self.setting, |(setting, _)| setting)),
        })
        .collect()
    }
}

/// The names that hold, with their settings: the names of all layers, or the one alternate list that is wholly present.
/// An alternate list replaces the names of all layers, as in the original.
fn choose_layers<'a>(layers: &'a [Layer], names: &Names<usize>) -> Result<Vec<(&'a str, Setting)>> {
    let set = |names: &'a [String], setting| names.iter().map(move |name| (name.as_str(), setting));
    let default = layers
        .iter()
        .flat_map(|layer| set(&layer.names, layer.setting))
        .collect();
    let mut sets: Vec<Vec<(&str, Setting)>> = vec![default];
    for layer in layers {
        let lists = layer.alternates.iter();
        sets.extend(lists.map(|list| set(list, layer.setting).collect()));
    }
    if sets.len() == 1 {
        return Ok(sets.swap_remove(0));
    }
    let present = |set: &Vec<(&str, Setting)>| set.iter().all(|(name, _)| names.get(name).is_some());
    let mut fitting: Vec<_> = sets.into_iter().filter(present).collect();
    if fitting.len() != 1 {
        return Err(Error::new(
            "layers of the quantization configuration",
            Problem::Conflict(format!(
                "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways: {} sets fit the model",
                fitting.len()
            )),
            "name layers so that exactly one set is wholly in the model",
        ));
    }
    Ok(fitting.swap_remove(0))
}
