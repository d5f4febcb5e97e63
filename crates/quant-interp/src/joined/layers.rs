//! Operators that onnxruntime computes on integers: `QLinearConv` and its kin. All that they read and make is of one type,
//! but for weights.

use quant_ir::error::Result;
use quant_ir::value::Data;
use quant_ir::{Builtin, DType, Operator, QuantParam, TensorId};
use quant_numeric::round::half_even_f64;

use super::moves::moves;
use super::{Joining, Parameters};
use crate::constant;

/// What an operator reads.
#[derive(Clone, Copy)]
enum Kind {
    /// An activation, weights whose scales stand along a dimension, perhaps a bias.
    Layer(i32),
    /// Activations alone.
    Activations,
    /// An activation first.
    First,
    /// An image, whose mean is taken.
    Image,
    /// An image, and its parameters are those of the result.
    Resized,
}

const KINDS: &[(Builtin, Kind)] = &[
    (Builtin::ADD, Kind::Activations),
    (Builtin::AVERAGE_POOL_2D, Kind::First),
    (Builtin::BATCH_MATMUL, Kind::Activations),
    (Builtin::CONCATENATION, Kind::Activations),
    (Builtin::CONV_2D, Kind::Layer(0)),
    (Builtin::DEPTHWISE_CONV_2D, Kind::Layer(3)),
    (Builtin::FULLY_CONNECTED, Kind::Layer(0)),
    (Builtin::LEAKY_RELU, Kind::First),
    (Builtin::LOGISTIC, Kind::First),
    (Builtin::MEAN, Kind::Image),
    (Builtin::MUL, Kind::Activations),
    (Builtin::RESIZE_BILINEAR, Kind::Resized),
    (Builtin::SOFTMAX, Kind::First),
];

impl Joining<'_> {
    /// Whether the operator computes on integers, and is put as one that does.
    pub fn layer(&mut self, op: &Operator) -> Result<bool> {
        let kind = KINDS.iter().find(|(of, _)| *of == op.code.builtin);
        let (Some((_, kind)), &[output]) = (kind, op.outputs.as_slice()) else {
            return Ok(false);
        };
        let Some(y) = self.wanted(output) else {
            return Ok(false);
        };
        let fits = |(_, x): &(TensorId, Parameters)| x.dtype == y.dtype && y.is_short();
        let count = if let Kind::Activations = kind {
            op.inputs.len()
        } else {
            1
        };
        let found = op
            .inputs
            .iter()
            .take(count)
            .map(|id| self.activation(*id).filter(fits));
        let Some(found) = found
            .collect::<Option<Vec<_>>>()
            .filter(|found| found.len() == count)
        else {
            return Ok(false);
        };
        let Some((_, x)) = found.first().copied() else {
            return Ok(false);
        };
        let mut inputs = op.inputs.clone();
        for (input, (integers, _)) in inputs.iter_mut().zip(found) {
            *input = Some(integers);
        }
        match kind {
            Kind::Activations | Kind::First => {}
            Kind::Image if self.is_of_image(op)? => {}
            // Between DequantizeLinear and QuantizeLinear it stays float.
            Kind::Resized if x == y && super::unsigned::is_on_integers(self.tensor(output)) => {}
            Kind::Image | Kind::Resized => return Ok(false),
            Kind::Layer(dimension) => {
                let Some((weights, scales)) = self.weights(op.input(1), *dimension) else {
                    return Ok(false);
                };
                inputs[1] = Some(weights);
                if let Some(Some(bias)) = op.inputs.get(2).copied() {
                    let Some(bias) = self.bias(bias, x.scale, &scales)? else {
                        return Ok(false);
                    };
                    inputs[2] = Some(bias);
                }
            }
        }
        self.put(op, inputs, y)?;
        Ok(true)
    }

    /// The parameters that a float value gets behind operators that only move it, when nobody else reads it.
    fn wanted(&self, mut id: TensorId) -> Option<Parameters> {
        let graph = self.old.main();
        loop {
            let &[reader] = graph.readers(id) else {
                return None;
            };
            let op = graph.operator(reader);
            let &[made] = op.outputs.as_slice() else {
                return None;
            };
            if graph.is_output(id) {
                return None;
            }
            if op.code.builtin == Builtin::QUANTIZE {
                return Parameters::of(graph.tensor(made));
            }
            moves(op.code.builtin)?;
            id = made;
        }
    }

    /// Constant weights of 8 bits with one zero point, and their scales.
    fn weights(&self, id: Option<TensorId>, dimension: i32) -> Option<(TensorId, Vec<f32>)> {
        let integers = *self.integers.get(&id?)?;
        let tensor = self.tensor(integers);
        let quant = tensor.quant.as_ref()?;
        let zero = quant.zero_point.first();
        let whole = matches!(tensor.dtype, DType::Int8 | DType::Uint8)
            && self.model.is_const(tensor)
            && quant.zero_point.iter().all(|other| Some(other) == zero)
            && (quant.scale.len() == 1 || quant.quantized_dimension == dimension);
        whole.then(|| (integers, quant.scale.clone()))
    }

    /// The integers of a constant bias; `None` where it is not a multiple of the product of the scales, which onnxruntime adds
    /// in float.
    fn bias(&mut self, id: TensorId, x: f32, weights: &[f32]) -> Result<Option<TensorId>> {
        let Some(value) = constant(&self.model, self.tensor(id))? else {
            return Ok(None);
        };
        let Data::F32(floats) = &value.data else {
            return Ok(None);
        };
        let scales: Vec<f32> = weights.iter().map(|w| x * w).collect();
        let mut integers = Vec::with_capacity(floats.len());
        for (at, b) in floats.iter().enumerate() {
            let Some(scale) = scales.get(if scales.len() == 1 { 0 } else { at }) else {
                return Ok(None);
            };
            let q = half_even_f64(f64::from(*b) / f64::from(*scale));
            let fits = q.abs() <= f64::from(i32::MAX) && q as f32 * scale == *b;
            if !fits {
                return Ok(None);
            }
            integers.extend((q as i32).to_le_bytes());
        }
        let name = self.names.take(&format!("{}/integers", self.tensor(id).name));
        let mut made = self.tensor(id).of_same_shape(name, DType::Int32);
        made.buffer = self.model.add_buffer(integers);
        made.quant = Some(QuantParam {
            zero_point: vec![0; scales.len()],
            scale: scales,
            ..QuantParam::default()
        });
        Ok(Some(self.model.main_mut().add_tensor(made)))
    }

    /// Whether a mean is that of whole images, which stay images of one pixel.
    fn is_of_image(&self, op: &Operator) -> Result<bool> {
        let (Some(x), Some(axes)) = (op.input(0), op.input(1)) else {
            return Ok(false);
        };
        let rank = self.tensor(x).shape.len();
        let kept = op
            .outputs
            .first()
            .is_some_and(|y| self.tensor(*y).shape.len() == rank);
        let axes = constant(&self.model, self.tensor(axes))?.and_then(|value| value.to_i64());
        let between: Vec<i64> = (1..rank.saturating_sub(1)).map(|axis| axis as i64).collect();
        Ok(rank > 2 && kept && axes.is_some_and(|axes| axes == between))
    }
}
