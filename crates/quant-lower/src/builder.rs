//! The model while it grows: operators with the shapes that they make, and constants, which are computed at once.

use std::collections::{BTreeMap, BTreeSet};

use quant_interp::{apart, constant};
use quant_ir::value::Value;
use quant_ir::{
    Builtin, Bytes, DType, Error, FileFormat, Model, OpCode, Operator, Options, Problem, QuantParam, Result,
    Tensor, TensorId,
};

use crate::limits::MAX_CONSTANT_BYTES;

/// A constant of more elements is not decoded to find a shape; no shape, axis or padding has so many.
pub(crate) const SMALL: usize = 4096;

/// What an output of a node became.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored {
    /// The tensor of the model.
    pub id: TensorId,
    /// The graph has its channels behind the batch, the model has them last.
    pub channels_last: bool,
}

/// A constant behind a pair.
#[derive(Clone, Debug)]
pub struct Quantized {
    /// The constant in front of the pair.
    pub constant: TensorId,
    /// The type of its integers.
    pub dtype: DType,
    /// What its integers mean.
    pub params: QuantParam,
}

/// A model that grows.
pub struct Builder {
    /// The model so far.
    pub model: Model,
    /// Names that tensors have, and those that nodes of the graph will give them.
    taken: BTreeSet<String>,
    /// Bytes of constants so far.
    bytes: usize,
    /// Bytes of constants, at most.
    pub room: usize,
    /// Tensors that are constants.
    constants: BTreeSet<TensorId>,
    /// What was transposed already, by tensor and order.
    pub transposed: BTreeMap<(TensorId, Vec<usize>), TensorId>,
    /// What tensors were made of whose channels were moved to the end.
    pub origins: BTreeMap<TensorId, TensorId>,
    /// Whether fake quantization becomes pairs.
    pub pairs: bool,
    /// Whether constants that are moved may keep the order of their elements: only shapes are wanted.
    pub outline: bool,
    /// Constants behind pairs.
    pub quantized: BTreeMap<TensorId, Quantized>,
    /// What tensors with channels last are called with channels first, as the graph has them.
    pub first_names: BTreeMap<TensorId, String>,
}

