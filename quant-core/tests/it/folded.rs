//! Models whose weights are half-precision or integer constants behind DEQUANTIZE: every stage treats them as the model
//! of the floats that they stand for.

use half::f16;
use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{
    Builtin, Content, DType, FileFormat, Model, OpCode, OpId, Operator, Options, QuantParam, Tensor,
};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::{Problem, dump, fake_quantize, fold, format, quantize, record, weights_only};

use crate::common::model;

/// A convolution and two layers that share their weights and biases.
fn float_model() -> Model {
    let values = |count: usize| {
        let values: Vec<String> = (0..count)
            .map(|at| format!("arg: \"{}\"", (at * 7 % 19) as f32 * 0.125 - 1.0))
            .collect();
        values.join(" ")
    };
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 4 dim: 4 dim: 2 }} }}
        operand {{ name: "filter" type: FLOAT32 shape {{ dim: 3 dim: 1 dim: 1 dim: 2 }} filler {{ tag: "explicit" {} }} }}
        operand {{ name: "w" type: FLOAT32 shape {{ dim: 3 dim: 3 }} filler {{ tag: "explicit" {} }} }}
        operand {{ name: "b" type: FLOAT32 shape {{ dim: 3 }} filler {{ tag: "explicit" {} }} }}
        operand {{ name: "conv" type: FLOAT32 shape {{ dim: 1 dim: 4 dim: 4 dim: 3 }} }}
        operand {{ name: "first" type: FLOAT32 shape {{ dim: 16 dim: 3 }} }}
        operand {{ name: "second" type: FLOAT32 shape {{ dim: 16 dim: 3 }} }}
        operation {{ type: "Conv2D" input: "x" input: "filter" input: "b" output: "conv"
                    conv2d_options {{ padding: VALID stride_w: 1 stride_h: 1 }} }}
        operation {{ type: "FullyConnected" input: "conv" input: "w" input: "b" output: "first"
                    fullyconnected_options {{ activation: RELU }} }}
        operation {{ type: "FullyConnected" input: "first" input: "w" input: "b" output: "second"
                    fullyconnected_options {{ activation: NONE }} }}
        input: "x" output: "second""#,
        values(6),
        values(9),
        values(3)
    );
    model(&text)
}

/// How a constant is stored.
type Store = fn(&Tensor, &[f32]) -> (DType, Option<QuantParam>, Vec<u8>);

fn halves(_: &Tensor, values: &[f32]) -> (DType, Option<QuantParam>, Vec<u8>) {
    let bytes = values.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes());
    (DType::Float16, None, bytes.collect())
}

/// The values are multiples of 1/8: int8 holds them, with a scale for each channel.
fn integers(tensor: &Tensor, values: &[f32]) -> (DType, Option<QuantParam>, Vec<u8>) {
    let channels = tensor.shape[0] as usize;
    let quant = QuantParam {
        scale: vec![0.125; channels],
        zero_point: vec![0; channels],
        ..QuantParam::default()
    };
    let bytes = values.iter().map(|x| ((x * 8.0) as i8).cast_unsigned());
    (DType::Int8, Some(quant), bytes.collect())
}

/// The model with its constants stored in another form, and a DEQUANTIZE before every operator that reads one.
fn stored(store: Store) -> Model {
    let mut model = float_model();
    let constants: Vec<_> = (0..model.main().tensors().len())
        .filter(|index| model.is_const(&model.main().tensors()[*index]))
        .collect();
    for index in constants {
        let tensor = model.main().tensors()[index].clone();
        let (dtype, quant, bytes) = store(&tensor, &model.f32_data(&tensor).unwrap());
        let kept = Tensor {
            dtype,
            quant,
            buffer: model.add_buffer(bytes),
            ..tensor.clone()
        };
        model.main_mut().tensors_mut()[index] = Tensor {
            name: format!("{} as stored", tensor.name),
            ..kept
        };
        let from = quant_core::ir::TensorId(index);
        let mut at = 0;
        let mut readers = 0;
        while at < model.main().operators().len() {
            let reads = model.main().operators()[at].inputs.contains(&Some(from));
            if reads && model.main().operators()[at].code.builtin != Builtin::DEQUANTIZE {
                let graph = model.main_mut();
                let name = match readers {
                    0 => tensor.name.clone(),
                    _ => format!("{}_{readers}", tensor.name),
                };
                readers += 1;
                let to = graph.add_tensor(Tensor::new(name, DType::Float32, tensor.shape.clone()));
                let reads = |op: &mut Operator| {
                    let inputs = op.inputs.iter_mut().flatten();
                    inputs.filter(|id| **id == from).for_each(|id| *id = to);
                };
                graph.edit(OpId(at), reads).unwrap();
                let code = OpCode::builtin(Builtin::DEQUANTIZE);
                let op = Operator::new(code, vec![Some(from)], vec![to], Options::default());
                graph.insert(vec![(at, op)]).unwrap();
                at += 1;
            }
            at += 1;
        }
    }
    // The floats are gone.
    model.compact();
    format::import(&format::export(&model, FileFormat::Tflite).unwrap()).unwrap()
}

