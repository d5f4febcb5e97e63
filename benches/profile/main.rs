//! Where the interpreter's time goes, operator by operator, beside what the machine can do.
//!
//! `cargo bench --bench profile -- MODEL [RUNS]`

#[path = "../common.rs"]
mod common;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use quant_core::format;
use quant_core::interp::Interpreter;
use quant_core::ir::{Graph, Operator};
use quant_core::kernel::{Clamp, Packed, product};
use quant_core::record::{RandomRecords, Records};

fn main() -> Result<(), Box<dyn Error>> {
    let args = common::arguments();
    let Some(path) = args.first() else {
        println!("profile: name a float model; for example cargo bench --bench profile -- model.tflite");
        return Ok(());
    };
    let peak = peak_of_products();
    println!(
        "one thread: {peak:.0} GFLOP/s in products that stay in cache, {:.1} GB/s copied in memory\n",
        copy_speed()
    );
    let runs: usize = args.get(1).map_or(Ok(100), |runs| runs.parse())?;
    let model = format::import(&std::fs::read(Path::new(path))?)?;
    let graph = model.main();
    let inputs = graph
        .inputs()
        .iter()
        .map(|id| graph.tensor(*id).clone())
        .collect();
    let inputs = RandomRecords::new(inputs, 1, 1)?.get(0)?;
    let interpreter = Interpreter::new(&model)?;
    let (whole, operators) = common::best_of(&interpreter, graph, &inputs, runs)?;
    let mut kinds: Vec<(String, Duration, f64, usize)> = Vec::new();
    for (op, time) in operators {
        let work = multiply_accumulates(graph, op) * 2.0;
        let name = op.code.builtin.to_string();
        println!(
            "{:8.1} us {:7.1} GFLOP/s {:3.0} %  {name} {:?} {:?}",
            time.as_secs_f64() * 1e6,
            work / time.as_secs_f64() / 1e9,
            work / time.as_secs_f64() / 1e7 / peak,
            op.inputs
                .iter()
                .flatten()
                .take(2)
                .map(|id| &graph.tensor(*id).shape)
                .collect::<Vec<_>>(),
            op.outputs
                .iter()
                .map(|id| &graph.tensor(*id).shape)
                .collect::<Vec<_>>(),
        );
        match kinds.iter_mut().find(|kind| kind.0 == name) {
            Some(kind) => (kind.1, kind.2, kind.3) = (kind.1 + time, kind.2 + work, kind.3 + 1),
            None => kinds.push((name, time, work, 1)),
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.1));
    println!();
    for (name, time, work, count) in kinds {
        println!(
            "{:9.1} us {:5.1} % {:7.1} GFLOP/s  {count} x {name}",
            time.as_secs_f64() * 1e6,
            time.as_secs_f64() / whole.as_secs_f64() * 100.0,
            work / time.as_secs_f64() / 1e9,
        );
    }
    println!(
        "{:9.1} us the whole run, the best of {runs}",
        whole.as_secs_f64() * 1e6
    );
    Ok(())
}

/// The best that the kernels reach, in GFLOP/s: 96 rows of 256 elements by 128 filters.
fn peak_of_products() -> f64 {
    let (m, n, k) = (96, 128, 256);
    let packed = Packed::new(n, k, &vec![0.5; n * k], None);
    let (input, mut out) = (vec![0.25; m * k], vec![0.0; m * n]);
    let mut best = 0.0f64;
    for _ in 0..2000 {
        let started = Instant::now();
        product(&packed, Clamp::NONE, &input, &mut out, 1);
        best = best.max((2 * m * n * k) as f64 / started.elapsed().as_secs_f64() / 1e9);
    }
    best
}

/// GB/s of a copy that no cache holds.
fn copy_speed() -> f64 {
    let from = vec![1u8; 256 << 20];
    let mut to = vec![0u8; from.len()];
    let mut best = 0.0f64;
    for _ in 0..5 {
        let started = Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&mut to);
        best = best.max(from.len() as f64 / started.elapsed().as_secs_f64() / 1e9);
    }
    best
}

/// Multiply-accumulates of a convolution or product; 0 for others.
fn multiply_accumulates(graph: &Graph, op: &Operator) -> f64 {
    let elements = |index: usize| {
        let id = op.inputs.get(index).copied().flatten();
        id.and_then(|id| graph.tensor(id).elements()).unwrap_or(0) as f64
    };
    let Some(output) = op.outputs.first().map(|id| graph.tensor(*id)) else {
        return 0.0;
    };
    let channels = f64::from(output.shape.last().copied().unwrap_or(1).max(1));
    let out = output.elements().unwrap_or(0) as f64;
    match op.code.builtin.to_string().as_str() {
        "DEPTHWISE_CONV_2D" | "CONV_2D" | "FULLY_CONNECTED" => out * elements(1) / channels,
        _ => 0.0,
    }
}
