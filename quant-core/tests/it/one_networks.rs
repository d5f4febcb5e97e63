//! Random networks through all stages, against what ONE's own binaries dump of them, to the last bit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quant_core::config::Config;
use quant_core::interp::FloatProfile;
use quant_core::ir::{DType, Model};
use quant_core::record::{RecordOptions, SliceRecords};
use quant_core::value::Value;
use quant_core::{dump, fake_quantize, format, npy, quantize, record};
use quant_types::golden::{Numbers, Tensor};
use rayon::prelude::*;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::common::{say, shared};

const KEYS: [&str; 8] = [
    "dtype",
    "shape",
    "weights",
    "min",
    "max",
    "scale",
    "zero_point",
    "quantized_dimension",
];

/// What is left out of the comparison, by the end of the tensor's name, and why.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[derive(Default)]
struct Tally {
    keys: usize,
    differ: Vec<String>,
}

#[test]
fn networks_have_the_bits_of_the_binaries() {
    let folder = shared().join("reference/one-networks");
    let files = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut models: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tflite"))
        .collect();
    models.sort();
    if models.is_empty() {
        say(&format!(
            "one-networks: skipped, {} is not there",
            folder.display()
        ));
        return;
    }
    let tallies: Vec<Tally> = models.par_iter().map(|path| network(path)).collect();
    let differ: Vec<&String> = tallies.iter().flat_map(|tally| &tally.differ).collect();
    let keys: usize = tallies.iter().map(|tally| tally.keys).sum();
    say(&format!(
        "one-networks: {} networks, {keys} keys, {} differ",
        models.len(),
        differ.len()
    ));
    assert!(differ.is_empty() && keys > 0, "{differ:#?}");
}

fn network(path: &Path) -> Tally {
    let mut tally = Tally::default();
    let model = format::import(&fs::read(path).unwrap()).unwrap();
    let records = records(&path.with_extension("npy"));
    let text = fs::read_to_string(path.with_extension("json")).unwrap();
    let settings: BTreeMap<String, Json> = serde_json::from_str(&text).unwrap();
    for (setting, stages) in &settings {
        let (granularity, dtype) = setting.split_once('/').unwrap();
        let config = Config::new(dtype.parse().unwrap(), granularity.parse().unwrap());
        for (stage, ours) in run(&model, &config, &records) {
            let place = format!("{} {setting} {stage}", path.file_stem().unwrap().display());
            match stages.get(stage).and_then(Json::as_object) {
                Some(theirs) => compare(&place, theirs, ours, &mut tally),
                None => tally.differ.push(format!("{place}: {}", stages["error"])),
            }
        }
    }
    tally
}

fn records(path: &Path) -> SliceRecords {
    let bytes = fs::read(path).unwrap();
    let header = npy::header(bytes.as_slice()).unwrap();
    assert!(
        !header.fortran_order && header.descr == "'<f4'",
        "{}",
        path.display()
    );
    let values = bytes[header.start as usize..].as_chunks().0.iter();
    let values: Vec<f32> = values.map(|word| f32::from_le_bytes(*word)).collect();
    let shape = &header.shape[1..];
    let size: usize = shape.iter().product();
    let record = |values: &[f32]| vec![Value::f32(shape.to_vec(), values.to_vec())];
    SliceRecords(values.chunks_exact(size).map(record).collect())
}

type Dump = Vec<(String, Tensor)>;

