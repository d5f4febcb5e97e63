//! Our side of `benches/integers/run.py`: runs a quantized model in integers again and again, on request.
//!
//! Arguments: MODEL RUNTIME. For each line on standard input, a number of runs, it runs the model so many times on records
//! held in memory, one thread, and prints the seconds. With a third argument, a number of runs, it prints instead what each
//! operator takes at best.

#[path = "../common.rs"]
mod common;

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use quant_core::format;
use quant_core::interp::{Interpreter, Profile, Workspace};
use quant_core::ir::Graph;
use quant_core::ir::value::{Data, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let args = common::arguments();
    let [path, runtime, runs @ ..] = args.as_slice() else {
        println!("integers: run benches/integers/run.py");
        return Ok(());
    };
    let profile = Profile::ALL.into_iter().find(|profile| profile.name() == runtime);
    let profile = profile.ok_or("no such runtime")?;
    let model = format::import(&std::fs::read(path)?)?;
    let interpreter = Interpreter::with_profile(&model, profile)?;
    let records: Vec<Vec<Value>> = (0..8).map(|seed| record(model.main(), seed)).collect();
    let mut workspace = Workspace::default();
    if let Some(runs) = runs.first() {
        return each_operator(&interpreter, model.main(), &records[0], runs.parse()?);
    }
    for line in std::io::stdin().lock().lines() {
        let count: usize = line?.trim().parse()?;
        let started = Instant::now();
        for number in 0..count {
            let record = records[number % 8].clone();
            interpreter.run_with(record, &mut workspace, &mut |_, _, _| Ok(()))?;
        }
        println!("{}", started.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Random values of the graph's inputs: all integers, or floats of −1 … 1.
fn record(graph: &Graph, seed: u64) -> Vec<Value> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let of = |id| {
        let mut value = Value::zeros(graph.tensor(id))?;
        match &mut value.data {
            Data::I8(data) => data.iter_mut().for_each(|x| *x = next() as i8),
            Data::U8(data) => data.iter_mut().for_each(|x| *x = next() as u8),
            Data::I16(data) => data.iter_mut().for_each(|x| *x = next() as i16),
            Data::F32(data) => data
                .iter_mut()
                .for_each(|x| *x = next() as f32 / f32::powi(2.0, 30) - 1.0),
            _ => {}
        }
        Some(value)
    };
    graph.inputs().iter().copied().filter_map(of).collect()
}

/// Microseconds of each operator, the best of some runs.
fn each_operator(
    interpreter: &Interpreter<'_>,
    graph: &Graph,
    record: &[Value],
    runs: usize,
) -> Result<(), Box<dyn Error>> {
    let (whole, operators) = common::best_of(interpreter, graph, record, runs)?;
    for (op, time) in operators {
        let shapes: Vec<_> = op.inputs.iter().flatten().take(2).chain(&op.outputs).collect();
        let shapes: Vec<_> = shapes.iter().map(|id| &graph.tensor(**id).shape).collect();
        println!(
            "{:8.1} us  {} {shapes:?}",
            time.as_secs_f64() * 1e6,
            op.code.builtin
        );
    }
    println!("{:8.1} us  the whole run", whole.as_secs_f64() * 1e6);
    Ok(())
}
