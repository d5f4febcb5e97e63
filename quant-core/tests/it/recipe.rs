//! Models of recipes.

use quant_case::recipe::{TYPES, parse};
use quant_core::ir::*;
use quant_core::value::Value;
use quant_core::{format, interp, quantize};
use quant_recipe::build;
use quant_schema::BuiltinOptionsT;

fn model(text: &str) -> Model {
    let model = build(&parse(text).unwrap()).unwrap();
    // A file of it says the same.
    let file = format::export(&model, FileFormat::Circle).unwrap();
    let read = format::import(&file).unwrap();
    assert_eq!(
        (read.graphs(), read.signatures()),
        (model.graphs(), model.signatures())
    );
    model
}

fn data(model: &Model, name: &str) -> Vec<u8> {
    let graph = model.main();
    let tensor = graph.tensor(graph.find(name).unwrap());
    model.data(tensor).unwrap().into_owned()
}

#[test]
fn every_type_of_a_recipe_is_one_of_the_schema() {
    for dtype in TYPES {
        assert!(DType::from_word(&dtype.to_lowercase()).is_some(), "{dtype}");
    }
}

#[test]
fn constants_of_every_kind() {
    let model = model(
        r#"operand { name: "half" type: FLOAT16 shape { dim: 2 } filler { tag: "explicit" arg: "1" arg: "-2" } }
           operand { name: "nibbles" type: INT4 shape { dim: 3 } filler { tag: "explicit" arg: "1" arg: "-1" arg: "7" } }
           operand { name: "text" type: STRING shape { dim: 2 } filler { tag: "explicit" arg: "Hi" } }
           operand { name: "mx" type: MXINT8 shape { dim: 32 } mx_quant { axis: -1 } }
           operand { name: "open" type: FLOAT32 shape { dim: 1 } shape_signature { dim: -1 } is_variable: true }
           ext_offset: true"#,
    );
    assert_eq!(data(&model, "half"), [0x00, 0x3c, 0x00, 0xc0]);
    assert_eq!(data(&model, "nibbles"), [0xf1, 0x07]);
    // Two strings: the first from byte 16 to 18, the second is empty.
    let text = [2, 0, 0, 0, 16, 0, 0, 0, 18, 0, 0, 0, 18, 0, 0, 0, b'H', b'i'];
    assert_eq!(data(&model, "text"), text);
    let graph = model.main();
    let mx = graph.tensor(graph.find("mx").unwrap()).quant.as_ref().unwrap();
    assert_eq!(mx.details, Some(QuantDetails::Mx { axis: -1 }));
    let open = graph.tensor(graph.find("open").unwrap());
    assert_eq!((&open.shape_signature, open.is_variable), (&Some(vec![-1]), true));
    assert!(
        model
            .buffers()
            .iter()
            .all(|buffer| buffer.external == buffer.data.is_some())
    );
}

#[test]
fn sparse_constants_run() {
    let model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 2 } }
           operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 2 }
                     filler { tag: "explicit" arg: "0" arg: "3" arg: "5" } make_sparse: true }
           operand { name: "dense" type: FLOAT32 shape { dim: 2 dim: 2 } }
           operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 2 } }
           operation { type: "Densify" input: "w" output: "dense" }
           operation { type: "Add" input: "x" input: "dense" output: "y" add_options { } }
           input: "x" output: "y""#,
    );
    let values = interp::run(&model, &[Value::f32(vec![2, 2], vec![1.0; 4])]).unwrap();
    assert_eq!(values[0].as_f32().unwrap(), [1.0, 4.0, 6.0, 1.0]);
}

#[test]
fn graphs_and_signatures_run() {
    let model = model(
        r#"operand { name: "c" type: BOOL shape { dim: 1 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 } }
           operation { type: "If" input: "c" output: "y" if_options { then_subgraph_index: 1 else_subgraph_index: 2 } }
           input: "c" output: "y" name: "Main"
           graph { operand { name: "a" type: FLOAT32 shape { dim: 1 } filler { tag: "constant" arg: "1" } } output: "a" }
           graph { operand { name: "a" type: FLOAT32 shape { dim: 1 } filler { tag: "constant" arg: "2" } } output: "a" }
           signature_def { signature_key: "run" inputs { name: "in" tensor: "c" } outputs { name: "out" tensor: "y" } }"#,
    );
    assert_eq!(model.graphs().len(), 3);
    assert_eq!(model.main().name.as_deref(), Some("Main"));
    for (condition, expected) in [(true, 1.0), (false, 2.0)] {
        let input = Value {
            shape: vec![1],
            data: value::Data::Bool(vec![condition]),
        };
        let values = interp::run(&model, &[input]).unwrap();
        assert_eq!(values[0].as_f32().unwrap(), [expected]);
    }
}

