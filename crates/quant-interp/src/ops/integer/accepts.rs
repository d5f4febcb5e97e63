//! What LiteRT refuses of quantized operators, or ends at: types that a kernel lacks, and scales and zero points that it checks.
//! Measured one operator at a time, with ai-edge-litert 2.3.0; kernels here would compute all of it.

use super::profile::Profile;
use quant_ir::{Builtin, DType, Graph, Operator, QuantParam, TensorId};

/// Types of activations that LiteRT's kernels lack.
const LACKING: &[(Builtin, &[DType])] = &[
    (Builtin::ABS, &[DType::Uint8]),
    (Builtin::ARG_MAX, &[DType::Int16]),
    (Builtin::ARG_MIN, &[DType::Int16]),
    (Builtin::BATCH_MATMUL, &[DType::Uint8]),
    (Builtin::ELU, &[DType::Uint8, DType::Int16]),
    (Builtin::EXP, &[DType::Uint8]),
    (Builtin::L2_NORMALIZATION, &[DType::Int16]),
    (Builtin::LOG, &[DType::Uint8]),
    (Builtin::PRELU, &[DType::Int16]),
    (Builtin::REDUCE_PROD, &[DType::Uint8]),
    (Builtin::RELU_0_TO_1, &[DType::Int16]),
    (Builtin::RELU_N1_TO_1, &[DType::Int16]),
    (Builtin::SQUARED_DIFFERENCE, &[DType::Uint8, DType::Int16]),
];

/// Operators without a kernel here of which LiteRT takes some types or parameters alone.
const CHECKED: &[Builtin] = &[
    Builtin::ARG_MAX,
    Builtin::ARG_MIN,
    Builtin::DEQUANTIZE,
    Builtin::QUANTIZE,
];

/// Operators that take 16-bit integers with a zero point, of those that compute.
const ANY_ZERO: &[Builtin] = &[
    Builtin::AVERAGE_POOL_2D,
    Builtin::DIV,
    Builtin::EQUAL,
    Builtin::GELU,
    Builtin::GREATER,
    Builtin::GREATER_EQUAL,
    Builtin::LESS,
    Builtin::LESS_EQUAL,
    Builtin::MAX_POOL_2D,
    Builtin::NEG,
    Builtin::NOT_EQUAL,
    Builtin::PAD,
    Builtin::PADV2,
    Builtin::RESIZE_BILINEAR,
];

/// A quantized tensor.
#[derive(Clone, Copy)]
struct Side<'a> {
    dtype: DType,
    quant: &'a QuantParam,
}

impl Side<'_> {
    fn zero(self) -> i64 {
        self.quant.zero_point.first().copied().unwrap_or(0)
    }

    fn is_symmetric(self) -> bool {
        self.quant.zero_point.iter().all(|zero| *zero == 0)
    }

    /// Whether a scale has no zero point, or the other way round.
    fn is_half(self) -> bool {
        self.quant.scale.len() != self.quant.zero_point.len()
    }

    fn limits(self) -> (i64, i64) {
        match self.dtype {
            DType::Uint8 => (0, 255),
            DType::Int16 => (-32768, 32767),
            _ => (-128, 127),
        }
    }

    /// Whether the scale is `scale`, or within `part` of it, and the zero point `zero`.
    fn is(self, scale: f32, part: f32, zero: i64) -> bool {
        let near = |given: &f32| (given - scale).abs() <= scale * part;
        self.quant.scale.iter().all(near) && self.zero() == zero
    }
}

fn side(graph: &Graph, id: TensorId) -> Option<Side<'_>> {
    let tensor = graph.tensor(id);
    let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty())?;
    Some(Side {
        dtype: tensor.dtype,
        quant,
    })
}

fn operands(op: &Operator) -> impl Iterator<Item = TensorId> {
    op.inputs.iter().flatten().chain(&op.outputs).copied()
}

fn activation(graph: &Graph, id: TensorId) -> Option<Side<'_>> {
    side(graph, id).filter(|side| matches!(side.dtype, DType::Int8 | DType::Uint8 | DType::Int16))
}

