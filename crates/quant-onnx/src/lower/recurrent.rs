//! RNN, GRU and LSTM: a step behind the other, each with operators of its own.

use quant_ir::{Builtin, DType, Result, TensorId};
use quant_lower::{Stored, options};

use super::gates::{Kind, Layer, product};
use super::op::{Op, plain};
use super::slices::cut;

/// Steps that become operators.
const MAX_STEPS: usize = 1024;

/// What of an input belongs to a direction, without that dimension.
fn of_direction(op: &mut Op<'_>, part: &str, index: usize, direction: usize) -> Result<TensorId> {
    let id = op.input(index)?;
    let shape = op.builder.shape(id);
    let id = cut(op, part, id, 0, (direction, 1))?;
    let name = op.part(part);
    op.builder.reshape(id, shape.get(1..).unwrap_or_default(), &name)
}

/// Refuses what is not lowered.
fn check(op: &Op<'_>, kind: Kind) -> Result<()> {
    let usual: &[&str] = match kind {
        Kind::Rnn => &["Tanh"],
        Kind::Gru => &["Sigmoid", "Tanh"],
        Kind::Lstm => &["Sigmoid", "Tanh", "Tanh"],
    };
    if let Some(activations) = op.node.texts("activations")?
        && !activations
            .chunks(usual.len())
            .all(|some| some.iter().map(String::as_str).eq(usual.iter().copied()))
    {
        return op.refuse(
            format!("activations {}", activations.join(", ")),
            "the usual ones are lowered",
        );
    }
    if op.node.get("clip")?.is_some() || op.int("input_forget", 0)? != 0 || op.int("layout", 0)? != 0 {
        return op.refuse(
            "`clip`, `input_forget` or `layout`",
            "export the model without them",
        );
    }
    if op.optional(4).is_some() || op.optional(7).is_some() {
        return op.refuse(
            "lengths of sequences, or peepholes",
            "export the model without them",
        );
    }
    Ok(())
}

fn recurrent(op: &mut Op<'_>, kind: Kind) -> Result<Vec<Stored>> {
    check(op, kind)?;
    let x = op.input(0)?;
    let &[steps, batch, size] = op.builder.shape(x).as_slice() else {
        return op.refuse("a sequence of another rank", "give steps, batch and size");
    };
    let recurrent = op.shape(2)?;
    let hidden = recurrent.last().copied().unwrap_or_default();
    if steps == 0 || steps > MAX_STEPS {
        return op.refuse(format!("{steps} steps"), "from 1 to 1024 become operators");
    }
    let directions: &[bool] = match op.text("direction", "forward")?.as_str() {
        "forward" => &[false],
        "reverse" => &[true],
        "bidirectional" => &[false, true],
        other => {
            return op.refuse(
                format!("direction `{other}`"),
                "use forward, reverse or bidirectional",
            );
        }
    };
    let rows = Layer::gates(kind).saturating_mul(hidden);
    let name = op.part("rows");
    let flat = op
        .builder
        .reshape(x, &[steps.saturating_mul(batch), size], &name)?;
    let (mut all, mut last, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (direction, backward) in directions.iter().enumerate() {
        let biases = if op.optional(3).is_some() {
            let both = of_direction(op, "biases", 3, direction)?;
            [
                cut(op, "bias", both, 0, (0, rows))?,
                cut(op, "bias", both, 0, (rows, rows))?,
            ]
        } else {
            let name = format!("{}/bias", op.label);
            let zeros = op.builder.floats(&name, &[rows], &vec![0.0; rows])?;
            [zeros, zeros]
        };
        let layer = Layer {
            kind,
            hidden,
            reset_behind: op.int("linear_before_reset", 0)? != 0,
            weights: of_direction(op, "weights", 1, direction)?,
            recurrent: of_direction(op, "recurrent", 2, direction)?,
            biases,
        };
        let [bias, _] = layer.biases;
        let products = product(op, "of_input", flat, layer.weights, bias)?;
        let mut state = [TensorId(0); 2];
        for (index, slot) in (5..).zip(&mut state) {
            *slot = if op.optional(index).is_some() && (index == 5 || kind == Kind::Lstm) {
                of_direction(op, "begin", index, direction)?
            } else {
                let name = format!("{}/begin", op.label);
                op.builder
                    .floats(&name, &[batch, hidden], &vec![0.0; batch.saturating_mul(hidden)])?
            };
        }
        let mut states = vec![None; steps];
        for step in 0..steps {
            let at = if *backward {
                steps.saturating_sub(step).saturating_sub(1)
            } else {
                step
            };
            let x = cut(op, "x", products, 0, (at.saturating_mul(batch), batch))?;
            let [h, c] = state;
            state = layer.step(op, x, h, c)?;
            let [h, _] = state;
            states
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|slot| *slot = Some(h));
        }
        let states: Vec<TensorId> = states.into_iter().flatten().collect();
        all.push(pack(op, "states", &states, 0, None)?);
        let [h, c] = state;
        last.push(h);
        cells.push(c);
    }
    let mut outputs = Vec::new();
    for (index, (ids, axis)) in [(&all, 1), (&last, 0), (&cells, 0)].into_iter().enumerate() {
        if index == 2 && kind != Kind::Lstm {
            break;
        }
        let name = op.output_name(index);
        outputs.extend(plain(pack(op, "", ids, axis, Some(name))?));
    }
    Ok(outputs)
}

fn pack(op: &mut Op<'_>, part: &str, ids: &[TensorId], axis: i32, name: Option<String>) -> Result<TensorId> {
    let options = options!(PackOptions: PackOptionsT {
        values_count: i32::try_from(ids.len()).unwrap_or(i32::MAX),
        axis: axis,
    });
    let name = match name {
        Some(name) => name,
        None => op.part(part),
    };
    op.builder
        .emit(Builtin::PACK, ids, options, &name, DType::Float32)
}

/// RNN.
pub(super) fn rnn(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    recurrent(op, Kind::Rnn)
}

/// GRU.
pub(super) fn gru(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    recurrent(op, Kind::Gru)
}

/// LSTM.
pub(super) fn lstm(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    recurrent(op, Kind::Lstm)
}
