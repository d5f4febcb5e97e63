//! The examples are run, and their results compared with what the stages make.

#[allow(dead_code)]
#[path = "../../examples/own_quantizer.rs"]
mod own_quantizer;
#[allow(dead_code)]
#[path = "../../examples/quantize_file.rs"]
mod quantize_file;
#[allow(dead_code)]
#[path = "../../examples/read_scales.rs"]
mod read_scales;

use ndarray::{Array2, Axis};
use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::{self, RecordOptions, SliceRecords};
use quant_core::{Granularity, QuantType, fake_quantize, format, quantize};

/// A fully connected layer with a weight of each sign, and ReLU behind it.
fn layer() -> Model {
    let recipe = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operand { name: "w" type: FLOAT32 shape { dim: 3 dim: 2 }
                  filler { tag: "explicit" arg: "0.5" arg: "1" arg: "0" arg: "-2" arg: "-0.5" arg: "0.5" } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operand { name: "z" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operation { type: "FullyConnected" input: "x" input: "w" input: "" output: "y"
                    fullyconnected_options { activation: NONE } }
        operation { type: "ReLU" input: "y" output: "z" } input: "x" output: "z""#;
    crate::common::model(recipe)
}

#[test]
fn a_file_and_an_array_become_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let [input, data] = ["model.tflite", "images.npy"].map(|name| folder.path().join(name));
    let model = layer();
    std::fs::write(&input, format::export(&model, FileFormat::Tflite).unwrap()).unwrap();
    let images = Array2::from_shape_fn((9, 2), |(n, i)| (n as f32 - 4.0) / (i as f32 + 2.0));
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (9, 2), }\n";
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    file.extend(header.bytes());
    file.extend(images.iter().flat_map(|x| x.to_le_bytes()));
    std::fs::write(&data, file).unwrap();

    let mut staged = model;
    let config = Config::new(QuantType::Uint8, Granularity::Channel);
    let records: SliceRecords = images
        .axis_iter(Axis(0))
        .map(|row| row.insert_axis(Axis(0)))
        .collect();
    fake_quantize::run(&mut staged, &config).unwrap();
    record::run(&mut staged, &records, &RecordOptions::default(), &|_| ()).unwrap();
    quantize::run(&mut staged, &config).unwrap();
    for (name, format) in [
        ("model.circle", FileFormat::Circle),
        ("small.tflite", FileFormat::Tflite),
    ] {
        let output = folder.path().join(name);
        let quantized = quantize_file::quantize_file(&input, &data, &output).unwrap();
        assert!(
            quantized
                .check()
                .unwrap()
                .as_ref()
                .is_ok_and(|check| !check.is_far())
        );
        assert_eq!(
            std::fs::read(output).unwrap(),
            format::export(&staged, format).unwrap()
        );
    }
}

#[test]
fn every_scale_is_read() {
    let mut model = layer();
    let config = Config::new(QuantType::Uint8, Granularity::Channel);
    fake_quantize::run(&mut model, &config).unwrap();
    // x in −1…1, so that y is in −2…2, and z in 0…2.
    let records: SliceRecords = [[-1.0f32, 1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]]
        .map(|x| ndarray::arr2(&[x]))
        .into_iter()
        .collect();
    let full = record::Mode::Percentile { min: 0.0, max: 100.0 };
    let options = RecordOptions {
        mode: full,
        ..RecordOptions::default()
    };
    record::run(&mut model, &records, &options, &|_| ()).unwrap();
    quantize::run(&mut model, &config).unwrap();
    let file = format::export(&model, FileFormat::Circle).unwrap();
    let (x, w, y, z) = (
        2.0f32 / 255.0,
        [1.0f32, 2.0, 1.0].map(|range| range / 255.0),
        4.0f32 / 255.0,
        2.0f32 / 255.0,
    );
    assert_eq!(
        read_scales::scales(&file).unwrap(),
        format!(
            "x uint8: scale [{x:?}], zero point [128]\n\
             w uint8: scale {w:?}, zero point [0, 255, 128]\n\
             y uint8: scale [{y:?}], zero point [128]\n\
             z uint8: scale [{z:?}], zero point [0]\n"
        )
    );
}

#[test]
fn a_quantizer_of_ones_own_has_its_own_scales() {
    let records: SliceRecords = [[-1.0f32, 1.0], [1.0, -1.0]]
        .map(|x| ndarray::arr2(&[x]))
        .into_iter()
        .collect();
    let full = record::Mode::Percentile { min: 0.0, max: 100.0 };
    let quantizer = own_quantizer::quantizer().records(&records).mode(full);
    let quantized = quantizer.quantize_model(layer()).unwrap();
    let found: Vec<_> = quantized
        .parameters()
        .map(|(label, tensor, quant)| {
            (
                label,
                tensor.dtype.word(),
                quant.scale.clone(),
                quant.zero_point.clone(),
            )
        })
        .collect();
    // The least powers of two of which 32767 reach 1, weights of 1, 2 and 0.5, and outputs of 2 (1 more than 2¹⁵ − 1 steps of
    // the power below).
    let power = |exponent: i32| 2.0f32.powi(exponent);
    let named = |name: &str, scales: &[i32]| {
        let scales: Vec<f32> = scales.iter().map(|exponent| power(*exponent)).collect();
        (name.to_owned(), "int16", scales.clone(), vec![0; scales.len()])
    };
    assert_eq!(
        found,
        [
            named("x", &[-14]),
            named("w", &[-14, -13, -15]),
            named("y", &[-13]),
            named("z", &[-13]),
        ]
    );
    assert!(
        quantized
            .check()
            .unwrap()
            .as_ref()
            .is_ok_and(|check| !check.is_far())
    );
    let error = own_quantizer::quantizer()
        .dtype(QuantType::Uint8)
        .records(&records)
        .quantize_model(layer());
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("has zero points, and shifts have none; use int16"),
        "{error}"
    );
}
