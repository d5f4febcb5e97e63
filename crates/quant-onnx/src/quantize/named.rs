//! Options by the names that onnxruntime gives them.

use quant_ir::{Error, Problem, Result};
use serde_json::Value;

use super::blockwise::{BlockFormat, BlockOptions};
use super::integer::Integer;
use super::options::{Format, Options, Override};

impl Options {
    /// Sets an argument of `quantize_static` or `quantize_dynamic`, or one of its `extra_options`, by its name there. Those
    /// of calibration are left to [`super::calibrate::Calibration::set`], which says whether it knows one.
    ///
    /// # Errors
    /// `Parse`: there is no option of that name, or its value is of another kind; `Unsupported`: onnxruntime has it, and we have
    /// not.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        match lacking(name, value) {
            Some(hint) => {
                let problem = Problem::Unsupported(format!("`{name}` of {value}"));
                Err(Error::new("options", problem, hint))
            }
            None => self.take(name, value).ok_or_else(|| refused(name, value)),
        }
    }

    fn take(&mut self, name: &str, value: &Value) -> Option<()> {
        match name {
            "BlockSize" | "SmoothQuant" => {}
            "quant_format" => self.format = format(value.as_str()?)?,
            "activation_type" => self.activation = Integer::named(value.as_str()?)?,
            "weight_type" => self.weight = Integer::named(value.as_str()?)?,
            "per_channel" => self.per_channel = value.as_bool()?,
            "reduce_range" => self.reduce_range = value.as_bool()?,
            "op_types_to_quantize" => self.op_types = texts(value)?,
            "nodes_to_quantize" => self.nodes = texts(value)?,
            "nodes_to_exclude" => self.excluded = texts(value)?,
            "ActivationSymmetric" => self.activation_symmetric = value.as_bool()?,
            "ActivationRestrictedAsymmetric" => self.restricted = value.as_bool()?,
            "WeightSymmetric" => self.weight_symmetric = optional(value, Value::as_bool)?,
            "MinimumRealRange" => self.shortest = optional(value, Value::as_f64)?,
            "AddQDQPairToWeight" => self.pair_to_weight = value.as_bool()?,
            "DedicatedQDQPair" => self.dedicated = value.as_bool()?,
            "OpTypesToExcludeOutputQuantization" => self.float_outputs = texts(value)?,
            "QDQOpTypePerChannelSupportToAxis" => {
                let axes = value.as_object()?.iter();
                let axes = axes.map(|(op, axis)| Some((op.clone(), axis.as_i64()?)));
                self.axes = axes.collect::<Option<_>>()?;
            }
            "QDQKeepRemovableActivations" => self.keep_activations = value.as_bool()?,
            "QDQDisableWeightAdjustForInt32Bias" => self.no_adjustment = value.as_bool()?,
            "QuantizeBias" => self.quantize_bias = value.as_bool()?,
            "ForceQuantizeNoInputCheck" => self.force = value.as_bool()?,
            "MatMulConstBOnly" => self.const_b_only = Some(value.as_bool()?),
            "UseQDQContribOps" => self.contrib = value.as_bool()?,
            "use_external_data_format" => self.external_data = value.as_bool()?,
            "EnableSubgraph" => self.subgraphs = value.as_bool()?,
            "TensorQuantOverrides" => {
                let tensors = value.as_object()?.iter();
                let tensors = tensors.map(|(tensor, all)| {
                    let all = all.as_array()?.iter().map(tensor_override);
                    Some((tensor.clone(), all.collect::<Option<_>>()?))
                });
                self.overrides = tensors.collect::<Option<_>>()?;
            }
            _ => return None,
        }
        Some(())
    }
}

