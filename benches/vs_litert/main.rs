//! Our side of `benches/vs_litert/run.py`: records the ranges of a model again and again, on request.
//!
//! Arguments: MODEL THREADS RECORDS. For each line on standard input it records that many random records, held in
//! memory, and prints the seconds that `record::run` took, packing of the weights included.

#[path = "../common.rs"]
mod common;

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use quant_core::format;
use quant_core::record::{self, Mode, RandomRecords, RecordOptions, Records, SliceRecords};

fn main() -> Result<(), Box<dyn Error>> {
    let args = common::arguments();
    let [path, threads, count] = args.as_slice() else {
        println!("vs_litert: run benches/vs_litert/run.py");
        return Ok(());
    };
    let (threads, count) = (threads.parse()?, count.parse()?);
    let model = format::import(&std::fs::read(path)?)?;
    let graph = model.main();
    let inputs = graph
        .inputs()
        .iter()
        .map(|id| graph.tensor(*id).clone())
        .collect();
    let random = RandomRecords::new(inputs, 1, 8)?;
    let some: Vec<_> = (0..8).map(|index| random.get(index)).collect::<Result<_, _>>()?;
    let records = SliceRecords((0..count).map(|index: usize| some[index % 8].clone()).collect());
    let options = RecordOptions {
        mode: Mode::Percentile { min: 1.0, max: 99.0 },
        threads,
        ..RecordOptions::default()
    };
    for line in std::io::stdin().lock().lines() {
        line?;
        let mut copy = model.clone();
        let started = Instant::now();
        record::run(&mut copy, &records, &options, &|_| {})?;
        println!("{}", started.elapsed().as_secs_f64());
    }
    Ok(())
}