impl Builder {
    /// An empty model; `names` are for the graph's own tensors. With `pairs` it keeps the ranges of a training.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, pairs: bool) -> Self {
        Self {
            model: Model::new(FileFormat::Tflite),
            taken: names.into_iter().map(str::to_owned).collect(),
            bytes: 0,
            room: MAX_CONSTANT_BYTES,
            constants: BTreeSet::new(),
            transposed: BTreeMap::new(),
            origins: BTreeMap::new(),
            first_names: BTreeMap::new(),
            pairs,
            outline: false,
            quantized: BTreeMap::new(),
        }
    }

    /// The shape of a tensor.
    pub fn shape(&self, id: TensorId) -> Vec<usize> {
        let shape = self.model.main().tensor(id).shape.iter();
        shape
            .map(|size| usize::try_from(*size).unwrap_or_default())
            .collect()
    }

    /// The element type of a tensor.
    pub fn dtype(&self, id: TensorId) -> DType {
        self.model.main().tensor(id).dtype
    }

    /// Whether a tensor is a constant.
    pub fn is_constant(&self, id: TensorId) -> bool {
        self.constants.contains(&id)
    }

    /// A name that no tensor has and no node of the graph.
    pub fn fresh(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 0usize;
        while !self.taken.insert(free.clone()) {
            number = number.saturating_add(1);
            free = format!("{name}_{number}");
        }
        free
    }

    /// A tensor without contents.
    pub fn tensor(&mut self, name: &str, dtype: DType, shape: &[usize]) -> Result<TensorId> {
        let mut tensor = Tensor::new(name, dtype, sizes(shape)?);
        tensor.has_rank = true;
        Ok(self.model.main_mut().add_tensor(tensor))
    }

    /// A constant.
    pub fn constant(&mut self, name: &str, dtype: DType, shape: &[usize], bytes: Bytes) -> Result<TensorId> {
        self.charge(bytes.len())?;
        let id = self.tensor(name, dtype, shape)?;
        self.fill(id, bytes);
        Ok(id)
    }

    /// Refuses more constants than a model has room for.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= self.room {
            return Ok(());
        }
        let what = format!("constants of more than {} bytes", self.room);
        Err(Error::limit(
            "",
            what,
            "cut the graph with --inputs and --outputs",
        ))
    }

    fn fill(&mut self, id: TensorId, bytes: Bytes) {
        let buffer = self.model.add_content(quant_ir::Content::Plain(bytes));
        self.model.main_mut().tensor_mut(id).buffer = buffer;
        self.constants.insert(id);
    }

    /// A constant of floats with a name of its own.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<TensorId> {
        let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
        let name = self.fresh(name);
        self.constant(&name, DType::Float32, shape, bytes.into_flattened().into())
    }

    /// A constant of int32, as operators want shapes, axes and paddings, with a name of its own.
    pub fn ints(&mut self, name: &str, shape: &[usize], values: &[i64]) -> Result<TensorId> {
        let mut bytes = Vec::new();
        for value in values {
            let small = i32::try_from(*value).map_err(|_| {
                let what = format!("{value} as a size, an axis or a padding");
                Error::new("", Problem::Operand(what), "models have 32 bits for them")
            })?;
            bytes.extend(small.to_le_bytes());
        }
        let name = self.fresh(name);
        self.constant(&name, DType::Int32, shape, bytes.into())
    }

    /// The value of a constant.
    pub fn value(&self, id: TensorId) -> Result<Option<Value>> {
        if !self.is_constant(id) {
            return Ok(None);
        }
        let tensor = self.model.main().tensor(id);
        if tensor.elements() == Some(0) {
            return Ok(Value::empty(tensor));
        }
        constant(&self.model, tensor)
    }

    /// The bytes of a constant.
    pub fn bytes(&self, id: TensorId) -> Option<Vec<u8>> {
        let bytes = self.model.data(self.model.main().tensor(id))?;
        Some(bytes.into_owned())
    }

    /// An operator with one output; what it makes of constants is a constant.
    pub fn emit(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
        name: &str,
        dtype: DType,
    ) -> Result<TensorId> {
        let inputs = inputs.iter().copied().map(Some).collect();
        let made = self.emit_many(builtin, inputs, options, &[name.to_owned()], dtype)?;
        made.first().copied().ok_or_else(|| no_output(builtin))
    }

    /// The same, with several outputs and inputs that may be absent.
    pub fn emit_many(
        &mut self,
        builtin: Builtin,
        inputs: Vec<Option<TensorId>>,
        options: Options,
        names: &[String],
        dtype: DType,
    ) -> Result<Vec<TensorId>> {
        let outputs: Vec<TensorId> = names
            .iter()
            .map(|name| self.tensor(name, dtype, &[]))
            .collect::<Result<_>>()?;
        let op = Operator::new(OpCode::builtin(builtin), inputs, outputs.clone(), options);
        let given = op.inputs.iter().flatten();
        let folds = given.clone().count() > 0 && given.clone().all(|id| self.is_constant(*id));
        if folds {
            let values = self.values(&op, usize::MAX)?;
            let values: Vec<Option<&Value>> = values.iter().map(Option::as_ref).collect();
            // Before they take their place.
            for shape in apart::shapes(&self.model, &op, &values)? {
                let elements = shape.into_iter().fold(1, usize::saturating_mul);
                self.charge(elements.saturating_mul(dtype.size().unwrap_or(1)))?;
            }
            let made = apart::evaluated(&self.model, &op, &values)?;
            for (id, value) in outputs.iter().zip(&made) {
                let shape = sizes(&value.shape)?;
                let tensor = self.model.main_mut().tensor_mut(*id);
                (tensor.shape, tensor.dtype) = (shape, value.dtype());
                self.fill(*id, value.to_le_bytes().into());
            }
            return Ok(outputs);
        }
        let values = self.values(&op, SMALL)?;
        let values: Vec<Option<&Value>> = values.iter().map(Option::as_ref).collect();
        let shapes = apart::shapes(&self.model, &op, &values)?;
        if shapes.len() != outputs.len() {
            return Err(no_output(builtin));
        }
        for (id, shape) in outputs.iter().zip(&shapes) {
            self.model.main_mut().tensor_mut(*id).shape = sizes(shape)?;
        }
        self.model.main_mut().push(op)?;
        Ok(outputs)
    }

    /// An operator that is not evaluated here: a custom one, whose output is shaped as its first input.
    pub fn emit_custom(
        &mut self,
        code: &str,
        inputs: &[TensorId],
        options: Vec<u8>,
        name: &str,
    ) -> Result<TensorId> {
        let shape = inputs.first().map(|id| self.shape(*id)).unwrap_or_default();
        let output = self.tensor(name, DType::Float32, &shape)?;
        let code = OpCode {
            custom: Some(code.to_owned()),
            ..OpCode::builtin(Builtin::CUSTOM)
        };
        let inputs = inputs.iter().copied().map(Some).collect();
        let mut op = Operator::new(code, inputs, vec![output], Options::default());
        op.custom_options = Some(options);
        self.model.main_mut().push(op)?;
        Ok(output)
    }

    /// Values of constants of up to `most` elements; of other inputs, type and shape without data.
    fn values(&self, op: &Operator, most: usize) -> Result<Vec<Option<Value>>> {
        let value = |id: &Option<TensorId>| {
            let Some(id) = *id else {
                return Ok(None);
            };
            let tensor = self.model.main().tensor(id);
            if self.is_constant(id) && tensor.elements().is_some_and(|elements| elements <= most) {
                return self.value(id);
            }
            let what = || format!("`{}` is of {}", tensor.name, tensor.dtype.word());
            let empty = Value::empty(tensor);
            let empty = empty.ok_or_else(|| {
                Error::new(
                    "",
                    Problem::UnsupportedType(what()),
                    "floats, integers and bools are taken",
                )
            });
            empty.map(Some)
        };
        op.inputs.iter().map(value).collect()
    }

    /// The only tensor of a graph's output has the name of the output.
    pub fn rename(&mut self, id: TensorId, name: &str) {
        name.clone_into(&mut self.model.main_mut().tensor_mut(id).name);
    }
}

/// A shape as models have it.
pub(crate) fn sizes(shape: &[usize]) -> Result<Vec<i32>> {
    let sizes: Option<Vec<i32>> = shape.iter().map(|size| i32::try_from(*size).ok()).collect();
    sizes.ok_or_else(|| {
        let what = format!("the shape {shape:?}");
        Error::new("", Problem::Shape(what), "models have 31 bits for a size")
    })
}

fn no_output(builtin: Builtin) -> Error {
    let what = format!("{builtin} makes outputs whose shapes are known when it runs");
    Error::new("", Problem::Unsupported(what), "give the graph fixed shapes")
}
