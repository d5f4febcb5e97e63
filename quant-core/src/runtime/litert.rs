//! LiteRT (TensorFlow Lite): what of a model it refuses, or computes wrongly.
//!
//! The rules are measured, not read from a manual: `litert.tsv` says in its head with which version, and
//! `tools/make_litert_rules.py` how. Operators and types that were not measured are passed over.

use std::fmt;

use quant_schema::ActivationFunctionType as Activation;

use super::table::{Row, Verdict, rows};
use quant_ir::{Builtin, DType, Graph, Model, Operator, QuantParam, Tensor, TensorId};

/// Input of the weights of every operator that has some.
const WEIGHTS: usize = 1;
/// Input of the bias of CONV_2D and DEPTHWISE_CONV_2D.
const BIAS: usize = 2;

/// Something that LiteRT does not do with an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Number of the graph.
    pub graph: usize,
    /// Number of the operator in its graph.
    pub operator: usize,
    /// Which operator it is.
    pub builtin: Builtin,
    /// Name of its first output.
    pub name: String,
    /// What is wrong.
    pub kind: Kind,
}

/// What is wrong with an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// There is no kernel for these types: the model is refused.
    NoKernel(Types),
    /// There are kernels for versions of the operator from the second to the third number, and not for the first.
    Version(i32, i32, i32),
    /// Inputs and outputs need one scale and zero point, and have several: the result is wrong, or the model refused.
    SameScale(Types),
    /// Outputs need this scale and zero point, and have others: the result is wrong, or the model refused.
    FixedOutput(Types, f32, i64),
    /// It runs, and its result is wrong.
    Wrong(Types),
    /// A constant beside the activations has a scale for each channel, and the first is taken for all.
    ChannelScales(Types),
    /// The activation that is fused into it is not computed, or the model refused.
    Fused(&'static str),
    /// It needs a bias: the model is refused.
    NoBias,
}

/// The types of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types {
    /// Of the activations; two for an operator that converts.
    pub activations: Vec<DType>,
    /// Of the weights, and whether each channel has a scale of its own.
    pub weights: Option<(DType, bool)>,
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.activations.as_slice() {
            [from, to] => write!(f, "{from} to {to}")?,
            types => types.iter().try_for_each(|dtype| write!(f, "{dtype}"))?,
        }
        match self.weights {
            Some((dtype, true)) => write!(f, " with {dtype} weights, a scale for each channel"),
            Some((dtype, false)) => write!(f, " with {dtype} weights"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKernel(types) => write!(f, "no kernel for {types}"),
            Self::Version(has, first, last) => {
                write!(f, "version {has} is none of {first} to {last}, which it has")
            }
            Self::SameScale(types) => write!(f, "wrong in {types} unless inputs and outputs have one scale"),
            Self::FixedOutput(types, scale, zero_point) => {
                write!(
                    f,
                    "wrong in {types} unless outputs have scale {scale:e} and zero point {zero_point}"
                )
            }
            Self::Wrong(types) => write!(f, "computes wrongly in {types}"),
            Self::ChannelScales(types) => {
                write!(f, "wrong in {types} with a constant of a scale for each channel")
            }
            Self::Fused(activation) => write!(f, "no fused {activation}"),
            Self::NoBias => write!(f, "it needs a bias"),
        }
    }
}

/// Everything that LiteRT would refuse or compute wrongly, in the order of the operators; at most one for each.
pub fn check(model: &Model) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, graph) in model.graphs().iter().enumerate() {
        for (number, op) in graph.operators().iter().enumerate() {
            let Some(kind) = violation(model, graph, op) else {
                continue;
            };
            let output = op.outputs.first().map(|id| graph.tensor(*id).name.clone());
            found.push(Violation {
                graph: index,
                operator: number,
                builtin: op.code.builtin,
                name: output.unwrap_or_default(),
                kind,
            });
        }
    }
    found
}

/// The activations of an operator that must have one scale for its result to be right, when LiteRT demands it of this
/// operator in `dtype`.
pub fn same_scale(op: &Operator, dtype: DType) -> Option<Vec<TensorId>> {
    let name = op.code.builtin.name()?;
    let row = rows(name).find(|row| row.activations == dtype.word())?;
    (row.verdict() == Verdict::Same).then(|| members(op, &row))
}

/// Activation inputs, constants among them, and outputs.
fn members(op: &Operator, row: &Row<'_>) -> Vec<TensorId> {
    let inputs = row
        .operands(op.inputs.len())
        .into_iter()
        .filter_map(|at| op.input(at));
    inputs.chain(op.outputs.iter().copied()).collect()
}

