//! Every case of the original's algorithms.

mod activations;
mod others;
mod twins;

use quant_amct::algorithm::{Bits, Factors};
use serde_json::Value;

use crate::reference::{self, Npy, Tally, f32_of};

type Compare = fn(&std::path::Path, &Value, &mut Tally);

fn near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

fn ulp(a: f32, b: f32) -> bool {
    (a.to_bits() as i32).abs_diff(b.to_bits() as i32) <= 1
}

fn bits(case: &Value) -> Bits {
    Bits::new(case["num_bits"].as_u64().expect("num_bits") as u32).expect("2…16")
}

fn batches(folder: &std::path::Path, case: &Value) -> Vec<Vec<f32>> {
    let count = case["batch_num"].as_u64().expect("batch_num") as usize;
    let files = case["input"].as_array().expect("input").iter().take(count);
    files
        .map(|file| Npy::read(&folder.join(file.as_str().expect("a name"))).f32s())
        .collect()
}

/// All cases of `algo` and of `ops/fake_quant.json`.
pub fn all(folder: &std::path::Path) -> Tally {
    let mut tally = Tally::default();
    let algo = folder.join("algo");
    let files: [(&str, &str, Compare); 8] = [
        ("ifmr", "cases", activations::ifmr_case),
        ("hfmg", "cases", activations::hfmg_case),
        ("hfmg_hist", "merge", activations::merge_case),
        ("arq", "cases", others::arq_case),
        ("minmax", "cases", others::minmax_case),
        ("bias", "cases", others::bias_case),
        ("similarity", "cases", others::similarity_case),
        ("../ops/fake_quant", "cases", others::nudge_case),
    ];
    for (name, list, compare) in files {
        let file = reference::json(&algo.join(format!("{name}.json")));
        let cases = file[list].as_array().expect(list);
        assert!(!cases.is_empty(), "{name} has no cases");
        for case in cases {
            tally.algorithms += 1;
            compare(&algo, case, &mut tally);
        }
    }
    activations::search_cases(
        &reference::json(&algo.join("hfmg_hist.json"))["search"],
        &mut tally,
    );
    tally
}

fn factors(label: &str, factors: Factors, bits: Bits, result: &Value, tally: &mut Tally) {
    tally.check(ulp(factors.scale, f32_of(&result["scale"])), || {
        format!("{label}: scale {} {}", factors.scale, result["scale"])
    });
    tally.check(
        i64::from(factors.offset) == result["offset"].as_i64().expect("offset"),
        || format!("{label}: offset {} {}", factors.offset, result["offset"]),
    );
    if result["clip_max"].is_null() {
        return;
    }
    let clip = [
        (factors.clip_max(bits), "clip_max"),
        (factors.clip_min(bits), "clip_min"),
    ];
    for (mine, key) in clip {
        let theirs = result[key].as_f64().expect(key);
        tally.check(near(f64::from(mine), theirs, 1e-6), || {
            format!("{label}: {key} {mine} {theirs}")
        });
    }
}
