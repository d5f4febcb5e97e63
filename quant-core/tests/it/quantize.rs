//! What quantization does with interfaces, signatures, and data that no scale can hold.

use quant_case::{Granularity, QuantType, qconf};
use quant_core::config::Config;
use quant_core::ir::{DType, FileFormat, Model, Signature, SignatureTensor};
use quant_core::quantized::fake;
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::{Error, Problem, dump, fake_quantize, format, interp, quantize, record, value};

use crate::common::model;

/// A chain of operators with one input and output each, over `x` of four elements.
fn chain(operators: &[(&str, &str)], outputs: &[&str]) -> Model {
    let mut text =
        vec!["operand { name: \"x\" type: FLOAT32 shape { dim: 1 dim: 4 } } input: \"x\"".to_owned()];
    let mut last = "x";
    for (kind, output) in operators {
        text.push(format!(
            "operand {{ name: \"{output}\" type: FLOAT32 shape {{ dim: 1 dim: 4 }} }}
             operation {{ type: \"{kind}\" input: \"{last}\" output: \"{output}\" }}"
        ));
        last = output;
    }
    text.extend(outputs.iter().map(|output| format!("output: \"{output}\"")));
    let text = text.join("\n");
    model(&text)
}

fn run(model: &mut Model, config: &Config) -> Result<(), Error> {
    fake_quantize::run(model, config)?;
    let records = RandomRecords::new(model.main().input_tensors(), 1, 3)?;
    record::run(model, &records, &RecordOptions::default(), &|_| ())?;
    quantize::run(model, config).map(drop)
}

fn config() -> Config {
    Config::new(QuantType::Uint8, Granularity::Channel)
}

/// Name and type of each graph output.
fn outputs(model: &Model) -> Vec<(String, DType)> {
    let graph = model.main();
    let outputs = graph.outputs().iter().map(|id| graph.tensor(*id));
    outputs
        .map(|tensor| (tensor.name.clone(), tensor.dtype))
        .collect()
}

#[test]
fn signatures_follow_the_tensors() {
    let mut model = chain(&[("Abs", "a"), ("Abs", "b")], &["b"]);
    let entry = |name: &str, tensor| {
        vec![SignatureTensor {
            name: name.to_owned(),
            tensor,
        }]
    };
    let signature = Signature {
        key: Some("serving_default".to_owned()),
        tag: None,
        inputs: entry("in", model.main().inputs()[0].0 as u32),
        outputs: entry("out", model.main().outputs()[0].0 as u32),
        subgraph: 0,
    };
    model.set_signatures(Some(vec![signature])).unwrap();
    let mut config = config();
    let layers = r#"{"layers": [{"names": ["a", "b"], "dtype": "int16", "granularity": "channel"}]}"#;
    config.add_layers(&qconf::parse(layers).unwrap().layers);
    config.output_types = vec![DType::Float32];
    run(&mut model, &config).unwrap();
    let bytes = format::export(&model, FileFormat::Tflite).unwrap();
    let read = format::import(&bytes).unwrap();
    let signature = &read.signatures().unwrap()[0];
    assert_eq!(signature.outputs[0].tensor as usize, read.main().outputs()[0].0);
    assert_eq!(signature.inputs[0].tensor as usize, read.main().inputs()[0].0);
}

#[test]
fn a_tensor_that_is_input_and_output() {
    let rows = [
        (
            vec![DType::Float32],
            vec![],
            vec![("a", DType::Uint8), ("x_Quantize", DType::Uint8)],
        ),
        (
            vec![DType::Float32],
            vec![DType::Uint8],
            vec![("a", DType::Uint8), ("x_Quantize", DType::Uint8)],
        ),
        (vec![], vec![], vec![("a", DType::Uint8), ("x", DType::Uint8)]),
    ];
    for (input_types, output_types, wanted) in rows {
        let mut model = chain(&[("Abs", "a")], &["a", "x"]);
        let mut config = config();
        (config.input_types, config.output_types) = (input_types, output_types);
        run(&mut model, &config).unwrap();
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(name, dtype)| (name.to_owned(), dtype))
            .collect();
        assert_eq!(outputs(&model), wanted);
    }
}

#[test]
fn an_output_that_is_listed_twice_with_two_types() {
    let mut model = chain(&[("Abs", "a")], &["a", "a"]);
    let mut config = config();
    config.output_types = vec![DType::Int16, DType::Float32];
    run(&mut model, &config).unwrap();
    assert_eq!(
        outputs(&model),
        [
            ("a_Quantize".to_owned(), DType::Int16),
            ("a_Dequantize".to_owned(), DType::Float32)
        ]
    );
}

#[test]
fn ranges_that_are_none_are_errors() {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 2 } }
        operand { name: "zero" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0" } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "Div" input: "x" input: "zero" output: "y" }
        input: "x" output: "y""#;
    let build = || model(text);
    let error = run(&mut build(), &config()).unwrap_err();
    assert!(
        matches!(error.problem(), Problem::UnboundedRange { .. }),
        "{error}"
    );
    assert_eq!(error.tensor(), Some("y"));

    let mut model = chain(&[("Abs", "a")], &["a"]);
    let records = RandomRecords::new(model.main().input_tensors(), 1, 3).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    for (min, max) in [(f32::NAN, 1.0), (0.0, f32::INFINITY), (2.0, 1.0)] {
        let mut model = model.clone();
        let before = {
            let id = model.main().find("a").unwrap();
            let quant = model.main_mut().tensor_mut(id).quant.as_mut().unwrap();
            (quant.min, quant.max) = (vec![min], vec![max]);
            format!("{model:?}")
        };
        let error = quantize::run(&mut model, &config()).unwrap_err();
        assert!(matches!(error.problem(), Problem::BadRange { .. }), "{error}");
        assert_eq!(error.tensor(), Some("a"));
        assert_eq!(
            format!("{model:?}"),
            before,
            "a stage that fails leaves its model as it was"
        );
    }
}

