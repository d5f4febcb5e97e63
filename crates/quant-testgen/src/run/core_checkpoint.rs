//! Quantizers of checkpoints: `quant-ai8x`, and external commands.

use std::collections::BTreeMap;
use std::path::Path;

use quant_ai8x::{Clip, Options, quantize};
use quant_case::checkpoint;
use quant_torch::Checkpoint;

use super::commands::Commands;
use super::external::External;
use super::process::{self, Folder};
use super::{CheckpointCase, CheckpointQuantizer, CoreQuantizer, Device, Method};
use crate::results::{CheckpointTensor, Quantized};

impl CheckpointQuantizer for CoreQuantizer {
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String> {
        let device = match case.row.device {
            Device::Max78000 => quant_ai8x::Device::Max78000,
            Device::Max78002 => quant_ai8x::Device::Max78002,
            Device::Ascend => return Err("a graph of AMCT is no checkpoint".to_owned()),
        };
        let clip = match case.row.method {
            Method::Qat => None,
            Method::Avgmax => Some(Clip::AvgMax),
            Method::Max => Some(Clip::Max),
            Method::Stddev => Some(Clip::StdDev(Clip::DEFAULT_STDDEV)),
            Method::Scale => Some(Clip::Scale(Clip::DEFAULT_SCALE)),
            Method::Calibrate | Method::Convert => {
                return Err(format!("no checkpoint has the method {}", case.row.method));
            }
        };
        let options = Options {
            clip,
            ..Options::new(device)
        };
        let mut checkpoint = show(Checkpoint::open(&case.file))?;
        let report = show(quantize(&mut checkpoint, &options))?;
        let factors = report.tensors.into_iter().map(|tensor| {
            let factor = tensor.factor as f32;
            (tensor.name, (tensor.bits.number(), factor))
        });
        tensors(case, &checkpoint, &factors.collect())
    }

    fn amct(case: &CheckpointCase) -> Result<Vec<Quantized>, String> {
        super::core_amct::run(case)
    }
}

impl<C: Commands> CheckpointQuantizer for External<C> {
    /// Runs [`Commands::CHECKPOINT`]; bits and factors are read from what it prints.
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String> {
        if C::CHECKPOINT.is_empty() {
            return Err(
                "the tool chain has no command for checkpoints; give one, or remove the row".to_owned(),
            );
        }
        let folder = Folder::new()?;
        let out = folder.path("out.pth");
        let clips = case.row.method != Method::Qat;
        let missing: &[&str] = if clips { &[] } else { &["config"] };
        let words = process::words(C::CHECKPOINT, missing, &|word| {
            Some(match word {
                "in" => case.file.display().to_string(),
                "out" => out.display().to_string(),
                "type" => case.row.device.word().to_owned(),
                "config" => case.row.method.word().to_uppercase(),
                _ => return None,
            })
        })?;
        process::run(&words, &folder, C::TIME_OUT)?;
        let said = std::fs::read_to_string(Path::new(&folder.path(process::SAID)));
        let factors = said
            .map_err(|error| error.to_string())?
            .lines()
            .filter_map(factor)
            .collect();
        tensors(case, &show(Checkpoint::open(&out))?, &factors)
    }

    /// Runs the command of the flow, and reads the graph that it writes.
    fn amct(case: &CheckpointCase) -> Result<Vec<Quantized>, String> {
        super::core_amct::external::<C>(case)
    }
}

/// Name, bits and factor of a line `NAME … factor: FACTOR bits: BITS`.
fn factor(line: &str) -> Option<(String, (i8, f32))> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let behind = |label: &str| {
        let place = words.iter().position(|word| *word == label)?;
        words.get(place + 1).map(|word| word.trim_matches(['[', ']']))
    };
    let factor = behind("factor:")?.trim_end_matches('.').parse().ok()?;
    Some((
        words.first()?.to_string(),
        (behind("bits:")?.parse().ok()?, factor),
    ))
}

/// The tensors of a quantized checkpoint that have goldens.
fn tensors(
    case: &CheckpointCase,
    quantized: &Checkpoint,
    factors: &BTreeMap<String, (i8, f32)>,
) -> Result<Vec<CheckpointTensor>, String> {
    let original = show(Checkpoint::open(&case.file))?;
    let keys = show(checkpoint::keys(&original))?;
    let graph = &quantized.graph;
    let state = graph
        .lookup(quantized.root, "state_dict")
        .ok_or("the state is gone")?;
    let names = checkpoint::tensors(&keys, case.row.method).into_iter();
    names
        .map(|name| {
            let id = graph
                .lookup(state, &name)
                .ok_or(format!("there is no `{name}`"))?;
            let tensor = show(quantized.tensor(id))?;
            let is_layer = matches!(name.rsplit('.').next(), Some("weight" | "bias"));
            let known = factors.get(&name).copied();
            if is_layer && known.is_none() {
                return Err(format!("bits and factor of `{name}` were not told"));
            }
            Ok(CheckpointTensor {
                shape: tensor.shape.clone(),
                elements: show(tensor.read_f32())?,
                quantized: known.filter(|_| is_layer),
                name,
            })
        })
        .collect()
}

fn show<T>(result: quant_torch::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
