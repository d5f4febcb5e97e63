//! One node on its way into the model: its inputs as tensors, its attributes with their defaults.

use quant_ir::value::Data;
use quant_ir::{Builtin, DType, Error, Options, Problem, Result, TensorId};
use quant_lower::{Builder, Stored};

use crate::node::Node;

/// A node, what it reads, and the model that it goes into.
pub(super) struct Op<'a> {
    pub node: &'a Node,
    /// The version of its operators.
    pub opset: i64,
    /// `None`: absent.
    pub inputs: Vec<Option<Stored>>,
    pub builder: &'a mut Builder,
}

/// How a node is lowered: its outputs, as many as can be read.
pub(super) type Lower = fn(&mut Op<'_>) -> Result<Vec<Stored>>;

/// The output of a node in ONNX's layout.
pub(super) fn plain(id: TensorId) -> Vec<Stored> {
    vec![Stored {
        id,
        channels_last: false,
    }]
}

/// Where a dimension of ONNX's layout stands when channels are last.
pub(super) fn moved_axis(axis: usize, rank: usize) -> usize {
    match axis {
        0 => 0,
        1 => rank.saturating_sub(1),
        other => other.saturating_sub(1),
    }
}

impl Op<'_> {
    /// The name of an output, or one of its own when nobody reads it.
    pub fn output_name(&mut self, index: usize) -> String {
        match self.node.outputs().get(index) {
            Some(name) if !name.is_empty() => (*name).to_owned(),
            _ => self.part(&format!("output{index}")),
        }
    }

    /// The name of output 0.
    pub fn name(&mut self) -> String {
        self.output_name(0)
    }

    /// What parts of the node are called by.
    pub fn label(&self) -> String {
        let first = self.node.outputs().into_iter().find(|name| !name.is_empty());
        match self.node.name() {
            "" => first.unwrap_or_default().to_owned(),
            name => name.to_owned(),
        }
    }

    /// A name for something that belongs to the node.
    pub fn part(&mut self, part: &str) -> String {
        let name = format!("{}/{part}", self.label());
        self.builder.fresh(&name)
    }

    /// How many outputs the node has.
    pub fn output_count(&self) -> usize {
        self.node.outputs().len()
    }

    /// Whether something reads output `index`, as far as the node says.
    pub fn has_output(&self, index: usize) -> bool {
        self.node
            .outputs()
            .get(index)
            .is_some_and(|name| !name.is_empty())
    }

    /// What it reads, wherever it stands; `None`: absent.
    pub fn optional(&self, index: usize) -> Option<Stored> {
        self.inputs.get(index).copied().flatten()
    }

    /// What it reads, wherever it stands.
    pub fn stored(&self, index: usize) -> Result<Stored> {
        self.optional(index)
            .ok_or_else(|| self.error(Problem::MissingInput { index }, "export the model again"))
    }

    /// What it reads, in ONNX's layout.
    pub fn input(&mut self, index: usize) -> Result<TensorId> {
        let stored = self.stored(index)?;
        self.builder.own(stored)
    }

    /// What it reads with channels last.
    pub fn image(&mut self, index: usize) -> Result<TensorId> {
        let stored = self.stored(index)?;
        if stored.channels_last {
            return Ok(stored.id);
        }
        self.builder.channels_last(stored.id)
    }

    /// The shape of an input as ONNX has it.
    pub fn shape(&self, index: usize) -> Result<Vec<usize>> {
        let stored = self.stored(index)?;
        let mut shape = self.builder.shape(stored.id);
        if stored.channels_last && shape.len() > 2 {
            let channels = shape.pop().unwrap_or_default();
            shape.insert(1, channels);
        }
        Ok(shape)
    }

    /// The element type of an input.
    pub fn dtype(&self, index: usize) -> Result<DType> {
        Ok(self.builder.dtype(self.stored(index)?.id))
    }

    /// An operator in between.
    pub fn step(
        &mut self,
        part: &str,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
    ) -> Result<TensorId> {
        let name = self.part(part);
        let dtype = inputs
            .first()
            .map_or(DType::Float32, |id| self.builder.dtype(*id));
        self.builder.emit(builtin, inputs, options, &name, dtype)
    }

    /// The operator whose result is output 0, of the type of its first input.
    pub fn last(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
        channels_last: bool,
    ) -> Result<Vec<Stored>> {
        let dtype = inputs
            .first()
            .map_or(DType::Float32, |id| self.builder.dtype(*id));
        self.last_of(builtin, inputs, options, channels_last, dtype)
    }

    /// The same, of another type.
    pub fn last_of(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
        channels_last: bool,
        dtype: DType,
    ) -> Result<Vec<Stored>> {
        let name = self.result_name(channels_last);
        let id = self.builder.emit(builtin, inputs, options, &name, dtype)?;
        Ok(vec![self.result(id, channels_last)])
    }

    /// The name of a result; one whose layout is another than ONNX's has a name of its own.
    pub fn result_name(&mut self, channels_last: bool) -> String {
        if channels_last {
            return self.part("channels_last");
        }
        self.name()
    }

    /// A result, whose ONNX layout has the output's name if somebody asks for it.
    pub fn result(&mut self, id: TensorId, channels_last: bool) -> Stored {
        if channels_last {
            let name = self.name();
            self.builder.name_first(id, &name);
        }
        Stored { id, channels_last }
    }

    /// A number for all elements.
    pub fn scalar(&mut self, part: &str, value: f32) -> Result<TensorId> {
        let name = format!("{}/{part}", self.label());
        self.builder.floats(&name, &[], &[value])
    }

    /// Integers as a model's operators want them.
    pub fn sizes(&mut self, part: &str, values: &[usize]) -> Result<TensorId> {
        let values: Vec<i64> = values
            .iter()
            .map(|value| i64::try_from(*value).unwrap_or(i64::MAX))
            .collect();
        let name = format!("{}/{part}", self.label());
        self.builder.ints(&name, &[values.len()], &values)
    }

    /// The integers of an input that must be a constant: a shape, axes, paddings. `None`: absent.
    pub fn maybe_ints(&mut self, index: usize) -> Result<Option<Vec<i64>>> {
        let Some(stored) = self.optional(index) else {
            return Ok(None);
        };
        let id = self.builder.own(stored)?;
        let value = self.builder.value(id)?;
        let value = value.ok_or_else(|| self.not_constant(index))?;
        let ints = value.to_i64().ok_or_else(|| {
            let problem = Problem::InputType {
                index,
                found: value.dtype(),
                expected: "an integer tensor",
            };
            self.error(problem, "export the model again")
        })?;
        Ok(Some(ints))
    }

    /// The same, of an input that must be there.
    pub fn ints(&mut self, index: usize) -> Result<Vec<i64>> {
        let ints = self.maybe_ints(index)?;
        ints.ok_or_else(|| self.error(Problem::MissingInput { index }, "export the model again"))
    }

    /// The floats of an input that must be a constant; `None`: absent.
    pub fn maybe_floats(&mut self, index: usize) -> Result<Option<Vec<f32>>> {
        let Some(stored) = self.optional(index) else {
            return Ok(None);
        };
        let id = self.builder.own(stored)?;
        // What stands behind a pair is the constant in front of it: its floats are those of the integers.
        let id = self.builder.quantized.get(&id).map_or(id, |pair| pair.constant);
        match self.builder.value(id)?.map(|value| value.data) {
            Some(Data::F32(values)) => Ok(Some(values)),
            Some(_) => {
                let problem = Problem::InputType {
                    index,
                    found: self.builder.dtype(id),
                    expected: "float32",
                };
                Err(self.error(problem, "export the model again"))
            }
            None => Err(self.not_constant(index)),
        }
    }

    fn not_constant(&self, index: usize) -> Error {
        let what = format!("input {index} is computed when the model runs, and a constant is wanted");
        let hint =
            "give the inputs fixed shapes (--input-shape), or cut the model with --inputs and --outputs";
        self.error(Problem::Unsupported(what), hint)
    }

    /// An attribute with its default.
    pub fn int(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.node.int(name)?.unwrap_or(default))
    }

    /// An attribute with its default.
    pub fn float(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self.node.float(name)?.unwrap_or(default))
    }

    /// An attribute with its default.
    pub fn text(&self, name: &str, default: &str) -> Result<String> {
        Ok(self.node.text(name)?.unwrap_or_else(|| default.to_owned()))
    }

    /// The integers of an attribute; empty when it is not there.
    pub fn list(&self, name: &str) -> Result<Vec<i64>> {
        Ok(self.node.ints(name)?.unwrap_or_default())
    }

    /// A number as a model has it.
    pub fn fit(&self, name: &str, value: i64) -> Result<i32> {
        i32::try_from(value).map_err(|_| {
            let problem = Problem::Option(format!("`{name}` is {value}"));
            self.error(problem, "models have 32 bits for it")
        })
    }

    /// An axis from 0 on.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let whole = i64::try_from(rank).unwrap_or(i64::MAX);
        let found = if axis < 0 {
            axis.checked_add(whole)
        } else {
            Some(axis)
        };
        let found = found.filter(|found| *found < whole);
        found
            .and_then(|found| usize::try_from(found).ok())
            .ok_or_else(|| {
                let problem = Problem::Option(format!("axis {axis} of {rank} dimensions"));
                self.error(problem, "export the model again")
            })
    }

    /// An error at this node; whoever calls says the place.
    #[allow(clippy::unused_self)] // reads as what it is
    pub fn error(&self, problem: Problem, hint: &str) -> Error {
        Error::new("", problem, hint)
    }

    /// Refuses the node for a reason.
    pub fn refuse<T>(&self, what: impl Into<String>, hint: &str) -> Result<T> {
        Err(self.error(Problem::Unsupported(what.into()), hint))
    }
}
