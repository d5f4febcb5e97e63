//! One node on its way into the model: its inputs as tensors, its attributes with TensorFlow's defaults.

use quant_ir::value::Data;
use quant_ir::{Builtin, DType, Error, Options, Problem, Result, TensorId};

use crate::node::Node;
use quant_lower::{Builder, Stored};

/// A node, what it reads, and the model that it goes into.
pub(super) struct Op<'a> {
    pub node: &'a Node,
    pub inputs: Vec<Stored>,
    pub builder: &'a mut Builder,
}

/// How a node is lowered: its outputs, as many as can be read.
pub(super) type Lower = fn(&mut Op<'_>) -> Result<Vec<Stored>>;

/// The output of a node in the graph's own layout.
pub(super) fn plain(id: TensorId) -> Vec<Stored> {
    vec![Stored {
        id,
        channels_last: false,
    }]
}

impl Op<'_> {
    /// The name of output 0.
    pub fn name(&self) -> String {
        self.node.name().to_owned()
    }

    /// A name for something that belongs to the node.
    pub fn part(&mut self, part: &str) -> String {
        let name = format!("{}/{part}", self.node.name());
        self.builder.fresh(&name)
    }

    /// What it reads, wherever it stands.
    pub fn stored(&self, index: usize) -> Result<Stored> {
        let found = self.inputs.get(index).copied();
        found.ok_or_else(|| self.error(Problem::MissingInput { index }, "freeze the graph again"))
    }

    /// What it reads, in the graph's own layout.
    pub fn input(&mut self, index: usize) -> Result<TensorId> {
        let stored = self.stored(index)?;
        self.builder.own(stored)
    }

    /// What it reads with channels last, whatever the graph has.
    pub fn image(&mut self, index: usize) -> Result<TensorId> {
        let stored = self.stored(index)?;
        if stored.channels_last || !self.channels_first()? {
            return Ok(stored.id);
        }
        self.builder.channels_last(stored.id)
    }

    /// An operator whose result has channels last, for a node that may want them first.
    pub fn emit_image(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
        dtype: DType,
    ) -> Result<Vec<Stored>> {
        let channels_last = self.channels_first()?;
        let name = self.result_name(channels_last);
        let id = self.builder.emit(builtin, inputs, options, &name, dtype)?;
        Ok(vec![self.result(id, channels_last)])
    }

    /// The name of a result; one whose layout is another than the graph's has a name of its own.
    pub fn result_name(&mut self, channels_last: bool) -> String {
        if channels_last {
            return self.part("channels_last");
        }
        self.name()
    }

    /// A result, whose own layout has the node's name if somebody asks for it.
    pub fn result(&mut self, id: TensorId, channels_last: bool) -> Stored {
        if channels_last {
            self.builder.name_first(id, self.node.name());
        }
        Stored { id, channels_last }
    }

    /// Whether the node has channels behind the batch.
    pub fn channels_first(&self) -> Result<bool> {
        match self.text("data_format", "NHWC")?.as_str() {
            "NHWC" | "NDHWC" => Ok(false),
            "NCHW" | "NCDHW" => Ok(true),
            other => {
                let problem = Problem::Unsupported(format!("data_format {other}"));
                Err(self.error(problem, "use NHWC or NCHW"))
            }
        }
    }

    /// The integers of an input that must be a constant: a shape, axes, paddings.
    pub fn ints(&mut self, index: usize) -> Result<Vec<i64>> {
        let id = self.input(index)?;
        let value = self.builder.value(id)?;
        let value = value.ok_or_else(|| self.not_constant(index))?;
        value.to_i64().ok_or_else(|| {
            let problem = Problem::InputType {
                index,
                found: value.dtype(),
                expected: "an integer tensor",
            };
            self.error(problem, "freeze the graph again")
        })
    }

    /// The one integer of an input that must be a constant.
    pub fn int_of(&mut self, index: usize) -> Result<i64> {
        let values = self.ints(index)?;
        if let &[value] = values.as_slice() {
            return Ok(value);
        }
        let what = format!("input {index} has {} elements", values.len());
        Err(self.error(Problem::Count(what), "give one number"))
    }

    /// The floats of an input that must be a constant.
    pub fn floats(&mut self, index: usize) -> Result<Vec<f32>> {
        let id = self.input(index)?;
        match self.builder.value(id)?.map(|value| value.data) {
            Some(Data::F32(values)) => Ok(values),
            Some(_) => {
                let problem = Problem::InputType {
                    index,
                    found: self.builder.dtype(id),
                    expected: "float32",
                };
                Err(self.error(problem, "freeze the graph again"))
            }
            None => Err(self.not_constant(index)),
        }
    }

    fn not_constant(&self, index: usize) -> Error {
        let what = format!("input {index} is computed when the graph runs, and a constant is wanted");
        let hint =
            "give the inputs fixed shapes (--input-shape), or cut the graph with --inputs and --outputs";
        self.error(Problem::Unsupported(what), hint)
    }

    /// An attribute with its default.
    pub fn int(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.node.int(name)?.unwrap_or(default))
    }

    /// An attribute with its default, as a model has it.
    pub fn small(&self, name: &str, default: i64) -> Result<i32> {
        self.fit(name, self.int(name, default)?)
    }

    /// A number of an attribute as a model has it.
    pub fn fit(&self, name: &str, value: i64) -> Result<i32> {
        i32::try_from(value).map_err(|_| {
            let problem = Problem::Option(format!("`{name}` is {value}"));
            self.error(problem, "models have 32 bits for it")
        })
    }

    /// An attribute with its default.
    pub fn float(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self.node.float(name)?.unwrap_or(default))
    }

    /// An attribute with its default.
    pub fn bool(&self, name: &str, default: bool) -> Result<bool> {
        Ok(self.node.bool(name)?.unwrap_or(default))
    }

    /// An attribute with its default.
    pub fn text(&self, name: &str, default: &str) -> Result<String> {
        Ok(self.node.text(name)?.unwrap_or_else(|| default.to_owned()))
    }

    /// The integers of a list; empty when it is not there.
    pub fn list(&self, name: &str) -> Result<Vec<i64>> {
        Ok(self.node.list(name)?.map(|list| list.ints).unwrap_or_default())
    }

    /// An element type of the node as a model has it; `float32` when it says none.
    pub fn dtype(&self, name: &str) -> Result<DType> {
        let Some(found) = self.node.data_type(name)? else {
            return Ok(DType::Float32);
        };
        found.dtype().ok_or_else(|| {
            let problem = Problem::UnsupportedType(format!("it is of {found}"));
            self.error(problem, "a frozen graph of floats is lowered")
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