fn run(model: &Model, config: &Config, records: &SliceRecords) -> [(&'static str, Dump); 3] {
    let mut model = model.clone();
    fake_quantize::run(&mut model, config).unwrap();
    let first = dump::tensors(&model).unwrap();
    let options = RecordOptions {
        floats: FloatProfile::One,
        ..RecordOptions::default()
    };
    record::run(&mut model, records, &options, &|_| ()).unwrap();
    let second = dump::tensors(&model).unwrap();
    quantize::run(&mut model, config).unwrap();
    let third = dump::tensors(&model).unwrap();
    [
        ("fake_quantization", first),
        ("record_minmax", second),
        ("quantization", third),
    ]
}

/// Tensors of one name, then the others in any order that fits: copies are named differently.
fn compare(place: &str, theirs: &serde_json::Map<String, Json>, ours: Dump, tally: &mut Tally) {
    // The original's dump has no slashes in names.
    let ours = ours
        .into_iter()
        .map(|(name, tensor)| (name.replace('/', "_"), tensor));
    let mut ours: BTreeMap<String, Tensor> = ours.collect();
    let mut copies = Vec::new();
    for (name, theirs) in theirs {
        if EXCEPTIONS.iter().any(|(end, _)| name.ends_with(end)) {
            continue;
        }
        let Some(ours) = ours.remove(name) else {
            copies.push((name, theirs));
            continue;
        };
        for key in KEYS {
            let (found, same) = same(key, theirs, &ours);
            tally.keys += usize::from(found);
            if !same {
                let words = format!("{place} {name} {key}: {}, not {}", shown(key, &ours), theirs[key]);
                tally.differ.push(words);
            }
        }
    }
    for (name, theirs) in copies {
        let fits = |ours: &Tensor| KEYS.iter().all(|key| same(key, theirs, ours).1);
        let found = ours
            .iter()
            .find(|(_, ours)| fits(ours))
            .map(|(name, _)| name.clone());
        tally.keys += KEYS.iter().filter(|key| theirs.get(**key).is_some()).count();
        match found {
            Some(name) => drop(ours.remove(&name)),
            None => tally
                .differ
                .push(format!("{place} {name}: nothing of ours is like it")),
        }
    }
    let more = ours.keys().map(|name| format!("{place} {name}: only ours"));
    tally.differ.extend(more);
}

/// Whether a key is there, and whether it is the same in both.
fn same(key: &str, theirs: &Json, ours: &Tensor) -> (bool, bool) {
    if key == "weights"
        && let Some(hash) = theirs.get("weights_sha256")
    {
        return (true, hash.as_str() == Some(sha256(ours).as_str()));
    }
    let theirs = theirs.get(key);
    let same = match (key, theirs) {
        // Of tensors without contents the dump does not tell them.
        ("dtype" | "shape", None) => ours.weights.is_none(),
        ("dtype", Some(theirs)) => ours.dtype.as_deref() == theirs.as_str(),
        ("shape", Some(theirs)) => theirs == &Json::from(ours.shape.clone()),
        (_, None) => shown(key, ours) == Json::Null,
        (_, Some(theirs)) => bits(theirs) == bits(&shown(key, ours)),
    };
    (theirs.is_some(), same)
}

/// What of our tensor the key names, floats as they are.
fn shown(key: &str, ours: &Tensor) -> Json {
    let floats = |list: &Option<Vec<f32>>| list.clone().map_or(Json::Null, Json::from);
    match key {
        "weights" => match &ours.weights {
            Some(Numbers::Float(values)) => Json::from(values.clone()),
            Some(Numbers::Int(values)) => Json::from(values.clone()),
            None => Json::Null,
        },
        "min" => floats(&ours.min),
        "max" => floats(&ours.max),
        "scale" => floats(&ours.scale),
        "zero_point" => ours.zero_point.clone().map_or(Json::Null, Json::from),
        "quantized_dimension" => ours.quantized_dimension.map_or(Json::Null, Json::from),
        "dtype" => ours.dtype.clone().map_or(Json::Null, Json::from),
        _ => Json::from(ours.shape.clone()),
    }
}

/// Numbers in their order, as the floats or the integers that they are.
fn bits(json: &Json) -> Vec<i64> {
    match json {
        Json::Array(list) => list.iter().flat_map(bits).collect(),
        Json::Number(number) if number.is_i64() => number.as_i64().into_iter().collect(),
        other => other
            .as_f64()
            .map(|x| i64::from((x as f32).to_bits()) + (1 << 40))
            .into_iter()
            .collect(),
    }
}

fn sha256(ours: &Tensor) -> String {
    let wide = |bytes: usize, q: &i64| q.to_le_bytes()[..bytes].to_vec();
    let dtype = ours.dtype.as_deref().and_then(DType::from_word);
    let size = dtype.and_then(DType::size).unwrap_or(8);
    let bytes: Vec<u8> = match &ours.weights {
        Some(Numbers::Float(values)) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Some(Numbers::Int(values)) => values.iter().flat_map(|q| wide(size, q)).collect(),
        None => Vec::new(),
    };
    let digits = Sha256::digest(bytes);
    let digits = digits.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
