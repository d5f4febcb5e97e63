//! Integers of constants.

use std::collections::BTreeMap;

use quant_ir::error::{Error, Place, Result};
use quant_ir::{BufferId, DType, FreeNames, Model, QuantParam, TensorId};
use quant_numeric::channels::Channels;

use super::super::common::shared_constants::SharedConstants;
use super::super::common::twins;
use super::facts::{Facts, Role};
use super::params::{Given, Params, bias, like};
use super::plan::{Plan, is_centred};
use crate::quantize::channels;
use crate::quantize::constant::floats_in;
use crate::scheme::setting::Per;

/// What becomes of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// What its fake quantization says.
    Given,
    /// The same without zero points.
    Centred,
    /// Int8 with parameters of a value: the bits of the scale, and the zero point.
    Like(u32, i64),
    /// The bias of that operator.
    Bias(usize),
}

/// The integers of buffers. Those of filters and biases depend on the tensor and the operator.
pub type Integers = SharedConstants<(Form, TensorId, usize), QuantParam>;

const UNSOUND: &str = "it has no parameters";

/// Integers that an operator reads in place of a constant.
pub type Uses = BTreeMap<(usize, usize), (TensorId, Form)>;

/// The constants that quantized operators read, by operator and operand.
pub fn uses(facts: &Facts<'_>, plan: &Plan) -> Uses {
    let mut uses = Uses::new();
    // Operators with the same scales share a bias.
    let mut biases: BTreeMap<(TensorId, Vec<u64>), usize> = BTreeMap::new();
    for (op, rule) in plan.quantized.iter().enumerate() {
        let Some(rule) = rule else { continue };
        for (at, id) in facts.operands(op) {
            let form = match facts.role(rule, at, id) {
                Role::Value => continue,
                Role::Filter | Role::Plain => {
                    let given = facts.given(id);
                    let centred = given.is_some_and(|given| is_centred(facts, rule, given));
                    if centred && facts.role(rule, at, id) == Role::Filter {
                        Form::Centred
                    } else {
                        Form::Given
                    }
                }
                Role::Like => match plan.like.get(&(op, at)) {
                    Some(params) => Form::Like(params.scale.to_bits(), params.zero_point),
                    None => continue,
                },
                Role::Bias => {
                    let scales = plan.biases.get(&op).into_iter().flatten();
                    let key = (id, scales.map(|scale| scale.to_bits()).collect());
                    Form::Bias(*biases.entry(key).or_insert(op))
                }
            };
            uses.insert((op, at), (id, form));
        }
    }
    uses
}

/// Stores the integers; the tensor of each.
///
/// # Errors
/// None that a planned graph could have.
pub fn store(
    model: &mut Model,
    number: usize,
    (uses, plan, given): (&Uses, &Plan, &BTreeMap<TensorId, Given>),
    integers: &mut Integers,
    names: &mut FreeNames,
) -> Result<BTreeMap<(TensorId, Form), TensorId>> {
    let graph = &mut model.graphs_mut()[number];
    let add = |buffer: BufferId| integers.add(buffer);
    let twins = twins::of(graph, names, uses.values().copied(), "int8", add);
    for ((source, form), twin) in &twins {
        let dtype = match form {
            Form::Given | Form::Centred => given.get(source).map_or(DType::Int8, |given| given.dtype),
            Form::Like(..) => DType::Int8,
            Form::Bias(_) => DType::Int32,
        };
        // Parameters are those of the tensor, not of its bytes: they are made with the integers all the same.
        let quant = integers.store(
            model,
            (number, *twin),
            ((*form, *source, number), dtype),
            |model| {
                let floats = floats_in(model, number, *twin)?;
                Ok(match form {
                    Form::Given | Form::Centred => {
                        let tensor = model.graphs()[number].tensor(*twin);
                        let missing =
                            || Error::unsupported(Place::tensor("constant", &tensor.name), UNSOUND, "");
                        let given = given.get(source).ok_or_else(missing)?;
                        let channels = match given.scales.len() {
                            1 => Channels::one(),
                            _ => channels::of(tensor, given.dimension, Per::Channel)?,
                        };
                        let centred = if *form == Form::Centred {
                            given.centred(&floats, channels)
                        } else {
                            None
                        };
                        let given = centred.as_ref().unwrap_or(given);
                        (given.constant(&floats, channels), given.stored())
                    }
                    Form::Like(scale, zero_point) => {
                        let params = params(*scale, *zero_point);
                        (like(&floats, params), params.stored())
                    }
                    Form::Bias(op) => {
                        let scales = plan.biases.get(op).map_or(&[1.0][..], Vec::as_slice);
                        (bias(&floats, scales), of_bias(scales))
                    }
                })
            },
        )?;
        model.graphs_mut()[number].tensor_mut(*twin).quant = Some(quant);
    }
    Ok(twins)
}

fn params(scale: u32, zero_point: i64) -> Params {
    Params {
        scale: f32::from_bits(scale),
        zero_point,
    }
}

fn of_bias(scales: &[f64]) -> QuantParam {
    QuantParam {
        scale: scales.iter().map(|scale| *scale as f32).collect(),
        zero_point: vec![0; scales.len()],
        ..QuantParam::default()
    }
}
