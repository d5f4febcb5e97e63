//! What the benches have in common.

use std::error::Error;
use std::time::{Duration, Instant};

use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::value::Value;
use quant_core::ir::{Graph, Operator};

/// The arguments, without those that Cargo adds.
pub fn arguments() -> Vec<String> {
    std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect()
}

/// What the whole run takes, and each operator of the graph in its order.
pub type Times<'g> = (Duration, Vec<(&'g Operator, Duration)>);

/// What a model takes on one record, the best of some runs.
#[allow(dead_code, reason = "not every bench asks")]
pub fn best_of<'g>(
    interpreter: &Interpreter<'_>,
    graph: &'g Graph,
    record: &[Value],
    runs: usize,
) -> Result<Times<'g>, Box<dyn Error>> {
    let mut workspace = Workspace::default();
    let mut best = vec![Duration::MAX; graph.tensors().len()];
    let mut whole = Duration::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        let mut before = started;
        interpreter.run_with(record.to_vec(), &mut workspace, &mut |id, _, _| {
            let now = Instant::now();
            best[id.0] = best[id.0].min(now - before);
            before = now;
            Ok(())
        })?;
        whole = whole.min(started.elapsed());
    }
    let time = |op: &Operator| op.outputs.iter().map(|id| best[id.0]).sum();
    Ok((whole, graph.operators().iter().map(|op| (op, time(op))).collect()))
}
