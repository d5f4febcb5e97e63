//! From one layer on: what of a record differs when it alone is quantized, or float.

use quant_interp::{Interpreter, Workspace};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Graph, TensorId};

use super::grid::Grid;
use super::source::{Source, Values, begun};
use super::stretch::Stretch;

/// What a thread needs.
pub struct Room {
    pub workspace: Workspace,
    /// What differs, for each source; empty but for its room.
    over: Vec<Values>,
}

impl Room {
    /// With so many threads for an operator.
    pub fn new(threads: usize) -> Self {
        Self {
            workspace: Workspace::new(threads),
            over: Vec::new(),
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

impl States {
    /// What a run in a form goes by.
    fn base(&self, form: Form) -> &Values {
        match form {
            Form::Float => &self.float,
            Form::Quantized => &self.quantized,
        }
    }

    /// What a graph input is in the other form.
    fn other(&self, form: Form) -> &Values {
        match form {
            Form::Float => &self.rounded,
            Form::Quantized => &self.float,
        }
    }
}

/// How a model runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Float,
    Quantized,
}

impl Form {
    fn other(self) -> Self {
        match self {
            Self::Float => Self::Quantized,
            Self::Quantized => Self::Float,
        }
    }
}

impl Ready<'_> {
    /// Runs each source to the end: what differs from the float model when it alone is quantized (`Form::Float`), from the
    /// quantized model when it alone is float. `take` gets the number of each, and the values that differ.
    pub fn each(
        &self,
        form: Form,
        states: &States,
        stretches: &[Stretch],
        room: &mut Room,
        mut take: impl FnMut(usize, &Values),
    ) -> Result<()> {
        let mut all = std::mem::take(&mut room.over);
        all.resize_with(self.sources.len(), || vec![None; self.graph.tensors().len()]);
        for (source, over) in self.sources.iter().zip(&mut all) {
            if let Source::Input(id) = source {
                over[id.0].clone_from(&states.other(form)[id.0]);
            }
        }
        let room_of_all = room;
        let room = &mut room_of_all.workspace;
        for stretch in stretches {
            let begun = begun(self.sources, stretch.operators.end);
            let sources = self.sources[..begun].chunks(stretch.together);
            for (sources, some) in sources.zip(all[..begun].chunks_mut(stretch.together)) {
                for index in stretch.operators.clone() {
                    for (source, over) in sources.iter().zip(&mut *some) {
                        self.step(form, index, *source, states, over, room)?;
                    }
                }
            }
        }
        for (at, over) in all.iter_mut().enumerate() {
            take(at, over);
            let left = over.iter_mut().filter_map(Option::take);
            left.for_each(|value| room.recycle(value));
        }
        room_of_all.over = all;
        Ok(())
    }

    /// Runs an operator where a source comes in, or where it reads something that differs.
    fn step(
        &self,
        form: Form,
        index: usize,
        source: Source,
        states: &States,
        over: &mut Values,
        room: &mut Workspace,
    ) -> Result<()> {
        let op = &self.graph.operators()[index];
        let base = states.base(form);
        let begins = source == Source::Operator(index);
        if begins || op.inputs.iter().flatten().any(|id| over[id.0].is_some()) {
            let form = if begins { form.other() } else { form };
            let interpreter = match form {
                Form::Float => &self.float,
                Form::Quantized => &self.weights,
            };
            let of = |id: TensorId| over[id.0].as_ref().or(base[id.0].as_ref());
            let made = interpreter.operate(index, of, room)?;
            for (id, mut value) in op.outputs.iter().zip(made) {
                if let Some(grid) = self.grids[id.0].filter(|_| form == Form::Quantized) {
                    grid.apply(&mut value);
                }
                put(over, base, *id, value, room);
            }
        }
        for id in self.float.dying(index) {
            if let Some(value) = over[id.0].take() {
                room.recycle(value);
            }
        }
        Ok(())
    }
}

/// Keeps a value that differs from what it was.
fn put(over: &mut Values, base: &Values, id: TensorId, value: Value, room: &mut Workspace) {
    if base[id.0].as_ref() == Some(&value) {
        room.recycle(value);
    } else {
        over[id.0] = Some(value);
    }
}
