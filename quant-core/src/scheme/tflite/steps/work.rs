//! One graph on its way.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, Options as Fields};
use quant_ir::{
    Bytes, Content, DType, FreeNames, Graph, Model, OpCode, Operator, QuantParam, Tensor, TensorId,
};
use quant_numeric::channels::Channels;
use quant_numeric::coding::quantize_with_inverses;
use quant_types::QuantType;

use super::super::Options;
use super::params;
use super::plan::Plan;
use super::recorded;
use super::resource::Resources;
use crate::quantize::constant::{self, BufferUses};
use crate::scheme::tflite::common;

/// The graph, and what is known of its operators.
pub struct Work<'a> {
    pub model: &'a mut Model,
    pub uses: &'a mut BufferUses,
    /// Number of the graph.
    pub number: usize,
    /// One for each operator of the graph.
    pub plans: Vec<Plan>,
    pub options: &'a Options,
    /// Type of the activations: int8 or int16.
    pub activations: DType,
    pub resources: &'a Resources,
    names: FreeNames,
}

impl<'a> Work<'a> {
    pub fn new(
        model: &'a mut Model,
        uses: &'a mut BufferUses,
        number: usize,
        plans: Vec<Plan>,
        options: &'a Options,
        activations: DType,
        resources: &'a Resources,
    ) -> Self {
        // A range that was recorded of a constant is none that its channels have.
        for id in model.graphs()[number].ids() {
            if common::constant::is_float(model, number, id) {
                model.graphs_mut()[number].tensor_mut(id).quant = None;
            }
        }
        Self {
            names: FreeNames::of(&model.graphs()[number]),
            model,
            uses,
            number,
            plans,
            options,
            activations,
            resources,
        }
    }

    pub fn graph(&self) -> &Graph {
        &self.model.graphs()[self.number]
    }

    pub fn graph_mut(&mut self) -> &mut Graph {
        &mut self.model.graphs_mut()[self.number]
    }

    pub fn tensor(&self, id: TensorId) -> &Tensor {
        self.graph().tensor(id)
    }

    pub fn set_quant(&mut self, id: TensorId, quant: QuantParam) {
        self.graph_mut().tensor_mut(id).quant = Some(quant);
    }

    /// Whether it is a float constant.
    pub fn is_constant(&self, id: TensorId) -> bool {
        common::constant::is_float(self.model, self.number, id)
    }

    /// Puts an operator back, or in.
    ///
    /// # Errors
    /// As [`Graph::push`].
    pub fn push(&mut self, op: Operator, plan: Plan) -> Result<()> {
        self.graph_mut().push(op)?;
        self.plans.push(plan);
        Ok(())
    }

    /// Appends QUANTIZE or DEQUANTIZE of a tensor; returns what it makes.
    ///
    /// # Errors
    /// As [`Graph::push`].
    pub fn cast(
        &mut self,
        builtin: Builtin,
        from: TensorId,
        suffix: &str,
        dtype: DType,
        quant: Option<QuantParam>,
    ) -> Result<TensorId> {
        let name = format!("{}{suffix}", self.tensor(from).name);
        let name = self.name(name);
        let mut tensor = self.tensor(from).of_same_shape(name, dtype);
        tensor.quant = quant;
        let to = self.graph_mut().add_tensor(tensor);
        self.push(cast(builtin, from, to), Plan::Leave)?;
        Ok(to)
    }

    /// The original's name for a new tensor, which may be there already; the default takes a free one.
    fn name(&mut self, name: String) -> String {
        if self.options.compat {
            name
        } else {
            self.names.take(&name)
        }
    }

    /// A constant's copy, which shares its bytes until one of the two is quantized.
    pub fn copy(&mut self, id: TensorId, suffix: &str) -> TensorId {
        let name = format!("{}{suffix}", self.tensor(id).name);
        let mut copy = self.tensor(id).clone();
        copy.name = self.name(name);
        self.uses.add(copy.buffer);
        self.graph_mut().add_tensor(copy)
    }