fn config(dtype: QuantType) -> Config {
    Config::new(dtype, Granularity::Channel)
}

fn recorded(model: &mut Model) {
    let records = RandomRecords::new(model.main().input_tensors(), 1, 4).unwrap();
    record::run(model, &records, &RecordOptions::default(), &|_| ()).unwrap();
}

/// What stays to be compared: every tensor, by its name, and the operators.
fn seen(model: &Model) -> (String, Vec<Builtin>) {
    let bytes = format::export(model, FileFormat::Tflite).unwrap();
    let read = format::import(&bytes).unwrap();
    let mut tensors = dump::tensors(&read).unwrap();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let operators = read.main().operators().iter().map(|op| op.code.builtin);
    (format!("{tensors:?}"), operators.collect())
}

#[test]
fn every_stage_makes_of_stored_weights_what_it_makes_of_floats() {
    let weights = 3;
    for store in [halves as Store, integers] {
        let (float, stored) = (float_model(), stored(store));
        assert_eq!(stored.main().operators().len(), 3 + 6);
        for dtype in [QuantType::Uint8, QuantType::Int16] {
            // Step by step, and without step 1.
            for first in [true, false] {
                let [mut a, mut b] = [float.clone(), stored.clone()];
                for model in [&mut a, &mut b] {
                    if first {
                        assert_eq!(fake_quantize::run(model, &config(dtype)), Ok(weights));
                    }
                    recorded(model);
                    quantize::run(model, &config(dtype)).unwrap();
                }
                assert_eq!(seen(&a), seen(&b), "{dtype} {first}");
            }
        }
        let [mut a, mut b] = [float, stored];
        assert_eq!(
            weights_only::run(&mut a, &Config::weights_only(QuantType::Int8)),
            Ok(weights)
        );
        assert_eq!(
            weights_only::run(&mut b, &Config::weights_only(QuantType::Int8)),
            Ok(weights)
        );
        assert_eq!(seen(&a), seen(&b));
    }
}

#[test]
fn one_constant_is_folded_once_and_halves_stay_halves() {
    let mut model = stored(halves);
    assert_eq!(fold::constants(&mut model), Ok(6));
    assert_eq!(fold::constants(&mut model), Ok(0));
    let graph = model.main();
    let [a, b] = ["w", "w_1"].map(|name| graph.tensor(graph.find(name).unwrap()));
    assert_eq!(a.buffer, b.buffer);
    assert!(matches!(model.content(a), Some(Content::Halves(bytes)) if bytes.len() == 18));
    assert!(
        graph
            .tensors()
            .iter()
            .all(|tensor| tensor.dtype == DType::Float32)
    );
    fake_quantize::run(&mut model, &config(QuantType::Uint8)).unwrap();
    let kept: usize = model
        .buffers()
        .iter()
        .filter_map(|buffer| buffer.data.as_ref())
        .filter(|data| matches!(data, Content::Plain(_)))
        .map(Content::len)
        .sum();
    assert_eq!(kept, 0, "nobody made the floats");
}

#[test]
fn quantized_activations_beside_stored_weights_are_refused() {
    let mut model = stored(integers);
    let graph = model.main_mut();
    let x = graph.inputs()[0];
    graph.tensor_mut(x).dtype = DType::Int8;
    graph.tensor_mut(x).quant = Some(QuantParam {
        scale: vec![0.1],
        zero_point: vec![0],
        ..QuantParam::default()
    });
    let before = model.clone();
    for error in [
        fake_quantize::run(&mut model, &config(QuantType::Uint8)).unwrap_err(),
        weights_only::run(&mut model, &Config::weights_only(QuantType::Int8)).unwrap_err(),
        quantize::run(&mut model, &config(QuantType::Uint8)).unwrap_err(),
    ] {
        let wanted = Problem::Quantized(DType::Int8);
        assert_eq!((error.problem(), error.tensor()), (&wanted, Some("x")));
    }
    assert_eq!(model, before);
}

