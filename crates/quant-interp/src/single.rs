//! Single operators of a model that is ready to run, on values from anywhere: for whoever runs a part of a model again with
//! a value changed.

use super::interpreter::{Interpreter, Kind};
use super::state::Run;
use super::{Workspace, checks};
use crate::ops::integer::ready as integer;
use quant_ir::TensorId;
use quant_ir::error::Result;
use quant_ir::value::{Data, Floats, Value};

impl Interpreter<'_> {
    /// What the operator `index` of the main graph makes of these values; constants need not be among them. Buffers that
    /// were given back ([`Workspace::recycle`]) are used again.
    ///
    /// # Errors
    /// As [`Interpreter::run_with`]; an operator that calls other graphs, or reads variables.
    pub fn operate<'v>(
        &'v self,
        index: usize,
        value: impl Fn(TensorId) -> Option<&'v Value>,
        room: &mut Workspace,
    ) -> Result<Vec<Value>> {
        let (op, step) = (&self.graph.operators()[index], &self.steps[index]);
        let run = Run::new(Vec::new(), false);
        let lookup = |id: TensorId| self.constants[id.0].as_ref().or_else(|| value(id));
        Ok(match &step.kind {
            Kind::Folded => {
                let made = op.outputs.iter().filter_map(|id| self.constants[id.0].clone());
                made.collect()
            }
            Kind::Ready(ready) => {
                let call = self.call(op, lookup, &run, true)?;
                let shape = ready.shape(&call)?;
                checks::check_size(self.graph, op, &shape)?;
                let mut out = room.spare(shape.iter().product());
                ready.run(&call, room.threads, &mut out)?;
                let data = Data::F32(out);
                vec![Value { shape, data }]
            }
            Kind::ReadyInteger(ready) => {
                let call = self.call(op, lookup, &run, true)?;
                let shape = ready.shape(&call)?;
                checks::check_size(self.graph, op, &shape)?;
                let mut data = Data::I8(Vec::new());
                integer::fill(&call, &**ready, &shape, &mut room.scratch, &mut data)?;
                vec![Value { shape, data }]
            }
            kind => {
                let call = self.call(op, lookup, &run, false)?;
                for shape in (step.def.shape)(&call)? {
                    checks::check_size(self.graph, op, &shape)?;
                }
                let made = match kind {
                    Kind::Integer(kernel, profile) => kernel(&call, *profile)?,
                    Kind::Plain(eval) => eval(&call)?,
                    _ => (step.def.eval)(&call)?,
                };
                for value in &made {
                    checks::check_made(self.graph, op, value, None)?;
                }
                made
            }
        })
    }

    /// Whether an operator reads constants alone, and has been computed when the model was made ready.
    pub fn is_folded(&self, index: usize) -> bool {
        matches!(self.steps[index].kind, Kind::Folded)
    }

    /// The activations that no operator behind this one reads, and that are no outputs of the graph.
    pub fn dying(&self, index: usize) -> &[TensorId] {
        &self.steps[index].dying
    }

    /// A constant that operators read at run time, or one that was computed of constants.
    pub fn constant(&self, id: TensorId) -> Option<&Value> {
        self.constants[id.0].as_ref()
    }
}

/// Buffers that wait at most: those of a model's activations, a few times over.
const SPARE: usize = 1024;

impl Workspace {
    /// Gives back the buffer of a value that nobody needs any more.
    pub fn recycle(&mut self, value: Value) {
        if let Data::F32(buffer) = value.data
            && self.spare.len() < SPARE
        {
            self.spare.push(buffer);
        }
    }

    /// A buffer of so many elements of any value: the smallest that is large enough, and not much too large.
    pub fn spare(&mut self, len: usize) -> Floats {
        let fits = |buffer: &Floats| (len..=len.saturating_mul(4)).contains(&buffer.capacity());
        let found = self.spare.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let found = found
            .min_by_key(|(_, buffer)| buffer.capacity())
            .map(|(at, _)| at);
        let mut buffer = if let Some(at) = found {
            self.spare.swap_remove(at)
        } else {
            if self.spare.len() == SPARE {
                self.spare.remove(0);
            }
            Floats::default()
        };
        buffer.renew(len, 0);
        buffer
    }
}
