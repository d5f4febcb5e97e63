//! Pairs of QuantizeLinear and DequantizeLinear, and DequantizeLinear of constants, become parameters.

use std::collections::BTreeMap;

use super::super::values;
use super::wrong::wrong;
use crate::quantize::constant::{self, BufferUses};
use quant_interp::constant as value;
use quant_interp::ops;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::flexbuffers;
use quant_ir::{Builtin, DType, Model, QuantParam, TensorId};
use quant_numeric::round::half_away_f32;

const QUANTIZE: &str = "ONNXQuantizeLinear";
const DEQUANTIZE: &str = "ONNXDequantizeLinear";

/// Collapses all of them.
pub fn pairs(model: &mut Model) -> Result<()> {
    let mut uses = BufferUses::of(model);
    // What others read in the place of what a DequantizeLinear makes.
    let mut through: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    for mut op in model.main_mut().take_operators() {
        for read in op.inputs.iter_mut().flatten() {
            *read = through.get(read).copied().unwrap_or(*read);
        }
        let at = model.main_mut().push(op)?.0;
        if is(model, at, DEQUANTIZE) {
            let onto = dequantize(model, &mut uses, at)?;
            let output = model.main().operators()[at].outputs.first();
            through.extend(output.map(|output| (*output, onto)));
        }
    }
    let read_as = |id: TensorId| through.get(&id).copied().unwrap_or(id);
    let outputs = model.main().outputs().iter().map(|id| read_as(*id)).collect();
    model.main_mut().set_outputs(outputs)?;
    model.redirect_signatures(read_as);
    let left = (0..model.main().operators().len()).filter(|op| is(model, *op, QUANTIZE));
    let graph = model.main();
    for op in left {
        for output in &graph.operators()[op].outputs {
            let mut readers = graph.readers(*output).iter();
            let read = readers.any(|reader| !named(graph.operator(*reader), DEQUANTIZE));
            if read || graph.is_output(*output) {
                return Err(wrong(
                    model,
                    op,
                    "its integers are read by something else than a DequantizeLinear",
                ));
            }
        }
    }
    model
        .main_mut()
        .retain(|_, op| !named(op, QUANTIZE) && !named(op, DEQUANTIZE));
    Ok(())
}

fn named(op: &quant_ir::Operator, name: &str) -> bool {
    op.code.builtin == Builtin::CUSTOM && op.code.custom.as_deref() == Some(name)
}

fn is(model: &Model, op: usize, name: &str) -> bool {
    named(&model.main().operators()[op], name)
}

/// Scales and zero points that an operator reads, and the type of the integers.
#[derive(PartialEq)]
struct Linear {
    scale: Vec<f32>,
    zero_point: Vec<i64>,
    dtype: DType,
}

impl Linear {
    fn of(model: &Model, op: usize) -> Result<Self> {
        let (graph, operator) = (model.main(), &model.main().operators()[op]);
        let scale = operator.input(1).and_then(|id| model.f32_data(graph.tensor(id)));
        let scale = scale.filter(|scale| !scale.is_empty());
        let scale = scale.ok_or_else(|| wrong(model, op, "its scale is not a float32 constant"))?;
        if let Some(bad) = scale.iter().find(|scale| !(scale.is_finite() && **scale > 0.0)) {
            return Err(wrong(model, op, format!("{bad} is no scale")));
        }
        let Some(id) = operator.input(2) else {
            // Without zero points they are 0, and uint8 is ONNX's type.
            let given = operator.input(0).map(|id| graph.tensor(id).dtype);
            let dtype = given.filter(|dtype| *dtype != DType::Float32);
            return Ok(Self {
                zero_point: vec![0; scale.len()],
                scale,
                dtype: dtype.unwrap_or(DType::Uint8),
            });
        };
        let tensor = graph.tensor(id);
        let zero_point = values::map(model, tensor, |_, q| q)?;
        let zero_point = zero_point.ok_or_else(|| wrong(model, op, "its zero point is not a constant"))?;
        if zero_point.len() != scale.len() {
            let (scales, zero_points) = (scale.len(), zero_point.len());
            return Err(wrong(
                model,
                op,
                format!("it has {scales} scales and {zero_points} zero points"),
            ));
        }
        let dtype = tensor.dtype;
        Ok(Self {
            scale,
            zero_point,
            dtype,
        })
    }
}

