//! Cross-layer equalization.

use quant_core::ir::Model;
use quant_core::remedy::{self, Remedy, Room};
use quant_core::scheme::tflite;
use quant_core::{Quantizer, interp};

use super::net::{floats, images, network, scaled};

/// Signal to noise of the logits, in decibels, with one scale for each tensor.
fn noise(model: &Model, remedies: &[Remedy]) -> f64 {
    let mut int8 = tflite::named("tflite-int8").unwrap();
    int8.options.per_tensor = true;
    let quantizer = Quantizer::new()
        .scheme(int8)
        .records(images(model))
        .remedies(remedies.iter().copied());
    let quantized = quantizer.quantize_model(model.clone()).unwrap();
    let check = quantized.check().unwrap().as_ref().unwrap();
    check.outputs[0].errors.sqnr().unwrap()
}

fn room(records: &quant_core::record::RandomRecords, threads: usize) -> Room<'_> {
    Room {
        records: Some(records),
        threads,
    }
}

#[test]
fn badly_scaled_channels_come_back() {
    let (plain, broken) = (network("RELU"), scaled());
    let (good, bad) = (noise(&plain, &[]), noise(&broken, &[]));
    assert!(bad < 10.0 && good > 25.0, "{bad} {good}");
    for remedy in [Remedy::Equalization, Remedy::EqualizationByPowers] {
        let cured = noise(&broken, &[remedy]);
        assert!(cured > good - 1.0, "{remedy}: {bad} → {cured}, plain {good}");
    }
}

#[test]
fn powers_of_two_change_no_bit() {
    let mut model = scaled();
    let records = images(&model);
    let inputs: Vec<_> = (0..4)
        .map(|at| quant_core::record::Records::get(&records, at).unwrap())
        .collect();
    let run = |model: &Model| -> Vec<_> {
        inputs
            .iter()
            .map(|one| interp::run(model, one).unwrap())
            .collect()
    };
    let was = run(&model);
    let done = remedy::before(&mut model, &[Remedy::EqualizationByPowers], room(&records, 1)).unwrap();
    assert_eq!(done[0].changed, 3, "{}", done[0]);
    assert!(done[0].difference.unwrap().exact, "{}", done[0]);
    assert_eq!(run(&model), was);
    // Nothing is left to be done.
    let again = remedy::before(&mut model, &[Remedy::EqualizationByPowers], room(&records, 1)).unwrap();
    assert_eq!(
        (again[0].changed, again[0].what.as_str()),
        (0, "all channels are alike already")
    );
}

#[test]
fn channels_of_both_sides_are_alike() {
    let mut model = scaled();
    let records = images(&model);
    let done = remedy::before(&mut model, &[Remedy::Equalization], room(&records, 2)).unwrap();
    let difference = done[0].difference.unwrap();
    assert!(
        difference.largest < 1e-5 * difference.of && !difference.exact,
        "{difference}"
    );
    let largest = |name: &str, channels: usize, channel: &dyn Fn(usize) -> usize| {
        let mut all = vec![0.0f32; channels];
        for (at, x) in floats(&model, name).iter().enumerate() {
            all[channel(at)] = all[channel(at)].max(x.abs());
        }
        all
    };
    let near = |a: Vec<f32>, b: Vec<f32>| a.iter().zip(&b).all(|(a, b)| (a / b - 1.0).abs() < 1e-2);
    assert!(near(
        largest("w1", 16, &|at| at / 3),
        largest("w2", 16, &|at| at % 16)
    ));
    assert!(near(
        largest("w2", 16, &|at| at % 16),
        largest("w3", 16, &|at| at % 16)
    ));
    assert!(near(
        largest("w3", 8, &|at| at / 16),
        largest("w4", 8, &|at| at % 8)
    ));
}

#[test]
fn what_it_replaces_is_said() {
    let mut model = network("RELU6");
    let records = images(&model);
    let done = remedy::before(&mut model, &[Remedy::Equalization], room(&records, 1)).unwrap();
    assert!(done[0].what.contains("3 RELU6 are RELU now"), "{}", done[0]);
    let mut one = crate::common::model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } } operand { name: "y" type: FLOAT32 shape { dim: 4 } }
           operation { type: "ReLU" input: "x" output: "y" } input: "x" output: "y""#,
    );
    let done = remedy::before(
        &mut one,
        &[Remedy::Equalization],
        Room {
            records: None,
            threads: 1,
        },
    )
    .unwrap();
    assert_eq!(
        done[0].to_string(),
        "cle: no two layers stand so that channels between them can be scaled"
    );
    let error = remedy::ordered([Remedy::Equalization, Remedy::EqualizationByPowers]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "remedies: `cle` and `cle-pow2` choose the same; name one of them"
    );
    let error = "clee".parse::<Remedy>().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("remedies: there is no `clee`; remedies are cle, "),
        "{error}"
    );
}
