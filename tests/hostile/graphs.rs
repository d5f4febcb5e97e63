//! Graphs that contradict themselves: each row is one change of a sound model, the first stage that refuses it, and what
//! the error says. Stages before that one take the model: what only one command looks into must not stop another.

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{DType, Model};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::{Result, dump, fake_quantize, format, quantize, record};
use quant_hostile::{mutate, seeds};
use quant_schema as schema;
use schema::{BuiltinOptionsT, ModelT, OperatorT, TensorT};

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

fn scaled(model: &mut ModelT, scales: &[f32], zero_points: &[i64], dimension: i32) {
    let mut quant = schema::QuantizationParametersT::default();
    quant.scale = Some(scales.to_vec());
    quant.zero_point = Some(zero_points.to_vec());
    quant.quantized_dimension = dimension;
    tensor(model, FILTER).quantization = Some(Box::new(quant));
}

fn conv(model: &mut ModelT, change: impl FnOnce(&mut schema::Conv2DOptionsT)) {
    match &mut operator(model, 0).builtin_options {
        BuiltinOptionsT::Conv2DOptions(options) => change(options),
        other => panic!("{other:?}"),
    }
}

fn pool(model: &mut ModelT, change: impl FnOnce(&mut schema::Pool2DOptionsT)) {
    match &mut operator(model, 2).builtin_options {
        BuiltinOptionsT::Pool2DOptions(options) => change(options),
        other => panic!("{other:?}"),
    }
}

/// Makes the filter sparse with one level for each of `levels`.
fn sparse(model: &mut ModelT, levels: usize) {
    let mut sparsity = schema::SparsityParametersT::default();
    sparsity.traversal_order = Some((0..levels as i32).collect());
    sparsity.dim_metadata = Some(vec![schema::DimensionMetadataT::default(); levels]);
    tensor(model, FILTER).sparsity = Some(Box::new(sparsity));
}

fn set_filter(model: &mut ModelT, value: f32) {
    let buffer = tensor(model, FILTER).buffer as usize;
    let data = model.buffers.as_mut().unwrap()[buffer].data.as_mut().unwrap();
    data[8..12].copy_from_slice(&value.to_le_bytes());
}

type Row = (&'static str, fn(&mut ModelT), Stage, &'static str);

