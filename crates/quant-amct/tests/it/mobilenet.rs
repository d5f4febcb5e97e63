//! MobileNetV2 whole: the photograph, the vendor's record, and its calibration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_amct::config::{Simple, create};
use quant_amct::flow::Folding;
use quant_amct::graph::layers;
use quant_amct::record::Record;
use quant_tensorflow::Graph;
use serde_json::Value;

use crate::flows::{apart, ptq, run, value};
use crate::graphs::read;
use crate::reference::{self, Npy, Tally};

/// The model with its description, and its quantized twin by a record.
struct Net {
    folder: PathBuf,
    meta: Value,
    graph: Graph,
}

impl Net {
    fn read(folder: &Path) -> Self {
        let folder = folder.join("mobilenetv2_160");
        Self {
            meta: reference::json(&folder.join("meta.json")),
            graph: read(&folder.join("model.pb")),
            folder,
        }
    }

    fn output(&self, key: &str) -> Vec<String> {
        vec![self.meta[key].as_str().expect(key).to_owned()]
    }

    /// An output of the graph that a record quantizes.
    fn quantized(&self, record: &Path, key: &str, inputs: &[&str]) -> BTreeMap<String, Vec<f32>> {
        let outputs = self.output(key);
        let config =
            create(&Simple::default(), &layers(&self.graph).expect("layers")).expect("a configuration");
        let folding = Folding::of(&self.graph, &config, &outputs).expect("folds");
        let text = std::fs::read_to_string(record).expect("a record");
        let record = Record::read(&text).expect("a record");
        let (quantized, done) = folding.quantize(&record).expect("quantizes");
        let of = |input: &&str| {
            let image = value(&self.folder.join(format!("{input}.npy")));
            (
                (*input).to_owned(),
                run(&quantized, &done.outputs(&outputs), &image),
            )
        };
        inputs.iter().map(of).collect()
    }
}

fn best(probabilities: &[f32]) -> (u64, f64) {
    let mut best = 0;
    for (index, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = index;
        }
    }
    (best as u64, f64::from(probabilities[best]))
}

/// The photograph stays a bull mastiff, and the vendor's record fits.
pub fn all(folder: &Path) -> Tally {
    let net = Net::read(folder);
    let mut tally = Tally::default();
    the_photograph(&net, &mut tally);
    the_vendors_record(&net, &mut tally);
    tally
}

fn the_photograph(net: &Net, tally: &mut Tally) {
    let photo = reference::json(&net.folder.join("photo.json"));
    let float = best(&run(
        &net.graph,
        &net.output("output"),
        &value(&net.folder.join("photo.npy")),
    ));
    let record = net.folder.join("ptq/record.txt");
    let quantized = best(&net.quantized(&record, "output", &["photo"])["photo"]);
    println!(
        "amct: photograph: class {} {:.3}, quantized class {} {:.3}",
        float.0, float.1, quantized.0, quantized.1
    );
    for (mine, theirs, limit) in [
        (float, &photo["origin"], 1e-5),
        (quantized, &photo["quantized_by_ptq_record"], 1e-5),
    ] {
        tally.outputs += 1;
        let near = (mine.1 - theirs["prob"].as_f64().expect("prob")).abs() < limit;
        tally.check(Some(mine.0) == theirs["index"].as_u64() && near, || {
            format!("photograph: {mine:?} for {theirs}")
        });
    }
}

fn the_vendors_record(net: &Net, tally: &mut Tally) {
    // Of another training: a test of names, channels and arithmetic.
    let record = net.folder.join("../record/mobilenet_v2_1.0_tf_record.txt");
    for (input, mine) in net.quantized(&record, "logits", &["input", "photo"]) {
        let theirs = Npy::read(&net.folder.join(format!("convert_real_record/logits_{input}.npy"))).f32s();
        let apart = apart(&mine, &theirs);
        println!("amct: the vendor's record, {input}: {apart:.1e} apart");
        tally.outputs += 1;
        tally.check(apart < 1e-5, || format!("the vendor's record, {input}: {apart}"));
    }
}

#[test]
fn mobilenet_is_calibrated() {
    let Some(folder) = reference::folder() else {
        return reference::skipped("MobileNetV2");
    };
    let mut tally = Tally::default();
    ptq(
        &folder.join("mobilenetv2_160"),
        &folder.join("../../models/mobilenetv2_160_calibration.npy"),
        &mut tally,
    );
    println!(
        "amct: MobileNetV2: {} factors, {} similarities, {} differ",
        tally.factors,
        tally.similarities,
        tally.different.len()
    );
    assert!(tally.different.is_empty(), "{}", tally.different.join("\n"));
}
