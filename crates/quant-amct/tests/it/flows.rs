//! Calibration of whole graphs beside the reference: factors, outputs of the quantized graphs, rankings.

use std::collections::BTreeMap;
use std::path::Path;

use quant_amct::config::{Config, Simple, create};
use quant_amct::flow::{Calibrated, Calibration, Folding, Measure, rank};
use quant_amct::graph::{Options, convert_qat, layers};
use quant_amct::record::Record;
use quant_amct::run::{Runner, floats};
use quant_ir::value::Value;
use quant_tensorflow::Graph;

use crate::graphs::{folders, output, read};
use crate::reference::{self, Npy, Tally, f32_of};

const MEMORY: usize = 64 << 20;

pub fn value(path: &Path) -> Value {
    let array = Npy::read(path);
    Value::f32(array.shape.clone(), array.f32s())
}

/// Runs a graph on one batch.
pub fn run(graph: &Graph, outputs: &[String], input: &Value) -> Vec<f32> {
    let shapes = BTreeMap::from([("input".to_owned(), input.shape.clone())]);
    let runner = Runner::new(graph, outputs, &shapes).unwrap_or_else(|error| panic!("{outputs:?}: {error}"));
    let values = runner
        .run(vec![input.clone()])
        .unwrap_or_else(|error| panic!("{outputs:?}: {error}"));
    floats(&values[0]).expect("floats").to_vec()
}

/// Values that lie further apart than `share` of the largest.
fn far(mine: &[f32], theirs: &[f32], share: f32) -> usize {
    assert_eq!(mine.len(), theirs.len());
    let most = theirs.iter().fold(0f32, |most, x| most.max(x.abs()));
    mine.iter()
        .zip(theirs)
        .filter(|(a, b)| (*a - *b).abs() > share * most || a.is_nan())
        .count()
}

fn calibrate(graph: &Graph, config: &Config, outputs: &[String], batch: Value) -> Calibrated {
    let calibration = Calibration {
        config,
        outputs,
        memory: MEMORY,
        progress: &|| {},
    };
    calibration
        .run(graph, &vec![vec![batch]])
        .unwrap_or_else(|error| panic!("{outputs:?}: {error}"))
}

/// Calibrates every graph, and runs what its record and its FakeQuant nodes make.
pub fn all(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    for folder in folders(&folder.join("graphs")) {
        if folder.join("ptq/record.txt").exists() {
            ptq(&folder, &folder.join("input.npy"), &mut tally);
        }
    }
    for folder in folders(&folder.join("qat")) {
        trained(&folder, &mut tally);
    }
    tally
}

/// Distance of two vectors, as a share of the second.
pub fn apart(mine: &[f32], theirs: &[f32]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x * x)).sum::<f64>().sqrt();
    norm(&mut mine.iter().zip(theirs).map(|(a, b)| a - b)) / norm(&mut theirs.iter().copied())
}

/// Runs a graph by the reference's record, and calibrates it.
pub fn ptq(folder: &Path, calibration: &Path, tally: &mut Tally) {
    let label = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let graph = read(&folder.join("model.pb"));
    let outputs = vec![output(folder)];
    let config = create(&Simple::default(), &layers(&graph).expect("layers")).expect("a configuration");
    let input = value(&folder.join("input.npy"));
    let text = std::fs::read_to_string(folder.join("ptq/record.txt")).expect("a record");
    let theirs = Record::read(&text).expect("a record");

    // Their record in our graph: the real kernels' output.
    let folding = Folding::of(&graph, &config, &outputs).expect("folds");
    let (quantized, done) = folding.quantize(&theirs).expect("quantizes");
    let mine = run(&quantized, &done.outputs(&outputs), &input);
    let truth = Npy::read(&folder.join("ptq/output.npy")).f32s();
    tally.outputs += 1;
    let bad = far(&mine, &truth, 1e-5);
    tally.check(bad == 0, || format!("{label}: {bad} of {} outputs", truth.len()));

    let found = calibrate(&graph, &config, &outputs, value(calibration));
    compare(folder, &label, &found, &theirs, tally);
    let file = folder.join("ptq/similarity.json");
    if file.exists() {
        let mine = rank(
            &found,
            &vec![vec![value(calibration)]],
            1,
            Measure::Cosine,
            MEMORY,
            &|| {},
        )
        .expect("ranks");
        for pair in reference::json(&file).as_array().expect("pairs") {
            tally.similarities += 1;
            let (name, theirs) = (
                pair[0].as_str().expect("a name"),
                pair[1].as_f64().expect("a number"),
            );
            let mine = mine.iter().find(|(layer, _)| layer == name).map(|(_, x)| *x);
            if mine.is_none_or(|mine| (mine - theirs).abs() > 2e-7) {
                tally
                    .different
                    .push(format!("{label}: similarity of {name}: {mine:?} for {theirs}"));
            }
        }
    }
}

fn compare(folder: &Path, label: &str, found: &Calibrated, theirs: &Record, tally: &mut Tally) {
    let names = |record: &Record| {
        record
            .entries
            .iter()
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>()
    };
    if names(&found.record) != names(theirs) {
        tally
            .different
            .push(format!("{label}: record of {:?}", names(&found.record)));
        return;
    }
    let layers = reference::json(&folder.join("ptq/layers.json"));
    for (((name, mine), (_, theirs)), layer) in found
        .record
        .entries
        .iter()
        .zip(&theirs.entries)
        .zip(layers.as_array().expect("layers"))
    {
        tally.factors += 2 + mine.scale_w.len();
        if mine.scale_w != theirs.scale_w {
            tally.different.push(format!("{label}: scale_w of {name}"));
        }
        let index = found
            .layers
            .iter()
            .find(|layer| layer.name == *name)
            .and_then(|layer| layer.ifmr)
            .map(|(index, _)| index);
        let wanted = layer["ifmr_index"].as_u64().expect("ifmr_index") as usize;
        let clear = f64::from(f32_of(&layer["ifmr_margin"])) > 1e-3;
        let near = index.is_some_and(|index| index.abs_diff(wanted) <= 1);
        // The forward's floats are not TensorFlow's bit by bit.
        let (a, b) = (mine.scale_d.expect("a scale"), theirs.scale_d.expect("a scale"));
        let same = (a - b).abs() <= 2e-6 * b && mine.offset_d == theirs.offset_d;
        if (clear && !same) || !near {
            tally.different.push(format!(
                "{label}: {name}: {a} {:?} {index:?} for {b} {:?} {wanted}",
                mine.offset_d, theirs.offset_d
            ));
        }
    }
}

fn trained(folder: &Path, tally: &mut Tally) {
    let label = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let mut graph = read(&folder.join("model.pb"));
    let outputs = vec![output(folder)];
    let options = Options {
        outputs: outputs.clone(),
        ..Options::default()
    };
    let found = convert_qat(&mut graph, &options).expect("converts");
    let input = value(&folder.join("input.npy"));
    let mine = run(&graph, &found.quantized.outputs(&outputs), &input);
    let truth = Npy::read(&folder.join("converted/output.npy")).f32s();
    tally.outputs += 1;
    let bad = far(&mine, &truth, 1e-5);
    // Quantized anew: another grid for the weights.
    if found.warnings.is_empty() {
        tally.check(bad == 0, || format!("{label}: {bad} of {} outputs", truth.len()));
    } else {
        println!(
            "amct: {label}: {bad} of {} outputs differ: {:?}",
            truth.len(),
            found.warnings
        );
    }
}
