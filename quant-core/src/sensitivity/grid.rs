//! What an activation is behind quantization: the nearest real number that an integer of its type stands for.

use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, DType, Graph, Model, TensorId};
use quant_numeric::round::half_away_f32;

use crate::quantized::values::is_quantized;

/// Scale, zero point and ends of an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    scale: f32,
    zero_point: f32,
    low: f32,
    high: f32,
}

impl Grid {
    /// For each tensor of the float graph, what its activation passes in the quantized model; `None` where it stays float.
    /// An activation that the quantized model has as floats passes the QUANTIZE that reads it, or comes out of a DEQUANTIZE.
    pub fn all(float: &Graph, quantized: &Model, twins: &[Option<TensorId>]) -> Vec<Option<Self>> {
        let graph = quantized.main();
        let of = |id: TensorId| {
            let twin = twins[id.0]?;
            if is_quantized(graph.tensor(twin)) {
                return Self::of(graph, twin);
            }
            let made = graph.producer(twin).map(|op| graph.operator(op));
            if let Some(op) = made.filter(|op| op.code.builtin == Builtin::DEQUANTIZE) {
                return Self::of(graph, op.input(0)?);
            }
            let mut readers = graph.readers(twin).iter().map(|reader| graph.operator(*reader));
            let reader = readers.find(|op| op.code.builtin == Builtin::QUANTIZE)?;
            Self::of(graph, *reader.outputs.first()?)
        };
        let activation = |id: TensorId| float.is_input(id) || float.producer(id).is_some();
        let is_float = |id: TensorId| float.tensor(id).dtype == DType::Float32;
        float
            .ids()
            .map(|id| of(id).filter(|_| activation(id) && is_float(id)))
            .collect()
    }

    /// Of a tensor with one scale.
    fn of(graph: &Graph, id: TensorId) -> Option<Self> {
        let tensor = graph.tensor(id);
        let quant = tensor.quant.as_ref()?;
        let (low, high) = match tensor.dtype {
            DType::Int4 => (-8.0, 7.0),
            DType::Uint4 => (0.0, 15.0),
            DType::Int8 => (-128.0, 127.0),
            DType::Uint8 => (0.0, 255.0),
            DType::Int16 => (-32_768.0, 32_767.0),
            _ => return None,
        };
        match quant.scale[..] {
            [scale] if scale > 0.0 => Some(Self {
                scale,
                zero_point: quant.zero_point.first().copied().unwrap_or(0) as f32,
                low,
                high,
            }),
            _ => None,
        }
    }

    /// Puts floats on it: `scale · (q − zero point)` with `q = round(x / scale) + zero point` between its ends.
    pub fn apply(self, value: &mut Value) {
        if let Data::F32(values) = &mut value.data {
            pulp::Arch::new().dispatch(Apply { grid: self, values });
        }
    }
}

struct Apply<'a> {
    grid: Grid,
    values: &'a mut [f32],
}

impl pulp::NullaryFnOnce for Apply<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a function that is not inlined is compiled for every machine only"
    )]
    fn call(self) {
        let Grid {
            scale,
            zero_point,
            low,
            high,
        } = self.grid;
        for x in self.values {
            let q = (half_away_f32(*x / scale) + zero_point).clamp(low, high);
            *x = (q - zero_point) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_that_integers_stand_for() {
        let grid = Grid {
            scale: 0.5,
            zero_point: -120.0,
            low: -128.0,
            high: 127.0,
        };
        let mut value = Value::f32(vec![6], vec![0.2, 0.25, -0.25, 1000.0, -9.0, -1.3]);
        grid.apply(&mut value);
        assert_eq!(value.as_f32().unwrap(), &[0.0, 0.5, -0.5, 123.5, -4.0, -1.5][..]);
    }
}
