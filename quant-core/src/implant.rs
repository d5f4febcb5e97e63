//! Scales, zero points and integers from elsewhere, written into a float model (ONE: q-implant).

use std::collections::BTreeSet;

use crate::quantize::constant::BufferUses;
use crate::quantize::{constant, precheck};
use crate::scheme::pass::casts;
use crate::scheme::setting::{Encoding, Per};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, Model, QuantParam, Tensor, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::slice::quantize_with;

/// What one tensor becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Its type: uint8, int8, int16, int32 or int64.
    pub dtype: DType,
    /// One scale, or one for each index of `quantized_dimension`; finite and not below 0.
    pub scale: Vec<f32>,
    /// As many zero points, each within the type.
    pub zero_point: Vec<i64>,
    /// The dimension along which they run.
    pub quantized_dimension: i32,
    /// The integers of a constant, of its type and shape; without them they are computed from its floats with the
    /// scale and the zero point. None for an activation.
    pub value: Option<Value>,
}

/// Writes parameters into the tensors of the main graph that have these names, taken as [`quant_ir::Names::get`] takes
/// them. RESHAPE, TRANSPOSE and SPLIT hand parameters on to outputs that get none. Unless `partial`, no float tensor may
/// remain that an operator reads or makes, as in the original.
///
/// # Errors
/// A name that no tensor has, or that is given twice; a tensor that is not float32; parameters that do not fit it;
/// integers for an activation. The model is then unchanged.
pub fn run(model: &mut Model, tensors: &[(String, Parameters)], partial: bool) -> Result<()> {
    let mut work = model.clone();
    precheck::one_graph(&work)?;
    let names = work.main().names();
    let mut uses = BufferUses::of(&work);
    let mut done: BTreeSet<TensorId> = BTreeSet::new();
    for (name, parameters) in tensors {
        let place = || Place::tensor("tensor", name);
        let id = names.tensor(name)?;
        if !done.insert(id) {
            return Err(Error::new(
                place(),
                Problem::Duplicate("it is given twice".into()),
                "give each tensor once",
            ));
        }
        one(&mut work, &mut uses, id, parameters).map_err(|error| error.within(place()))?;
    }
    forward(&mut work);
    if !partial {
        whole(&work)?;
    }
    casts::fix(work.main_mut());
    *model = work;
    Ok(())
}

fn one(model: &mut Model, uses: &mut BufferUses, id: TensorId, parameters: &Parameters) -> Result<()> {
    let tensor = model.main().tensor(id);
    if tensor.dtype != DType::Float32 {
        return Err(Error::new(
            "",
            Problem::Type(format!("it is {}, not float32", tensor.dtype)),
            "start from the float model",
        ));
    }
    check(tensor, parameters)?;
    match (
        &parameters.value,
        model.is_const(tensor) || is_empty_const(model, id),
    ) {
        (Some(value), true) => {
            let shape = value.shape.iter().map(|d| i32::try_from(*d).ok());
            if value.dtype() != parameters.dtype || !shape.eq(tensor.shape.iter().map(|d| Some(*d))) {
                return Err(Error::new(
                    "",
                    Problem::Type(format!(
                        "its values are {} of shape {:?}, the tensor becomes {} of shape {:?}",
                        value.dtype(),
                        value.shape,
                        parameters.dtype,
                        tensor.shape
                    )),
                    "give values of the tensor's new type and its shape",
                ));
            }
            let bytes = value.to_le_bytes();
            if !bytes.is_empty() {
                constant::store(model, uses, id, parameters.dtype, bytes.into());
            }
        }
        (None, true) if tensor.elements() != Some(0) => {
            let integers = integers(model, id, parameters)?;
            let bytes = parameters.dtype.encode(&integers);
            constant::store(model, uses, id, parameters.dtype, bytes.into());
        }
        (Some(_), false) => {
            return Err(Error::new(
                "",
                Problem::Conflict("it is no constant and gets values".into()),
                "leave the values out",
            ));
        }
        // An activation, or a constant of no elements.
        (None, _) => {}
    }
    let tensor = model.main_mut().tensor_mut(id);
    tensor.dtype = parameters.dtype;
    tensor.quant = Some(QuantParam {
        scale: parameters.scale.clone(),
        zero_point: parameters.zero_point.clone(),
        quantized_dimension: parameters.quantized_dimension,
        ..QuantParam::default()
    });
    Ok(())
}

/// A constant of no elements has no buffer: nothing makes it, and it is no graph input.
fn is_empty_const(model: &Model, id: TensorId) -> bool {
    let graph = model.main();
    graph.tensor(id).elements() == Some(0) && !graph.is_input(id) && graph.producer(id).is_none()
}

