//! The folders of the reference data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_ir::Bytes;
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::number::Float;
use quant_onnx::quantize::{BlockFormat, BlockOptions, Options, Range, Ranges};
use serde_json::Value;

/// Folders with a file of that name, sorted.
pub fn folders(root: &Path, file: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|folder| folder.join(file).is_file()).collect();
    folders.sort();
    folders
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub fn model(folder: &Path, file: &str) -> Model {
    let mut model = Model::from_bytes(std::fs::read(folder.join(file)).unwrap()).unwrap();
    let files = model.external_files().unwrap().into_iter();
    let files: BTreeMap<String, Bytes> = files
        .map(|name| (name.clone(), std::fs::read(folder.join(&name)).unwrap().into()))
        .collect();
    model.attach(&files).unwrap();
    model
}

/// Ranges of a calibrator.
pub fn ranges(calib: &Value, method: &str) -> Option<Ranges> {
    let all = calib.get(method)?.as_object()?;
    let ranges = all.iter().map(|(name, entry)| {
        let number = |key: &str| entry[key].as_f64().map(|x| x as f32);
        let float = if entry["dtype"] == "float16" {
            Float::F16
        } else {
            Float::F32
        };
        let range = Range {
            low: number("lowest")?,
            high: number("highest")?,
            float,
        };
        Some((name.clone(), range))
    });
    ranges.collect()
}

/// Options of an option set, and its calibrator.
pub fn options(config: &Value) -> (Options, Calibration) {
    let mut options = Options {
        faithful: true,
        ..Options::default()
    };
    if config["kind"] == "dynamic" {
        options.format = quant_onnx::quantize::Format::Dynamic;
    }
    let mut calibration = Calibration {
        faithful: true,
        ..Calibration::default()
    };
    let args = config["args"].as_object().unwrap();
    let extra = args.get("extra_options").and_then(Value::as_object);
    for (name, value) in args.iter().chain(extra.into_iter().flatten()) {
        if name != "extra_options" && !calibration.set(name, value).unwrap() {
            options.set(name, value).unwrap();
        }
    }
    (options, calibration)
}

/// The options of an entry of `nbits.json`.
pub fn block_options(args: &Value) -> BlockOptions {
    BlockOptions {
        bits: args["bits"].as_u64().unwrap() as u32,
        block_size: args["block_size"].as_u64().unwrap() as usize,
        symmetric: args["is_symmetric"] == true,
        format: if args["quant_format"] == "QDQ" {
            BlockFormat::Qdq
        } else {
            BlockFormat::QOperator
        },
        faithful: true,
        ..BlockOptions::default()
    }
}
