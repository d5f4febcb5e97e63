//! Gates of RNN, GRU and LSTM: one step.

use quant_ir::{Builtin, Options, Result, TensorId};
use quant_lower::options;

use super::op::Op;
use super::slices::cut;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Rnn,
    Gru,
    Lstm,
}

fn one(op: &mut Op<'_>, part: &str, builtin: Builtin, x: TensorId) -> Result<TensorId> {
    op.step(part, builtin, &[x], Options::default())
}

/// `x · wᵀ + b`.
pub(super) fn product(
    op: &mut Op<'_>,
    part: &str,
    x: TensorId,
    w: TensorId,
    b: TensorId,
) -> Result<TensorId> {
    let options = options!(FullyConnectedOptions: FullyConnectedOptionsT {});
    op.step(part, Builtin::FULLY_CONNECTED, &[x, w, b], options)
}

/// One direction of a node.
pub(super) struct Layer {
    pub kind: Kind,
    pub hidden: usize,
    /// A product behind the reset gate, not in front of it (GRU).
    pub reset_behind: bool,
    pub weights: TensorId,
    pub recurrent: TensorId,
    /// Of the products with the input, and with the state.
    pub biases: [TensorId; 2],
}

impl Layer {
    pub fn gates(kind: Kind) -> usize {
        match kind {
            Kind::Rnn => 1,
            Kind::Gru => 3,
            Kind::Lstm => 4,
        }
    }

    /// Columns of a gate.
    fn gate(&self, op: &mut Op<'_>, part: &str, id: TensorId, at: usize) -> Result<TensorId> {
        cut(op, part, id, 1, (at.saturating_mul(self.hidden), self.hidden))
    }

    /// The first two gates of GRU, by the products of input and state.
    fn update_and_reset(&self, op: &mut Op<'_>, x: TensorId, of_state: TensorId) -> Result<[TensorId; 2]> {
        let mut gate = |at| {
            let a = self.gate(op, "x_gate", x, at)?;
            let b = self.gate(op, "h_gate", of_state, at)?;
            let sum = op.add("gate_sum", a, b)?;
            one(op, "gate", Builtin::LOGISTIC, sum)
        };
        Ok([gate(0)?, gate(1)?])
    }

    /// The state behind a step; `x` is the product of the input.
    pub fn step(&self, op: &mut Op<'_>, x: TensorId, h: TensorId, c: TensorId) -> Result<[TensorId; 2]> {
        let [_, bias] = self.biases;
        if self.kind == Kind::Gru && !self.reset_behind {
            return self.reset_in_front(op, x, h, c);
        }
        let of_state = product(op, "of_state", h, self.recurrent, bias)?;
        if self.kind == Kind::Gru {
            let [update, reset] = self.update_and_reset(op, x, of_state)?;
            let (a, b) = (
                self.gate(op, "x_new", x, 2)?,
                self.gate(op, "h_new", of_state, 2)?,
            );
            let kept = op.mul("reset", reset, b)?;
            let sum = op.add("new_sum", a, kept)?;
            let new = one(op, "new", Builtin::TANH, sum)?;
            return Ok([mixed(op, update, new, h)?, c]);
        }
        let sum = op.add("sum", x, of_state)?;
        if self.kind == Kind::Rnn {
            return Ok([one(op, "state", Builtin::TANH, sum)?, c]);
        }
        // Gates in the order i, o, f, c.
        let mut gates = Vec::new();
        for at in 0..4 {
            let part = self.gate(op, "gate_sum", sum, at)?;
            let builtin = if at == 3 { Builtin::TANH } else { Builtin::LOGISTIC };
            gates.push(one(op, "gate", builtin, part)?);
        }
        let &[input, output, forget, new] = gates.as_slice() else {
            return op.refuse("another number of gates", "");
        };
        let kept = op.mul("kept", forget, c)?;
        let taken = op.mul("taken", input, new)?;
        let cell = op.add("cell", kept, taken)?;
        let tanh = one(op, "cell_tanh", Builtin::TANH, cell)?;
        Ok([op.mul("state", output, tanh)?, cell])
    }

    /// GRU with `linear_before_reset` 0: the state is reset before its product.
    fn reset_in_front(
        &self,
        op: &mut Op<'_>,
        x: TensorId,
        h: TensorId,
        c: TensorId,
    ) -> Result<[TensorId; 2]> {
        let two = self.hidden.saturating_mul(2);
        let [_, bias] = self.biases;
        let rows = |op: &mut Op<'_>, from: usize, count: usize| -> Result<[TensorId; 2]> {
            Ok([
                cut(op, "recurrent", self.recurrent, 0, (from, count))?,
                cut(op, "recurrent_bias", bias, 0, (from, count))?,
            ])
        };
        let [w, b] = rows(op, 0, two)?;
        let of_state = product(op, "of_state", h, w, b)?;
        let [update, reset] = self.update_and_reset(op, x, of_state)?;
        let kept = op.mul("reset", reset, h)?;
        let [w, b] = rows(op, two, self.hidden)?;
        let of_kept = product(op, "of_reset", kept, w, b)?;
        let a = self.gate(op, "x_new", x, 2)?;
        let sum = op.add("new_sum", a, of_kept)?;
        let new = one(op, "new", Builtin::TANH, sum)?;
        Ok([mixed(op, update, new, h)?, c])
    }
}

/// `(1 − z) · new + z · h`.
fn mixed(op: &mut Op<'_>, update: TensorId, new: TensorId, h: TensorId) -> Result<TensorId> {
    let full = op.scalar("one", 1.0)?;
    let rest = op.sub("rest", full, update)?;
    let a = op.mul("of_new", rest, new)?;
    let b = op.mul("of_old", update, h)?;
    op.add("state", a, b)
}
