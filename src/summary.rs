//! What is told at the end: tensors by type, errors of weights, time, memory.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use quant_core::ir::Model;
use quant_core::weight_error;

/// How long each step took.
#[derive(Default)]
pub struct Times(Vec<(&'static str, Duration)>);

impl Times {
    /// Does a step and takes its time.
    pub fn take<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.add(step, start.elapsed());
        result
    }

    /// Adds a step.
    pub fn add(&mut self, step: &'static str, time: Duration) {
        self.0.push((step, time));
    }
}

/// The table.
pub struct Summary<'a> {
    /// What the model is called.
    pub name: &'a Path,
    /// Where the result went.
    pub output: &'a Path,
    /// Its size.
    pub bytes: u64,
    /// How many records ranges come from.
    pub records: Option<usize>,
    /// Before.
    pub float: &'a Model,
    /// After.
    pub quantized: &'a Model,
    /// How long it took.
    pub times: &'a Times,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "model        {}", self.name.display())?;
        writeln!(f, "written      {} ({} bytes)", self.output.display(), self.bytes)?;
        writeln!(
            f,
            "operators    {} -> {}",
            self.float.main().operators.len(),
            self.quantized.main().operators.len()
        )?;
        writeln!(
            f,
            "tensors      {} -> {}",
            types(self.float),
            types(self.quantized)
        )?;
        if let Some(records) = self.records {
            writeln!(f, "records      {records}")?;
        }
        match weight_error::summary(self.float, self.quantized) {
            Some(error) => {
                writeln!(
                    f,
                    "weights      {} tensors, {} values",
                    error.tensors, error.values
                )?;
                writeln!(
                    f,
                    "  worst      {:.3e} in `{}` (its largest weight {:.3e}, its largest step {:.3e})",
                    error.worst,
                    shortened(&self.quantized.main().labels()[error.worst_tensor.0]),
                    error.worst_range,
                    error.worst_step
                )?;
                writeln!(f, "  mean       {:.3e}", error.mean)?;
            }
            None => writeln!(f, "weights      none")?,
        }
        let total: Duration = self.times.0.iter().map(|(_, time)| *time).sum();
        let steps: Vec<String> = self
            .times
            .0
            .iter()
            .map(|(step, time)| format!("{step} {:.3}", time.as_secs_f64()))
            .collect();
        writeln!(
            f,
            "time         {:.3} s ({})",
            total.as_secs_f64(),
            steps.join(", ")
        )?;
        match peak_memory() {
            Some(bytes) => writeln!(f, "peak memory  {:.1} MiB", bytes as f64 / f64::from(1 << 20)),
            None => writeln!(f, "peak memory  not known on this system"),
        }
    }
}

/// A name that fits a line; converters join the names of everything that they fused.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 40;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// How many tensors there are of each type.
fn types(model: &Model) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for tensor in &model.main().tensors {
        *counts.entry(tensor.dtype.word()).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(dtype, count)| format!("{count} {dtype}"))
        .collect();
    counts.join(" + ")
}

/// The most memory that the process has held, from Linux's `/proc`.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}
