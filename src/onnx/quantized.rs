//! From a float ONNX model to a quantized one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use quant_core::ir::Bytes;
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::{Calibration, cache};
use quant_onnx::quantize::{self, Format, Options, Ranges};
use serde_json::json;

use super::ranges::{Run, record};
use crate::data::{Data, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::options::Asked;
use crate::{files, used_files};

/// What is quantized, and how.
pub struct Job<'a> {
    /// The float model.
    pub model: &'a Path,
    /// The quantized one.
    pub output: &'a Path,
    /// Records, which dynamic and block-wise models need none of.
    pub data: Option<&'a Data>,
    /// Their shapes.
    pub shapes: &'a Shapes,
    /// Threads.
    pub threads: usize,
    /// What is asked.
    pub asked: Asked,
    /// Ranges of an earlier run.
    pub cache: Option<&'a Path>,
    /// Results for programs.
    pub json: &'a Json,
}

/// Quantizes a model and says what came of it.
///
/// # Errors
/// The model cannot be read, run or quantized, or the output not written.
pub fn quantize(job: &Job<'_>) -> Result {
    let start = Instant::now();
    let within = |error: quant_core::Error| error.within(job.model.display());
    let bytes = files::shared(job.model)?;
    let model = super::read(job.model, bytes.clone())?;
    // With what stands in files beside it.
    let float_bytes = model.byte_length();
    let mut records = 0;
    let made = match &job.asked {
        Asked::Blocks(options) => {
            job.no_data("blocks")?;
            quantize::blockwise(&model, options)
        }
        Asked::Whole(options, _) if options.format == Format::Dynamic => {
            job.no_data("dynamic models")?;
            quantize::quantize(&model, &Ranges::new(), options)
        }
        Asked::Whole(options, calibration) => {
            let (ranges, count) = job.ranges(&model, &bytes, options, calibration)?;
            records = count;
            quantize::quantize(&model, &ranges, options)
        }
    };
    let mut made = made.map_err(within)?;
    let mut written = 0;
    if made.is_too_long() || job.asked.external_data() {
        written = externalize(&mut made, job.output)?;
    }
    let bytes = made.to_bytes().map_err(within)?;
    files::write(job.output, &bytes)?;
    written += bytes.len();
    let counts = counts(&model, &made);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} nodes, {} of them new; {} bytes, {:.1} % of the float model",
        job.output.display(),
        counts.nodes,
        counts.new,
        written,
        100.0 * written as f64 / float_bytes.max(1) as f64
    );
    let seconds = start.elapsed().as_secs_f64();
    let _ = match records {
        0 => writeln!(text, "{seconds:.2} s"),
        _ => writeln!(text, "{seconds:.2} s with {records} records"),
    };
    job.json.print(&text)?;
    job.json.write("run", || {
        json!({"output": job.output.display().to_string(), "bytes": written, "float_bytes": float_bytes,
            "records": records, "nodes": counts.nodes, "new_nodes": counts.new, "seconds": seconds})
    })
}

/// Initializers of fewer bytes stay in the model, as onnx has it.
const LEAST: usize = 1024;

/// Writes the larger initializers into `OUT.onnx.data` beside the model, as onnxruntime does. How many bytes these take.
fn externalize(made: &mut Model, output: &Path) -> Result<usize> {
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned());
    let location = format!("{}.data", name.unwrap_or_default());
    let pieces = made.externalize(&location, LEAST);
    let path = output.with_file_name(location);
    let mut length = 0;
    used_files::refuse(&path)?;
    files::write_with(&path, |out| {
        for (at, bytes) in &pieces {
            let fail = |error: std::io::Error| Failure::io(&path, &error.kind().into());
            out.write_all(&vec![0; at - length]).map_err(fail)?;
            out.write_all(bytes).map_err(fail)?;
            length = at + bytes.len();
        }
        Ok(())
    })?;
    Ok(length)
}

struct Counts {
    nodes: usize,
    new: usize,
}

fn counts(before: &Model, after: &Model) -> Counts {
    let old: std::collections::BTreeSet<&str> = before.graph.nodes.iter().map(quant_onnx::Node::op).collect();
    let new = after.graph.nodes.iter().filter(|node| !old.contains(node.op()));
    Counts {
        nodes: after.graph.nodes.len(),
        new: new.count(),
    }
}

impl Job<'_> {
    /// Refuses records where none are needed.
    fn no_data(&self, what: &str) -> Result {
        match self.data {
            Some(_) => Err(Failure::Usage(format!(
                "--data: {what} need no calibration data; leave it out"
            ))),
            None => Ok(()),
        }
    }

    /// Ranges of the cache, or of the records.
    fn ranges(
        &self,
        model: &Model,
        file: &Bytes,
        options: &Options,
        calibration: &Calibration,
    ) -> Result<(Ranges, usize)> {
        if let Some(path) = self.cache.filter(|path| path.is_file()) {
            let text = fs::read_to_string(path).map_err(|error| Failure::io(path, &error))?;
            let ranges = cache::read(&text).map_err(|error| error.within(path.display()))?;
            return Ok((ranges, 0));
        }
        let Some(data) = self.data else {
            return Err(Failure::Usage(
                "run: a model needs calibration data; add --data DATA (for a first try random:1:8)"
                    .to_owned(),
            ));
        };
        let run = Run {
            path: self.model,
            file,
            data,
            shapes: self.shapes,
            threads: self.threads,
        };
        let (ranges, records) = record(model, options, calibration, &run, self.cache.is_some())?;
        if let Some(path) = self.cache {
            files::write(path, cache::write(&ranges, calibration.method).as_bytes())?;
        }
        Ok((ranges, records))
    }
}
