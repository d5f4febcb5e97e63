//! What to quantize to: the default, and layers with settings of their own.

use std::collections::BTreeSet;

use quant_types::qconf::{self, LayerConf};
use quant_types::{Granularity, QuantType};

use quant_ir::error::{Error, Place, Result};
use quant_ir::{Builtin, DType, Graph, Names};

/// How to quantize a model.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct Config {
    /// Type of activations and weights: uint8 or int16.
    pub dtype: QuantType,
    /// Granularity of weights.
    pub granularity: Granularity,
    /// Layers with settings of their own (mixed precision), by the name of an output tensor.
    pub layers: Vec<LayerConf>,
    /// Types of the graph inputs; empty: the default type. One entry holds for every float input.
    pub input_types: Vec<DType>,
    /// Types of the graph outputs; empty: the default type. One entry holds for every float output.
    pub output_types: Vec<DType>,
    /// Whether recorded ranges stay in the quantized model.
    pub save_min_max: bool,
    /// Whether a bias that overflows its type is clipped to it, in place of an error.
    pub saturate_bias: bool,
    /// Whether MaxPool2D's output takes its input's parameters, as TensorFlow has it.
    pub tf_style_maxpool: bool,
    /// Whether activations around operators that LiteRT computes rightly in one scale alone get one (see
    /// [`crate::runtime::litert`]).
    pub same_scale: bool,
    /// What happens to operators that no rule covers.
    pub unruled: Unruled,
    /// Padding of this or less stands for "no value", as the lowest float does: PadV2's output keeps the parameters of its
    /// input, and the padding is the lowest integer. Ranges that leave such values out are recorded with
    /// [`crate::record::RecordOptions::lowest`].
    pub lowest: Option<f32>,
}

/// What happens to operators that read or make float activations although no rule covers them (Sin, HardSwish, a
/// custom operator, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unruled {
    /// An error that names them: no kernel is known to take such integers.
    Refuse,
    /// Their activations become integers like any other, as in ONE's circle-quantizer. A float constant that one reads
    /// is an error, and so is a setting of its own. [`crate::quantize::unruled::of`] tells which they are.
    Quantize,
}

/// The settings of one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Type.
    pub dtype: QuantType,
    /// Granularity of weights.
    pub granularity: Granularity,
}

impl Config {
    /// One setting for the whole model.
    pub fn new(dtype: QuantType, granularity: Granularity) -> Self {
        Self {
            dtype,
            granularity,
            layers: Vec::new(),
            input_types: Vec::new(),
            output_types: Vec::new(),
            save_min_max: false,
            saturate_bias: false,
            tf_style_maxpool: false,
            same_scale: false,
            unruled: Unruled::Refuse,
            lowest: None,
        }
    }

    /// The setting of operators that no layer names.
    pub fn default_setting(&self) -> Setting {
        Setting {
            dtype: self.dtype,
            granularity: self.granularity,
        }
    }

    /// One setting for each operator of the graph.
    ///
    /// # Errors
    /// A combination that does not exist, an unknown or doubled layer name, outputs of one operator with
    /// different settings, ambiguous alternates.
    pub fn settings(&self, graph: &Graph) -> Result<Vec<Setting>> {
        check(&Place::from("the model's default"), self.default_setting())?;
        let names = graph.operator_names();
        let named = choose_layers(&self.layers, &names)?;
        let mut settings: Vec<Option<(Setting, &str)>> = vec![None; graph.operators.len()];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (name, setting) in named {
            let place = Place::Layer(name.to_owned());
            check(&place, setting)?;
            if !seen.insert(name) {
                return Err(Error::invalid(place, "it is named twice", "name each layer once"));
            }
            let index = names.get(name).ok_or_else(|| {
                Error::invalid(
                    "the quantization configuration",
                    format!(
                        "No such layer named {name}. Check layer names in the quantization configuration file."
                    ),
                    format!("layers are named by their output tensor; {}", names.hint(name)),
                )
            })?;
            let op = &graph.operators[index];
            if matches!(
                op.code.builtin,
                Builtin::BIDIRECTIONAL_SEQUENCE_LSTM
                    | Builtin::CUSTOM
                    | Builtin::IF
                    | Builtin::WHILE
                    | Builtin::NON_MAX_SUPPRESSION_V4
                    | Builtin::NON_MAX_SUPPRESSION_V5
            ) {
                return Err(Error::unsupported(
                    place,
                    format!(
                        "Unsupported op now: {} cannot have a setting of its own",
                        op.code.builtin
                    ),
                    "remove the layer",
                ));
            }
            if let Some((other, by)) = settings[index]
                && other != setting
            {
                return Err(Error::invalid(
                    place,
                    format!("`{by}`, another output of the same operator, has a different setting"),
                    "give all outputs of an operator one setting",
                ));
            }
            settings[index] = Some((setting, name));
        }
        Ok(settings
            .into_iter()
            .map(|s| s.map_or(self.default_setting(), |(setting, _)| setting))
            .collect())
    }
}

/// Refuses types and granularities that do not go together.
fn check(place: &Place, setting: Setting) -> Result<()> {
    match (setting.dtype, setting.granularity) {
        (QuantType::Uint8, _) | (QuantType::Int16, Granularity::Channel) => Ok(()),
        (QuantType::Int16, Granularity::Layer) => Err(Error::invalid(
            place,
            "Layer-wise quantization only supports uint8 dtype",
            "use granularity `channel` for int16, or type `uint8`",
        )),
        (QuantType::Int8 | QuantType::Int4, _) => Err(Error::invalid(
            place,
            format!("{} is a type for weights-only quantization", setting.dtype),
            "use uint8 or int16",
        )),
    }
}

/// The names that hold, with their settings: the default set of names, or the one alternate set that is
/// wholly present. An alternate list replaces the whole default set, as in the original.
fn choose_layers<'a>(layers: &'a [LayerConf], names: &Names<usize>) -> Result<Vec<(&'a str, Setting)>> {
    let setting = |layer: &LayerConf| Setting {
        dtype: layer.dtype,
        granularity: layer.granularity,
    };
    let with_setting = |set: Vec<(&'a str, &LayerConf)>| {
        let named = set.into_iter().map(|(name, layer)| (name, setting(layer)));
        named.collect::<Vec<_>>()
    };
    let mut sets: Vec<_> = qconf::sets(layers).into_iter().map(with_setting).collect();
    if sets.len() == 1 {
        return Ok(sets.swap_remove(0));
    }
    let present = |set: &Vec<(&str, Setting)>| set.iter().all(|(name, _)| names.get(name).is_some());
    let mut fitting: Vec<_> = sets.into_iter().filter(present).collect();
    if fitting.len() != 1 {
        return Err(Error::invalid(
            "layers of the quantization configuration",
            format!(
                "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways: {} sets fit the model",
                fitting.len()
            ),
            "name layers so that exactly one set is wholly in the model",
        ));
    }
    Ok(fitting.swap_remove(0))
}
