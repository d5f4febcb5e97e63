//! `quant error-report` agrees with plain loops.

use std::fs;

use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::Model;
use quant_core::quantized::fake;
use quant_core::record::{RandomRecords, Records};
use serde_json::Value;

use super::{fails_with, near, read_json};
use crate::common::passes;

/// Every value of the float graph and of the fake-quantized one, record by record, by the names of the float graph.
fn by_hand(float: &Model, quantized: &Model, name: &str, records: &dyn Records) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut model = quantized.clone();
    fake::run(&mut model).unwrap();
    let seen = format!("{name}_FQ_Dequantize");
    let of = |model: &Model, index: usize, names: &[&str]| {
        let mut found = Vec::new();
        let interpreter = Interpreter::new(model).unwrap();
        let run = interpreter.run_with(
            records.get(index).unwrap(),
            &mut Workspace::default(),
            &mut |id, value, _| {
                let name = &model.main().tensor(id).name;
                if let Some(rank) = names.iter().position(|wanted| wanted == name) {
                    found.push((rank, value.as_f32().unwrap().to_vec()));
                }
                Ok(())
            },
        );
        run.unwrap();
        found.sort_by_key(|(rank, _)| *rank);
        found.swap_remove(0).1
    };
    (0..records.len())
        .map(|index| (of(float, index, &[name]), of(&model, index, &[&seen, name])))
        .collect()
}

#[test]
fn error_report_agrees_with_plain_loops() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o float.circle");
    passes(folder, "run float.circle --data random:3:5 -o q.circle");
    let printed = passes(
        folder,
        "error-report float.circle q.circle --data random:9:3 -o report --rows 0 --simulate",
    );
    let report = read_json(&folder.join("report/errors.json"));
    let read = |name: &str| quant_core::format::import(&fs::read(folder.join(name)).unwrap()).unwrap();
    let (float, quantized) = (read("float.circle"), read("q.circle"));
    let records = RandomRecords::new(float.main().input_tensors(), 9, 3).unwrap();
    let tensors = report["tensors"].as_array().unwrap();
    let activations: Vec<&Value> = tensors.iter().filter(|t| t["kind"] == "activation").collect();
    assert_eq!(activations.len(), 7, "the input and six operators");
    for tensor in activations {
        let name = tensor["name"].as_str().unwrap();
        assert!(printed.contains(name), "{name}");
        let (mut mpeir, mut mse, mut tae, mut cosine, mut signal, mut noise) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let values = by_hand(&float, &quantized, name, &records);
        let count = values.len() as f64;
        for (a, b) in values {
            let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let (a, b) = (wide(&a), wide(&b));
            let off: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
            let max = |x: &[f64]| x.iter().copied().fold(f64::MIN, f64::max);
            let min = |x: &[f64]| x.iter().copied().fold(f64::MAX, f64::min);
            let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            mpeir += max(&off) / (max(&a) - min(&a) + 1e-6) / count;
            mse += dot(&off, &off) / off.len() as f64 / count;
            tae += off.iter().sum::<f64>() / count;
            cosine += dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt() / count;
            signal += dot(&a, &a);
            noise += dot(&off, &off);
        }
        near(&tensor["mpeir"], mpeir);
        near(&tensor["mse"], mse);
        near(&tensor["tae"], tae);
        near(&tensor["cosine"], cosine);
        near(&tensor["sqnr"], 10.0 * (signal / noise).log10());
        assert_eq!(tensor["type"], "uint8");
    }
    // Weights and biases; a step of a filter bounds its error.
    let constants: Vec<&str> = tensors
        .iter()
        .filter(|t| t["kind"] == "constant")
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert_eq!(constants.len(), 6, "{constants:?}");
    // What a layer adds comes first, the most of it; then what no layer makes, by MPEIR.
    let added = |t: &Value| t["added"].as_f64().unwrap_or(f64::INFINITY);
    assert!(tensors.is_sorted_by_key(added), "the worst comes first");
    let (mut known, unknown): (Vec<&Value>, Vec<&Value>) =
        tensors.iter().partition(|t| t["added"].is_number());
    let mut rest: Vec<f64> = unknown
        .iter()
        .filter(|t| t["kind"] == "constant")
        .map(|t| t["mpeir"].as_f64().unwrap())
        .collect();
    rest.reverse();
    assert!(rest.is_sorted(), "{rest:?}");
    assert!(known.len() >= 4, "{known:?}");
    // The input's own error is all of its error.
    known.retain(|t| t["operator"].is_null());
    near(&known[0]["added"], known[0]["sqnr"].as_f64().unwrap());
    assert_eq!(report["operators"].as_array().unwrap().len(), 6);

    let page = fs::read_to_string(folder.join("report/index.html")).unwrap();
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !outside.contains("://") && !outside.contains("src="),
        "the page needs nothing else"
    );
    passes(
        folder,
        "error-report float.circle q.circle --data random:9:3 -o page.html --simulate",
    );
    assert_eq!(fs::read_to_string(folder.join("page.html")).unwrap(), page);

    // The last activation has the same error where the model itself makes floats of it.
    let of_prob = |output: &str| {
        passes(
            folder,
            &format!("run float.circle --data random:3:5 --output-type {output} -o t.circle"),
        );
        passes(
            folder,
            "error-report float.circle t.circle --data random:9:3 -o t.json",
        );
        let report = read_json(&folder.join("t.json"));
        let found = report["tensors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|t| t["name"] == "prob")
            .cloned();
        found.unwrap()["mpeir"].clone()
    };
    assert_eq!(of_prob("uint8"), of_prob("float32"));

    let report = "error-report float.circle q.circle";
    fails_with(
        folder,
        "error-report q.circle float.circle --data random:1:1 -o x",
        1,
        "quantized already",
    );
    fails_with(
        folder,
        "error-report float.circle @ReLU_000 --data random:1:1 -o x",
        1,
        "no activation has the name",
    );
    fails_with(
        folder,
        &format!("{report} --data random:1:1 -o no/such.json"),
        5,
        "no: No such file",
    );
    fails_with(
        folder,
        &format!("{report} --data random:1:1 -o q.circle"),
        5,
        "q.circle",
    );
    fails_with(folder, &format!("{report} --data random:1:1"), 2, "--output");
}
