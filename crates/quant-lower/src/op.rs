//! One node on its way into the model: what it reads as tensors, what it makes under its names.

use quant_ir::value::Data;
use quant_ir::{Builtin, DType, Error, Options, Problem, Result, TensorId};

use crate::{Builder, Stored};

/// A node on its way into the model, whatever framework it is of.
pub struct Op<'a> {
    /// What it reads; `None`: absent.
    pub inputs: Vec<Option<Stored>>,
    /// What its outputs are called; empty: nobody reads it.
    pub outputs: Vec<String>,
    /// What parts of it are called by.
    pub label: String,
    /// How the hints of its framework speak.
    pub words: &'static Words,
    /// The model that it goes into.
    pub builder: &'a mut Builder,
}

/// How the hints of a framework speak.
#[derive(Debug)]
pub struct Words {
    /// What makes a file anew that is broken.
    pub again: &'static str,
    /// What is cut, and what runs: a model, a graph.
    pub whole: &'static str,
}

/// The output of a node in the graph's own layout.
pub fn plain(id: TensorId) -> Vec<Stored> {
    vec![Stored {
        id,
        channels_last: false,
    }]
}

/// Where a dimension of channels behind the batch stands when channels are last.
pub fn moved_axis(axis: usize, rank: usize) -> usize {
    match axis {
        0 => 0,
        1 => rank.saturating_sub(1),
        other => other.saturating_sub(1),
    }
}

