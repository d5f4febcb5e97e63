//! `quant run` and `quant_core::Quantizer` are one: the same bytes, and the same warnings.

use std::fs;
use std::path::Path;

use quant_core::ir::{DType, FileFormat, Model};
use quant_core::record::{Mode, SliceRecords};
use quant_core::scheme::one::One;
use quant_core::scheme::tflite;
use quant_core::value::Value;
use quant_core::{Granularity, QuantType, Quantizer, format};

use crate::common::{REPOSITORY, outcome, quant};

fn built(text: &str) -> Model {
    quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap()
}

#[test]
fn the_bytes_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let new = Quantizer::new;
    for (recipe, flags, quantizer) in [
        ("Net_000", "--scheme one", new()),
        (
            "Net_000",
            "--scheme tflite-int8",
            new().scheme_named("tflite-int8").unwrap(),
        ),
        (
            "Net_001",
            "--scheme tflite --type int16 --granularity layer --input-type int16",
            new().interface(&[DType::Int16], &[]).scheme({
                let mut int16 = tflite::named("tflite-int16x8").unwrap();
                int16.options.per_tensor = true;
                int16
            }),
        ),
        (
            "Net_002",
            "--scheme tflite-dynamic",
            new().scheme_named("tflite-dynamic").unwrap(),
        ),
        (
            "Net_000",
            "--scheme one --type int16",
            new().dtype(QuantType::Int16),
        ),
        (
            "Net_001",
            "--scheme one --granularity layer --same-scale --saturate-bias",
            new().granularity(Granularity::Layer).scheme(One {
                same_scale: true,
                saturate_bias: true,
                ..One::default()
            }),
        ),
        (
            "Net_002",
            "--scheme one --input-type float32 --output-type float32 --threads 1",
            new().interface(&[DType::Float32], &[DType::Float32]).threads(3),
        ),
        (
            "Conv2D_000",
            "--scheme one --moving-average 4 --average-constant 0.5 --save-min-max",
            new()
                .mode(Mode::MovingAverage {
                    batch: 4,
                    constant: 0.5,
                })
                .scheme(One {
                    save_min_max: true,
                    ..One::default()
                }),
        ),
    ] {
        let text = fs::read_to_string(format!("{REPOSITORY}/recipes/{recipe}/test.recipe")).unwrap();
        let made = quantizer
            .random_records(3, 9)
            .quantize_model(built(&text))
            .unwrap();
        for (name, file) in [
            ("q.circle", made.circle().unwrap()),
            ("q.tflite", made.tflite().unwrap().0),
        ] {
            let line = format!("run @{recipe} --data random:3:9 -o {name} {flags}");
            let (code, _, error) = outcome(quant(folder.path(), &line));
            assert_eq!(code, 0, "{line}: {error}");
            assert!(fs::read(folder.path().join(name)).unwrap() == file, "{line}");
        }
    }
}

#[test]
fn the_warnings_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operand { name: "mask" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0" arg: "-1e9" } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operation { type: "Add" input: "x" input: "mask" output: "y" add_options { activation: NONE } }
        input: "x" output: "y""#;
    let model = built(text);
    fs::write(
        folder.path().join("m.tflite"),
        format::export(&model, FileFormat::Tflite).unwrap(),
    )
    .unwrap();
    let rows = [[0.5f32, 1.0], [0.25, 0.75], [0.125, 1e6], [1.0, 0.5]];
    fs::create_dir(folder.path().join("data")).unwrap();
    for (number, [a, b]) in rows.iter().enumerate() {
        fs::write(
            folder.path().join(format!("data/{number}.txt")),
            format!("{a},{b}\n"),
        )
        .unwrap();
    }
    let line = "run m.tflite --data data --scheme one -o q.tflite --min-percentile 0 --max-percentile 100";
    let (code, _, said) = outcome(quant(folder.path(), line));
    assert_eq!(code, 0, "{said}");

    let records: SliceRecords = rows
        .iter()
        .map(|row| vec![Value::f32(vec![1, 2], row.to_vec())])
        .collect();
    let made = Quantizer::new()
        .records(records)
        .mode(Mode::Percentile { min: 0.0, max: 100.0 })
        .check(false)
        .quantize_model(model)
        .unwrap();
    let mut wanted: Vec<String> = made
        .warnings()
        .iter()
        .map(|one| format!("warning: m.tflite: {one}"))
        .collect();
    assert_eq!(wanted.len(), 2, "{wanted:?}");
    wanted.extend(
        made.litert()
            .iter()
            .map(|one| format!("warning: q.tflite: LiteRT: {one}")),
    );
    let found: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("it is written all the same"))
        .collect();
    assert_eq!(found, wanted);
    assert!(Path::new(&folder.path().join("q.tflite")).exists());
}
