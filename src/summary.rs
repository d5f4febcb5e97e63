//! What is told at the end: sizes, tensors by type, errors of weights and outputs, time, memory.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use quant_core::check::{Check, Output};
use quant_core::ir::{Model, head};
use quant_core::metrics::Metric;
use quant_core::quantized::running::Executed;
use quant_core::remedy::Done;
use quant_core::scheme::Kept;
use quant_core::scheme::one::One;
use quant_core::weight_error;
use serde_json::{Map, Value, json};

use crate::table::shortened;
use crate::{execution, kept, remedies, size};

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

/// What is told.
pub struct Summary<'a> {
    /// What the model is called.
    pub name: &'a Path,
    /// Where the result went.
    pub output: &'a Path,
    /// Its size.
    pub bytes: u64,
    /// That of the float model.
    pub float_bytes: Option<u64>,
    /// How many records ranges come from.
    pub records: Option<usize>,
    /// Before.
    pub float: &'a Model,
    /// After.
    pub quantized: &'a Model,
    /// What remedies did.
    pub remedies: &'a [Done],
    /// The operators that stayed float.
    pub kept: &'a [Kept],
    /// The outputs of both, unless nobody wanted to know.
    pub check: Option<&'a quant_core::Result<Check>>,
    /// How long it took.
    pub times: &'a Times,
}

impl Summary<'_> {
    /// Everything, unrounded.
    pub fn json(&self) -> Value {
        let weights = weight_error::summary(self.float, self.quantized, &One::default()).map(|error| {
            let reader = self.quantized.main().operators().get(error.worst_reader.0);
            json!({
                "tensors": error.tensors,
                "values": error.values,
                "mean": error.mean,
                "worst": error.worst,
                "worst_tensor": self.quantized.main().labels()[error.worst_tensor.0],
                "worst_operator": error.worst_reader.0,
                "worst_operator_kind": reader.map(|op| op.code.builtin.to_string()),
                "worst_tensor_largest": error.worst_range,
                "worst_tensor_step": error.worst_step,
            })
        });
        let check = match self.check {
            Some(Ok(check)) => Some(check),
            _ => None,
        };
        let failed = match self.check {
            Some(Err(error)) => Some(error.to_string()),
            _ => None,
        };
        let both =
            |of: &dyn Fn(&Model) -> Value| json!({"before": of(self.float), "after": of(self.quantized)});
        let times = self.times.0.iter();
        json!({
            "model": self.name.display().to_string(),
            "output": self.output.display().to_string(),
            "bytes": self.bytes,
            "float_bytes": self.float_bytes,
            "operators": both(&|model| json!(model.main().operators().len())),
            "tensors": both(&|model| json!(counts(model))),
            "remedies": remedies::json(self.remedies),
            "float_operators": kept::json(self.kept),
            "records": self.records,
            "weights": weights,
            "executed": check.map(|check| execution::json(&check.executed)),
            "checked_records": check.map(|check| check.records),
            "outputs": check.map(|check| check.outputs.iter().map(output_json).collect::<Vec<_>>()),
            "outputs_error": failed,
            "seconds": times.map(|(step, time)| ((*step).to_owned(), json!(time.as_secs_f64()))).collect::<Map<_, _>>(),
            "peak_memory": peak_memory(),
        })
    }

    fn outputs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.check {
            None => Ok(()),
            Some(Err(error)) => writeln!(f, "outputs      not compared: {error}"),
            Some(Ok(check)) => {
                for (at, output) in check.outputs.iter().enumerate() {
                    let name = shortened(head(&output.name));
                    writeln!(f, "{:<12} {name}: {output}", if at == 0 { "outputs" } else { "" })?;
                }
                if check.executed != Executed::Float {
                    writeln!(f, "  executed   {}", check.executed)?;
                }
                Ok(())
            }
        }
    }

    fn weights(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(error) = weight_error::summary(self.float, self.quantized, &One::default()) else {
            return writeln!(f, "weights      none");
        };
        let graph = self.quantized.main();
        let labels = graph.labels();
        let reader = graph.operators().get(error.worst_reader.0);
        let made = reader.and_then(|op| op.outputs.first());
        writeln!(
            f,
            "weights      {} tensors, {} values",
            error.tensors, error.values
        )?;
        writeln!(
            f,
            "  worst      {:.3e} in `{}` (its largest weight {:.3e}, its largest step {:.3e})",
            error.worst,
            shortened(head(&labels[error.worst_tensor.0])),
            error.worst_range,
            error.worst_step
        )?;
        writeln!(
            f,
            "             read by operator {}, {} `{}`",
            error.worst_reader.0,
            reader.map_or(String::new(), |op| op.code.builtin.to_string()),
            made.map_or("", |id| head(&labels[id.0])),
        )?;
        writeln!(f, "  mean       {:.3e}", error.mean)
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "model        {}", self.name.display())?;
        writeln!(
            f,
            "written      {}: {}",
            self.output.display(),
            size::compared(self.bytes, self.float_bytes, "the float model")
        )?;
        writeln!(
            f,
            "operators    {} -> {}",
            self.float.main().operators().len(),
            self.quantized.main().operators().len()
        )?;
        writeln!(
            f,
            "tensors      {} -> {}",
            types(self.float),
            types(self.quantized)
        )?;
        f.write_str(&remedies::lines(self.remedies))?;
        f.write_str(&kept::lines(self.kept))?;
        if let Some(records) = self.records {
            writeln!(f, "records      {records}")?;
        }
        self.weights(f)?;
        self.outputs(f)?;
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