#[test]
fn a_constant_without_elements() {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 } }
        operand { name: "shape" type: INT32 shape { dim: 0 } filler { tag: "explicit" } }
        operand { name: "y" type: FLOAT32 shape { } }
        operation { type: "Reshape" input: "x" input: "shape" output: "y" }
        input: "x" output: "y""#;
    let model = model(text);
    let made = interp::run(&model, &[value::Value::f32(vec![1], vec![2.5])]).unwrap();
    assert_eq!(made, [value::Value::f32(vec![], vec![2.5])]);
}

#[test]
fn several_graphs_are_refused() {
    let mut model = chain(&[("Abs", "a")], &["a"]);
    model.add_graph(model.main().clone());
    let error = fake_quantize::run(&mut model, &config()).unwrap_err();
    assert_eq!(error.problem(), &Problem::Graphs(2));
}

#[test]
fn activations_without_elements_have_the_type_of_the_others() {
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 0 dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operand { name: "unread" type: FLOAT32 shape { dim: 0 } }
        operand { name: "none" type: FLOAT32 shape { dim: 0 dim: 2 } }
        operand { name: "both" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operation { type: "Add" input: "x" input: "y" output: "none" add_options { activation: NONE } }
        operation { type: "Concatenation" input: "none" input: "y" output: "both"
                    concatenation_options { axis: 0 activation: NONE } }
        input: "x" input: "y" input: "unread" output: "none" output: "both""#;
    for dtype in [QuantType::Uint8, QuantType::Int16] {
        let mut model = model(text);
        run(&mut model, &Config::new(dtype, Granularity::Channel)).unwrap();
        for tensor in model.main().tensors() {
            let scale = tensor.quant.as_ref().map(|quant| quant.scale.len());
            assert_eq!(
                (tensor.dtype.word(), scale),
                (&*dtype.to_string(), Some(1)),
                "{}",
                tensor.name
            );
        }
    }
}

#[test]
fn an_input_that_is_marked_as_a_variable_is_an_input() {
    let text = r#"operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operand { name: "b" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operand { name: "c" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operation { type: "Sub" input: "a" input: "b" output: "c" sub_options { activation: NONE } }
        input: "a" input: "b" output: "c""#;
    let mut model = model(text);
    let b = model.main().inputs()[1];
    model.main_mut().tensor_mut(b).is_variable = true;
    let value = |x: [f32; 3]| value::Value::f32(vec![1, 3], x.to_vec());
    let inputs = [value([1.0, 2.0, 3.0]), value([5.0, 5.0, 6.0])];
    // What LiteRT computes.
    let right = [-4.0, -3.0, -3.0];
    assert_eq!(interp::run(&model, &inputs).unwrap()[0].as_f32().unwrap(), right);
    let records = record::SliceRecords(vec![inputs.to_vec()]);
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    quantize::run(&mut model, &config()).unwrap();
    fake::run(&mut model).unwrap();
    let made = interp::run(&model, &inputs).unwrap();
    for (made, right) in made[0].as_f32().unwrap().iter().zip(right) {
        assert!((made - right).abs() < 0.1, "{made} {right}");
    }
}

#[test]
fn empty_optional_vectors_say_as_little_as_absent_ones() {
    let float = chain(&[("Abs", "a"), ("Abs", "b")], &["b"]);
    let bytes = format::export(&float, FileFormat::Tflite).unwrap();
    let mut file = quant_schema::root_as_model(&bytes).unwrap().unpack();
    file.metadata = Some(Vec::new());
    file.metadata_buffer = Some(Vec::new());
    file.signature_defs = Some(Vec::new());
    for graph in file.subgraphs.iter_mut().flatten() {
        for tensor in graph.tensors.iter_mut().flatten() {
            tensor.shape_signature = Some(Vec::new());
            tensor.variant_tensors = Some(Vec::new());
            let quant = tensor.quantization.get_or_insert_default();
            (quant.min, quant.max, quant.scale) = (Some(Vec::new()), Some(Vec::new()), Some(Vec::new()));
            quant.zero_point = Some(Vec::new());
        }
        for op in graph.operators.iter_mut().flatten() {
            op.custom_options = Some(Vec::new());
            op.mutating_variable_inputs = Some(Vec::new());
            op.intermediates = Some(Vec::new());
        }
    }
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let packed = file.pack(&mut builder);
    builder.finish(packed, Some("TFL3"));
    let empty = format::import(builder.finished_data()).unwrap();
    let input = value::Value::f32(vec![1, 4], vec![-1.0, 2.0, -3.0, 4.0]);
    let made = interp::run(&empty, &[input]).unwrap();
    assert_eq!(made[0].as_f32().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    let mut tensors = Vec::new();
    for mut model in [float, empty] {
        let mut config = config();
        config.output_types = vec![DType::Float32];
        run(&mut model, &config).unwrap();
        tensors.push(format!("{:?}", dump::tensors(&model).unwrap()));
    }
    assert_eq!(tensors[0], tensors[1]);
}