#[test]
fn a_model_without_weights_says_so() {
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#;
    let mut model = model(text);
    assert_eq!(fake_quantize::run(&mut model, &config(QuantType::Uint8)), Ok(0));
    assert_eq!(
        weights_only::run(&mut model, &Config::weights_only(QuantType::Int8)),
        Ok(0)
    );
}

/// Two readers of one stored constant, the second with an output of `shape`; signatures name the constant and a tensor
/// that nothing else names.
fn signed(shape: &str) -> Model {
    let text = format!(
        r#"operand {{ name: "c" type: INT8 shape {{ dim: 2 dim: 3 }} quant {{ scale: 0.1 zero_point: 0 }}
                  filler {{ tag: "explicit" arg: "1" arg: "2" arg: "3" arg: "4" arg: "5" arg: "6" }} }}
        operand {{ name: "d1" type: FLOAT32 shape {{ dim: 2 dim: 3 }} }}
        operand {{ name: "d2" type: FLOAT32 shape {{ {shape} }} }}
        operand {{ name: "x" type: FLOAT32 shape {{ dim: 2 dim: 3 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 2 dim: 3 }} }}
        operand {{ name: "z" type: FLOAT32 shape {{ {shape} }} }}
        operand {{ name: "last" type: FLOAT32 shape {{ dim: 1 }} }}
        operation {{ type: "Dequantize" input: "c" output: "d1" }}
        operation {{ type: "Dequantize" input: "c" output: "d2" }}
        operation {{ type: "Add" input: "x" input: "d1" output: "y" add_options {{ activation: NONE }} }}
        operation {{ type: "Abs" input: "d2" output: "z" }}
        input: "x" output: "y" output: "z"
        signature_def {{ signature_key: "k" inputs {{ name: "in" tensor: "x" }} outputs {{ name: "y" tensor: "y" }}
                        outputs {{ name: "q" tensor: "c" }} outputs {{ name: "l" tensor: "last" }} subgraph_index: 0 }}"#
    );
    model(&text)
}

#[test]
fn what_signatures_alone_name_stays() {
    let names = |model: &Model| -> Vec<(String, String)> {
        let outputs = model
            .signatures()
            .into_iter()
            .flatten()
            .flat_map(|signature| &signature.outputs);
        let name = |at: u32| model.main().tensors()[at as usize].name.clone();
        outputs
            .map(|entry| (format!("{:?}", entry.name), name(entry.tensor)))
            .collect()
    };
    let mut model = signed("dim: 2 dim: 3");
    let before = names(&model);
    assert_eq!(before.len(), 3);
    assert_eq!(fold::constants(&mut model), Ok(2));
    assert_eq!(names(&model), before);
    // The integers that a signature hands out stay integers: such a model is quantized already.
    let error = quantize::run(&mut model.clone(), &config(QuantType::Uint8)).unwrap_err();
    let wanted = Problem::Quantized(DType::Int8);
    assert_eq!((error.problem(), error.tensor()), (&wanted, Some("c")));

    let mut model = signed("dim: 2 dim: 3");
    let mut signatures = model.signatures().map(<[_]>::to_vec);
    let each = signatures.iter_mut().flatten();
    each.for_each(|signature| drop(signature.outputs.remove(1)));
    model.set_signatures(signatures).unwrap();
    let before = names(&model);
    fold::constants(&mut model).unwrap();
    recorded(&mut model);
    quantize::run(&mut model, &config(QuantType::Uint8)).unwrap();
    assert_eq!(names(&model), before);
    let bytes = format::export(&model, FileFormat::Circle).unwrap();
    assert_eq!(names(&format::import(&bytes).unwrap()), before);
}

#[test]
fn each_reader_of_a_stored_constant_is_folded_in_its_own_shape() {
    for shape in ["dim: 100", "dim: 6"] {
        let error = fold::constants(&mut signed(shape)).unwrap_err();
        let operator = error.operator().map(ToString::to_string);
        assert_eq!(operator.as_deref(), Some("DEQUANTIZE `d2`"), "{error}");
    }
}
