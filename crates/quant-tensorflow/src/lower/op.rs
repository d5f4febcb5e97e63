//! One node on its way into the model: what quant-lower has of it, and its attributes with TensorFlow's defaults.

use std::ops::{Deref, DerefMut};

use quant_ir::{Builtin, DType, Options, Problem, Result, TensorId};
use quant_lower::{Builder, Stored, Words};

pub(super) use quant_lower::plain;

use crate::node::Node;

/// How hints speak.
const WORDS: Words = Words {
    again: "freeze the graph again",
    whole: "graph",
};

/// A node, what it reads, and the model that it goes into.
pub(super) struct Op<'a> {
    pub node: &'a Node,
    inner: quant_lower::Op<'a>,
}

/// How a node is lowered: its outputs, as many as can be read.
pub(super) type Lower = fn(&mut Op<'_>) -> Result<Vec<Stored>>;

impl<'a> Deref for Op<'a> {
    type Target = quant_lower::Op<'a>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Op<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

impl<'a> Op<'a> {
    /// A node on its way into a model.
    pub fn new(node: &'a Node, inputs: Vec<Stored>, builder: &'a mut Builder) -> Self {
        let name = node.name().to_owned();
        let inner = quant_lower::Op {
            inputs: inputs.into_iter().map(Some).collect(),
            outputs: vec![name.clone()],
            label: name,
            words: &WORDS,
            builder,
        };
        Self { node, inner }
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

    /// The one integer of an input that must be a constant.
    pub fn int_of(&mut self, index: usize) -> Result<i64> {
        let values = self.ints(index)?;
        if let &[value] = values.as_slice() {
            return Ok(value);
        }
        let what = format!("input {index} has {} elements", values.len());
        Err(self.error(Problem::Count(what), "give one number"))
    }

    /// An attribute with its default.
    pub fn int(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.node.int(name)?.unwrap_or(default))
    }

    /// An attribute with its default, as a model has it.
    pub fn small(&self, name: &str, default: i64) -> Result<i32> {
        self.fit(name, self.int(name, default)?)
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
}
