//! The short configuration: a text of protobuf (`.cfg`).

use quant_ir::{Error, Place, Problem, Result};
use quant_tensorflow::text::{self, Field};

use super::{Activation, Algorithm};

/// A short configuration, as a `.cfg` says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Simple {
    /// Batches that calibrate.
    pub batch_num: i64,
    /// Whether activations have an offset.
    pub activation_offset: bool,
    /// Kept for `config.json`; a calibration refuses it.
    pub joint_quant: bool,
    /// Layers that stay float.
    pub skip_layers: Vec<String>,
    /// Types of layers that stay float.
    pub skip_layer_types: Vec<String>,
    /// Read and checked; approximation of operators is not done.
    pub skip_approximation_layers: Vec<String>,
    /// `FORCE_FP16_QUANT`.
    pub fakequant_precision_mode: Option<String>,
    /// Layer, input, and how that is quantized.
    pub tensor_quantize: Vec<(String, u64, Calibration)>,
    /// For all layers.
    pub common: Option<Calibration>,
    /// For the layers of a type.
    pub override_layer_types: Vec<(String, Calibration)>,
    /// For a layer.
    pub override_layer_configs: Vec<(String, Calibration)>,
    /// Whether batch normalizations are folded.
    pub do_fusion: bool,
    /// Layers whose batch normalization is not folded.
    pub skip_fusion_layers: Vec<String>,
}

/// How layers are calibrated, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// `arq_quantize { channel_wise }`.
    pub channel_wise: Option<bool>,
    /// `ifmr_quantize` or `hfmg_quantize`.
    pub activation: Option<Activation>,
}

impl Default for Simple {
    fn default() -> Self {
        Self {
            batch_num: 1,
            activation_offset: true,
            joint_quant: false,
            skip_layers: Vec::new(),
            skip_layer_types: Vec::new(),
            skip_approximation_layers: Vec::new(),
            fakequant_precision_mode: None,
            tensor_quantize: Vec::new(),
            common: None,
            override_layer_types: Vec::new(),
            override_layer_configs: Vec::new(),
            do_fusion: true,
            skip_fusion_layers: Vec::new(),
        }
    }
}

/// Reads a `.cfg`.
///
/// # Errors
/// `Parse`, with line and column: no text of protobuf, a field that AMCT does not have, or a value of another kind.
pub fn read_simple(text: &str) -> Result<Simple> {
    let mut simple = Simple::default();
    for field in text::read(text)? {
        let field = &field;
        match field.name {
            "batch_num" => simple.batch_num = int(field)?,
            "activation_offset" => simple.activation_offset = bool(field)?,
            "joint_quant" => simple.joint_quant = bool(field)?,
            "skip_layers" => simple.skip_layers.push(string(field)?),
            "skip_layer_types" => simple.skip_layer_types.push(string(field)?),
            "skip_approximation_layers" => simple.skip_approximation_layers.push(string(field)?),
            "fakequant_precision_mode" => simple.fakequant_precision_mode = mode(field)?,
            "tensor_quantize" => simple.tensor_quantize.push(tensor_quantize(field)?),
            "common_config" => simple.common = Some(calibration(field)?),
            "override_layer_types" => {
                simple
                    .override_layer_types
                    .push(named(field, "layer_type", "OverrideLayerType")?);
            }
            "override_layer_configs" => {
                simple
                    .override_layer_configs
                    .push(named(field, "layer_name", "OverrideLayer")?);
            }
            "do_fusion" => simple.do_fusion = bool(field)?,
            "skip_fusion_layers" => simple.skip_fusion_layers.push(string(field)?),
            _ => return Err(unknown(field, "AMCTConfig")),
        }
    }
    Ok(simple)
}

fn mode(field: &Field<'_>) -> Result<Option<String>> {
    match field.scalar()?.word() {
        Some(mode @ super::FORCE_FP16_QUANT) => Ok(Some(mode.to_owned())),
        Some("DEFAULT") => Ok(None),
        _ => Err(field.error("is no precision mode", "write FORCE_FP16_QUANT, or leave it out")),
    }
}

fn tensor_quantize(field: &Field<'_>) -> Result<(String, u64, Calibration)> {
    let (mut name, mut index, mut found) = (None, 0, Calibration::default());
    for field in field.message()? {
        match field.name {
            "layer_name" => name = Some(string(field)?),
            "input_index" => index = uint(field)?,
            "ifmr_quantize" | "hfmg_quantize" => found.activation = Some(activation(field)?),
            _ => return Err(unknown(field, "TensorQuantize")),
        }
    }
    let name = name.ok_or_else(|| field.error("has no layer_name", "name the layer whose input is meant"))?;
    Ok((name, index, found))
}