/// The integers of a float constant with given parameters: `round(x / scale) + zero_point`, clamped to the type.
fn integers(model: &Model, id: TensorId, parameters: &Parameters) -> Result<Vec<i64>> {
    if let Some(at) = parameters.scale.iter().position(|scale| *scale == 0.0) {
        return Err(Error::new(
            "",
            Problem::Parameters(format!(
                "it is a constant without values, and scale {at} is 0, which makes no integers"
            )),
            "give its integers, or another scale",
        ));
    }
    let Some((low, high)) = limits(parameters.dtype) else {
        return Ok(Vec::new());
    };
    let floats = constant::floats(model, id)?;
    let shape = &model.main().tensor(id).shape;
    let axis = usize::try_from(parameters.quantized_dimension).unwrap_or(0);
    let inner = shape
        .iter()
        .skip(axis + 1)
        .map(|d| usize::try_from(*d).unwrap_or(1));
    let channels = Channels::new(parameters.scale.len(), inner.product());
    let integer = |(at, x): (usize, &f32)| {
        let channel = channels.of(at);
        let (scale, zero_point) = (parameters.scale[channel], parameters.zero_point[channel]);
        quantize_with(*x, scale, zero_point, low, high)
    };
    Ok(floats.iter().enumerate().map(integer).collect())
}

/// Operators that leave their values as they are give outputs without parameters those of their input.
fn forward(model: &mut Model) {
    for op in 0..model.main().operators().len() {
        let graph = model.main();
        let operator = &graph.operators()[op];
        let input = match operator.code.builtin {
            Builtin::RESHAPE | Builtin::TRANSPOSE => operator.input(0),
            Builtin::SPLIT => operator.input(1),
            _ => None,
        };
        let Some(from) = input.map(|id| graph.tensor(id)) else {
            continue;
        };
        let Some(quant) = from.quant.clone().filter(|quant| quant.scale.len() == 1) else {
            continue;
        };
        let dtype = from.dtype;
        for id in operator.outputs.clone() {
            let tensor = model.main_mut().tensor_mut(id);
            if tensor.dtype == DType::Float32 && dtype != DType::Float32 {
                tensor.dtype = dtype;
                tensor.quant = Some(quant.clone());
            }
        }
    }
}

/// The least and the greatest integer of a type that a tensor can become.
fn limits(dtype: DType) -> Option<(i64, i64)> {
    let can_be = matches!(
        dtype,
        DType::Uint8 | DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64
    );
    can_be.then(|| Encoding::asymmetric(dtype, Per::Tensor).limits())
}

fn check(tensor: &Tensor, parameters: &Parameters) -> Result<()> {
    let wrong = |what: String, hint: &str| Err(Error::new("", Problem::Parameters(what), hint));
    let Some((low, high)) = limits(parameters.dtype) else {
        return wrong(
            format!("it cannot become {}", parameters.dtype),
            "use uint8, int8, int16, int32 or int64",
        );
    };
    let (scales, zero_points) = (parameters.scale.len(), parameters.zero_point.len());
    if scales == 0 || scales != zero_points {
        return wrong(
            format!("{scales} scales and {zero_points} zero points are given"),
            "give one of each, or one of each for every channel",
        );
    }
    let axis = parameters.quantized_dimension;
    let dim = usize::try_from(axis).ok().and_then(|axis| tensor.shape.get(axis));
    // A scalar has no dimension to name.
    let named = dim.is_some() || (axis == 0 && tensor.shape.is_empty());
    let channels = dim.and_then(|d| usize::try_from(*d).ok()).unwrap_or(1);
    if !named || (scales != 1 && scales != channels) {
        return wrong(
            format!(
                "{scales} scales along dimension {axis} do not fit its shape {:?}",
                tensor.shape
            ),
            "give one scale, or one for each index of quantized_dimension",
        );
    }
    if let Some(at) = parameters.scale.iter().position(|x| !x.is_finite() || *x < 0.0) {
        let what = format!("scale {at} is {}", parameters.scale[at]);
        return wrong(what, "give finite scales that are not negative");
    }
    if let Some(at) = parameters
        .zero_point
        .iter()
        .position(|x| !(low..=high).contains(x))
    {
        let what = format!("zero point {at} is {}", parameters.zero_point[at]);
        return wrong(what, &format!("{} holds {low}…{high}", parameters.dtype));
    }
    Ok(())
}

/// Refuses float tensors that operators read or make, and float outputs.
fn whole(model: &Model) -> Result<()> {
    let graph = model.main();
    let operands = graph
        .operators()
        .iter()
        .flat_map(|op| op.inputs.iter().flatten().chain(&op.outputs));
    let mut used = operands.chain(graph.inputs()).chain(graph.outputs());
    match used.find(|id| graph.tensor(**id).dtype == DType::Float32) {
        Some(id) => Err(Error::new(
            Place::tensor("tensor", &graph.tensor(*id).name).numbered(id.0),
            Problem::Parameters("it gets no parameters and remains float32".into()),
            "give parameters for it, or allow a model that is quantized in part (--partial)",
        )),
        None => Ok(()),
    }
}