/// Gives the tensor behind a DequantizeLinear its parameters; that tensor takes the place of the output.
fn dequantize(model: &mut Model, uses: &mut BufferUses, op: usize) -> Result<TensorId> {
    let linear = Linear::of(model, op)?;
    let operator = &model.main().operators()[op];
    let Some(integers) = operator.input(0) else {
        return Err(wrong(model, op, "it has no input"));
    };
    let axis = operator
        .custom_options
        .as_deref()
        .and_then(|bytes| flexbuffers::find(bytes, "axis")?.int());
    let rank = model.main().tensor(integers).shape.len() as i64;
    let axis = axis.unwrap_or(0);
    let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
    if model.is_const(model.main().tensor(integers)) {
        constant_integers(model, uses, op, integers, linear, axis)?;
        return Ok(integers);
    }
    let producer = model.main().producer(integers).map(|producer| producer.0);
    let Some(quantize) = producer.filter(|producer| is(model, *producer, QUANTIZE)) else {
        return Err(wrong(
            model,
            op,
            "it reads neither a constant nor a QuantizeLinear",
        ));
    };
    if linear != Linear::of(model, quantize)? {
        return Err(wrong(
            model,
            op,
            "its scale and zero point are not those of its QuantizeLinear",
        ));
    }
    let per_tensor = linear.scale.len() == 1;
    let Some(source) = model.main().operators()[quantize].input(0).filter(|_| per_tensor) else {
        return Err(wrong(model, op, "an activation has one scale and zero point"));
    };
    let quant = QuantParam {
        scale: linear.scale.clone(),
        zero_point: linear.zero_point.clone(),
        ..QuantParam::default()
    };
    let tensor = model.main().tensor(source);
    if values::is_quantized(tensor) {
        // Another pair has been here.
        let same = tensor.dtype == linear.dtype
            && tensor
                .quant
                .as_ref()
                .is_some_and(|old| (&old.scale, &old.zero_point) == (&quant.scale, &quant.zero_point));
        let what = "its input has other parameters from another pair";
        return if same {
            Ok(source)
        } else {
            Err(wrong(model, op, what))
        };
    }
    if !matches!(linear.dtype, DType::Uint8 | DType::Int16) {
        return Err(wrong(
            model,
            op,
            format!("{} is no type for activations", linear.dtype),
        ));
    }
    if model.is_const(tensor) {
        constant_floats(model, uses, op, source, &linear)?;
    } else {
        model.main_mut().tensor_mut(source).dtype = linear.dtype;
    }
    model.main_mut().tensor_mut(source).quant = Some(quant);
    Ok(source)
}

/// A constant keeps its integers; uint8 below 16 becomes uint4, or int4 when every zero point is 8. The zero points of
/// int4 stay 8, as the original has it.
fn constant_integers(
    model: &mut Model,
    uses: &mut BufferUses,
    op: usize,
    id: TensorId,
    linear: Linear,
    axis: i64,
) -> Result<()> {
    let tensor = model.main().tensor(id);
    let quant = QuantParam {
        scale: linear.scale,
        zero_point: linear.zero_point,
        quantized_dimension: i32::try_from(axis).unwrap_or(-1),
        ..QuantParam::default()
    };
    let dim = usize::try_from(axis).ok().and_then(|axis| tensor.shape.get(axis));
    let count = quant.scale.len();
    if count > 1 && dim.is_none_or(|dim| usize::try_from(*dim) != Ok(count)) {
        let what = format!("{count} scales along axis {axis} of shape {:?}", tensor.shape);
        return Err(wrong(model, op, what));
    }
    if let Some(old) = &tensor.quant
        && !old.scale.is_empty()
    {
        let what = "its constant has other parameters from another DequantizeLinear";
        return if *old == quant {
            Ok(())
        } else {
            Err(wrong(model, op, what))
        };
    }
    if tensor.dtype != linear.dtype {
        let what = format!(
            "its constant is {}, its zero point {}",
            tensor.dtype, linear.dtype
        );
        return Err(wrong(model, op, what));
    }
    if !values::is_integer(tensor.dtype) {
        return Err(wrong(model, op, format!("its constant is {}", tensor.dtype)));
    }
    let narrow = |q: &i64| (0..16).contains(q);
    if tensor.dtype == DType::Uint8 && quant.zero_point.iter().all(narrow) {
        let integers = values::map(model, tensor, |_, q| q)?.unwrap_or_default();
        if integers.iter().all(narrow) {
            let signed = quant.zero_point.iter().all(|zero_point| *zero_point == 8);
            let (dtype, shift) = if signed {
                (DType::Int4, 8)
            } else {
                (DType::Uint4, 0)
            };
            let integers: Vec<i64> = integers.iter().map(|q| q - shift).collect();
            constant::store(model, uses, id, dtype, dtype.encode(&integers).into());
        }
    }
    model.main_mut().tensor_mut(id).quant = Some(quant);
    Ok(())
}

/// A float constant in a pair: `round(x / scale) + zero_point`, int16 only.
fn constant_floats(
    model: &mut Model,
    uses: &mut BufferUses,
    op: usize,
    id: TensorId,
    linear: &Linear,
) -> Result<()> {
    if linear.dtype != DType::Int16 {
        let what = format!("a float constant becomes int16, not {}", linear.dtype);
        return Err(wrong(model, op, what));
    }
    let floats = value(model, model.main().tensor(id))?;
    let floats = floats.as_ref().and_then(|value| value.as_f32());
    let (Some(floats), Some(scale), Some(zero_point)) =
        (floats, linear.scale.first(), linear.zero_point.first())
    else {
        return Err(wrong(
            model,
            op,
            "its input is a constant of another type than float32",
        ));
    };
    if let Some(bad) = floats.iter().find(|x| !x.is_finite()) {
        let place = ops::place(model.main(), &model.main().operators()[op]);
        let what = format!("its constant holds {bad}");
        return Err(Error::new(
            place,
            Problem::Operand(what),
            "clip the constant before quantizing",
        ));
    }
    let integer = |x: &f32| {
        (half_away_f32(x / scale) as i64)
            .saturating_add(*zero_point)
            .clamp(-32768, 32767)
    };
    let integers: Vec<i64> = floats.iter().map(integer).collect();
    constant::store(
        model,
        uses,
        id,
        DType::Int16,
        DType::Int16.encode(&integers).into(),
    );
    Ok(())
}