impl Op<'_> {
    /// The name of an output, or one of its own when nobody reads it.
    pub fn output_name(&mut self, index: usize) -> String {
        match self.outputs.get(index) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => self.part(&format!("output{index}")),
        }
    }

    /// The name of output 0.
    pub fn name(&mut self) -> String {
        self.output_name(0)
    }

    /// A name for something that belongs to the node.
    pub fn part(&mut self, part: &str) -> String {
        let name = self.of(part);
        self.builder.fresh(&name)
    }

    /// The same where whoever makes it looks whether the name is free.
    fn of(&self, part: &str) -> String {
        format!("{}/{part}", self.label)
    }

    /// What it reads, wherever it stands; `None`: absent.
    pub fn optional(&self, index: usize) -> Option<Stored> {
        self.inputs.get(index).copied().flatten()
    }

    /// What it reads, wherever it stands.
    ///
    /// # Errors
    /// It is not there.
    pub fn stored(&self, index: usize) -> Result<Stored> {
        self.optional(index).ok_or_else(|| self.missing(index))
    }

    fn missing(&self, index: usize) -> Error {
        self.error(Problem::MissingInput { index }, self.words.again)
    }

    /// What it reads, in the graph's own layout.
    ///
    /// # Errors
    /// It is not there.
    pub fn input(&mut self, index: usize) -> Result<TensorId> {
        let stored = self.stored(index)?;
        self.builder.own(stored)
    }

    /// The element type of an input.
    ///
    /// # Errors
    /// It is not there.
    pub fn input_dtype(&self, index: usize) -> Result<DType> {
        Ok(self.builder.dtype(self.stored(index)?.id))
    }

    /// An operator in between.
    ///
    /// # Errors
    /// Those of [`Builder::emit`].
    pub fn step(
        &mut self,
        part: &str,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
    ) -> Result<TensorId> {
        let name = self.part(part);
        let dtype = self.first_dtype(inputs);
        self.builder.emit(builtin, inputs, options, &name, dtype)
    }

    /// The operator whose result is output 0, of the type of its first input.
    ///
    /// # Errors
    /// Those of [`Builder::emit`].
    pub fn last(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        options: Options,
        channels_last: bool,
    ) -> Result<Vec<Stored>> {
        let dtype = self.first_dtype(inputs);
        self.last_of(builtin, inputs, options, channels_last, dtype)
    }

    fn first_dtype(&self, inputs: &[TensorId]) -> DType {
        let first = inputs.first();
        first.map_or(DType::Float32, |id| self.builder.dtype(*id))
    }

    /// The same, of another type.
    ///
    /// # Errors
    /// Those of [`Builder::emit`].
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

    /// The name of a result; one whose layout is another than the graph's has a name of its own.
    pub fn result_name(&mut self, channels_last: bool) -> String {
        if channels_last {
            return self.part("channels_last");
        }
        self.name()
    }

    /// A result, whose own layout has the output's name if somebody asks for it.
    pub fn result(&mut self, id: TensorId, channels_last: bool) -> Stored {
        if channels_last {
            let name = self.name();
            self.builder.name_first(id, &name);
        }
        Stored { id, channels_last }
    }

    /// A number for all elements.
    ///
    /// # Errors
    /// More constants than a model has room for.
    pub fn scalar(&mut self, part: &str, value: f32) -> Result<TensorId> {
        let name = self.of(part);
        self.builder.floats(&name, &[], &[value])
    }

    /// Integers as a model's operators want them.
    ///
    /// # Errors
    /// One that needs more than 32 bits.
    pub fn sizes(&mut self, part: &str, values: &[usize]) -> Result<TensorId> {
        let values = values.iter();
        let values: Vec<i64> = values
            .map(|value| i64::try_from(*value).unwrap_or(i64::MAX))
            .collect();
        let name = self.of(part);
        self.builder.ints(&name, &[values.len()], &values)
    }

    /// The integers of an input that must be a constant: a shape, axes, paddings. `None`: absent.
    ///
    /// # Errors
    /// It is no constant, or none of integers.
    pub fn maybe_ints(&mut self, index: usize) -> Result<Option<Vec<i64>>> {
        let Some(stored) = self.optional(index) else {
            return Ok(None);
        };
        let id = self.builder.own(stored)?;
        let value = self.builder.value(id)?;
        let value = value.ok_or_else(|| self.not_constant(index))?;
        let ints = value.to_i64();
        let wrong = || self.input_type(index, value.dtype(), "an integer tensor");
        ints.map(Some).ok_or_else(wrong)
    }

    /// The same, of an input that must be there.
    ///
    /// # Errors
    /// It is not there; those of [`Self::maybe_ints`].
    pub fn ints(&mut self, index: usize) -> Result<Vec<i64>> {
        self.maybe_ints(index)?.ok_or_else(|| self.missing(index))
    }

    /// The floats of an input that must be a constant; `None`: absent.
    ///
    /// # Errors
    /// It is no constant, or none of floats.
    pub fn maybe_floats(&mut self, index: usize) -> Result<Option<Vec<f32>>> {
        let Some(stored) = self.optional(index) else {
            return Ok(None);
        };
        let id = self.builder.own(stored)?;
        // What stands behind a pair is the constant in front of it: its floats are those of the integers.
        let id = self.builder.quantized.get(&id).map_or(id, |pair| pair.constant);
        match self.builder.value(id)?.map(|value| value.data) {
            Some(Data::F32(values)) => Ok(Some(values.into())),
            Some(_) => Err(self.input_type(index, self.builder.dtype(id), "float32")),
            None => Err(self.not_constant(index)),
        }
    }

    /// The same, of an input that must be there.
    ///
    /// # Errors
    /// It is not there; those of [`Self::maybe_floats`].
    pub fn floats(&mut self, index: usize) -> Result<Vec<f32>> {
        self.maybe_floats(index)?.ok_or_else(|| self.missing(index))
    }

    fn input_type(&self, index: usize, found: DType, expected: &'static str) -> Error {
        let problem = Problem::InputType {
            index,
            found,
            expected,
        };
        self.error(problem, self.words.again)
    }

    fn not_constant(&self, index: usize) -> Error {
        let whole = self.words.whole;
        let what = format!("input {index} is computed when the {whole} runs, and a constant is wanted");
        let hint = format!(
            "give the inputs fixed shapes (--input-shape), or cut the {whole} with --inputs and --outputs"
        );
        self.error(Problem::Unsupported(what), &hint)
    }

    /// A number of an attribute as a model has it.
    ///
    /// # Errors
    /// It needs more than 32 bits.
    pub fn fit(&self, name: &str, value: i64) -> Result<i32> {
        i32::try_from(value).map_err(|_| {
            let problem = Problem::Option(format!("`{name}` is {value}"));
            self.error(problem, "models have 32 bits for it")
        })
    }

    /// An error at this node; whoever calls says the place.
    #[allow(clippy::unused_self)] // reads as what it is
    pub fn error(&self, problem: Problem, hint: &str) -> Error {
        Error::new("", problem, hint)
    }

    /// Refuses the node for a reason.
    ///
    /// # Errors
    /// Always.
    pub fn refuse<T>(&self, what: impl Into<String>, hint: &str) -> Result<T> {
        Err(self.error(Problem::Unsupported(what.into()), hint))
    }
}