fn named(field: &Field<'_>, key: &str, message: &str) -> Result<(String, Calibration)> {
    let (mut name, mut found) = (None, Calibration::default());
    for field in field.message()? {
        match field.name {
            "calibration_config" => found = calibration(field)?,
            other if other == key => name = Some(string(field)?),
            _ => return Err(unknown(field, message)),
        }
    }
    let name = name.ok_or_else(|| field.error(&format!("has no {key}"), "say whom it is for"))?;
    Ok((name, found))
}

fn calibration(field: &Field<'_>) -> Result<Calibration> {
    let mut found = Calibration::default();
    for field in field.message()? {
        match field.name {
            "arq_quantize" => {
                for field in field.message()? {
                    match field.name {
                        "channel_wise" => found.channel_wise = Some(bool(field)?),
                        "quant_bits" if uint(field)? == 8 => {}
                        "quant_bits" => return Err(field.error("must be 8", "weights become INT8")),
                        _ => return Err(unknown(field, "ARQuantize")),
                    }
                }
            }
            "ifmr_quantize" | "hfmg_quantize" => found.activation = Some(activation(field)?),
            "nuq_config" | "nuq_quantize" => {
                return Err(field.error(
                    "is not supported",
                    "non-uniform weights are no INT8; leave it out",
                ));
            }
            _ => return Err(unknown(field, "CalibrationConfig")),
        }
    }
    Ok(found)
}

fn activation(field: &Field<'_>) -> Result<Activation> {
    let is_ifmr = field.name == "ifmr_quantize";
    let message = if is_ifmr { "FMRQuantize" } else { "HFMGQuantize" };
    let mut asymmetric = None;
    let (mut max, mut min, mut start, mut end, mut step, mut bins) =
        (0.999_999, 0.999_999, 0.7, 1.3, 0.01, 4096);
    for field in field.message()? {
        match (is_ifmr, field.name) {
            (_, "asymmetric") => asymmetric = Some(bool(field)?),
            (_, "dst_type") => {
                if field.scalar()?.word() != Some("INT8") {
                    return Err(field.error("must be INT8", "activations become INT8"));
                }
            }
            (true, "search_range_start") => start = float(field)?,
            (true, "search_range_end") => end = float(field)?,
            (true, "search_step") => step = float(field)?,
            (true, "max_percentile") => max = float(field)?,
            (true, "min_percentile") => min = float(field)?,
            (false, "num_of_bins") => bins = uint(field)?,
            _ => return Err(unknown(field, message)),
        }
    }
    let algorithm = if is_ifmr {
        Algorithm::Ifmr {
            max_percentile: max,
            min_percentile: min,
            search_range: (start, end),
            search_step: step,
        }
    } else {
        Algorithm::Hfmg { num_of_bins: bins }
    };
    Ok(Activation {
        asymmetric,
        algorithm,
    })
}

pub(super) fn unknown(field: &Field<'_>, message: &str) -> Error {
    let at = field.position;
    let what = format!(
        "Message type \"{message}\" has no field named \"{}\".",
        field.name
    );
    Error::new(
        Place::from(format!("{}:{} ", at.line, at.column)),
        Problem::Parse(what),
        "",
    )
}

pub(super) fn string(field: &Field<'_>) -> Result<String> {
    let text = field.scalar()?.text().map(str::to_owned);
    text.ok_or_else(|| field.error("is not a text", "write it in quotes"))
}

fn bool(field: &Field<'_>) -> Result<bool> {
    field
        .scalar()?
        .bool()
        .ok_or_else(|| field.error("is no bool", "write true or false"))
}

fn int(field: &Field<'_>) -> Result<i64> {
    field
        .scalar()?
        .int()
        .ok_or_else(|| field.error("is no integer", ""))
}

pub(super) fn uint(field: &Field<'_>) -> Result<u64> {
    field
        .scalar()?
        .uint()
        .ok_or_else(|| field.error("is no integer from 0 on", ""))
}

/// A float of 32 bits, as the f64 that its shortest digits read as.
fn float(field: &Field<'_>) -> Result<f64> {
    let single = field.scalar()?.single().and_then(|x| x.to_string().parse().ok());
    single.ok_or_else(|| field.error("is no number", ""))
}
