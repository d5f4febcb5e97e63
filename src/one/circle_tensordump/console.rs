//! Tensors as text.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use half::f16;
use quant_core::ir::{Graph, Model, Tensor};
use quant_hdf5::{Array, Type};

use super::{elements, hdf5};
use crate::failure::{Failure, Result};

/// Prints the tensors of all graphs.
pub fn print(model: &Model, out: &mut dyn Write) -> Result {
    for tensor in model.graphs().iter().flat_map(Graph::tensors) {
        let weights = elements::elements(model, tensor)?;
        one(tensor, weights.as_ref(), out).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// The failure of the standard output; without text when its reader went away.
pub fn failed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::Io(String::new());
    }
    Failure::io(Path::new("standard output"), error)
}

fn one(tensor: &Tensor, weights: Option<&Array<'_>>, out: &mut dyn Write) -> io::Result<()> {
    let name = if tensor.name.is_empty() {
        "no_name"
    } else {
        &tensor.name
    };
    writeln!(out, "[{name}]")?;
    write!(out, "  shape: (")?;
    list(out, &tensor.shape)?;
    writeln!(out, ")\n  type: {}", tensor.dtype)?;
    if let Some(quant) = &tensor.quant {
        writeln!(out, "  quantization")?;
        for (name, values) in hdf5::floats(quant) {
            write!(out, "    {name}: ")?;
            list(out, values)?;
            writeln!(out)?;
        }
        write!(out, "    zero_point: ")?;
        list(out, &quant.zero_point)?;
        writeln!(out, "\n    quantized_dimension: {}", quant.quantized_dimension)?;
    }
    if let Some(weights) = weights {
        writeln!(
            out,
            "  buffer\n    index: {}\n    size: {}",
            tensor.buffer.index(),
            weights.bytes.len()
        )?;
        write!(out, "    data: ")?;
        data(out, weights)?;
        writeln!(out)?;
    }
    writeln!(out)
}

/// Values with commas between them.
fn list<T: Display>(out: &mut dyn Write, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    for (index, value) in values.into_iter().enumerate() {
        write!(out, "{}{value}", if index == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn data(out: &mut dyn Write, array: &Array<'_>) -> io::Result<()> {
    macro_rules! numbers {
        ($type:ty) => {
            list(
                out,
                array
                    .bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| <$type>::from_le_bytes(*b)),
            )
        };
    }
    match array.dtype {
        Type::Float(2) => numbers!(f16),
        Type::Float(4) => numbers!(f32),
        Type::Float(_) => numbers!(f64),
        Type::Int(1) => numbers!(i8),
        Type::Int(2) => numbers!(i16),
        Type::Int(4) => numbers!(i32),
        Type::Int(_) => numbers!(i64),
        Type::Uint(2) => numbers!(u16),
        Type::Uint(4) => numbers!(u32),
        Type::Uint(8) => numbers!(u64),
        Type::Bool => list(out, array.bytes.iter().map(|b| *b != 0)),
        _ => numbers!(u8),
    }
}