/// The numbers of an output, unrounded.
fn output_json(output: &Output) -> Value {
    json!({
        "name": output.name,
        "sqnr": output.errors.sqnr(),
        "mae": output.errors.metric(Metric::Mae),
        "elements": output.errors.elements,
        "equal": output.errors.equal,
        "top1_agrees": output.agree,
        "far": output.is_far(),
    })
}

/// How many tensors there are of each type.
fn counts(model: &Model) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for tensor in model.main().tensors() {
        *counts.entry(tensor.dtype.word()).or_default() += 1;
    }
    counts
}

fn types(model: &Model) -> String {
    let counts = counts(model).into_iter();
    let counts: Vec<String> = counts.map(|(dtype, count)| format!("{count} {dtype}")).collect();
    counts.join(" + ")
}

/// The most memory that the process has held, from Linux's `/proc`.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use quant_core::ir::{DType, QuantParam};
    use quant_core::quantized::running::Execution;

    use super::*;
    use crate::files;

    /// Recording ran it, so it is written; what no float model can stand for is told in its line.
    #[test]
    fn a_model_that_cannot_be_compared_says_why() {
        let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } }
            operand { name: "y" type: FLOAT32 shape { dim: 4 } }
            operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#;
        let float = files::recipe(text, "m.recipe").unwrap();
        let mut quantized = float.clone();
        for tensor in quantized.main_mut().tensors_mut() {
            tensor.dtype = DType::Uint8;
            tensor.quant = Some(QuantParam {
                scale: vec![0.5, 0.25],
                zero_point: vec![0, 0],
                ..QuantParam::default()
            });
        }
        let records = quant_core::record::RandomRecords::new(float.main().input_tensors(), 1, 2).unwrap();
        let check = quant_core::check::run(
            &float,
            &quantized,
            Execution::Simulated(None),
            &records,
            1,
            &|_| (),
        );
        let summary = Summary {
            name: Path::new("m.recipe"),
            output: Path::new("q.circle"),
            bytes: 1,
            float_bytes: None,
            records: Some(2),
            float: &float,
            quantized: &quantized,
            remedies: &[],
            kept: &[],
            check: Some(&check),
            times: &Times::default(),
        };
        let why = "tensor `x`: it is an activation and has 2 scales; give it one scale and zero point";
        let said = summary.to_string();
        assert!(
            said.contains(&format!("outputs      not compared: {why}\n")),
            "{said}"
        );
        assert_eq!(summary.json()["outputs_error"], why);
        assert_eq!(summary.json()["outputs"], Value::Null);
    }
}
