//! Getting a model ready to run.

use super::interpreter::{Interpreter, Kind, Step};
use super::lifetimes::{dying, spans};
use super::plan::Plan;
use super::{Run, bands, checks, constant, control, together};
use crate::ops::floats::{self, FloatProfile};
use crate::ops::integer::{self, Kernel, On, Profile};
use crate::ops::{self, Call, OpDef};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::{MAX_LIVE_ELEMENTS, at_most};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, Graph, Model, Operator, TensorId};

impl<'a> Interpreter<'a> {
    /// Prepares a model.
    ///
    /// # Errors
    /// An operator without a float kernel (`Unsupported`), a constant that does not fit its shape.
    pub fn new(model: &'a Model) -> Result<Self> {
        Self::with_profile(model, Profile::default())
    }

    /// The same, with the integers of a runtime, and with its floats where it has some.
    ///
    /// # Errors
    /// As [`Self::new`]; an operator without an integer kernel.
    pub fn with_profile(model: &'a Model, profile: Profile) -> Result<Self> {
        let floats = match profile {
            Profile::Onnxruntime => FloatProfile::Onnxruntime,
            _ => FloatProfile::default(),
        };
        Self::with(model, profile, floats)
    }

    /// The same, with the floats of somebody.
    ///
    /// # Errors
    /// As [`Self::with_profile`].
    pub fn with(model: &'a Model, profile: Profile, floats: FloatProfile) -> Result<Self> {
        let mut called: Vec<_> = model.graphs().iter().map(|_| None).collect();
        control::each_reached(model, |number| {
            called[number] = Some(Self::of(model, number, profile, floats)?);
            Ok(())
        })?;
        Ok(Self {
            called,
            ..Self::of(model, 0, profile, floats)?
        })
    }

    /// Prepares the graph `number`.
    fn of(model: &'a Model, number: usize, profile: Profile, floats: FloatProfile) -> Result<Self> {
        let graph = &model.graphs()[number];
        let mut maker = Maker {
            model,
            graph,
            constants: empty(graph),
            read: vec![false; graph.tensors().len()],
            profile,
            floats,
        };
        let mut steps = Vec::with_capacity(graph.operators().len());
        for (op, dying) in graph.operators().iter().zip(dying(graph)) {
            let def = ops::definition(&op.code).ok_or_else(|| {
                Error::new(
                    ops::place(graph, op),
                    Problem::NoKernel("this operator has no float kernel".into()),
                    "remove it from the model, or add its operator file",
                )
            })?;
            ops::check_inputs(graph, op, def)?;
            let kind = maker.kind(op, def)?;
            steps.push(Step { def, kind, dying });
        }
        let constants = maker.finish()?;
        let plan = Plan::new(graph.tensors().len(), spans(graph, &steps));
        let late = together::late(graph, &steps);
        Ok(Self {
            model,
            number,
            graph,
            called: Vec::new(),
            constants,
            late,
            pairs: bands::pairs(model, graph, &steps, late),
            steps,
            plan,
        })
    }
}

/// Constants without elements: they have no bytes either, and what tells them is that nothing makes them.
fn empty(graph: &Graph) -> Vec<Option<Value>> {
    let of = |id: TensorId| {
        let tensor = graph.tensor(id);
        let constant = graph.producer(id).is_none() && !graph.is_input(id);
        (constant && tensor.elements() == Some(0))
            .then(|| Value::empty(tensor))
            .flatten()
    };
    graph.ids().map(of).collect()
}

/// What an operator of the main graph makes of constants, when it has one output; `None` when it reads something else.
///
/// # Errors
/// Inputs that do not fit it, an output of another shape than the model says.
pub fn folded(model: &Model, op: &Operator) -> Result<Option<Value>> {
    let maker = Maker {
        model,
        graph: model.main(),
        constants: Vec::new(),
        read: Vec::new(),
        profile: Profile::default(),
        floats: FloatProfile::default(),
    };
    let Some(def) = ops::definition(&op.code) else {
        return Ok(None);
    };
    let made = maker.fold(op, def)?;
    Ok(made.and_then(|made| made.into_iter().next()))
}

struct Maker<'a> {
    model: &'a Model,
    graph: &'a Graph,
    constants: Vec<Option<Value>>,
    /// Tensors that something reads at run time: constants that are only packed need not be decoded.
    read: Vec<bool>,
    profile: Profile,
    floats: FloatProfile,
}

