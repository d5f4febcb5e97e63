//! Inputs and outputs.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{DType, TensorId};

use super::writer::Writer;

/// Gives inputs the type that is asked for.
///
/// # Errors
/// None that a sound graph could have.
pub fn inputs(writer: &mut Writer<'_>) -> Result<()> {
    for id in writer.graph.inputs().to_vec() {
        let params = writer.params(id).filter(|_| writer.read[id.0]);
        match (writer.writing.interface.0, params) {
            _ if writer.graph.tensor(id).dtype != DType::Float32 => {}
            (DType::Int8, Some(params)) => {
                writer.become_integers(id, DType::Int8, params);
                // Its name is that of the integers then.
                if let Some(pair) = writer.writing.pairs.integers.get(&id) {
                    let name = writer.graph.tensor(*pair).name.clone();
                    let other = std::mem::replace(&mut writer.graph.tensor_mut(id).name, name);
                    writer.graph.tensor_mut(*pair).name = other;
                }
                writer.integers[id.0] = Some(id);
            }
            (DType::Uint8, Some(params)) => {
                let integers = writer.quantized(id, params);
                writer.become_integers(id, DType::Uint8, params);
                writer.cast(id, integers)?;
                writer.integers[id.0] = Some(integers);
            }
            _ => writer.raw[id.0] = Some(id),
        }
    }
    Ok(())
}

/// Outputs behind a fake quantization have floats, or the integers themselves; inputs that are outputs too as well.
///
/// # Errors
/// None that a sound graph could have.
pub fn outputs(mut writer: Writer<'_>) -> Result<BTreeMap<TensorId, TensorId>> {
    let wanted = writer.writing.interface.1;
    let mut ids = writer.graph.outputs().to_vec();
    let mut moved = BTreeMap::new();
    for output in &mut ids {
        let id = writer.writing.pairs.of[output.0];
        let view = id != *output;
        let other = writer.graph.is_input(id) && writer.graph.tensor(id).dtype != wanted;
        let through = other && writer.graph.tensor(id).dtype != DType::Float32;
        let Some(params) = writer.params(id).filter(|_| view || through) else {
            continue;
        };
        if let Some(known) = moved.get(output) {
            *output = *known;
            continue;
        }
        let to = match wanted {
            DType::Int8 => writer.integers(id)?.unwrap_or(id),
            DType::Float32 if !view => writer.float(id)?,
            dtype => {
                let to = if view {
                    *output
                } else {
                    writer.twin(id, "out", None)
                };
                if dtype == DType::Uint8 {
                    writer.become_integers(to, DType::Uint8, params);
                }
                // Somebody may have read these floats before.
                if writer.graph.producer(to).is_none()
                    && let Some(integers) = writer.integers(id)?
                {
                    writer.cast(integers, to)?;
                }
                to
            }
        };
        if to != *output {
            moved.insert(*output, to);
            *output = to;
        }
    }
    writer.graph.set_outputs(ids)?;
    Ok(moved)
}
