//! Graphs that contradict themselves: each row is one change of a sound model, the first stage that refuses it, and what
//! the error says. Stages before that one take the model: what only one command looks into must not stop another.

mod operators;
mod tensors;

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{DType, Model};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::{Result, dump, fake_quantize, format, quantize, record};
use quant_hostile::{mutate, seeds};
use quant_schema as schema;
use schema::{ModelT, OperatorT, TensorT};

use super::measure::alone;
use Stage::{Dump, Fake, Import, Quantize, Record};

const SOUND: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "filter" type: FLOAT32 shape { dim: 2 dim: 3 dim: 3 dim: 2 }
              filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "bias" type: FLOAT32 shape { dim: 2 } filler { tag: "constant" arg: "1" } }
    operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "relu" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "filter" input: "bias" output: "conv"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "ReLU" input: "conv" output: "relu" }
    operation { type: "MaxPool2D" input: "relu" output: "y"
                maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
    input: "x"
    output: "y""#;

const X: usize = 0;
const FILTER: usize = 1;
const CONV: usize = 3;
const RELU: usize = 4;

/// Where a model is refused.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Stage {
    Import,
    Dump,
    Fake,
    Record,
    Quantize,
}

fn tensor(model: &mut ModelT, at: usize) -> &mut TensorT {
    &mut graph(model).tensors.as_mut().unwrap()[at]
}

fn operator(model: &mut ModelT, at: usize) -> &mut OperatorT {
    &mut graph(model).operators.as_mut().unwrap()[at]
}

fn graph(model: &mut ModelT) -> &mut schema::SubGraphT {
    &mut model.subgraphs.as_mut().unwrap()[0]
}

fn set_filter(model: &mut ModelT, value: f32) {
    let buffer = tensor(model, FILTER).buffer as usize;
    let data = model.buffers.as_mut().unwrap()[buffer].data.as_mut().unwrap();
    data[8..12].copy_from_slice(&value.to_le_bytes());
}

type Row = (&'static str, fn(&mut ModelT), Stage, &'static str);

fn changed(change: fn(&mut ModelT)) -> Vec<u8> {
    let sound = seeds::model(SOUND);
    let mut model = mutate::tree(&format::export(&sound, sound.format).unwrap());
    change(&mut model);
    mutate::file(&model)
}

/// Runs the stages up to the first that refuses.
fn refused(file: &[u8]) -> (Option<Model>, Vec<(Stage, Result<()>)>) {
    let mut model = match format::import(file) {
        Ok(model) => model,
        Err(error) => return (None, vec![(Import, Err(error))]),
    };
    let imported = model.clone();
    let config = Config::new(QuantType::Uint8, Granularity::Channel);
    let mut results = vec![
        (Dump, dump::tensors(&model).map(drop)),
        (Fake, fake_quantize::run(&mut model, &config).map(drop)),
    ];
    let recorded = RandomRecords::new(model.main().input_tensors(), 1, 1)
        .and_then(|records| record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).map(drop));
    results.push((Record, recorded));
    results.push((Quantize, quantize::run(&mut model, &config).map(drop)));
    (Some(imported), results)
}

#[test]
fn every_contradiction_is_told() {
    let _alone = alone();
    for (name, change, stage, wanted) in tensors::ROWS.iter().chain(operators::ROWS) {
        let (model, results) = refused(&changed(*change));
        let failed = results
            .iter()
            .find(|(at, result)| result.is_err() && (*at != Dump || *stage == Dump));
        let Some((at, Err(error))) = failed else {
            panic!("{name}: nothing refuses it");
        };
        let text = error.to_string();
        assert!(
            *at == *stage && text.contains(wanted),
            "{name}: {at:?} says {text}, not {wanted}"
        );
        assert!(text.contains("; ") && !text.contains('\n'), "{name}: {text}");
        // What is refused later is still carried from file to file.
        if let Some(model) = model {
            let again = format::import(&format::export(&model, model.format).unwrap()).unwrap();
            assert_eq!(
                format!("{:?}", again.graphs()),
                format!("{:?}", model.graphs()),
                "{name}"
            );
        }
    }
    let (_, results) = refused(&changed(|_| ()));
    assert!(
        results.iter().all(|(_, result)| result.is_ok()),
        "the sound model: {results:?}"
    );
}