/// Why LiteRT does not run an operator that `computes` on integers, or computes something else; `None` when it runs it, and in
/// profiles of others. The profile is that which the operator's kernel is told.
pub fn refusal(graph: &Graph, op: &Operator, profile: Profile, computes: bool) -> Option<&'static str> {
    let builtin = op.code.builtin;
    let of_litert = !profile.is_of_circle() && profile != Profile::Onnxruntime;
    if of_litert
        && operands(op)
            .filter_map(|id| activation(graph, id))
            .any(Side::is_half)
    {
        return Some("LiteRT takes no scale without its zero point");
    }
    let own = matches!(
        builtin,
        Builtin::LSTM | Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM | Builtin::SVDF
    );
    if !of_litert || own || !(computes || CHECKED.contains(&builtin)) {
        return None;
    }
    let input = |at: usize| op.inputs.get(at).copied().flatten();
    let weighted = match builtin {
        Builtin::CONV_2D | Builtin::DEPTHWISE_CONV_2D | Builtin::FULLY_CONNECTED => Some((0, 2)),
        Builtin::TRANSPOSE_CONV => Some((2, 3)),
        _ => None,
    };
    let read: Vec<TensorId> = match weighted {
        Some((x, _)) => input(x).into_iter().collect(),
        None => op.inputs.iter().flatten().copied().collect(),
    };
    let read: Vec<Side<'_>> = read.into_iter().filter_map(|id| activation(graph, id)).collect();
    let made: Vec<Side<'_>> = op
        .outputs
        .iter()
        .filter_map(|id| activation(graph, *id))
        .collect();
    let ends = || read.iter().chain(&made);
    let first = ends().next()?.dtype;
    if builtin == Builtin::ELU && profile == Profile::LitertReference {
        return Some("LiteRT's reference kernels have none for ELU");
    }
    if LACKING
        .iter()
        .any(|(of, types)| *of == builtin && types.contains(&first))
    {
        return Some("LiteRT has no kernel of this type");
    }
    let converts = matches!(builtin, Builtin::QUANTIZE | Builtin::DEQUANTIZE);
    let widens = builtin == Builtin::SOFTMAX && first != DType::Int16;
    let other = |side: &Side<'_>| side.dtype != first && !(widens && side.dtype == DType::Int16);
    if !converts && ends().any(other) {
        return Some("LiteRT takes activations of one type alone");
    }
    if ends().any(|side| side.quant.scale.contains(&0.0)) {
        return Some("LiteRT takes no activation of scale 0");
    }
    let shifted = |side: &Side<'_>| side.dtype == DType::Int16 && !side.is_symmetric();
    if !ANY_ZERO.contains(&builtin) && ends().any(shifted) && !widens {
        return Some("LiteRT takes 16-bit integers without a zero point alone");
    }
    let delegated = profile == Profile::Xnnpack;
    let beyond = |side: &Side<'_>| !(side.limits().0..=side.limits().1).contains(&side.zero());
    if delegated && ends().any(beyond) {
        return Some("XNNPACK takes no zero point that is no integer of the type");
    }
    if let Some((x, bias)) = weighted {
        let (filter, bias) = (input(1), input(bias));
        return input(x)
            .and_then(|id| activation(graph, id))
            .and_then(|x| of_weights(x, filter.and_then(|id| side(graph, id))))
            .or_else(|| of_bias(bias.and_then(|id| side(graph, id))));
    }
    made.first().and_then(|y| of_output(builtin, *y, delegated))
}

/// Filters are read as what the activations say they are.
fn of_weights(x: Side<'_>, filter: Option<Side<'_>>) -> Option<&'static str> {
    let filter = filter?;
    let zeros = &filter.quant.zero_point;
    if filter.dtype == DType::Int16 || zeros.iter().any(|zero| Some(zero) != zeros.first()) {
        // No kernel here has these, as they say.
        return None;
    }
    let bytes = filter.dtype == DType::Uint8;
    if (x.dtype == DType::Uint8) != bytes {
        return Some("LiteRT takes weights of uint8 beside activations of uint8, and there alone");
    }
    if bytes && filter.quant.scale.len() > 1 {
        return Some("LiteRT takes one scale for the weights of uint8");
    }
    (!bytes && !filter.is_symmetric()).then_some("LiteRT takes no zero point of signed weights")
}

/// FULLY_CONNECTED without XNNPACK would leave it out.
fn of_bias(bias: Option<Side<'_>>) -> Option<&'static str> {
    bias.filter(|bias| !bias.is_symmetric())
        .map(|_| "LiteRT takes no zero point of a bias")
}

/// Outputs whose scale the kernels know.
fn of_output(builtin: Builtin, y: Side<'_>, delegated: bool) -> Option<&'static str> {
    let (low, high) = y.limits();
    let middle = if y.dtype == DType::Uint8 { 128 } else { 0 };
    let wide = y.dtype == DType::Int16;
    let right = match builtin {
        _ if delegated => true,
        Builtin::LOGISTIC if wide => y.is(1.0 / 32768.0, 0.0, 0),
        // A zero point is looked at by no kernel.
        Builtin::LOGISTIC => y.is(1.0 / 256.0, 0.0, y.zero()),
        Builtin::TANH if wide => y.is(1.0 / 32768.0, 0.001, 0),
        Builtin::SOFTMAX if y.dtype == DType::Int8 => y.is(1.0 / 256.0, 0.001, low),
        Builtin::LOG_SOFTMAX => y.is(1.0 / 16.0, 0.0, high),
        Builtin::L2_NORMALIZATION => y.is(1.0 / 128.0, 0.0, middle),
        _ => true,
    };
    (!right).then_some("LiteRT has one scale and zero point for its output, and these are others")
}
