//! The comparison can fail: a model that is the reference's, written by hand, has no difference; the same with any one
//! leaf of the reference changed has one, at that key.

use DType::{Float16, Float32, Int4, Int8, Int16, Int64};
use quant_core::ir::{
    Builtin, DType, FileFormat, Model, OpCode, Operator, Options, QuantDetails, QuantParam, Signature,
    SignatureTensor, Tensor, TensorId,
};
use serde_json::{Value as Json, json};

use super::compare::{How, models};
use super::tensor::sha256;

/// Every key that the reference's files have.
fn reference() -> Json {
    let hashed: Vec<u8> = (0..40u8).collect();
    let tensors = json!([
        {"name": "x", "type": "FLOAT32", "shape": [1, 2], "shape_signature": [-1, 2]},
        {"name": "xq", "type": "INT8", "shape": [1, 2], "scale": [0.1], "zero_point": [-3]},
        {"name": "w", "type": "INT8", "shape": [3, 2], "scale": [0.1, 0.25, 3e-9], "zero_point": [0],
         "zero_point_count": 3, "quantized_dimension": 1, "values": [1, -2, 3, -4, 127, -127]},
        {"name": "b", "type": "INT64", "shape": [3], "scale_head": [0.5], "scale_count": 3,
         "scale_sha256": sha256(&[0.5f32, 0.25, 0.125].map(f32::to_le_bytes).concat()),
         "zero_point": [0, 1, 0], "values": [1, -9_007_199_254_740_993i64, 3]},
        {"name": "y", "type": "INT8", "shape": [1, 3], "scale": [0.2], "zero_point": [4]},
        {"name": "z", "type": "INT8", "shape": [1, 3], "scale": [0.3], "zero_point": [5]},
        {"name": "n", "type": "INT4", "shape": [1, 3], "blockwise": {"scales": 7, "zero_points": -1, "block_size": 32},
         "values": [-8, 7, -1]},
        {"name": "s", "type": "FLOAT16", "shape": [2], "values_u16": [15360, 49152]},
        {"name": "h", "type": "INT8", "shape": [40], "scale": [1.0], "zero_point": [0], "count": 40,
         "head": (0..32).collect::<Vec<_>>(), "sha256": sha256(&hashed)},
        {"name": "v", "type": "INT16", "shape": [1], "is_variable": true, "scale": [0.5], "zero_point": [0]},
        {"name": "c", "type": "FLOAT32", "shape": [1], "const": true, "sha256": sha256(&1.5f32.to_le_bytes())},
        {"name": "out", "type": "FLOAT32", "shape": [1, 3]},
        {"name": "i", "type": "INT16", "shape": [1], "scale": [0.75], "zero_point": [0]},
        {"name": "m", "type": "INT4", "shape": [3], "scale": [1.0], "zero_point": [0], "count": 3,
         "head": [-8, 7, -1], "sha256": sha256(&[0xf8, 7, 0xff])},
    ]);
    let operators = json!([
        {"op": "QUANTIZE", "version": 1, "inputs": [0], "outputs": [1]},
        {"op": "FULLY_CONNECTED", "version": 4, "inputs": [1, 2, 3, -1], "outputs": [4],
         "options": {"fusedActivationFunction": 1, "keepNumDims": false}, "intermediates": [12]},
        {"op": "QUANTIZE", "version": 2, "inputs": [4], "outputs": [5]},
        {"op": "CUSTOM", "version": 1, "inputs": [5, 6, 8, 9, 10, 13], "outputs": [11], "custom_code": "Mine"},
    ]);
    json!({
        "subgraphs": [{"inputs": [0], "outputs": [11], "tensors": tensors, "operators": operators}],
        "signatures": [{"key": "serving_default", "subgraph": 0, "inputs": {"x0": 0}, "outputs": {"y0": 11}}],
    })
}

