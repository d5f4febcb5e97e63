//! Corrected biases, clipped and rounded weights: less noise, and the same bytes on any number of threads.

use quant_core::ir::{DType, Model};
use quant_core::quantizer::Quantized;
use quant_core::remedy::Remedy;
use quant_core::scheme::tflite;
use quant_core::{QuantType, Quantizer};

use super::net::{images, network};

fn int4(per_tensor: bool) -> tflite::Flavour {
    let mut scheme = tflite::named("tflite-int8").unwrap();
    scheme.options.weights = DType::Int4;
    scheme.options.per_tensor = per_tensor;
    scheme
}

fn made(model: &Model, remedies: &[Remedy], threads: usize) -> Quantized {
    let quantizer = Quantizer::new()
        .scheme(int4(true))
        .records(images(model))
        .threads(threads);
    let quantizer = quantizer.remedies(remedies.iter().copied());
    quantizer.quantize_model(model.clone()).unwrap()
}

fn noise(quantized: &Quantized) -> f64 {
    let check = quantized.check().unwrap().as_ref().unwrap();
    check.outputs[0].errors.sqnr().unwrap()
}

#[test]
fn each_makes_less_noise_in_four_bits() {
    let model = network("RELU");
    let plain = noise(&made(&model, &[], 2));
    for (remedies, more) in [
        (&[Remedy::BiasCorrection][..], 1.0),
        (&[Remedy::AnalyticBiasCorrection], 0.5),
        (&[Remedy::WeightMse, Remedy::BiasCorrection], 1.0),
        (
            &[Remedy::WeightMse, Remedy::AdaRound, Remedy::BiasCorrection],
            3.0,
        ),
    ] {
        let quantized = made(&model, remedies, 2);
        let cured = noise(&quantized);
        assert!(cured > plain + more, "{remedies:?}: {plain} → {cured}");
        assert!(quantized.remedies().iter().all(|done| done.changed > 0));
    }
}

#[test]
fn threads_change_no_byte() {
    let model = network("RELU6");
    let all = [
        Remedy::Equalization,
        Remedy::BiasAbsorption,
        Remedy::WeightMse,
        Remedy::Gptq,
        Remedy::AdaRound,
        Remedy::AnalyticBiasCorrection,
        Remedy::BiasCorrection,
    ];
    let one = made(&model, &all, 1);
    assert_eq!(one.remedies().len(), all.len());
    assert_eq!(one.tflite().unwrap().0, made(&model, &all, 2).tflite().unwrap().0);
}

/// What a remedy rounds are the integers that the scheme writes: reals of both are the same.
#[test]
fn the_scheme_keeps_rounded_weights() {
    let model = network("RELU");
    for (per_tensor, remedies) in [
        (true, &[Remedy::WeightMse, Remedy::AdaRound][..]),
        (true, &[Remedy::Gptq]),
        (false, &[Remedy::Gptq]),
    ] {
        {
            let quantizer = Quantizer::new().scheme(int4(per_tensor)).records(images(&model));
            let quantized = quantizer
                .remedies(remedies.iter().copied())
                .quantize_model(model.clone())
                .unwrap();
            let (source, made) = (quantized.source(), quantized.model());
            let names: &[&str] = if remedies.contains(&Remedy::Gptq) {
                &["w4"]
            } else {
                &["w1", "w2", "w3", "w4"]
            };
            for name in names {
                let graph = made.main();
                let tensor = graph.tensor(graph.find(name).unwrap());
                assert_eq!(tensor.dtype, DType::Int4);
                let reals = quant_core::quantized::values::dequantized(made, tensor)
                    .unwrap()
                    .unwrap();
                let floats = super::net::floats(source, name);
                let scale = tensor
                    .quant
                    .as_ref()
                    .unwrap()
                    .scale
                    .iter()
                    .fold(0.0f32, |a, b| a.max(*b));
                let far = reals
                    .iter()
                    .zip(&floats)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(far < 1e-4 * scale, "{name} {remedies:?}: {far} of {scale}");
            }
        }
    }
}

#[test]
fn every_scheme_takes_them() {
    let model = network("RELU");
    let remedies = [
        Remedy::Equalization,
        Remedy::Octav,
        Remedy::Gptq,
        Remedy::BiasCorrection,
    ];
    for name in [
        "tflite-int8-legacy",
        "tflite-int16x8",
        "tflite-uint8",
        "tflite-float16",
    ] {
        let quantizer = Quantizer::new()
            .scheme_named(name)
            .unwrap()
            .records(images(&model));
        let quantized = quantizer
            .remedies(remedies)
            .quantize_model(model.clone())
            .unwrap();
        let changed: Vec<bool> = quantized.remedies().iter().map(|done| done.changed > 0).collect();
        assert!(
            changed[0] && (changed[2] || name == "tflite-float16"),
            "{name}: {:?}",
            quantized.remedies()
        );
        assert!(noise(&quantized) > 20.0, "{name}");
    }
    for dtype in [QuantType::Uint8, QuantType::Int16] {
        let quantizer = Quantizer::new().dtype(dtype).records(images(&model));
        let quantized = quantizer
            .remedies(remedies)
            .quantize_model(model.clone())
            .unwrap();
        assert!(noise(&quantized) > 20.0, "{dtype:?}");
    }
}

/// Of a wide range, absorption takes what every value has.
#[test]
fn what_all_values_have_goes_into_the_next_bias() {
    let mut model = network("RELU");
    let id = model.main().find("b2").unwrap();
    let bytes = (0..16).flat_map(|_| 50.0f32.to_le_bytes()).collect();
    model.main_mut().tensor_mut(id).buffer = model.add_buffer(bytes);
    let quantizer = Quantizer::new()
        .scheme(tflite::named("tflite-int8").unwrap())
        .records(images(&model));
    let quantizer = quantizer.remedies([Remedy::BiasAbsorption]);
    let quantized = quantizer.quantize_model(model.clone()).unwrap();
    let done = &quantized.remedies()[0];
    assert!(done.changed > 0 && done.what.contains(" channels of "), "{done}");
    let difference = done.difference.unwrap();
    assert!(difference.largest < 0.05 * difference.of, "{done}");
    assert!(
        super::net::floats(quantized.source(), "b2")
            .iter()
            .all(|x| *x < 45.0)
    );
}
