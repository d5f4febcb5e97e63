//! The arithmetic alone: `cargo bench -p quant-ai8x -- CHECKPOINT [METHOD]`, the file held in memory. Without a file, a
//! checkpoint of 100 MB is made. `tools/bench_ai8x.py` runs it beside PyTorch on the same file.

use std::time::Instant;

use quant_ai8x::{Clip, Device, Options, quantize};
use quant_torch::{Checkpoint, DType, Error, Format, Payload};

fn made() -> Result<Vec<u8>, Error> {
    let mut checkpoint = Checkpoint::new(Format::Zip);
    let mut entries = Vec::new();
    for layer in 0..25u32 {
        let number = |n: u32| (n ^ layer).wrapping_mul(0x9e37_79b9) as f32 / u32::MAX as f32 - 0.5;
        let bytes: Vec<u8> = (0..1 << 20).flat_map(|n| number(n).to_le_bytes()).collect();
        let tensor = checkpoint.add_tensor(DType::Float, &[1024, 1024], Payload::Bytes(bytes.into()))?;
        entries.push((checkpoint.graph.text(format!("l{layer}.op.weight"))?, tensor));
    }
    let state = checkpoint.graph.dict(entries)?;
    let key = checkpoint.graph.text("state_dict")?;
    checkpoint.root = checkpoint.graph.dict(vec![(key, state)])?;
    let mut bytes = Vec::new();
    checkpoint.write(&mut bytes)?;
    Ok(bytes)
}

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let file = match words.first() {
        Some(path) => std::fs::read(path)?,
        None => made()?,
    };
    let clip = match words.get(1).map(String::as_str) {
        Some("AVGMAX") => Some(Clip::AvgMax),
        Some("MAX") => Some(Clip::Max),
        Some("STDDEV") => Some(Clip::StdDev(Clip::DEFAULT_STDDEV)),
        Some("SCALE") => Some(Clip::Scale(Clip::DEFAULT_SCALE)),
        _ => None,
    };
    let options = Options {
        clip,
        ..Options::new(Device::Max78000)
    };
    let size = file.len() as f64;
    let read = Checkpoint::read(file)?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let mut checkpoint = read.clone();
        let start = Instant::now();
        quantize(&mut checkpoint, &options)?;
        let mut count = 0;
        let old = read.storages().len();
        for storage in checkpoint.storages().iter().skip(old) {
            storage.payload.pieces(&mut |piece| {
                count += std::hint::black_box(piece).len();
                Ok(())
            })?;
        }
        best = best.min(start.elapsed().as_secs_f64());
        assert!(count > 0, "nothing was computed");
    }
    println!("arithmetic {best:.4} s, {:.2} GB/s", size / best / 1e9);
    Ok(())
}