impl Maker<'_> {
    fn kind(&mut self, op: &Operator, def: &OpDef) -> Result<Kind> {
        let refused = |what: &str, hint: &str| {
            Err(Error::new(
                ops::place(self.graph, op),
                Problem::NoKernel(what.into()),
                hint,
            ))
        };
        if op.code.builtin == Builtin::QUANTIZE
            && let Some(other) = floats::other(self.floats, op.code.builtin)
        {
            self.reads(op, &[]);
            return Ok(Kind::Plain(other.eval));
        }
        match integer::on(self.graph, op, self.profile) {
            On::Own => {}
            On::Kernel(kernel) => return self.integer(op, kernel),
            On::Parted => {
                return refused(
                    "it moves integers between different scales or zero points",
                    "quantize the float model again",
                );
            }
            On::Refused(why) => {
                return refused(why, "quantize the float model again, or take another runtime");
            }
            On::None => {
                return refused("this operator has no integer kernel", "leave it in float");
            }
        }
        let folds = matches!(op.code.builtin, Builtin::DEQUANTIZE | Builtin::DENSIFY);
        if folds && let Some(outputs) = self.fold(op, def)? {
            for (id, value) in op.outputs.iter().zip(outputs) {
                self.constants[id.0] = Some(value);
            }
            return Ok(Kind::Folded);
        }
        let other = floats::other(self.floats, op.code.builtin);
        let prepare = other.map_or_else(|| ops::prepare(op.code.builtin), |other| other.prepare);
        let prepare = prepare.filter(
            |_| matches!(op.outputs.as_slice(), &[id] if self.graph.tensor(id).dtype == DType::Float32),
        );
        let packed = prepare.map(|prepare| prepare.packed).unwrap_or_default();
        let mut ready = None;
        if let Some(prepare) = prepare
            && let Some(inputs) = self.constants_of(op, |at| packed.contains(&at))?
        {
            ready = Some((prepare.make)(&self.call(
                op,
                &inputs,
                &Run::new(Vec::new(), false),
            ))?);
        }
        self.reads(op, if ready.is_some() { packed } else { &[] });
        let plain = Kind::Plain(other.map_or(def.eval, |other| other.eval));
        Ok(ready.map_or(plain, Kind::Ready))
    }

    fn integer(&mut self, op: &Operator, kernel: Kernel) -> Result<Kind> {
        let profile = integer::profile_of(self.graph, op, self.profile);
        let (ready, packed) = match integer::ready::prepare(op.code.builtin, profile) {
            Some((make, packed)) if op.outputs.len() == 1 => {
                let inputs = self.constants_of(op, |at| packed.contains(&at))?;
                let run = Run::new(Vec::new(), false);
                // What is wrong with it is told by the kernel when it runs.
                let ready = inputs.and_then(|inputs| make(&self.call(op, &inputs, &run), profile).ok());
                (ready.flatten(), packed)
            }
            _ => (None, [].as_slice()),
        };
        self.reads(op, if ready.is_some() { packed } else { &[] });
        Ok(ready.map_or(Kind::Integer(kernel, profile), Kind::ReadyInteger))
    }

    /// Notes what an operator reads at run time: all but what was packed.
    fn reads(&mut self, op: &Operator, packed: &[usize]) {
        for (at, id) in op.inputs.iter().enumerate() {
            if let Some(id) = id.filter(|_| !packed.contains(&at)) {
                self.read[id.0] = true;
            }
        }
    }

    /// The outputs of an operator that reads constants alone.
    fn fold(&self, op: &Operator, def: &OpDef) -> Result<Option<Vec<Value>>> {
        let Some(inputs) = self.constants_of(op, |_| true)? else {
            return Ok(None);
        };
        let run = Run::new(Vec::new(), false);
        let call = self.call(op, &inputs, &run);
        checks::check_outputs(self.graph, op, &(def.shape)(&call)?, true)?;
        let made = (def.eval)(&call)?;
        for value in &made {
            checks::check_made(self.graph, op, value, None)?;
        }
        Ok(Some(made))
    }

    /// The values of the inputs that are `wanted`, the others absent; `None` when one of them is no constant.
    fn constants_of(
        &self,
        op: &Operator,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Option<Vec<Option<Value>>>> {
        let mut values = Vec::with_capacity(op.inputs.len());
        for (at, id) in op.inputs.iter().enumerate() {
            let Some(id) = id.filter(|_| wanted(at)) else {
                values.push(None);
                continue;
            };
            let value = match self.constants.get(id.0) {
                Some(Some(value)) => Some(value.clone()),
                _ => constant(self.model, self.graph.tensor(id))?,
            };
            if value.is_none() || self.graph.tensor(id).is_variable {
                return Ok(None);
            }
            values.push(value);
        }
        Ok(Some(values))
    }

    fn call<'c>(&'c self, op: &'c Operator, inputs: &'c [Option<Value>], run: &'c Run<'c>) -> Call<'c> {
        Call {
            model: self.model,
            graph: self.graph,
            op,
            inputs: inputs.iter().map(Option::as_ref).collect(),
            run,
        }
    }

    /// All constants that something reads.
    fn finish(mut self) -> Result<Vec<Option<Value>>> {
        for id in self.graph.outputs() {
            self.read[id.0] = true;
        }
        let mut elements = 0usize;
        for (index, tensor) in self.graph.tensors().iter().enumerate() {
            if tensor.is_variable {
                if self.model.is_const(tensor) {
                    return Err(Error::new(
                        Place::tensor("variable", &tensor.name).numbered(index),
                        Problem::NoKernel("it has contents; variables begin as zeros".into()),
                        "assign them in the model",
                    ));
                }
                self.constants[index] = None;
            } else if self.read[index] && self.constants[index].is_none() {
                self.constants[index] = constant(self.model, tensor)?;
            }
            // Tensors may share a buffer, and sparse ones store little: the file does not bound what is decoded.
            elements = elements.saturating_add(self.constants[index].as_ref().map_or(0, Value::len));
            at_most(MAX_LIVE_ELEMENTS, elements, "constants", "elements")?;
        }
        Ok(self.constants)
    }
}
