//! Recordings as files: of all records, of a part, put together again.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use quant_core::fold;
use quant_core::ir::Model;
use quant_core::record::recording::{Job, Recorder, Recording};
use quant_core::record::{RecordOptions, Records};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::{files, progress, recordings, warnings};

/// What is asked of recordings that are kept.
#[derive(clap::Args)]
pub struct Keep {
    /// Record the part I (from 0) of N, into a .qstat file
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<(usize, usize)>,
    /// First pass of an observer of two, for a part: the .qstat of --observer minmax over all records
    #[arg(long, value_name = "FILE")]
    edges: Option<PathBuf>,
    /// Save what there is beside the output (OUTPUT.checkpoint) while recording, and go on from it where a run was stopped
    #[arg(long)]
    resume: bool,
    /// Records between two checkpoints of --resume [default: 1000]
    #[arg(long, value_name = "RECORDS", requires = "resume", value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint: Option<u64>,
    /// Put the recordings of all parts together, into a .qstat file
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["model", "data", "shard", "edges", "resume", "ranges_of",
        "observer", "overrides", "mode"])]
    pub merge: Vec<PathBuf>,
    /// Take the ranges of a recording (.qstat) of the model, in place of --data
    #[arg(id = "ranges_of", long = "recording", value_name = "FILE", conflicts_with_all = ["data", "shard", "edges", "resume",
        "observer", "overrides", "mode"])]
    pub ranges_of: Option<PathBuf>,
}

/// A part of as many as there are.
fn shard(text: &str) -> std::result::Result<(usize, usize), String> {
    let wrong = || "write I/N with I in 0…N−1, as in 0/4, 1/4, 2/4 and 3/4".to_owned();
    let (part, parts) = text.split_once('/').ok_or_else(wrong)?;
    let (part, parts) = (
        part.parse().map_err(|_| wrong())?,
        parts.parse().map_err(|_| wrong())?,
    );
    if part < parts {
        Ok((part, parts))
    } else {
        Err(wrong())
    }
}

impl Keep {
    /// Refuses what only a recording can be asked for.
    pub fn refuse(&self) -> Result {
        let given = [
            ("--shard", self.shard.is_some()),
            ("--edges", self.edges.is_some()),
            ("--resume", self.resume),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Failure::Usage(format!(
                "{option} is for a recording; let the output end in .qstat"
            ))),
            None => Ok(()),
        }
    }
}

/// Where a recording goes.
pub struct To<'a> {
    /// The file.
    pub output: &'a Path,
    /// What was recorded; none when parts are merged.
    pub model: Option<&'a Path>,
    /// What is told.
    pub json: &'a Json,
}

/// Records into a file; `data` is what the records are of, and how they are prepared.
pub fn record(
    keep: &Keep,
    to: &To<'_>,
    mut model: Model,
    options: RecordOptions,
    data: (&Data, &Shapes),
    records: &dyn Records,
) -> Result {
    let name = to.model.unwrap_or(to.output);
    let within = |error: quant_core::Error| error.within(name.display());
    // As all that quantize do before they record.
    fold::constants(&mut model).map_err(within)?;
    let count = records.len();
    let (part, parts) = keep.shard.unwrap_or((0, 1));
    let end = |part: usize| (part as u128 * count as u128 / parts as u128) as usize;
    let part = end(part)..end(part + 1);
    let edges = keep.edges.as_deref().map(recordings::read).transpose()?;
    let passes = if edges.is_some() { 1 } else { options.passes() };
    let checkpoint = recordings::checkpoint(to.output);
    let from = if keep.resume && checkpoint.exists() {
        Some(recordings::read(&checkpoint)?)
    } else {
        None
    };
    let bar = progress::bar("recording", passes * part.len());
    let every = keep
        .checkpoint
        .map_or(1000, |every| usize::try_from(every).unwrap_or(usize::MAX));
    let recorder = Recorder {
        model: &model,
        job: Job {
            options,
            data: data::description::of(data.0, &model, data.1)?,
            records: count,
        },
        part,
        edges: edges.as_ref(),
        from,
        every: if keep.resume { every } else { 0 },
    };
    let mut failed = None;
    let mut save = |recording: &Recording| {
        let saved = files::write(&checkpoint, &recording.to_bytes());
        saved.map_err(|failure| {
            let error = quant_core::Error::invalid("checkpoint", "it cannot be written", "");
            failed = Some(failure);
            error
        })
    };
    let done = recorder.run(records, &mut save, &|_| bar.inc(1));
    bar.finish_and_clear();
    let done = match (done, failed) {
        (_, Some(failure)) => return Err(failure),
        (done, None) => done.map_err(within)?,
    };
    write(to, &done)?;
    if keep.resume && checkpoint.exists() {
        fs::remove_file(&checkpoint).map_err(|error| Failure::io(&checkpoint, &error))?;
    }
    Ok(())
}

/// Puts parts together.
pub fn merge(keep: &Keep, to: &To<'_>) -> Result {
    if !recordings::is_named(to.output) {
        return Err(Failure::Usage(format!(
            "{}: parts make a recording; let the name end in .qstat",
            to.output.display()
        )));
    }
    let parts = keep.merge.iter().map(|path| recordings::read(path));
    let whole = Recording::merge(parts.collect::<Result<_>>()?)?;
    write(to, &whole)
}

fn write(to: &To<'_>, recording: &Recording) -> Result {
    let bytes = recording.to_bytes();
    files::write(to.output, &bytes)?;
    let (seen, job) = (recording.records(), &recording.head().job);
    // Where it is whole, somebody may want to know what a run would have told.
    if bytes.len() > 64 << 20 {
        warnings::warn(
            to.output,
            format!(
                "it has {} MB: a part behind the first keeps each record's range for averages",
                bytes.len() >> 20
            ),
        );
    }
    to.json.print(&format!(
        "{}: {}, records {}…{} of {}, {} tensors\n",
        to.output.display(),
        job.options.mode,
        seen.start,
        seen.end,
        job.records,
        recording.tensors().count()
    ))?;
    to.json.write("record", || {
        json!({
            "model": to.model.map(|path| path.display().to_string()),
            "output": to.output.display().to_string(),
            "bytes": bytes.len(),
            "observer": job.options.mode.to_string(),
            "first": seen.start,
            "records": seen.len(),
            "records_in_all": job.records,
        })
    })
}
