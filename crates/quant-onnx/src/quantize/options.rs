//! What can be asked of a quantization, by the names of onnxruntime's options.

use std::collections::BTreeMap;

use quant_ir::Result;

use super::integer::Integer;
use super::words::unsupported;

/// How a quantized model says what is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Float operators between `QuantizeLinear` and `DequantizeLinear`.
    #[default]
    Qdq,
    /// Operators on integers (`QLinearConv`).
    QOperator,
    /// Operators on integers whose activations are quantized when the model runs (`ConvInteger`).
    Dynamic,
}

/// What is asked of one tensor, or of one channel of it: an entry of `TensorQuantOverrides`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Override {
    /// Its integers.
    pub integer: Option<Integer>,
    /// Its scale and zero point, as they are.
    pub params: Option<(f32, i32)>,
    /// Whether its range is the same to both sides.
    pub symmetric: Option<bool>,
    /// Whether a bit stays unused.
    pub reduced: Option<bool>,
    /// Lower end of its range.
    pub low: Option<f32>,
    /// Upper end of its range.
    pub high: Option<f32>,
    /// The axis of its channels.
    pub axis: Option<i64>,
}

/// Options of `quantize_static` and `quantize_dynamic`; what is not set is as there.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // onnxruntime's options, one for one
pub struct Options {
    /// `quant_format`, or dynamic.
    pub format: Format,
    /// `activation_type`.
    pub activation: Integer,
    /// `weight_type`.
    pub weight: Integer,
    /// `per_channel`: a scale for each channel of a weight.
    pub per_channel: bool,
    /// `reduce_range`: weights leave a bit unused.
    pub reduce_range: bool,
    /// `op_types_to_quantize`; empty: onnxruntime's own list.
    pub op_types: Vec<String>,
    /// `nodes_to_quantize`; empty: all.
    pub nodes: Vec<String>,
    /// `nodes_to_exclude`.
    pub excluded: Vec<String>,
    /// `ActivationSymmetric`.
    pub activation_symmetric: bool,
    /// `WeightSymmetric`; none: weights of signed integers are.
    pub weight_symmetric: Option<bool>,
    /// `ActivationRestrictedAsymmetric`: unsigned 8-bit activations have the zero point 0 or 128.
    pub restricted: bool,
    /// `MinimumRealRange`: the shortest range.
    pub shortest: Option<f64>,
    /// `AddQDQPairToWeight`: weights stay float and are quantized when the model runs.
    pub pair_to_weight: bool,
    /// `DedicatedQDQPair`: each reader of a tensor has a pair of its own.
    pub dedicated: bool,
    /// `OpTypesToExcludeOutputQuantization`.
    pub float_outputs: Vec<String>,
    /// `QDQOpTypePerChannelSupportToAxis`.
    pub axes: BTreeMap<String, i64>,
    /// `QDQKeepRemovableActivations`: Relu and Clip stay.
    pub keep_activations: bool,
    /// `QDQDisableWeightAdjustForInt32Bias`.
    pub no_adjustment: bool,
    /// `QuantizeBias`.
    pub quantize_bias: bool,
    /// `ForceQuantizeNoInputCheck`: operators that pass values on are quantized also behind float ones.
    pub force: bool,
    /// `MatMulConstBOnly`; none: in dynamic models.
    pub const_b_only: Option<bool>,
    /// `UseQDQContribOps`: pairs in the domain `com.microsoft`.
    pub contrib: bool,
    /// `EnableSubgraph`.
    pub subgraphs: bool,
    /// `use_external_data_format`: whoever writes the model puts its tensors beside it.
    pub external_data: bool,
    /// `TensorQuantOverrides`.
    pub overrides: BTreeMap<String, Vec<Override>>,
    /// Reproduces what onnxruntime gets wrong, too.
    pub faithful: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Qdq,
            activation: Integer::I8,
            weight: Integer::I8,
            per_channel: false,
            reduce_range: false,
            op_types: Vec::new(),
            nodes: Vec::new(),
            excluded: Vec::new(),
            activation_symmetric: false,
            weight_symmetric: None,
            restricted: false,
            shortest: None,
            pair_to_weight: false,
            dedicated: false,
            float_outputs: Vec::new(),
            axes: BTreeMap::new(),
            keep_activations: false,
            no_adjustment: false,
            quantize_bias: true,
            force: false,
            const_b_only: None,
            contrib: false,
            subgraphs: false,
            external_data: false,
            overrides: BTreeMap::new(),
            faithful: false,
        }
    }
}

/// Operators that static quantization takes when none are named.
const STATIC: [&str; 34] = [
    "Add",
    "ArgMax",
    "AveragePool",
    "BatchNormalization",
    "Clip",
    "Concat",
    "Conv",
    "ConvTranspose",
    "CumSum",
    "EmbedLayerNormalization",
    "Flatten",
    "Gather",
    "GatherElements",
    "Gemm",
    "GlobalAveragePool",
    "InstanceNormalization",
    "LayerNormalization",
    "LeakyRelu",
    "MatMul",
    "MaxPool",
    "Mul",
    "Pad",
    "Relu",
    "Reshape",
    "Resize",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "TopK",
    "Transpose",
    "Unsqueeze",
    "Where",
];

/// Operators that dynamic quantization takes when none are named.
const DYNAMIC: [&str; 7] = [
    "Attention",
    "Conv",
    "EmbedLayerNormalization",
    "Gather",
    "LSTM",
    "MatMul",
    "Transpose",
];

/// Operators that are quantized when none are named.
pub fn default_op_types(format: Format) -> &'static [&'static str] {
    match format {
        Format::Dynamic => &DYNAMIC,
        Format::Qdq | Format::QOperator => &STATIC,
    }
}

impl Options {
    /// Whether operators of that type are quantized.
    pub fn takes_op(&self, op: &str) -> bool {
        if self.op_types.is_empty() {
            default_op_types(self.format).contains(&op)
        } else {
            self.op_types.iter().any(|taken| taken == op)
        }
    }

    /// Whether a node is quantized, by its type and its name.
    pub fn takes(&self, op: &str, name: &str) -> bool {
        let named = self.nodes.is_empty() || self.nodes.iter().any(|node| node == name);
        named
            && self.takes_op(op)
            && !matches!(op, "QuantizeLinear" | "DequantizeLinear")
            && !self.excluded.iter().any(|node| node == name)
    }

    /// Whether weights of these integers have ranges that are the same to both sides.
    pub fn symmetric_weight(&self, integer: Integer) -> bool {
        self.weight_symmetric.unwrap_or_else(|| integer.signed())
    }

    /// Whether some tensor gets integers of 16 bits.
    pub fn wide(&self) -> bool {
        let others = self.overrides.values().flatten().filter_map(|one| one.integer);
        let types = [self.activation, self.weight].into_iter().chain(others);
        types.into_iter().any(Integer::wide)
    }

    /// # Errors
    /// `Unsupported`: options that do not go together.
    pub fn check(&self) -> Result<()> {
        if self.format != Format::Dynamic && self.activation == Integer::I8 && self.weight == Integer::U8 {
            let hint = "take unsigned activations, or signed weights";
            return Err(unsupported("signed activations with unsigned weights", hint));
        }
        if self.format != Format::Qdq && self.wide() {
            let hint = "16-bit integers stand between QuantizeLinear and DequantizeLinear: `--format qdq`";
            return Err(unsupported("operators on 16-bit integers", hint));
        }
        Ok(())
    }
}
