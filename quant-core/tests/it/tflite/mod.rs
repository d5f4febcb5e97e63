//! TensorFlow Lite's quantizers beside what the originals wrote: `reference/tflite` of the folder named by
//! `QUANT_REFERENCE`, else of `../shared`; without it the test says that it was skipped. A folder that is added there is
//! a test more, and so is a scheme.
//!
//! Of each model, for each file `<scheme>.json`: the float model gets the ranges that the original recorded, the flavour
//! quantizes it (`compat`), the result is exported and imported, and compared with what the original wrote
//! ([`compare`]). A flavour is a line of [`flavours::FLAVOURS`]; schemes without a line are counted as not built. What
//! differs with a reason is a line of [`exceptions::EXCEPTIONS`].
//!
//! ```sh
//! cargo test -p quant-core --test it tflite::                            # all
//! QUANT_TFLITE='int8_legacy*' cargo test -p quant-core --test it tflite::     # schemes of that name
//! QUANT_TFLITE='int8/net_*' cargo test -p quant-core --test it tflite::       # scheme/model
//! QUANT_TFLITE_SHOW=500 …                                                # that many differences, not 40
//! ```
//! A part shows what the flavour kept in float as well; exceptions are applied, but not asked for.

mod cases;
mod compare;
mod difference;
mod exceptions;
mod flavours;
mod net;
mod not_numbers;
mod options;
mod ranges;
mod recipes;
mod recorders;
mod self_test;
mod signatures;
mod statistics;
mod tensor;
mod two_and_four_bits;
mod write;
mod zero_bias;

use std::collections::BTreeMap;

use quant_core::ir::FileFormat;
use quant_core::scheme::tflite::Kept;
use quant_core::{Result, format};
use rayon::prelude::*;
use serde_json::Value as Json;

use crate::common::{say, shared};
use cases::Case;
use difference::{Compared, Difference};

/// What became of a case.
#[derive(Default)]
struct Outcome {
    built: bool,
    compared: Compared,
    kept: Vec<Kept>,
}

#[test]
fn every_flavour_is_the_original() {
    let root = shared().join("reference/tflite");
    if !root.is_dir() {
        say(&format!(
            "tflite: SKIPPED, there is no {}; set QUANT_REFERENCE to the reference data",
            root.display()
        ));
        return;
    }
    let part = std::env::var("QUANT_TFLITE").ok();
    let cases = cases::all(&root, part.as_deref());
    assert!(!cases.is_empty(), "no case is called {part:?}");
    let mut outcomes: Vec<Outcome> = cases.par_iter().map(run).collect();

    let mut schemes: BTreeMap<&str, (usize, Compared, bool)> = BTreeMap::new();
    let mut unused = exceptions::Unused::new();
    for (case, outcome) in cases.iter().zip(&mut outcomes) {
        unused.excuse(case, &mut outcome.compared.differences);
        let (models, compared, built) = schemes.entry(&case.scheme).or_default();
        *models += 1;
        *built |= outcome.built;
        compared.add(std::mem::take(&mut outcome.compared));
        if part.is_some() {
            for kept in &outcome.kept {
                let (graph, operator) = (kept.graph, kept.operator);
                say(&format!(
                    "{case}: graph {graph}, operator {operator}, {} `{}` stays float: {}",
                    kept.kind, kept.output, kept.why
                ));
            }
        }
    }
    let mut all = Compared::default();
    for (scheme, (models, compared, built)) in &schemes {
        if *built {
            say(&format!("tflite: {scheme}: {models} models, {compared}"));
        } else {
            say(&format!("tflite: {scheme}: {models} models, NOT BUILT"));
        }
    }
    let built = schemes.values().filter(|(_, _, built)| *built).count();
    schemes
        .into_values()
        .for_each(|(_, compared, _)| all.add(compared));
    let models: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.model.as_str()).collect();
    let not = cases.iter().zip(&outcomes).filter(|(_, outcome)| !outcome.built);
    say(&format!(
        "tflite: {} models, {built} schemes, {all} ({} files of schemes that are not built, {} differences excused)",
        models.len(),
        not.count(),
        unused.excused
    ));
    let show = std::env::var("QUANT_TFLITE_SHOW").ok();
    let show = show.map_or(40, |show| show.parse().expect("QUANT_TFLITE_SHOW is a number"));
    for difference in all.differences.iter().take(show) {
        say(&difference.to_string());
    }
    assert!(all.differences.is_empty(), "{} differ", all.differences.len());
    if part.is_none() {
        unused.check();
    }
}

/// Quantizes and compares.
fn run(case: &Case) -> Outcome {
    let Some((flavour, suffix)) = flavours::find(&case.scheme) else {
        return Outcome::default();
    };
    let reference = case.reference();
    let float = case.float();
    let options = flavours::options(flavour, suffix, &float);
    let mut kept = Vec::new();
    let made = (|| -> Result<_> {
        let mut model = float;
        kept = (flavour.quantize)(&mut model, case, &options)?;
        format::import(&format::export(&model, FileFormat::Tflite)?)
    })();
    let mut compared = Compared::default();
    let wanted = reference.get("error").and_then(Json::as_str).map(str::trim);
    let failed = |wanted: &str, ours: String| Difference::new("", "error", wanted, ours);
    match (made, wanted) {
        (Ok(model), None) => compared = compare::models(&reference, &model, flavour.how(case)),
        (Ok(_), Some(wanted)) => compared.differences.push(failed(wanted, "a model".into())),
        (Err(error), None) => compared.differences.push(failed("a model", error.to_string())),
        (Err(error), Some(wanted)) if error.to_string().contains(wanted) => (),
        (Err(error), Some(wanted)) => compared.differences.push(failed(wanted, error.to_string())),
    }
    let name = case.to_string();
    compared
        .differences
        .iter_mut()
        .for_each(|difference| difference.case.clone_from(&name));
    Outcome {
        built: true,
        compared,
        kept,
    }
}