fn ours() -> Model {
    let mut model = Model::new(FileFormat::Tflite);
    let mut add =
        |name: &str, dtype, shape: &[i32], bytes: Vec<u8>, scale: &[f32], zero_point: &[i64], axis| {
            let mut tensor = Tensor::new(name, dtype, shape.to_vec());
            if !bytes.is_empty() {
                tensor.buffer = model.add_buffer(bytes);
            }
            tensor.is_variable = name == "v";
            tensor.quant = Some(QuantParam {
                scale: scale.to_vec(),
                zero_point: zero_point.to_vec(),
                quantized_dimension: axis,
                ..QuantParam::default()
            });
            if name == "n" {
                tensor.quant.as_mut().unwrap().details = Some(QuantDetails::Blockwise {
                    scales: 7,
                    zero_points: -1,
                    block_size: 32,
                });
            }
            if name == "x" {
                tensor.shape_signature = Some(vec![-1, 2]);
                tensor.quant = None;
            }
            model.main_mut().add_tensor(tensor)
        };
    let bias: Vec<u8> = [1i64, -9_007_199_254_740_993, 3]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    add("x", Float32, &[1, 2], vec![], &[], &[], 0);
    add("xq", Int8, &[1, 2], vec![], &[0.1], &[-3], 0);
    add(
        "w",
        Int8,
        &[3, 2],
        vec![1, 254, 3, 252, 127, 129],
        &[0.1, 0.25, 3e-9],
        &[0; 3],
        1,
    );
    add("b", Int64, &[3], bias, &[0.5, 0.25, 0.125], &[0, 1, 0], 0);
    add("y", Int8, &[1, 3], vec![], &[0.2], &[4], 0);
    add("z", Int8, &[1, 3], vec![], &[0.3], &[5], 0);
    add("n", Int4, &[1, 3], vec![0x78, 0x0f], &[], &[], 0);
    add("s", Float16, &[2], vec![0, 0x3c, 0, 0xc0], &[], &[], 0);
    add("h", Int8, &[40], (0..40).collect(), &[1.0], &[0], 0);
    add("v", Int16, &[1], vec![], &[0.5], &[0], 0);
    add("c", Float32, &[1], 1.5f32.to_le_bytes().to_vec(), &[], &[], 0);
    add("out", Float32, &[1, 3], vec![], &[], &[], 0);
    add("i", Int16, &[1], vec![], &[0.75], &[0], 0);
    add("m", Int4, &[3], vec![0x78, 0x0f], &[1.0], &[0], 0);
    let id = |ids: &[usize]| ids.iter().map(|id| Some(TensorId(*id))).collect::<Vec<_>>();
    let mut push = |builtin, version, custom: Option<&str>, inputs: &[usize], output, options| {
        let code = OpCode {
            builtin,
            custom: custom.map(str::to_owned),
            version,
        };
        let mut operator = Operator::new(code, id(inputs), vec![TensorId(output)], options);
        if builtin == Builtin::FULLY_CONNECTED {
            operator.inputs.push(None);
            operator.intermediates = Some(vec![12]);
        }
        model.main_mut().push(operator).unwrap();
    };
    let mut options = quant_schema::FullyConnectedOptionsT::default();
    options.fused_activation_function = quant_schema::ActivationFunctionType::RELU;
    let options = Options::new(quant_schema::BuiltinOptionsT::FullyConnectedOptions(Box::new(
        options,
    )));
    push(Builtin::QUANTIZE, 1, None, &[0], 1, Options::default());
    push(Builtin::FULLY_CONNECTED, 4, None, &[1, 2, 3], 4, options);
    push(Builtin::QUANTIZE, 2, None, &[4], 5, Options::default());
    push(
        Builtin::CUSTOM,
        1,
        Some("Mine"),
        &[5, 6, 8, 9, 10, 13],
        11,
        Options::default(),
    );
    let graph = model.main_mut();
    graph.set_inputs(vec![TensorId(0)]).unwrap();
    graph.set_outputs(vec![TensorId(11)]).unwrap();
    let entry = |name: &str, tensor| SignatureTensor {
        name: name.into(),
        tensor,
    };
    let signature = Signature {
        key: Some("serving_default".into()),
        tag: None,
        inputs: vec![entry("x0", 0)],
        outputs: vec![entry("y0", 11)],
        subgraph: 0,
    };
    model.set_signatures(Some(vec![signature])).unwrap();
    model
}

