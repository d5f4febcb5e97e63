//! Float operators between DEQUANTIZE and QUANTIZE become operators on integers, as onnxruntime's optimizer joins them
//! ([`Profile::Onnxruntime`](crate::Profile::Onnxruntime)).
//!
//! Operators that only move values are moved in front of the DEQUANTIZE, so that a layer finds its integers behind them; what
//! stays between the two is computed in floats, as onnxruntime does with operators that it has no integer kernel for.

mod layers;
mod moves;
mod unsigned;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, FreeNames, Model, OpCode, OpId, Operator, Options, Tensor, TensorId};

use crate::ops::Call;
use crate::ops::floats::{self, FloatProfile};
use crate::{Run, constant};

/// A model whose operators compute in integers.
pub struct Joined {
    /// The model, with every tensor that there was, in its place.
    pub model: Model,
    /// For each tensor of the model that there was, the one with its values, integers or reals; `None` where nothing has them
    /// any more.
    pub seen: Vec<Option<TensorId>>,
}

/// Joins the main graph's operators. A model without integers stays as it is. A float tensor that has a scale is made by an
/// operator that works on integers in the file.
///
/// # Errors
/// A constant that does not fit its shape.
pub fn joined(model: &Model) -> Result<Joined> {
    let old = unsigned::unsigned(model);
    let mut joining = Joining {
        model: old.clone(),
        old: &old,
        names: FreeNames::of(model.main()),
        integers: BTreeMap::new(),
        same: BTreeMap::new(),
    };
    for op in joining.model.main_mut().take_operators() {
        joining.operator(op)?;
    }
    joining.drop_unread();
    let seen = model.main().ids().map(|id| joining.seen(id)).collect();
    Ok(Joined {
        model: joining.model,
        seen,
    })
}

/// One scale and zero point, and the type that has them.
#[derive(Clone, Copy, PartialEq)]
struct Parameters {
    dtype: DType,
    scale: f32,
    zero: i64,
}

impl Parameters {
    /// Those of a tensor of integers that has one scale.
    fn of(tensor: &Tensor) -> Option<Self> {
        let quant = tensor.quant.as_ref()?;
        let &[scale] = quant.scale.as_slice() else {
            return None;
        };
        let zero = quant.zero_point.first().copied().unwrap_or(0);
        let dtype = tensor.dtype;
        matches!(dtype, DType::Int8 | DType::Uint8 | DType::Int16).then_some(Self { dtype, scale, zero })
    }

    fn is_short(self) -> bool {
        self.dtype != DType::Int16
    }
}

struct Joining<'m> {
    old: &'m Model,
    model: Model,
    names: FreeNames,
    /// Of floats that DEQUANTIZE makes, the integers.
    integers: BTreeMap<TensorId, TensorId>,
    /// Integers that are those of another tensor.
    same: BTreeMap<TensorId, TensorId>,
}

