//! What a scheme makes of a model: the integers of each weight and the parameters of each activation.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, Graph, Model, OpId, QuantParam, Tensor, TensorId};
use quant_numeric::round::half_away_f32;

use super::layer::size;
use crate::quantized::values::{dequantized, is_quantized};

/// The grid of an activation.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Real distance of two integers.
    pub scale: f32,
    /// The integer that means 0.
    pub zero_point: i64,
    /// The integers that there are.
    pub limits: (i64, i64),
}

impl Grid {
    /// The real number that a value becomes.
    pub fn fake(&self, x: f32) -> f32 {
        let (low, high) = self.limits;
        let q = half_away_f32(x / self.scale) + self.zero_point as f32;
        (q.clamp(low as f32, high as f32) - self.zero_point as f32) * self.scale
    }
}

/// The integers of a weight tensor.
#[derive(Clone, Debug)]
pub struct Integers {
    /// What they mean.
    pub reals: Vec<f32>,
    /// Their scales, one or one for each index of a dimension.
    pub scales: Vec<f32>,
    /// The zero points.
    pub zero_points: Vec<i64>,
    /// Elements behind one index of that dimension.
    inner: usize,
    /// The integers that there are.
    pub limits: (i64, i64),
    /// Bits of one.
    pub bits: u32,
}

impl Integers {
    /// One scale, and integers between −`high` and `high`.
    #[cfg(test)]
    pub fn symmetric(scale: f32, high: i64) -> Self {
        Self {
            reals: Vec::new(),
            scales: vec![scale],
            zero_points: vec![0],
            inner: 1,
            limits: (-high, high),
            bits: 4,
        }
    }

    /// Which scale an element has.
    pub fn channel(&self, at: usize) -> usize {
        at / self.inner % self.scales.len()
    }

    /// Whether 0 is in the middle.
    pub fn is_symmetric(&self) -> bool {
        self.limits.0 == -self.limits.1
    }
}

/// What a scheme makes of a float model.
pub struct Numbers {
    /// The grids of activations, by their ids in the float model.
    pub activations: Vec<Option<Grid>>,
    /// The integers of constants, in the same way.
    pub weights: Vec<Option<Integers>>,
}

impl Numbers {
    /// Of a float model, and what a scheme made of it. Tensors have the same names in both, or a name of their own behind
    /// Quantize or before Dequantize.
    ///
    /// # Errors
    /// Parameters that do not fit.
    pub fn of(float: &Model, made: &Model) -> Result<Self> {
        let graph = made.main();
        let mut names: BTreeMap<&str, TensorId> = BTreeMap::new();
        for id in graph.ids() {
            names.entry(&graph.tensor(id).name).or_insert(id);
        }
        let mut all = Self::none(float);
        for (index, tensor) in float.main().tensors().iter().enumerate() {
            let Some(id) = names.get(tensor.name.as_str()).copied() else {
                continue;
            };
            if tensor.dtype != DType::Float32 {
                continue;
            }
            if float.is_const(tensor) {
                all.weights[index] = integers(made, graph.tensor(id), tensor)?;
            } else {
                let id = quantized(graph, id);
                all.activations[index] = id.and_then(|id| grid(graph.tensor(id)));
            }
        }
        Ok(all)
    }

    /// Of a scheme that makes nothing of it.
    pub fn none(float: &Model) -> Self {
        let count = float.main().tensors().len();
        Self {
            activations: vec![None; count],
            weights: vec![None; count],
        }
    }

    /// Whether there is a weight among them.
    pub fn has_weights(&self) -> bool {
        self.weights.iter().any(Option::is_some)
    }
}

/// The tensor of the integers of an activation.
fn quantized(graph: &Graph, id: TensorId) -> Option<TensorId> {
    let integers = |id: &TensorId| is_quantized(graph.tensor(*id));
    let is = |op: &OpId, builtin: Builtin| graph.operator(*op).code.builtin == builtin;
    if integers(&id) {
        return Some(id);
    }
    let made = graph.producer(id).filter(|op| is(op, Builtin::DEQUANTIZE));
    let from = made.and_then(|op| graph.operator(op).input(0)).filter(integers);
    from.or_else(|| {
        let reader = graph.readers(id).iter().find(|op| is(op, Builtin::QUANTIZE))?;
        graph.operator(*reader).outputs.first().copied().filter(integers)
    })
}

fn grid(tensor: &Tensor) -> Option<Grid> {
    let quant = tensor.quant.as_ref()?;
    let limits = match tensor.dtype {
        DType::Int8 => (-128, 127),
        DType::Uint8 => (0, 255),
        DType::Int16 => (-32768, 32767),
        _ => return None,
    };
    match quant.scale[..] {
        [scale] if scale > 0.0 => Some(Grid {
            scale,
            zero_point: quant.zero_point.first().copied().unwrap_or(0),
            limits,
        }),
        _ => None,
    }
}

/// The integers that a constant became, of up to 16 bits; those of biases are too fine to matter.
fn integers(made: &Model, tensor: &Tensor, float: &Tensor) -> Result<Option<Integers>> {
    let QuantParam {
        scale,
        zero_point,
        quantized_dimension,
        ..
    } = match &tensor.quant {
        Some(quant) if is_quantized(tensor) && tensor.shape == float.shape => quant,
        _ => return Ok(None),
    };
    let symmetric = zero_point.iter().all(|zero| *zero == 0);
    let (bits, limits) = match tensor.dtype {
        DType::Int2 => (2, (-1, 1)),
        DType::Int4 if symmetric => (4, (-7, 7)),
        DType::Int4 => (4, (-8, 7)),
        DType::Uint4 => (4, (0, 15)),
        DType::Int8 if symmetric => (8, (-127, 127)),
        DType::Int8 => (8, (-128, 127)),
        DType::Uint8 => (8, (0, 255)),
        DType::Int16 => (16, (-32767, 32767)),
        _ => return Ok(None),
    };
    let Some(reals) = dequantized(made, tensor)? else {
        return Ok(None);
    };
    let axis = usize::try_from(*quantized_dimension).unwrap_or(0);
    let inner: usize = tensor.shape.iter().skip(axis + 1).map(|d| size(*d)).product();
    let one = scale.len() == 1;
    let mut zero_points = zero_point.clone();
    zero_points.resize(scale.len(), 0);
    Ok(Some(Integers {
        reals,
        scales: scale.clone(),
        zero_points,
        inner: if one { 1 } else { inner.max(1) },
        limits,
        bits,
    }))
}