    /// The smallest and the largest of each channel of a float constant.
    ///
    /// # Errors
    /// It has an element that no scale can hold, or does not fit its shape.
    pub fn extremes(&self, id: TensorId, channels: Channels) -> Result<Vec<(f32, f32)>> {
        let (_, found) = constant::measured_in(self.model, self.number, id, channels)?;
        Ok(found)
    }

    /// The elements of a float constant.
    ///
    /// # Errors
    /// As [`Work::extremes`].
    pub fn floats(&self, id: TensorId) -> Result<Vec<f32>> {
        let (floats, _) = constant::measured_in(self.model, self.number, id, Channels::one())?;
        Ok(floats.iter().map(|x| f32::from_le_bytes(*x)).collect())
    }

    /// Makes symmetric integers of a float constant, with the reciprocals of scales for each channel. Its bounds stay.
    ///
    /// # Errors
    /// As [`Work::extremes`].
    pub fn store_symmetric(
        &mut self,
        id: TensorId,
        dtype: DType,
        channels: Channels,
        inverses: &[f32],
        scale: Vec<f32>,
        quantized_dimension: i32,
    ) -> Result<()> {
        let (floats, _) = constant::measured_in(self.model, self.number, id, channels)?;
        let (quant_type, bytes) = match dtype {
            DType::Int16 => (QuantType::Int16, 2 * floats.len()),
            _ => (QuantType::Int8, floats.len()),
        };
        let mut integers = quant_schema::zeros(bytes);
        quantize_with_inverses(quant_type, channels, inverses, &floats, &mut integers);
        let content = Content::Plain(Bytes::new(integers));
        constant::store_in(self.model, self.uses, self.number, id, dtype, content);
        let old = self.graph_mut().tensor_mut(id).quant.take().unwrap_or_default();
        let quant = QuantParam {
            zero_point: vec![0; scale.len()],
            scale,
            quantized_dimension,
            details: None,
            ..old
        };
        self.set_quant(id, quant);
        Ok(())
    }

    /// Puts integers in place of a constant.
    pub fn store(&mut self, id: TensorId, dtype: DType, integers: &[i64], quant: QuantParam) {
        let content = dtype.encode(integers).into();
        constant::store_in(self.model, self.uses, self.number, id, dtype, content);
        self.set_quant(id, quant);
    }

    /// Makes an activation integers of a type, in place.
    pub fn set_type(&mut self, id: TensorId, dtype: DType, quant: QuantParam) {
        let tensor = self.graph_mut().tensor_mut(id);
        tensor.dtype = dtype;
        tensor.quant = Some(quant);
    }

    /// The recorded range of an activation.
    ///
    /// # Errors
    /// It has none, or one that is none.
    pub fn range(&self, id: TensorId) -> Result<(f32, f32)> {
        recorded::range(self.graph(), id)
    }

    /// Parameters of an activation with that range.
    pub fn activation(&self, (min, max): (f32, f32)) -> QuantParam {
        activation(self.options, self.activations, (min, max))
    }

    /// The scale of a tensor that is quantized.
    ///
    /// # Errors
    /// It has none.
    pub fn scale(&self, id: TensorId) -> Result<f32> {
        let tensor = self.tensor(id);
        let scale = tensor.quant.as_ref().and_then(|quant| quant.scale.first());
        scale.copied().ok_or_else(|| {
            Error::new(
                Place::tensor("tensor", &tensor.name).numbered(id.0),
                Problem::Parameters("it has no scale, and an operator that reads it needs one".into()),
                "record its range",
            )
        })
    }
}

/// Parameters of an activation of a type with that range. The original writes scales that are 0.
pub fn activation(options: &Options, dtype: DType, (min, max): (f32, f32)) -> QuantParam {
    if options.compat {
        params::activation(dtype, min, max)
    } else {
        params::usable(dtype, min, max)
    }
}

/// QUANTIZE or DEQUANTIZE, as they are inserted; [`super::versions`] has the last word of the former's version.
pub fn cast(builtin: Builtin, from: TensorId, to: TensorId) -> Operator {
    let code = OpCode {
        version: if builtin == Builtin::DEQUANTIZE { 2 } else { 1 },
        ..OpCode::builtin(builtin)
    };
    Operator::new(code, vec![Some(from)], vec![to], Fields::default())
}