impl Joining<'_> {
    fn tensor(&self, id: TensorId) -> &Tensor {
        self.model.main().tensor(id)
    }

    fn push(&mut self, op: Operator) -> Result<()> {
        self.model.main_mut().push(op).map(|_| ())
    }

    /// The integers of a float that have one scale.
    fn activation(&self, id: Option<TensorId>) -> Option<(TensorId, Parameters)> {
        let integers = *self.integers.get(&id?)?;
        Some((integers, Parameters::of(self.tensor(integers))?))
    }

    fn operator(&mut self, mut op: Operator) -> Result<()> {
        for id in op.inputs.iter_mut().flatten() {
            *id = self.same.get(id).copied().unwrap_or(*id);
        }
        match op.code.builtin {
            Builtin::QUANTIZE => self.quantize(op),
            Builtin::DEQUANTIZE => {
                if let (Some(from), &[to]) = (op.input(0), op.outputs.as_slice()) {
                    let quant = self.tensor(from).quant.as_ref();
                    if quant.is_some_and(|quant| !quant.scale.is_empty()) {
                        self.integers.insert(to, from);
                    }
                }
                self.push(op)
            }
            _ if self.moved(&op)? || self.layer(&op)? => Ok(()),
            _ => self.push(op),
        }
    }

    /// Constants become integers at once; integers that are wanted again with the same parameters are those that there are.
    fn quantize(&mut self, op: Operator) -> Result<()> {
        let (Some(from), &[to]) = (op.input(0), op.outputs.as_slice()) else {
            return self.push(op);
        };
        if let Some(bytes) = self.constant(&op, from, to)? {
            let buffer = self.model.add_buffer(bytes);
            self.model.main_mut().tensor_mut(to).buffer = buffer;
            return Ok(());
        }
        if let Some((integers, has)) = self.activation(Some(from))
            && Parameters::of(self.tensor(to)) == Some(has)
            && !self.old.main().is_output(to)
        {
            self.same.insert(to, integers);
            return Ok(());
        }
        self.push(op)
    }

    /// The integers that an operator makes of a constant, as bytes.
    fn constant(&self, op: &Operator, from: TensorId, to: TensorId) -> Result<Option<Vec<u8>>> {
        let (float, made) = (self.tensor(from), self.tensor(to));
        let quantize = floats::other(FloatProfile::Onnxruntime, op.code.builtin);
        let Some(quantize) = quantize.filter(|_| matches!(made.dtype, DType::Int8 | DType::Uint8)) else {
            return Ok(None);
        };
        if float.dtype != DType::Float32 {
            return Ok(None);
        }
        let Some(value) = constant(&self.model, float)? else {
            return Ok(None);
        };
        let call = Call {
            model: &self.model,
            graph: self.model.main(),
            op,
            inputs: vec![Some(&value)],
            run: &Run::new(Vec::new(), false),
        };
        let made = (quantize.eval)(&call)?;
        Ok(made.first().map(Value::to_le_bytes))
    }

    /// A tensor of integers for a float one.
    fn beside(&mut self, id: TensorId, has: Parameters) -> TensorId {
        let float = self.tensor(id).clone();
        let name = self.names.take(&format!("{}/integers", float.name));
        let mut made = float.of_same_shape(name, has.dtype);
        made.quant = Some(quant_ir::QuantParam {
            scale: vec![has.scale],
            zero_point: vec![has.zero],
            ..quant_ir::QuantParam::default()
        });
        self.model.main_mut().add_tensor(made)
    }

    /// Pushes an operator on integers in the place of a float one, and a DEQUANTIZE for each of its outputs.
    fn put(&mut self, op: &Operator, inputs: Vec<Option<TensorId>>, has: Parameters) -> Result<()> {
        let made: Vec<TensorId> = op.outputs.iter().map(|id| self.beside(*id, has)).collect();
        self.push(Operator {
            inputs,
            outputs: made.clone(),
            ..op.clone()
        })?;
        for (integers, float) in made.into_iter().zip(&op.outputs) {
            let code = OpCode::builtin(Builtin::DEQUANTIZE);
            self.push(Operator::new(
                code,
                vec![Some(integers)],
                vec![*float],
                Options::default(),
            ))?;
            self.integers.insert(*float, integers);
        }
        Ok(())
    }

    /// Drops operators whose results nothing needs.
    fn drop_unread(&mut self) {
        let graph = self.model.main_mut();
        let mut needed: BTreeSet<TensorId> = graph.outputs().iter().copied().collect();
        let mut kept = BTreeSet::new();
        for (number, op) in graph.operators().iter().enumerate().rev() {
            if op.outputs.is_empty() || op.outputs.iter().any(|id| needed.contains(id)) {
                needed.extend(op.inputs.iter().flatten());
                kept.insert(OpId(number));
            }
        }
        graph.retain(|number, _| kept.contains(&number));
    }

    /// Where the values of a tensor are.
    fn seen(&self, id: TensorId) -> Option<TensorId> {
        let graph = self.model.main();
        let is_there = |id: &TensorId| {
            graph.producer(*id).is_some() || graph.is_input(*id) || self.model.is_const(graph.tensor(*id))
        };
        let others = [self.same.get(&id), self.integers.get(&id)];
        [Some(&id)]
            .into_iter()
            .chain(others)
            .flatten()
            .copied()
            .find(is_there)
    }
}
