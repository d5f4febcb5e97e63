//! Numbers that want something: each row of the table in docs/numerics.md ("Numbers at the edge") is a test here.

use quant_case::{Granularity, QuantType, golden::Numbers};
use quant_core::config::Config;
use quant_core::ir::{Model, QuantParam};
use quant_core::record::{RecordOptions, SliceRecords};
use quant_core::value::{Data, Value};
use quant_core::{Result, dump, fake_quantize, quantize, record, weights_only};
use quant_hostile::seeds;

use super::measure::alone;

const UINT8: (QuantType, Granularity) = (QuantType::Uint8, Granularity::Layer);
const INT16: (QuantType, Granularity) = (QuantType::Int16, Granularity::Channel);

/// `y = w · x + b` with two inputs and two outputs. Numbers are set afterwards: no text says NaN.
fn model(weights: [f32; 4], bias: [f32; 2]) -> Model {
    let mut model = seeds::model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 } }
           operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 2 } filler { tag: "constant" arg: "1" } }
           operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "constant" arg: "1" } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
           operation { type: "FullyConnected" input: "x" input: "w" input: "b" output: "y" }
           input: "x" output: "y""#,
    );
    for (tensor, values) in [(1, &weights[..]), (2, &bias)] {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let buffer = model.add_buffer(bytes);
        model.main_mut().tensors_mut()[tensor].buffer = buffer;
    }
    model
}

fn records(all: &[&[f32]]) -> SliceRecords {
    let one = |values: &&[f32]| {
        let shape = vec![1, values.len()];
        vec![Value {
            shape,
            data: Data::F32(values.to_vec().into()),
        }]
    };
    SliceRecords(all.iter().map(one).collect())
}

/// All three stages.
fn stages(
    mut model: Model,
    (dtype, granularity): (QuantType, Granularity),
    data: &[&[f32]],
) -> Result<Model> {
    let config = Config::new(dtype, granularity);
    fake_quantize::run(&mut model, &config)?;
    record::run(&mut model, &records(data), &RecordOptions::default(), &|_| ())?;
    quantize::run(&mut model, &config)?;
    Ok(model)
}

/// Scales, zero points and integers of the weights.
fn weights(model: &Model) -> (Vec<f32>, Vec<i64>, Vec<i64>) {
    let tensors = dump::tensors(model).unwrap();
    let w = tensors.into_iter().find(|(name, _)| name == "w").unwrap().1;
    let Some(Numbers::Int(values)) = w.weights else {
        panic!("no integers");
    };
    (w.scale.unwrap(), w.zero_point.unwrap(), values)
}

#[track_caller]
fn refused(result: Result<Model>, wanted: &str) {
    let error = result.map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains(wanted) && error.contains("; "),
        "{error}, not {wanted}"
    );
}

const GOOD: &[&[f32]] = &[&[1.0, -1.0], &[0.5, 2.0]];

/// Weights, then scale, zero point and integers for uint8, and scale and integers for int16 (each channel).
type Row = ([f32; 4], (f32, i64, [i64; 4]), (f32, [i64; 4]));

#[test]
fn weights_at_the_edge_have_the_smallest_scale_or_a_plain_one() {
    let _alone = alone();
    let denormal = f32::from_bits(1);
    let rows: [Row; 5] = [
        ([0.0; 4], (1e-5, 0, [0; 4]), (1e-8, [0; 4])),
        ([-0.0; 4], (1e-5, 0, [0; 4]), (1e-8, [0; 4])),
        ([denormal; 4], (1e-5, 0, [0; 4]), (1e-8, [0; 4])),
        ([2.55; 4], (0.01, 0, [255; 4]), (2.55 / 32767.0, [32767; 4])),
        ([-2.55; 4], (0.01, 255, [0; 4]), (2.55 / 32767.0, [-32767; 4])),
    ];
    for (values, (scale8, zero8, ints8), (scale16, ints16)) in rows {
        let (scale, zero_point, ints) = weights(&stages(model(values, [0.0; 2]), UINT8, GOOD).unwrap());
        assert_eq!(
            (scale, zero_point, ints),
            (vec![scale8], vec![zero8], ints8.to_vec()),
            "{values:?}"
        );
        let (scale, zero_point, ints) = weights(&stages(model(values, [0.0; 2]), INT16, GOOD).unwrap());
        assert_eq!(
            (scale, zero_point, ints),
            (vec![scale16; 2], vec![0; 2], ints16.to_vec()),
            "{values:?}"
        );
    }
}