#[test]
fn operators_without_a_kernel_are_carried_and_refused_by_name() {
    let mut model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
           operand { name: "y" type: FLOAT32 shape { dim: 2 } }
           operation { type: "BCQGather" input: "x" input: "" input: "" input: "" output: "y" version: 2
                       bcq_gather_options { input_hidden_size: 32 axis: 1 } }
           input: "x" output: "y""#,
    );
    let operator = &model.main().operators()[0];
    assert_eq!(
        (operator.code.builtin, operator.code.version),
        (Builtin::BCQ_GATHER, 2)
    );
    let BuiltinOptionsT::BCQGatherOptions(options) = operator.options.builtin() else {
        panic!("{:?}", operator.options)
    };
    assert_eq!((options.input_hidden_size, options.axis), (32, 1));
    let ran = interp::run(&model, &[Value::f32(vec![2], vec![0.0; 2])]).unwrap_err();
    let config = crate::common::strict(quant_case::QuantType::Uint8, quant_case::Granularity::Layer);
    let quantized = quantize::run(&mut model, &config).unwrap_err();
    for error in [ran, quantized] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("BCQ_GATHER"), "{error}");
    }
}

/// Bytes of Google's FlexBuffers builder (flatbuffers 25, Python) for the same map, keys in the same order.
#[test]
fn custom_options_are_flexbuffers() {
    let model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
           operand { name: "y" type: FLOAT32 shape { dim: 2 } }
           operation { type: "Custom" custom_code: "BatchMatMulV2" input: "x" input: "x" output: "y"
                       batch_matmul_options { adj_x: true } }
           input: "x" output: "y""#,
    );
    let operator = &model.main().operators()[0];
    assert_eq!(operator.code.custom.as_deref(), Some("BatchMatMulV2"));
    let bytes = operator.custom_options.as_deref().unwrap();
    let expected = b"adj_x\0adj_y\0T\0\x03\x03\x10\x0b\x03\x01\x03\x00\x01\x00\x04hh\x06$\x01";
    assert_eq!(bytes, expected);
}

#[test]
fn custom_options_widen_to_what_they_hold() {
    let model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
           operand { name: "y" type: FLOAT32 shape { dim: 2 } }
           operand { name: "at" type: INT32 shape { dim: 2 } }
           operation { type: "Custom" custom_code: "MaxPoolWithArgmax" input: "x" output: "y" output: "at"
                       max_pool_with_argmax_options { padding: SAME filter_width: 3 filter_height: 300 stride_w: 2 output_type: INT32 } }
           input: "x" output: "y""#,
    );
    let bytes = model.main().operators()[0].custom_options.as_deref().unwrap();
    // The last two bytes are the type of the root, a map with offsets of two bytes, and the width of its own offset.
    assert_eq!(bytes[bytes.len() - 2..], [9 << 2 | 1, 2]);
    let numbers = |key: &str| flexbuffers::find(bytes, key).unwrap().ints().unwrap();
    assert_eq!(
        (numbers("ksize"), numbers("strides")),
        (vec![1, 300, 3, 1], vec![1, 1, 2, 1])
    );
    assert_eq!(flexbuffers::find(bytes, "Targmax").unwrap().int(), Some(2));
}

#[test]
fn what_a_file_could_not_say_is_refused() {
    let text =
        r#"operand { name: "x" type: UINT8 shape { dim: 2 } quant { scale: 1 scale: 2 zero_point: 3 } }"#;
    let error = build(&parse(text).unwrap()).unwrap_err().to_string();
    assert_eq!(
        error,
        "subgraph 0: tensor `x`: 2 scales and 1 zero points; convert the model again"
    );
}
