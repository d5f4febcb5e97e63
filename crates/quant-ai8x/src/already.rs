//! Whether a checkpoint was quantized before: its weights would become those of another network.

use quant_torch::{Checkpoint, Error, Problem, Result};

use crate::state::State;

/// Refuses a checkpoint that was quantized: `extras` names the clipping method, which quantization writes there, or all
/// weights are whole numbers and go beyond ±1, where training keeps them.
///
/// # Errors
/// It was, or a weight cannot be read.
pub(crate) fn refuse(checkpoint: &Checkpoint, state: &State) -> Result<()> {
    let method = checkpoint
        .graph
        .lookup(checkpoint.root, "extras")
        .and_then(|extras| checkpoint.graph.lookup(extras, "clipping_method"));
    let sign = if method.is_some() {
        "`extras` has a `clipping_method`"
    } else if whole(checkpoint, state)? {
        "all weights are whole numbers"
    } else {
        return Ok(());
    };
    Err(Error::new(
        "state_dict",
        Problem::Quantized {
            sign: sign.to_owned(),
        },
        "start from the checkpoint that training wrote",
    ))
}

/// The size of the largest integer that quantization writes: 16 bits.
const LARGEST: f32 = 32768.0;

/// Whether all weights are whole numbers, one of them beyond ±1. The first layer of a trained network ends the search.
fn whole(checkpoint: &Checkpoint, state: &State) -> Result<bool> {
    let mut largest = 0f32;
    for key in state.keys.iter().filter(|key| key.ends_with(".weight")) {
        let Some(tensor) = state.tensor(checkpoint, key)? else {
            continue;
        };
        let mut fraction = false;
        let pieces = tensor.dense().unwrap_or(tensor);
        let read = pieces.pieces_f32(&mut |piece| {
            fraction |= piece.iter().any(|x| x.fract() != 0.0);
            largest = piece.iter().fold(largest, |largest, x| largest.max(x.abs()));
            Ok(())
        });
        read.map_err(|error| error.within(key))?;
        if fraction {
            return Ok(false);
        }
    }
    Ok(largest > 1.0 && largest <= LARGEST)
}
