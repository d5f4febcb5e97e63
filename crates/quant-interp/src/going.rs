//! A run on its way: what there is, and where it lies.

use super::checks;
use super::interpreter::Interpreter;
use super::workspace::{Workspace, nothing};
use quant_ir::TensorId;
use quant_ir::error::Result;
use quant_ir::value::{Data, Floats, Value};

/// A run on its way.
pub(super) struct Going {
    /// Of each tensor, what it is now.
    pub values: Vec<Option<Value>>,
    /// Elements of all values.
    pub live: usize,
}

fn size(value: Option<&Value>) -> usize {
    value.map_or(0, Value::len)
}

impl Interpreter<'_> {
    /// Counts what an operator made, and takes away what nothing reads behind it.
    pub(super) fn settle(&self, index: usize, going: &mut Going, workspace: &mut Workspace) -> Result<()> {
        let op = &self.graph.operators()[index];
        let made = op.outputs.iter().map(|id| size(going.values[id.0].as_ref()));
        going.live += made.sum::<usize>();
        checks::check_live(self.graph, op, going.live)?;
        self.bury(index, going, workspace);
        Ok(())
    }

    /// Takes away what nothing reads behind an operator.
    pub(super) fn bury(&self, index: usize, going: &mut Going, workspace: &mut Workspace) {
        let Going { values, live } = going;
        for id in &self.steps[index].dying {
            *live = live.saturating_sub(size(values[id.0].as_ref()));
            let buffer = values[id.0].take().map(|value| value.data);
            if let (Some(slot), Some(buffer)) = (self.plan.slots[id.0], buffer) {
                workspace.buffers[slot] = buffer;
            }
        }
    }

    /// The buffer of a tensor, for so many elements; `early` operators get room for all activations that will be in it.
    pub(super) fn room(
        &self,
        id: TensorId,
        elements: usize,
        early: bool,
        workspace: &mut Workspace,
    ) -> Floats {
        let slot = self.plan.slots[id.0];
        let room = slot.filter(|_| early).map_or(0, |slot| self.plan.room(slot));
        let slot = slot.and_then(|slot| workspace.buffers.get_mut(slot));
        let mut out = match slot.map(|slot| std::mem::replace(slot, nothing())) {
            Some(Data::F32(out)) => out,
            _ => Floats::default(),
        };
        out.renew(elements, room);
        out
    }
}
