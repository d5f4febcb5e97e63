//! Every scale and zero point of a Circle or TFLite file, a line a tensor:
//! `cargo run -p quant-core --example read_scales -- model.circle`.
//!
//! A tensor with a scale for each channel has as many numbers as channels: `real = scale · (integer − zero point)`.

use std::error::Error;
use std::fmt::Write as _;

use quant_core::format;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give a model")?;
    print!("{}", scales(&std::fs::read(path)?)?);
    Ok(())
}

/// The scales of a file, as text.
pub fn scales(file: &[u8]) -> Result<String, Box<dyn Error>> {
    let model = format::import(file)?;
    let graph = model.main();
    let mut text = String::new();
    // Names may repeat or be empty; labels tell tensors apart.
    for (tensor, label) in graph.tensors().iter().zip(graph.labels()) {
        let Some(quant) = &tensor.quant else { continue };
        writeln!(
            text,
            "{label} {}: scale {:?}, zero point {:?}",
            tensor.dtype, quant.scale, quant.zero_point
        )?;
    }
    Ok(text)
}