fn violation(model: &Model, graph: &Graph, op: &Operator) -> Option<Kind> {
    let name = op.code.builtin.name()?;
    if let Some(activation) = fused(op) {
        return Some(Kind::Fused(activation));
    }
    if matches!(op.code.builtin, Builtin::CONV_2D | Builtin::DEPTHWISE_CONV_2D) && op.input(BIAS).is_none() {
        return Some(Kind::NoBias);
    }
    let mut all = rows(name).peekable();
    let operands = all.peek()?.operands(op.inputs.len());
    let first = operands.into_iter().find_map(|at| op.input(at))?;
    let (input, output) = (graph.tensor(first), graph.tensor(*op.outputs.first()?));
    let between = matches!(op.code.builtin, Builtin::QUANTIZE | Builtin::DEQUANTIZE);
    let types = Types {
        activations: if between {
            vec![input.dtype, output.dtype]
        } else {
            vec![input.dtype]
        },
        weights: weights(model, graph, op, all.peek()?),
    };
    let words: Vec<&str> = types.activations.iter().map(|dtype| dtype.word()).collect();
    let words = words.join(">");
    let kind = types
        .weights
        .map_or("-".to_owned(), |(dtype, channels)| match dtype {
            DType::Float32 => dtype.word().to_owned(),
            _ => format!("{dtype} {}", if channels { "channel" } else { "tensor" }),
        });
    let row = all.find(|row| row.activations == words && row.weights == kind)?;
    if let Some((lowest, highest)) = row.versions
        && !(lowest..=highest).contains(&op.code.version)
    {
        return Some(Kind::Version(op.code.version, lowest, highest));
    }
    let several = |id: &TensorId| {
        let quant = graph.tensor(*id).quant.as_ref();
        quant.is_some_and(|quant| quant.scale.len() > 1)
    };
    match row.verdict() {
        // Quantize and Dequantize know channels.
        Verdict::Any if !between && members(op, &row).iter().any(several) => Some(Kind::ChannelScales(types)),
        Verdict::Any => None,
        Verdict::None => Some(Kind::NoKernel(types)),
        Verdict::Wrong => Some(Kind::Wrong(types)),
        Verdict::Same => {
            let tensors = members(op, &row).into_iter().map(|id| graph.tensor(id));
            // Indices and the like have no scale.
            let scales = tensors.filter(|tensor| tensor.dtype == input.dtype).map(scale);
            let mut scales = scales.collect::<Vec<_>>().into_iter();
            let first = scales.next();
            (!scales.all(|scale| Some(scale) == first)).then_some(Kind::SameScale(types))
        }
        Verdict::Fixed(scale, zero_point) => {
            let fits = op
                .outputs
                .iter()
                .all(|id| fixed(graph.tensor(*id), scale, zero_point));
            (!fits).then_some(Kind::FixedOutput(types, scale, zero_point))
        }
    }
}

/// The fused activation of an operator when LiteRT has none such: kernels clamp, which makes Tanh nothing, and
/// CONCATENATION takes none.
fn fused(op: &Operator) -> Option<&'static str> {
    match op.options.fused_activation() {
        Activation::TANH => Some("TANH"),
        Activation::SIGN_BIT => Some("SIGN_BIT"),
        Activation::NONE => None,
        other if op.code.builtin == Builtin::CONCATENATION => other.variant_name(),
        _ => None,
    }
}

/// Type and granularity of the weights of an operator whose rows have some.
fn weights(model: &Model, graph: &Graph, op: &Operator, row: &Row<'_>) -> Option<(DType, bool)> {
    if row.weights == "-" {
        return None;
    }
    let tensor = graph.tensor(op.input(WEIGHTS)?);
    let channels = tensor.quant.as_ref().is_some_and(|quant| quant.scale.len() > 1);
    // Weights that another operator makes (a DEQUANTIZE) are floats like any.
    let constant = model.is_const(tensor) || tensor.dtype == DType::Float32;
    constant.then_some((tensor.dtype, channels))
}

fn scale(tensor: &Tensor) -> Option<(u32, i64)> {
    let quant = tensor.quant.as_ref()?;
    Some((quant.scale.first()?.to_bits(), zero_point(quant)))
}

fn fixed(tensor: &Tensor, scale: f32, zero: i64) -> bool {
    let quant = tensor.quant.as_ref();
    // The table has nine digits of the scale, which are enough for a float.
    quant.is_some_and(|quant| quant.scale == [scale] && zero_point(quant) == zero)
}

/// An absent zero point is 0.
fn zero_point(quant: &QuantParam) -> i64 {
    quant.zero_point.first().copied().unwrap_or(0)
}