#[test]
fn weights_nearly_as_large_as_floats_can_be_still_have_a_scale() {
    let _alone = alone();
    let large = f32::MAX / 2.0;
    // Their product with the data overflows; the stages that look at weights alone take them.
    for (dtype, granularity) in [UINT8, INT16] {
        let mut model = model([large, -large, large, -large], [0.0; 2]);
        fake_quantize::run(&mut model, &Config::new(dtype, granularity)).unwrap();
        let w = dump::tensors(&model).unwrap().remove(1).1;
        assert!(
            w.scale
                .unwrap()
                .iter()
                .all(|scale| scale.is_finite() && *scale > 0.0)
        );
        let Some(Numbers::Float(values)) = w.weights else {
            panic!("no floats");
        };
        let near = |(got, wanted): (&f32, &f32)| (got / wanted - 1.0).abs() < 0.01;
        assert!(
            values.iter().zip(&[large, -large, large, -large]).all(near),
            "{values:?}"
        );
    }
    refused(
        stages(
            model([large, large, large, large], [0.0; 2]),
            UINT8,
            &[&[3.0, 3.0]],
        ),
        "activation `y`: its range is inf…inf, which no scale can hold",
    );
}

#[test]
fn weights_that_no_scale_can_hold() {
    let _alone = alone();
    for (value, shown) in [
        (f32::NAN, "NaN"),
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
        // What tools write for infinity.
        (f32::MAX, "3.4028235e38"),
        (f32::MIN, "-3.4028235e38"),
    ] {
        let wanted = format!("constant `w`: element 2 is {shown}, which no scale can hold");
        let mut bad = model([1.0, 2.0, value, 4.0], [0.0; 2]);
        for setting in [UINT8, INT16] {
            refused(stages(bad.clone(), setting, GOOD), &wanted);
        }
        let error = weights_only::run(&mut bad, &Config::weights_only(QuantType::Int8))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&wanted), "{error}");
        let wanted = format!("constant `b`: element 1 is {shown}, which no scale can hold");
        let bad = model([1.0, 2.0, 3.0, 4.0], [0.0, value]);
        let error = stages(bad, UINT8, GOOD).map(|_| ()).unwrap_err().to_string();
        // Such a bias already shows in the output when the model runs.
        assert!(
            error.contains(&wanted) || error.contains("activation `y`"),
            "{error}"
        );
    }
}

#[test]
fn ranges_that_are_none() {
    let _alone = alone();
    let config = Config::new(QuantType::Uint8, Granularity::Layer);
    for (min, max) in [
        (2.0, 1.0),
        (f32::NAN, 1.0),
        (0.0, f32::NAN),
        (f32::NEG_INFINITY, 0.0),
        (0.0, f32::INFINITY),
    ] {
        let mut model = model([1.0, 2.0, 3.0, 4.0], [0.0; 2]);
        for tensor in [0, 3] {
            model.main_mut().tensors_mut()[tensor].quant = Some(QuantParam {
                min: vec![min],
                max: vec![max],
                ..QuantParam::default()
            });
        }
        refused(
            quantize::run(&mut model, &config).map(|_| model),
            &format!("activation `x`: its recorded range {min}…{max} is none"),
        );
    }
}

#[test]
fn records_that_are_none() {
    let _alone = alone();
    let good = || model([1.0, 2.0, 3.0, 4.0], [0.0; 2]);
    refused(stages(good(), UINT8, &[]), "records: there are none");
    refused(
        stages(good(), UINT8, &[&[1.0, 2.0], &[1.0]]),
        "record 1: input `x`: float32 of shape [1, 1] is given, the model takes float32 of shape [1, 2]",
    );
    for (value, shown) in [
        (f32::NAN, "NaN"),
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
    ] {
        refused(
            stages(good(), UINT8, &[&[1.0, 2.0], &[1.0, value]]),
            &format!("record 1: input `x`: element 1 is {shown}"),
        );
    }
    let twice = SliceRecords(vec![records(&[&[1.0, 2.0], &[1.0, 2.0]]).0.concat()]);
    let error = record::run(&mut good(), &twice, &RecordOptions::default(), &|_| ()).unwrap_err();
    assert!(
        error.to_string().contains("2 inputs are given, the model has 1"),
        "{error}"
    );
}

#[test]
fn activations_that_hardly_move_have_the_smallest_scale() {
    let _alone = alone();
    for (setting, smallest) in [(UINT8, 1e-5), (INT16, 1e-8)] {
        for data in [[0.0, 0.0], [1e-30, -1e-30], [f32::from_bits(1), 0.0]] {
            let model = stages(model([1.0, 2.0, 3.0, 4.0], [0.0; 2]), setting, &[&data]).unwrap();
            for tensor in [0, 3] {
                let quant = model.main().tensors()[tensor].quant.clone().unwrap();
                assert_eq!(quant.scale, [smallest], "{data:?}");
            }
        }
    }
}

#[test]
fn a_bias_beyond_its_type_is_told() {
    let _alone = alone();
    // Scales of 1e-5 each: 1 is 10¹⁰ steps.
    refused(
        stages(model([0.0; 4], [1.0, 0.0]), UINT8, &[&[0.0, 0.0]]),
        "bias `b`: element 0, 1, is 1.0000001e10 steps of 9.9999994e-11 and overflows int32",
    );
    // Scales of 1e-8 each, and 64 bits.
    refused(
        stages(model([0.0; 4], [1e4, 0.0]), INT16, &[&[0.0, 0.0]]),
        "overflows int64",
    );
    stages(model([0.0; 4], [0.2, 0.0]), UINT8, &[&[0.0, 0.0]]).unwrap();
}
