//! What is there of a graph while it is written: the tensors of each value's integers and floats.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Graph, TensorId};

use super::super::common::cast;
use super::constants::{Form, Uses};
use super::pairs::Pairs;
use super::params::Params;
use super::plan::Plan;

/// What is written.
pub struct Writing<'a> {
    /// The fake quantization.
    pub pairs: &'a Pairs,
    /// What becomes of the graph.
    pub plan: &'a Plan,
    /// Constants as integers.
    pub uses: &'a Uses,
    /// Their tensors.
    pub constants: &'a BTreeMap<(TensorId, Form), TensorId>,
    /// The versions of quantized operators.
    pub of: &'a BTreeMap<usize, i32>,
    /// Types of inputs and outputs.
    pub interface: (DType, DType),
}

/// What is there of a graph that is written.
pub struct Writer<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) names: FreeNames,
    pub(super) writing: &'a Writing<'a>,
    /// The tensor of a value's floats before fake quantization.
    pub(super) raw: Vec<Option<TensorId>>,
    /// The tensor of its integers.
    pub(super) integers: Vec<Option<TensorId>>,
    /// The tensor of its floats behind them.
    pub(super) floats: Vec<Option<TensorId>>,
    /// The tensors of values with other parameters.
    pub(super) others: Vec<Option<TensorId>>,
    pub(super) views: BTreeMap<TensorId, TensorId>,
    pub(super) read: Vec<bool>,
}

impl Writer<'_> {
    pub(super) fn params(&self, id: TensorId) -> Option<Params> {
        self.writing.plan.params.get(id.0).copied().flatten()
    }

    pub(super) fn become_integers(&mut self, id: TensorId, dtype: DType, params: Params) {
        let tensor = self.graph.tensor_mut(id);
        let quant = if dtype == DType::Uint8 {
            params.unsigned()
        } else {
            params.stored()
        };
        (tensor.dtype, tensor.quant) = (dtype, Some(quant));
    }

    pub(super) fn twin(&mut self, id: TensorId, suffix: &str, params: Option<Params>) -> TensorId {
        let name = format!("{}_{suffix}", self.graph.tensor(id).name);
        let dtype = if params.is_some() {
            DType::Int8
        } else {
            DType::Float32
        };
        let quant = params.map(Params::stored);
        cast::tensor(self.graph, &mut self.names, id, &name, dtype, quant)
    }

    /// The tensor that a QUANTIZE of a value makes: that of its pair, or a new one.
    pub(super) fn quantized(&mut self, id: TensorId, params: Params) -> TensorId {
        let Some(pair) = self.writing.pairs.integers.get(&id).copied() else {
            return self.twin(id, "int8", Some(params));
        };
        self.become_integers(pair, DType::Int8, params);
        pair
    }

    pub(super) fn cast(&mut self, from: TensorId, to: TensorId) -> Result<()> {
        let (builtin, version) = match self.graph.tensor(to).dtype {
            DType::Float32 => (Builtin::DEQUANTIZE, 2),
            _ => (Builtin::QUANTIZE, 1),
        };
        self.graph
            .push(cast::operator(builtin, version, from, to))
            .map(drop)
    }

    /// The tensor of a value's integers.
    pub(super) fn integers(&mut self, id: TensorId) -> Result<Option<TensorId>> {
        let Some(params) = self.params(id).filter(|_| self.integers[id.0].is_none()) else {
            return Ok(self.integers[id.0]);
        };
        let from = self.raw[id.0].unwrap_or(id);
        let integers = self.quantized(id, params);
        self.cast(from, integers)?;
        self.integers[id.0] = Some(integers);
        Ok(Some(integers))
    }

    /// The tensor that a float operator reads in place of `read`: the floats before fake quantization, where they are there and
    /// were read, or those behind the integers.
    pub(super) fn float(&mut self, read: TensorId) -> Result<TensorId> {
        let id = self.writing.pairs.of[read.0];
        if self.graph.tensor(id).dtype != DType::Float32 && self.integers[id.0].is_none() {
            return Ok(read);
        }
        match self.raw[id.0] {
            Some(raw) if read == id || self.params(id).is_none() => return Ok(raw),
            None if self.params(id).is_none() => return Ok(id),
            _ => {}
        }
        if let Some(float) = self.floats[id.0] {
            return Ok(float);
        }
        let Some(integers) = self.integers(id)? else {
            return Ok(id);
        };
        let float = match self.views.get(&id) {
            Some(view) => *view,
            None => self.twin(id, "float", None),
        };
        self.cast(integers, float)?;
        self.floats[id.0] = Some(float);
        Ok(float)
    }
}
