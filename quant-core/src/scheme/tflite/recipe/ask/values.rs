//! What is known of tensors: their ranges, and the integers of constants.

use std::rc::Rc;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, Operator, Tensor, TensorId};
use quant_schema::{BuiltinOptions2T, BuiltinOptionsT};

use super::super::coding::{Coding, Range, Scales, Uniform};
use super::super::entry::{Entry, TensorConfig};
use super::super::params;
use super::super::rules::Scale;
use super::super::weights::Constant;
use super::{Asked, Asker, Cache};

impl Asker<'_> {
    pub(super) fn is_float(&self, id: TensorId) -> bool {
        self.graph.tensor(id).dtype == DType::Float32
    }

    pub(super) fn is_const(&self, id: TensorId) -> bool {
        self.given.model.is_const(self.graph.tensor(id))
    }

    pub(super) fn range(&self, id: TensorId) -> Option<Range> {
        self.ranges[id.0]
    }

    /// The decomposition of a composite has ranges too, when the composite is to compute with integers.
    pub(super) fn decomposition_without_range(&self, op: &Operator) -> Option<String> {
        let BuiltinOptions2T::StableHLOCompositeOptions(options) = op.options.newer() else {
            return None;
        };
        let number = usize::try_from(options.decomposition_subgraph_index).ok();
        let graph = self.given.model.graphs().get(number?)?;
        let ends = graph.inputs().iter().chain(graph.outputs());
        let mut tensors = ends.map(|id| graph.tensor(*id));
        let ranged = |tensor: &Tensor| tensor.quant.as_ref().is_some_and(|quant| !quant.min.is_empty());
        let missing = tensors.find(|tensor| tensor.dtype == DType::Float32 && !ranged(tensor));
        missing.map(|tensor| tensor.name.clone())
    }

    /// The parameters of an activation.
    pub(super) fn activation(&self, id: TensorId, config: TensorConfig) -> Result<Rc<Coding>> {
        let range = self.range(id).unwrap_or(Range::Derived { min: 0.0, max: 0.0 });
        let range = match range {
            // The original's scale is more than 256 times below that of the products before it, and XNNPACK refuses the model.
            Range::Recorded { min, max, rank } if !config.symmetric && self.is_zeros(min, max) => {
                Range::Recorded {
                    min: 0.0,
                    max: 1.0,
                    rank,
                }
            }
            other => other,
        };
        let uniform = params::activation(range, config).ok_or_else(|| {
            let place = Place::tensor("activation", &self.graph.tensor(id).name).numbered(id.0);
            let Range::Recorded { min, max, .. } = range else {
                return Error::new(place, Problem::MissingRange, "record first");
            };
            let problem = if min <= max {
                Problem::UnboundedRange { min, max }
            } else {
                Problem::BadRange { min, max }
            };
            Error::new(place, problem, "record the model again")
        })?;
        Ok(Rc::new(Coding::Uniform(uniform)))
    }

    /// Whether a range is that of zeros, and to be mended.
    fn is_zeros(&self, min: f32, max: f32) -> bool {
        min.abs().max(max.abs()) <= f32::MIN_POSITIVE && !self.given.options.compat
    }

    /// The floats of a constant.
    ///
    /// # Errors
    /// It does not hold as many as its shape says.
    pub(super) fn floats(&self, id: TensorId) -> Result<Vec<f32>> {
        let tensor = self.graph.tensor(id);
        self.given.model.f32_data(tensor).ok_or_else(|| {
            let place = Place::tensor("constant", &tensor.name).numbered(id.0);
            let what = format!("it is no float32 constant of shape {:?}", tensor.shape);
            Error::new(
                place,
                Problem::Type(what),
                "give a float model with dense constants",
            )
        })
    }

    /// The integers of a constant.
    pub(super) fn constant(
        &self,
        asked: &Asked<'_>,
        id: TensorId,
        config: TensorConfig,
        entry: &Entry,
        cache: &mut Cache,
    ) -> Result<Rc<Coding>> {
        let tensor = self.graph.tensor(id);
        let compat = self.given.options.compat;
        let code = asked.op.map_or(Builtin::CUSTOM, |op| op.code.builtin);
        let distinct = (!compat).then(|| (entry.algorithm, code, tensor.shape.clone()));
        let key = (tensor.buffer.index(), config, distinct);
        if let Some(known) = cache.get(&key) {
            return Ok(known.clone());
        }
        let values = self.floats(id)?;
        let shape: Vec<usize> = tensor
            .shape
            .iter()
            .map(|d| usize::try_from(*d).unwrap_or(0))
            .collect();
        let rule = asked.rule.filter(|rule| rule.weights.is_some());
        let input = rule
            .and_then(|rule| rule.weights)
            .and_then(|weights| asked.inputs.get(weights.input));
        let hessian = input.copied().flatten().filter(|_| self.number == 0);
        let constant = Constant {
            id,
            name: &tensor.name,
            shape: &shape,
            values: &values,
            rule,
            adj_y: asked.op.is_some_and(adj_y),
            hessian: hessian.and_then(|input| self.given.hessians.of(input)),
            checked: !entry.config.skip_checks,
        };
        let uniform = constant.quantize(config, entry.algorithm, compat)?;
        let coding = Rc::new(Coding::Uniform(uniform));
        cache.insert(key, coding.clone());
        Ok(coding)
    }
}

fn adj_y(op: &Operator) -> bool {
    match op.options.builtin() {
        BuiltinOptionsT::BatchMatMulOptions(options) => options.adjoint_rhs,
        _ => false,
    }
}

/// Parameters that the kernel of an operator fixes for its output.
pub fn fixed(scale: Scale, config: TensorConfig) -> Option<Uniform> {
    let step = match (scale, config.bits) {
        (Scale::Unit, 8) => (1.0 / 256.0, -128),
        (Scale::Symmetric, 8) => (1.0 / 128.0, 0),
        (Scale::Unit | Scale::Symmetric, 16) => (1.0 / 32768.0, 0),
        _ => return None,
    };
    Some(Uniform {
        bits: config.bits,
        signed: true,
        symmetric: config.bits == 16,
        narrow: config.bits == 16,
        scale: Scales::Scalar(step.0),
        zero_point: vec![step.1],
        axis: None,
        block: 0,
        hadamard: None,
        rank: 0,
        data: None,
    })
}