/// The paths of all leaves.
fn leaves(value: &Json, path: &str, found: &mut Vec<String>) {
    match value {
        Json::Object(map) => map
            .iter()
            .for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found)),
        Json::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

/// Another value of the same kind.
fn change(value: &mut Json, path: &str) {
    *value = match &*value {
        Json::Bool(is) => json!(!*is),
        Json::Number(number) if number.is_f64() => json!(number.as_f64().unwrap() * 1.000_001 + 1e-12),
        // Another tensor, operator's version, dimension or integer.
        Json::Number(number) => {
            let number = number.as_i64().unwrap();
            json!(if path.contains("puts/") && number > 0 {
                number - 1
            } else {
                number + 1
            })
        }
        Json::String(text) if path.ends_with("/type") => {
            json!(if text == "UINT8" { "INT8" } else { "UINT8" })
        }
        Json::String(text) => json!(format!("{text}x")),
        other => panic!("{path}: {other}"),
    };
}

#[test]
fn a_difference_at_any_key_is_found() {
    let (reference, model) = (reference(), ours());
    let how = How {
        names: true,
        weights_only: false,
    };
    let compared = models(&reference, &model, how);
    assert!(compared.differences.is_empty(), "{:?}", compared.differences);
    assert_eq!((compared.tensors, compared.requantizations), (13, 1));
    assert_eq!(compared.integers, 6 + 3 + 3 + 2 + 40 + 3);
    let mut paths = Vec::new();
    leaves(&reference, "", &mut paths);
    assert!(paths.len() > 160, "{}", paths.len());
    for path in &paths {
        // That a float constant is one is said by its hash; a graph has one number only.
        if path.ends_with("/const") || path.ends_with("/subgraph") || path.ends_with("/scales") {
            continue;
        }
        let mut changed = reference.clone();
        change(changed.pointer_mut(path).unwrap(), path);
        let found = models(&changed, &model, how);
        assert!(
            !found.differences.is_empty(),
            "{path} changed, and nothing differs"
        );
    }
}

#[test]
fn names_are_free_where_they_are_not_pinned_and_weights_alone_are_weights() {
    let (mut changed, model) = (reference(), ours());
    changed["subgraphs"][0]["tensors"][4]["name"] = json!("other");
    let pinned = |names| {
        let how = How {
            names,
            weights_only: false,
        };
        models(&changed, &model, how).differences.len()
    };
    assert_eq!((pinned(true), pinned(false)), (1, 0));
    let weights = How {
        names: false,
        weights_only: true,
    };
    assert_eq!(models(&changed, &model, weights).differences.len(), 0);
    changed["subgraphs"][0]["tensors"][2]["values"][0] = json!(2);
    assert_eq!(models(&changed, &model, weights).differences.len(), 1);
}

#[test]
fn another_source_or_number_of_conversions_is_found() {
    let model = ours();
    let mut changed = reference();
    // The custom operator reads the value before its requantization.
    changed["subgraphs"][0]["operators"][3]["inputs"][0] = json!(4);
    let found = models(&changed, &model, How::default()).differences;
    assert!(
        found.iter().any(|difference| difference.key == "path"),
        "{found:?}"
    );
    let mut changed = reference();
    changed["subgraphs"][0]["operators"]
        .as_array_mut()
        .unwrap()
        .remove(2);
    let found = models(&changed, &model, How::default()).differences;
    assert!(
        found.iter().any(|difference| difference.key == "requantizations"),
        "{found:?}"
    );
    changed["subgraphs"][0]["operators"]
        .as_array_mut()
        .unwrap()
        .remove(1);
    let found = models(&changed, &model, How::default()).differences;
    assert!(
        found.iter().any(|difference| difference.key == "operators"),
        "{found:?}"
    );
}
