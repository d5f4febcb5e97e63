//! From one layer on: what of a record differs when it alone is quantized, or float.

use quant_interp::{Interpreter, Workspace};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Graph, TensorId};

use super::grid::Grid;

/// Where an error comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Input(TensorId),
    Operator(usize),
}

/// Values of tensors; `None` for constants, and what nothing made.
pub type Values = Vec<Option<Value>>;

/// What a thread needs.
pub struct Room {
    pub workspace: Workspace,
}

impl Room {
    /// With so many threads for an operator.
    pub fn new(threads: usize) -> Self {
        Self {
            workspace: Workspace::new(threads),
        }
    }
}

/// Both forms of the float model, ready to run.
pub struct Ready<'a> {
    pub graph: &'a Graph,
    pub float: Interpreter<'a>,
    pub weights: Interpreter<'a>,
    pub weighted: &'a [usize],
    pub grids: &'a [Option<Grid>],
    pub sources: &'a [Source],
}

/// The states of one record: what each tensor is.
pub struct States {
    /// In the float model.
    pub float: Values,
    /// The same, each rounded to its grid; `None` where it has none.
    pub rounded: Values,
    /// In the quantized model.
    pub quantized: Values,
}

/// How a model runs from a place on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Float,
    Quantized,
}

impl Ready<'_> {
    /// What differs from the float model when one layer is quantized.
    pub fn alone(&self, source: Source, states: &States, over: &mut Values, room: &mut Room) -> Result<()> {
        match source {
            Source::Input(id) => {
                over[id.0].clone_from(&states.rounded[id.0]);
                self.onward(Form::Float, &states.float, over, 0, room)
            }
            Source::Operator(index) => {
                let op = &self.graph.operators()[index];
                let made =
                    self.weights
                        .operate(index, |id| states.float[id.0].as_ref(), &mut room.workspace)?;
                for (id, mut value) in op.outputs.iter().zip(made) {
                    if let Some(grid) = self.grids[id.0] {
                        grid.apply(&mut value);
                    }
                    put(over, &states.float, *id, value, room);
                }
                self.onward(Form::Float, &states.float, over, index + 1, room)
            }
        }
    }

    /// What differs from the quantized model when one layer is float.
    pub fn restored(
        &self,
        source: Source,
        states: &States,
        over: &mut Values,
        room: &mut Room,
    ) -> Result<()> {
        match source {
            Source::Input(id) => {
                over[id.0].clone_from(&states.float[id.0]);
                self.onward(Form::Quantized, &states.quantized, over, 0, room)
            }
            Source::Operator(index) => {
                let op = &self.graph.operators()[index];
                let made =
                    self.float
                        .operate(index, |id| states.quantized[id.0].as_ref(), &mut room.workspace)?;
                for (id, value) in op.outputs.iter().zip(made) {
                    put(over, &states.quantized, *id, value, room);
                }
                self.onward(Form::Quantized, &states.quantized, over, index + 1, room)
            }
        }
    }

    /// Runs the operators from a place on that read something that differs.
    fn onward(
        &self,
        form: Form,
        base: &Values,
        over: &mut Values,
        from: usize,
        room: &mut Room,
    ) -> Result<()> {
        if over.iter().all(Option::is_none) {
            return Ok(());
        }
        let interpreter = if form == Form::Float {
            &self.float
        } else {
            &self.weights
        };
        let operators = self.graph.operators().iter().enumerate().skip(from);
        for (index, op) in operators {
            if op.inputs.iter().flatten().any(|id| over[id.0].is_some()) {
                let of = |id: TensorId| over[id.0].as_ref().or(base[id.0].as_ref());
                let made = interpreter.operate(index, of, &mut room.workspace)?;
                for (id, mut value) in op.outputs.iter().zip(made) {
                    if let Some(grid) = self.grids[id.0].filter(|_| form == Form::Quantized) {
                        grid.apply(&mut value);
                    }
                    put(over, base, *id, value, room);
                }
            }
            for id in interpreter.dying(index) {
                if let Some(value) = over[id.0].take() {
                    room.workspace.recycle(value);
                }
            }
        }
        Ok(())
    }
}

/// Keeps a value that differs from what it was.
fn put(over: &mut Values, base: &Values, id: TensorId, value: Value, room: &mut Room) {
    if base[id.0].as_ref() == Some(&value) {
        room.workspace.recycle(value);
    } else {
        over[id.0] = Some(value);
    }
}

/// Gives all of it back.
pub fn clear(over: &mut Values, room: &mut Room) {
    over.iter_mut()
        .filter_map(Option::take)
        .for_each(|value| room.workspace.recycle(value));
}
