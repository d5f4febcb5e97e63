//! One node on its way into the model: what quant-lower has of it, and its attributes with ONNX's defaults.

use std::ops::{Deref, DerefMut};

use quant_ir::{Problem, Result, TensorId};
use quant_lower::{Builder, Stored, Words};

pub(super) use quant_lower::{moved_axis, plain};

use crate::node::Node;

/// How hints speak.
const WORDS: Words = Words {
    again: "export the model again",
    whole: "model",
};

/// A node, what it reads, and the model that it goes into.
pub(super) struct Op<'a> {
    pub node: &'a Node,
    /// The version of its operators.
    pub opset: i64,
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
    pub fn new(node: &'a Node, opset: i64, inputs: Vec<Option<Stored>>, builder: &'a mut Builder) -> Self {
        let outputs: Vec<String> = node.outputs().into_iter().map(str::to_owned).collect();
        let first = outputs.iter().find(|name| !name.is_empty()).cloned();
        let label = match node.name() {
            "" => first.unwrap_or_default(),
            name => name.to_owned(),
        };
        let inner = quant_lower::Op {
            inputs,
            outputs,
            label,
            words: &WORDS,
            builder,
        };
        Self { node, opset, inner }
    }

    /// How many outputs the node has.
    pub fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// Whether something reads output `index`, as far as the node says.
    pub fn has_output(&self, index: usize) -> bool {
        self.outputs.get(index).is_some_and(|name| !name.is_empty())
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
}