const ROWS: &[Row] = &[
    (
        "a graph input beyond the list",
        |m| graph(m).inputs = Some(vec![99]),
        Import,
        "graph input: tensor 99 does not exist",
    ),
    (
        "a negative graph output",
        |m| graph(m).outputs = Some(vec![-1]),
        Import,
        "tensor number -1 is negative",
    ),
    (
        "an operand beyond the list",
        |m| operator(m, 1).inputs = Some(vec![99]),
        Import,
        "tensor 99 does not exist",
    ),
    (
        "an operand below -1",
        |m| operator(m, 1).inputs = Some(vec![-2]),
        Import,
        "tensor number -2 is negative",
    ),
    (
        "an intermediate beyond the list",
        |m| operator(m, 1).intermediates = Some(vec![99]),
        Import,
        "intermediate tensor 99 does not exist",
    ),
    (
        "a buffer beyond the list",
        |m| tensor(m, X).buffer = 99,
        Import,
        "buffer 99 does not exist",
    ),
    (
        "an operator code beyond the list",
        |m| operator(m, 1).opcode_index = 99,
        Import,
        "operator code 99 does not exist",
    ),
    ("no graph", |m| m.subgraphs = None, Import, "it has no subgraph"),
    (
        "a tensor that two operators make",
        |m| operator(m, 1).outputs = Some(vec![3]),
        Import,
        "`conv` is made twice: operator 0 makes it already",
    ),
    (
        "a graph input that an operator makes",
        |m| operator(m, 2).outputs = Some(vec![0]),
        Import,
        "its output `x` is a graph input, so it is made twice",
    ),
    (
        "a constant that an operator makes",
        |m| operator(m, 1).outputs = Some(vec![1]),
        Import,
        "its output `filter` is a constant of the file",
    ),
    (
        "operators that wait for each other",
        |m| operator(m, 0).inputs = Some(vec![4, 1, 2]),
        Import,
        "operator 0 (CONV_2D): it reads `relu`, which depends on its own output: the graph has a cycle",
    ),
    (
        "an operator that waits for itself",
        |m| operator(m, 1).inputs = Some(vec![4]),
        Import,
        "the graph has a cycle",
    ),
    (
        "operators out of order",
        |m| graph(m).operators.as_mut().unwrap().swap(0, 1),
        Import,
        "operator 0 (RELU): it reads `conv` before operator 1 makes it; list operators in execution order",
    ),
    (
        "a constant shorter than its shape",
        |m| tensor(m, FILTER).shape = Some(vec![2, 3, 3, 3]),
        Import,
        "144 bytes do not fill float32 of shape [2, 3, 3, 3]",
    ),
    (
        "a constant of a negative dimension",
        |m| tensor(m, FILTER).shape = Some(vec![-2, 3, 3, 2]),
        Import,
        "144 bytes do not fill float32",
    ),
    (
        "a constant beyond 64 bits",
        |m| tensor(m, FILTER).shape = Some(vec![i32::MAX; 4]),
        Import,
        "144 bytes do not fill float32",
    ),
    (
        "an activation of 2^62 elements",
        |m| tensor(m, RELU).shape = Some(vec![i32::MAX; 2]),
        Import,
        "has more than 536870912 elements",
    ),
    (
        "an activation beyond 64 bits",
        |m| tensor(m, RELU).shape = Some(vec![i32::MAX; 5]),
        Import,
        "has more than 536870912 elements",
    ),
    (
        "a rank of 17",
        |m| tensor(m, RELU).shape = Some(vec![1; 17]),
        Import,
        "rank 17; at most 16 is read",
    ),
    (
        "an unknown element type",
        |m| tensor(m, RELU).type_.0 = 99,
        Import,
        "its element type 99 is unknown",
    ),
    (
        "more zero points than scales",
        |m| scaled(m, &[1.0, 1.0], &[0], 0),
        Import,
        "tensor `filter`: 2 scales and 1 zero points",
    ),
    (
        "a quantized dimension beyond the rank",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], 4),
        Import,
        "its quantized dimension 4 is none of shape [2, 3, 3, 2]",
    ),
    (
        "a negative quantized dimension",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], -1),
        Import,
        "its quantized dimension -1 is none of shape",
    ),
    (
        "scales for another dimension",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], 1),
        Import,
        "2 scales along dimension 1 of shape [2, 3, 3, 2]",
    ),
    (
        "a scale that is NaN",
        |m| scaled(m, &[f32::NAN], &[0], 0),
        Import,
        "its scale NaN is no positive number",
    ),
    (
        "an infinite scale",
        |m| scaled(m, &[f32::INFINITY], &[0], 0),
        Import,
        "its scale inf is no positive number",
    ),
    (
        "a negative scale",
        |m| scaled(m, &[-1.0], &[0], 0),
        Import,
        "its scale -1 is no positive number",
    ),
    (
        "four bits that fill half",
        |m| tensor(m, FILTER).type_ = schema::TensorType::INT4,
        Import,
        "144 bytes do not fill int4 of shape [2, 3, 3, 2]",
    ),
    (
        "more elements stored sparse than there are",
        |m| {
            sparse(m, 4);
            tensor(m, FILTER).shape = Some(vec![1]);
        },
        Import,
        "144 bytes do not fill float32 of shape [1]",
    ),
    (
        "sparse levels of another shape",
        |m| sparse(m, 4),
        Record,
        "its sparsity does not describe its shape",
    ),
    (
        "sparse levels of another number",
        |m| sparse(m, 7),
        Record,
        "its sparsity does not describe its shape",
    ),
    (
        "an operator that nobody knows",
        |m| {
            m.operator_codes.as_mut().unwrap()[1].builtin_code.0 = 9999;
            m.operator_codes.as_mut().unwrap()[1].deprecated_builtin_code = 127;
        },
        Record,
        "this operator has no float kernel",
    ),
    (
        "too few inputs",
        |m| operator(m, 0).inputs = Some(vec![0]),
        Record,
        "input 1 is missing",
    ),
    (
        "no inputs",
        |m| operator(m, 1).inputs = None,
        Record,
        "input 0 is missing",
    ),
    (
        "too many inputs",
        |m| operator(m, 1).inputs = Some(vec![3, 3, 3]),
        Record,
        "it has 3 inputs, it takes 1",
    ),
    (
        "too many outputs",
        |m| {
            let spare = tensor(m, RELU).clone();
            graph(m).tensors.as_mut().unwrap().push(spare);
            operator(m, 1).outputs = Some(vec![4, 6]);
        },
        Record,
        "it has 2 outputs, it makes 1",
    ),
    (
        "no outputs",
        |m| operator(m, 2).outputs = None,
        Record,
        "it has 0 outputs, it makes 1",
    ),
    (
        "options of another operator",
        |m| operator(m, 0).builtin_options = BuiltinOptionsT::SoftmaxOptions(Box::default()),
        Record,
        "it does not carry Conv2DOptions",
    ),
    (
        "no options",
        |m| operator(m, 0).builtin_options = BuiltinOptionsT::NONE,
        Record,
        "stride 0 or dilation 1 is not positive",
    ),
    (
        "a stride of 0",
        |m| conv(m, |o| o.stride_h = 0),
        Record,
        "stride 0 or dilation 1 is not positive",
    ),
    (
        "a stride of -1",
        |m| conv(m, |o| o.stride_h = -1),
        Record,
        "stride -1 or dilation 1 is not positive",
    ),
    (
        "a stride of 2^31 - 1",
        |m| conv(m, |o| o.stride_h = i32::MAX),
        Record,
        "its output has shape [1, 1, 4, 2], the model says [1, 4, 4, 2]",
    ),
    (
        "a dilation of 0",
        |m| conv(m, |o| o.dilation_w_factor = 0),
        Record,
        "stride 1 or dilation 0 is not positive",
    ),
    (
        "a dilation that leaves the input",
        |m| {
            conv(m, |o| {
                o.dilation_w_factor = i32::MAX;
                o.padding = schema::Padding::VALID;
            });
        },
        Record,
        "a window reaching 4294967295 does not fit 4 elements",
    ),
    (
        "an unknown padding",
        |m| conv(m, |o| o.padding.0 = 7),
        Record,
        "padding 7 is neither SAME nor VALID",
    ),
    (
        "an unknown activation function",
        |m| conv(m, |o| o.fused_activation_function.0 = 77),
        Record,
        "fused activation of unknown number has no kernel",
    ),
    (
        "a pool of no elements",
        |m| pool(m, |o| o.filter_width = 0),
        Record,
        "window of 0 elements",
    ),
    (
        "a pool of -1 elements",
        |m| pool(m, |o| o.filter_width = -1),
        Record,
        "window of 0 elements",
    ),
    (
        "a pool of 2^31 - 1 elements",
        |m| {
            pool(m, |o| {
                o.filter_width = i32::MAX;
                o.filter_height = i32::MAX;
            });
        },
        Record,
        "a window reaching 2147483647 does not fit",
    ),
    (
        "a weight that is NaN",
        |m| set_filter(m, f32::NAN),
        Fake,
        "constant `filter`: element 2 is NaN, which no scale can hold",
    ),
    (
        "an infinite weight",
        |m| set_filter(m, f32::NEG_INFINITY),
        Fake,
        "constant `filter`: element 2 is -inf",
    ),
];

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
    results.push((Quantize, quantize::run(&mut model, &config)));
    (Some(imported), results)
}

#[test]
fn every_contradiction_is_told() {
    let _alone = alone();
    for (name, change, stage, wanted) in ROWS {
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
                format!("{:?}", again.graphs),
                format!("{:?}", model.graphs),
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
        tensor.buffer = model.add_buffer(vec![0x7f; bytes]);
        model.main_mut().add_tensor(tensor);
        let file = format::export(&model, model.format).unwrap();
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
            model.main_mut().tensors[at].name = format!("{name}{}", if at == CONV { "" } else { "f" });
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