impl BlockOptions {
    /// Sets an argument of `MatMulNBitsQuantizer` by its name there.
    ///
    /// # Errors
    /// `Parse`: there is no option of that name, or its value is of another kind.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        self.take(name, value).ok_or_else(|| refused(name, value))
    }

    fn take(&mut self, name: &str, value: &Value) -> Option<()> {
        match name {
            "bits" => self.bits = u32::try_from(value.as_u64()?).ok()?,
            "block_size" => self.block_size = usize::try_from(value.as_u64()?).ok()?,
            "is_symmetric" => self.symmetric = value.as_bool()?,
            "accuracy_level" => self.accuracy_level = optional(value, Value::as_i64)?,
            "nodes_to_exclude" => self.excluded = texts(value)?,
            "nodes_to_include" => self.nodes = texts(value)?,
            "quant_format" => {
                self.format = match format(value.as_str()?)? {
                    Format::Qdq => BlockFormat::Qdq,
                    Format::QOperator => BlockFormat::QOperator,
                    Format::Dynamic => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// What onnxruntime has and we have not, with what to do instead.
fn lacking(name: &str, value: &Value) -> Option<&'static str> {
    let narrow = |value: &Value| {
        let types = ["qint4", "quint4", "qint2", "quint2"];
        value
            .as_str()
            .is_some_and(|found| types.iter().any(|one| one.eq_ignore_ascii_case(found)))
    };
    let float = |value: &Value| {
        value
            .as_str()
            .is_some_and(|found| found.to_ascii_lowercase().starts_with("qfloat8"))
    };
    let of_overrides = |name: &str| {
        let tensors = value.as_object().into_iter().flat_map(serde_json::Map::values);
        let entries = tensors.filter_map(Value::as_array).flatten();
        entries.filter_map(|entry| entry.get(name)).collect::<Vec<_>>()
    };
    match name {
        "BlockSize" if value.as_i64() != Some(0) => {
            Some("weights of MatMul in blocks are `--format matmul-nbits`")
        }
        "activation_type" | "weight_type" if narrow(value) => {
            Some("4 bits are for weights of MatMul in blocks: `--format matmul-nbits`")
        }
        "activation_type" | "weight_type" if float(value) => Some("take integers of 8 or 16 bits"),
        "TensorQuantOverrides"
            if of_overrides("quant_type")
                .into_iter()
                .any(|of| narrow(of) || float(of)) =>
        {
            Some("`quant_type` is of 8 or 16 bits")
        }
        "TensorQuantOverrides" if !of_overrides("convert").is_empty() => {
            Some("leave `convert` out, and give the tensor one type")
        }
        "SmoothQuant" if value == &Value::Bool(false) => None,
        _ if name.starts_with("SmoothQuant") => Some("smooth the model before it is quantized"),
        _ => None,
    }
}

fn refused(name: &str, value: &Value) -> Error {
    let problem = Problem::Parse(format!("`{name}` cannot be {value}"));
    Error::new(
        "options",
        problem,
        "docs/onnx-to-onnx.md lists the options, with onnxruntime's names",
    )
}

fn format(name: &str) -> Option<Format> {
    let all = [
        ("qdq", Format::Qdq),
        ("qoperator", Format::QOperator),
        ("dynamic", Format::Dynamic),
    ];
    let mut all = all.into_iter();
    all.find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, format)| format)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    if let Some(one) = value.as_str() {
        return Some(one.split(',').map(str::to_owned).collect());
    }
    let texts = value.as_array()?.iter();
    texts.map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// A value, or none for `null`.
#[allow(clippy::option_option)] // outside: whether it could be read
fn optional<T>(value: &Value, of: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() {
        Some(None)
    } else {
        of(value).map(Some)
    }
}

fn tensor_override(value: &Value) -> Option<Override> {
    let entries = value.as_object()?;
    let mut own = Override::default();
    let number = |name: &str| entries.get(name).map(|value| value.as_f64().map(|x| x as f32));
    let (scale, zero_point) = (number("scale"), entries.get("zero_point").map(Value::as_i64));
    if let (Some(scale), Some(zero_point)) = (scale, zero_point) {
        own.params = Some((scale?, i32::try_from(zero_point?).ok()?));
    } else if scale.is_some() || zero_point.is_some() {
        return None;
    }
    for (name, value) in entries {
        match name.as_str() {
            "quant_type" => own.integer = Some(Integer::named(value.as_str()?)?),
            "symmetric" => own.symmetric = Some(value.as_bool()?),
            "reduce_range" => own.reduced = Some(value.as_bool()?),
            "rmin" => own.low = Some(value.as_f64()? as f32),
            "rmax" => own.high = Some(value.as_f64()? as f32),
            "axis" => own.axis = Some(value.as_i64()?),
            "scale" | "zero_point" => {}
            _ => return None,
        }
    }
    Some(own)
}
