//! Calibrators on the tensors that onnxruntime kept of some models, record by record.

use std::collections::BTreeMap;
use std::path::Path;

use quant_onnx::quantize::calibrate::ends::Ends;
use quant_onnx::quantize::calibrate::{Calibration, Method};
use quant_onnx::quantize::number::Float;
use quant_onnx::quantize::{Range, Ranges};

use super::{reference, root};

/// Records that calibrate; the fourth is for tests.
const RECORDS: usize = 3;

/// The calibrators of `calib.json`.
pub fn named(name: &str) -> Option<Calibration> {
    let usual = Calibration::default();
    let percentile = Calibration {
        method: Method::Percentile,
        ..usual
    };
    let entropy = Calibration {
        method: Method::Entropy,
        ..usual
    };
    Some(match name {
        "minmax" => usual,
        "minmax_movavg" => Calibration {
            moving_average: true,
            ..usual
        },
        "minmax_symmetric" => Calibration {
            symmetric: Some(true),
            ..usual
        },
        "entropy" => entropy,
        "entropy_bins512_q64" => Calibration {
            bins: Some(512),
            quantized_bins: 64,
            ..entropy
        },
        "percentile" => percentile,
        "percentile_90" => Calibration {
            percentile: 90.0,
            ..percentile
        },
        "percentile_asym_95" => Calibration {
            percentile: 95.0,
            symmetric: Some(false),
            ..percentile
        },
        "distribution" => Calibration {
            method: Method::Distribution,
            ..usual
        },
        _ => return None,
    })
}

/// Values of a tensor in each record.
pub type Kept = BTreeMap<String, Vec<Vec<f32>>>;

/// All tensors of a model that were kept, if its inner ones were.
pub fn kept(folder: &Path) -> Option<Kept> {
    let inner = std::fs::read_dir(folder.join("mid")).ok()?;
    let mut files: Vec<_> = inner
        .map(|entry| entry.unwrap().path())
        .map(|path| (path, ""))
        .collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let prefix = ["in_", "out_"]
            .into_iter()
            .find(|prefix| name.starts_with(prefix));
        files.extend(prefix.map(|prefix| (path, prefix)));
    }
    let all = files.into_iter().filter_map(|(path, prefix)| {
        let name = path.file_stem()?.to_str()?.strip_prefix(prefix)?.to_owned();
        Some((name, npy(&path)?))
    });
    Some(all.collect())
}

/// The records of a file of floats; none for other types.
fn npy(path: &Path) -> Option<Vec<Vec<f32>>> {
    let bytes = std::fs::read(path).unwrap();
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    if !header.contains("'<f4'") {
        return None;
    }
    let data = bytes[10 + length..].as_chunks().0;
    let values: Vec<f32> = data.iter().map(|x| f32::from_le_bytes(*x)).collect();
    Some(values.chunks(values.len() / 4).map(<[f32]>::to_vec).collect())
}

/// The range of a tensor.
pub fn range(calibration: &Calibration, records: &[Vec<f32>], float: Float) -> (f32, f32) {
    let ends: Vec<Ends> = records.iter().map(|record| Ends::of(record)).collect();
    let Some(mut histogram) = calibration.histogram() else {
        return calibration.ends(&ends, float).unwrap();
    };
    for batch in calibration.batches(records.len()).unwrap() {
        let mut all = Ends::default();
        ends[batch.clone()].iter().for_each(|one| all.add(*one));
        assert!(histogram.open(all));
        records[batch].iter().for_each(|record| histogram.count(record));
    }
    calibration.threshold(&histogram, float)
}

/// The ranges of all tensors.
pub fn ranges(calibration: &Calibration, kept: &Kept) -> Ranges {
    let all = kept.iter().map(|(name, records)| {
        let (low, high) = range(calibration, &records[..RECORDS], Float::F32);
        let range = Range {
            low,
            high,
            float: Float::F32,
        };
        (name.clone(), range)
    });
    all.collect()
}

#[test]
fn ranges_are_equal() {
    let Some(root) = root() else {
        return;
    };
    let (mut models, mut count) = (0, 0);
    for folder in reference::folders(&root, "calib.json") {
        let Some(kept) = kept(&folder) else {
            continue;
        };
        let file = reference::json(&folder.join("calib.json"));
        models += 1;
        for method in file.as_object().unwrap().keys() {
            let (Some(calibration), Some(wanted)) = (named(method), reference::ranges(&file, method)) else {
                continue;
            };
            let made = ranges(&calibration, &kept);
            for (name, range) in wanted {
                assert_eq!(
                    made.get(&name),
                    Some(&range),
                    "{} {method} {name}",
                    folder.display()
                );
                count += 1;
            }
        }
    }
    println!("onnx calibrators: {models} models, {count} ranges equal");
}
