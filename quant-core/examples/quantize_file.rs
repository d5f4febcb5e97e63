//! A float model and a NumPy file in, a quantized model out:
//! `cargo run --release -p quant-core --example quantize_file -- model.tflite images.npy model.circle`.
//!
//! The first axis of the array counts the records, and the others are those of the model's input. `quant run` does the same
//! with more kinds of data.

use std::error::Error;
use std::path::Path;

use ndarray::ArrayD;
use quant_core::record::ArrayRecords;
use quant_core::{Quantized, Quantizer, npy};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, images, output] = arguments.as_slice() else {
        return Err("give a model, a .npy file and the name of the result".into());
    };
    let quantized = quantize_file(Path::new(model), Path::new(images), Path::new(output))?;
    for warning in quantized.warnings() {
        eprintln!("warning: {warning}");
    }
    for output in quantized
        .check()
        .iter()
        .flat_map(|check| check.iter())
        .flat_map(|check| &check.outputs)
    {
        println!("{}: {output}", output.name);
    }
    Ok(())
}

/// Quantizes a file, and writes a `.circle`, or a `.tflite` when the name of the output ends so.
pub fn quantize_file(model: &Path, images: &Path, output: &Path) -> Result<Quantized, Box<dyn Error>> {
    let images = read_array(images)?;
    let quantized = Quantizer::new()
        .records(ArrayRecords::new(images.view())?)
        .quantize(&std::fs::read(model)?)?;
    let file = if output.extension().is_some_and(|extension| extension == "tflite") {
        let (file, unfit) = quantized.tflite()?;
        unfit.iter().for_each(|one| eprintln!("warning: LiteRT: {one}"));
        file
    } else {
        quantized.circle()?
    };
    std::fs::write(output, file)?;
    Ok(quantized)
}

/// Floats of a `.npy` file.
fn read_array(path: &Path) -> Result<ArrayD<f32>, Box<dyn Error>> {
    let file = std::fs::read(path)?;
    let header = npy::header(&*file)?;
    if header.descr != "'<f4'" || header.fortran_order {
        return Err("save numpy.ascontiguousarray(array, numpy.float32)".into());
    }
    let elements = file.get(usize::try_from(header.start)?..).unwrap_or_default();
    let floats = elements
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes));
    Ok(ArrayD::from_shape_vec(header.shape, floats.collect())?)
}
