//! Our recorders beside the originals': the same records, and statistics within 1e-5 of the range.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use quant_core::ir::{Builtin, DType, Model, TensorId};
use quant_core::npy;
use quant_core::record::{self, Mode, RecordOptions, SliceRecords};
use quant_core::scheme::tflite::statistics::{Entry, Statistics};
use quant_core::value::{Data, Value};
use rayon::prelude::*;

use super::cases::{float, folders, json};
use crate::common::{say, shared};

/// Part of a range that a statistic may be off: kernels add in another order.
const TOLERANCE: f32 = 1e-5;

/// A way of recording.
///
/// Two things in the originals' files are no statistics of the tensor, and are checked as what they are:
/// - TensorFlow looks at operands before *and behind* each operator, and LiteRT writes a sum or product over an operand that
///   nothing else reads: the operand's range is that of operand and result together ([`overwritten`]). Ours is the operand's.
/// - The files of `nets` were written after ai-edge-quantizer had quantized, which puts the ranges of operators with fixed
///   or equal scales into its statistics ([`adjusted`]).
struct Recorder {
    name: &'static str,
    file: &'static str,
    mode: Mode,
}

const RECORDERS: [Recorder; 2] = [
    Recorder {
        name: "TensorFlow",
        file: "calibration.json",
        mode: Mode::Running,
    },
    Recorder {
        name: "ai-edge-quantizer",
        file: "aeq_calibration.json",
        mode: Mode::Exponential,
    },
];