/// Four-bit elements of an odd number fill a byte that is half empty.
#[test]
fn four_bits_of_odd_numbers() {
    let _alone = alone();
    for (count, bytes, taken) in [
        (1, 1, true),
        (3, 2, true),
        (3, 1, false),
        (4, 2, true),
        (5, 2, false),
        (5, 3, true),
    ] {
        let mut model = Model::new(quant_core::ir::FileFormat::Circle);
        let mut tensor = quant_core::ir::Tensor::new("w", DType::Int4, vec![count]);
        tensor.buffer = model.add_buffer(vec![0x7f; (count as usize).div_ceil(2)]);
        model.main_mut().add_tensor(tensor);
        let mut tree = mutate::tree(&format::export(&model, model.format).unwrap());
        let buffers = tree.buffers.iter_mut().flatten();
        let weights = buffers
            .filter_map(|buffer| buffer.data.as_mut())
            .find(|data| !data.is_empty());
        *weights.unwrap() = vec![0x7f; bytes];
        let file = mutate::file(&tree);
        let read = format::import(&file);
        assert_eq!(read.is_ok(), taken, "{count} elements of {bytes} bytes");
        let Ok(model) = read else { continue };
        let golden = dump::tensors(&model).unwrap().remove(0).1;
        let wanted: Vec<i64> = [-1, 7].into_iter().cycle().take(count as usize).collect();
        assert_eq!(golden.weights, Some(quant_case::golden::Numbers::Int(wanted)));
    }
}

/// Dimensions of zero: nothing to compute, and no error where a shape holds.
#[test]
fn dimensions_of_zero() {
    let _alone = alone();
    for at in 0..4 {
        let file = changed(match at {
            0 => |m| {
                (0..6)
                    .filter(|t| ![1, 2].contains(t))
                    .for_each(|t| tensor(m, t).shape.as_mut().unwrap()[0] = 0);
            },
            1 => |m| tensor(m, X).shape = Some(vec![1, 0, 4, 2]),
            2 => |m| tensor(m, X).shape = Some(vec![1, 4, 4, 0]),
            _ => |m| tensor(m, RELU).shape = Some(vec![0]),
        });
        let (_, results) = refused(&file);
        let recorded = results.iter().find(|(stage, _)| *stage == Record).unwrap();
        assert_eq!(recorded.1.is_ok(), at == 0, "{at}: {:?}", recorded.1);
    }
}

/// Names that want to leave their folder stay in it, and carry through every stage.
#[test]
fn names_that_want_something() {
    let _alone = alone();
    for name in [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "a\0b",
        "C:\\x",
        "/",
        "\n\r",
        &"x/".repeat(5000),
    ] {
        let mut model = seeds::model(SOUND);
        for at in [CONV, FILTER] {
            model.main_mut().tensors_mut()[at].name = format!("{name}{}", if at == CONV { "" } else { "f" });
        }
        let file = format::export(&model, model.format).unwrap();
        let (_, results) = refused(&file);
        assert!(
            results.iter().all(|(_, result)| result.is_ok()),
            "{name:?}: {results:?}"
        );
        let file = quant_case::layout::file_name(name);
        let path = std::path::Path::new(&file);
        assert_eq!(path.components().count(), 1, "{file:?}");
        assert!(
            matches!(path.components().next(), Some(std::path::Component::Normal(_))),
            "{file:?}"
        );
        assert!(file.len() <= 255 && !file.contains('\0'), "{file:?}");
    }
}