#[test]
fn recorders_find_what_the_originals_find() {
    let root = shared().join("reference/tflite");
    if !root.is_dir() {
        say("tflite recorders: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
        return;
    }
    let mut failed = String::new();
    for recorder in &RECORDERS {
        let all: Vec<_> = folders(&root)
            .par_iter()
            .filter_map(|folder| Some((folder.clone(), compare(recorder, folder)?)))
            .collect();
        let (mut tensors, mut meant, mut worst) = (0, 0, (0.0, String::new()));
        for (folder, found) in &all {
            let model = folder.file_name().unwrap().to_string_lossy();
            for (name, off) in found {
                tensors += 1;
                match off {
                    Ok(Off::By(off)) if *off > worst.0 => worst = (*off, format!("{model} `{name}`")),
                    Ok(Off::By(_)) => (),
                    Ok(Off::NoStatistic) => meant += 1,
                    Err(off) => writeln!(failed, "{}: {model}: `{name}`: {off}", recorder.file).unwrap(),
                }
            }
        }
        say(&format!(
            "tflite statistics of {}: {} models, {tensors} tensors, worst {:e} of the range ({}); {meant} are no statistics",
            recorder.name,
            all.len(),
            worst.0,
            worst.1
        ));
        assert!(all.len() > 100, "{}", all.len());
    }
    assert!(failed.is_empty(), "\n{failed}");
}

/// How far we are from a statistic.
enum Off {
    /// This part of the range, at most the tolerance.
    By(f32),
    /// It is none, and we know what it is.
    NoStatistic,
}

/// For each tensor of the original's file, or of ours alone.
type Found = Vec<(String, Result<Off, String>)>;

fn compare(recorder: &Recorder, folder: &Path) -> Option<Found> {
    let path = folder.join(recorder.file);
    let mut model = float(folder);
    let records = records(folder, &model)?;
    if !path.is_file() || json(&path).get("error").is_some() {
        return None;
    }
    let wanted = Statistics::parse(&fs::read_to_string(path).unwrap()).unwrap();
    let options = RecordOptions {
        mode: recorder.mode,
        threads: 1,
        ..RecordOptions::default()
    };
    if let Err(error) = record::run(&mut model, &records, &options, &|_| ()) {
        return Some(vec![(String::new(), Err(error.to_string()))]);
    }
    let ours = Statistics::of(&model);
    let mut found = Vec::new();
    for entry in &wanted.entries {
        let is_same = |other: &&Entry| {
            other.name == entry.name && (entry.index.is_none() || other.index == entry.index)
        };
        let off = match ours.entries.iter().find(is_same) {
            Some(ours) if off(entry, ours) <= TOLERANCE => Ok(Off::By(off(entry, ours))),
            Some(ours) if overwritten(recorder, &model, entry, ours) => Ok(Off::NoStatistic),
            Some(_) if adjusted(recorder, folder, &model, entry, &wanted) => Ok(Off::NoStatistic),
            Some(ours) => Err(format!(
                "{} of the range: {entry:?}, ours {ours:?}",
                off(entry, ours)
            )),
            None if is_float(&model, &entry.name) => Err(format!("{entry:?} is not recorded")),
            None => continue,
        };
        found.push((entry.name.clone(), off));
    }
    for ours in ours.entries.iter().filter(|_| recorder.mode == Mode::Running) {
        let wanted = wanted.entries.iter().any(|entry| entry.index == ours.index);
        if !wanted {
            found.push((ours.name.clone(), Err("the original does not record it".into())));
        }
    }
    Some(found)
}

/// Whether the original's range is that of an operand and of the sum or product that was written over it.
fn overwritten(recorder: &Recorder, model: &Model, wanted: &Entry, ours: &Entry) -> bool {
    let graph = model.main();
    let (Some(index), &[reader]) = (
        ours.index,
        graph.readers(TensorId(ours.index.unwrap_or_default())),
    ) else {
        return false;
    };
    let reader = graph.operator(reader);
    let over = Statistics::of(model)
        .entries
        .into_iter()
        .find(|entry| entry.index == Some(reader.outputs[0].0));
    let in_place =
        matches!(reader.code.builtin, Builtin::ADD | Builtin::MUL) && !graph.is_input(TensorId(index));
    recorder.mode == Mode::Running
        && in_place
        && over.is_some_and(|over| {
            let both = Entry {
                min: ours.min.min(over.min),
                max: ours.max.max(over.max),
                ..ours.clone()
            };
            off(wanted, &both) <= TOLERANCE
        })
}

/// Whether the original's range is that of the operator's input, or of 256 steps of 1/256.
fn adjusted(recorder: &Recorder, folder: &Path, model: &Model, entry: &Entry, all: &Statistics) -> bool {
    let graph = model.main();
    let Some(producer) = graph.find(&entry.name).and_then(|id| graph.producer(id)) else {
        return false;
    };
    let op = graph.operator(producer);
    let range = |entry: &Entry| (entry.min, entry.max);
    let is_put = match op.code.builtin {
        Builtin::SOFTMAX => range(entry) == (0.0, 255.0 / 256.0),
        Builtin::AVERAGE_POOL_2D | Builtin::RESHAPE => {
            let input = op.input(0).map(|id| &graph.tensor(id).name);
            let input = all.entries.iter().find(|other| Some(&other.name) == input);
            input.is_some_and(|input| range(input) == range(entry))
        }
        _ => false,
    };
    recorder.mode == Mode::Exponential && folder.parent().is_some_and(|kind| kind.ends_with("nets")) && is_put
}

fn is_float(model: &Model, name: &str) -> bool {
    let graph = model.main();
    graph
        .find(name)
        .is_some_and(|id| graph.tensor(id).dtype == DType::Float32)
}

/// The larger of the distances of the two ends, as a part of the range with 0 in it.
fn off(wanted: &Entry, ours: &Entry) -> f32 {
    let range = wanted.max.max(0.0) - wanted.min.min(0.0);
    let off = (wanted.min - ours.min).abs().max((wanted.max - ours.max).abs());
    if off == 0.0 { 0.0 } else { off / range }
}

/// The records of a folder, or the first four images of the network's calibration data.
fn records(folder: &Path, model: &Model) -> Option<SliceRecords> {
    let files: Vec<_> = (0..99)
        .map(|input| folder.join(format!("input_{input}.npy")))
        .take_while(|path| path.is_file())
        .collect();
    let inputs: Vec<Vec<Value>> = if files.is_empty() {
        let network = folder.file_name().unwrap().to_string_lossy();
        let path = shared().join("models").join(format!("{network}_calibration.npy"));
        if !path.is_file() {
            return None;
        }
        vec![read(&path).into_iter().take(4).collect()]
    } else {
        files.iter().map(|path| read(path)).collect()
    };
    let shapes = model.main().input_tensors().into_iter();
    let shapes: Vec<Vec<usize>> = shapes
        .map(|input| input.shape.iter().map(|d| *d as usize).collect())
        .collect();
    let count = inputs[0].len();
    let shaped = |(values, shape): (&Vec<Value>, &Vec<usize>), index: usize| Value {
        shape: shape.clone(),
        data: values[index].data.clone(),
    };
    let record = |index| {
        inputs
            .iter()
            .zip(&shapes)
            .map(|both| shaped(both, index))
            .collect()
    };
    Some(SliceRecords((0..count).map(record).collect()))
}

/// The records in a NumPy file: the first axis counts them.
fn read(path: &Path) -> Vec<Value> {
    let bytes = fs::read(path).unwrap();
    let header = npy::header(bytes.as_slice()).unwrap();
    assert!(!header.fortran_order, "{}", path.display());
    let shape = header.shape[1..].to_vec();
    let words = bytes[header.start as usize..].as_chunks::<4>().0;
    let size = shape.iter().product::<usize>();
    let value = |words: &[[u8; 4]]| Value {
        shape: shape.clone(),
        data: match header.descr.trim_matches('\'') {
            "<f4" => Data::F32(words.iter().map(|word| f32::from_le_bytes(*word)).collect()),
            "<i4" => Data::I32(words.iter().map(|word| i32::from_le_bytes(*word)).collect()),
            other => panic!("{}: {other}", path.display()),
        },
    };
    words.chunks_exact(size.max(1)).map(value).collect()
}
