//! Layers judged one by one agree with plain loops over the operators.

use std::collections::BTreeMap;

use quant_core::interp::apart::evaluated;
use quant_core::ir::{Model, TensorId};
use quant_core::metrics::{Errors, Sample, numbers};
use quant_core::quantized::running::{Execution, Running};
use quant_core::quantized::values::{dequantized, is_quantized};
use quant_core::record::{RandomRecords, Records};
use quant_core::sensitivity::{self, Measures, Options, Sensitivity, joint};
use quant_core::value::Value;
use quant_core::{Granularity, Quantizer};

/// A convolution whose two channels have very different weights, behind one that has not.
const NET: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "w1" type: FLOAT32 shape { dim: 3 dim: 1 dim: 1 dim: 2 }
              filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "b1" type: FLOAT32 shape { dim: 3 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "one" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 3 } }
    operand { name: "w2" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 3 }
              filler { tag: "explicit" arg: "100" arg: "-90" arg: "80" arg: "0.1" arg: "-0.3" arg: "0.2" } }
    operand { name: "two" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "scale" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.01" arg: "3" } }
    operand { name: "three" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w1" input: "b1" output: "one"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Conv2D" input: "one" input: "w2" input: "" output: "two"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Mul" input: "two" input: "scale" output: "three" mul_options { } }
    input: "x" output: "three""#;

/// Images that are larger than what is judged side by side, and small ones behind them.
const SHRINKING: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 512 dim: 512 dim: 1 } }
    operand { name: "w1" type: FLOAT32 shape { dim: 2 dim: 2 dim: 2 dim: 1 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "one" type: FLOAT32 shape { dim: 1 dim: 128 dim: 128 dim: 2 } }
    operand { name: "w2" type: FLOAT32 shape { dim: 2 dim: 2 dim: 2 dim: 2 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "two" type: FLOAT32 shape { dim: 1 dim: 16 dim: 16 dim: 2 } }
    operand { name: "w3" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 2 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "three" type: FLOAT32 shape { dim: 1 dim: 16 dim: 16 dim: 2 } }
    operand { name: "sum" type: FLOAT32 shape { dim: 1 dim: 16 dim: 16 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w1" input: "" output: "one"
                conv2d_options { padding: SAME stride_w: 4 stride_h: 4 } }
    operation { type: "Conv2D" input: "one" input: "w2" input: "" output: "two"
                conv2d_options { padding: SAME stride_w: 8 stride_h: 8 } }
    operation { type: "Conv2D" input: "two" input: "w3" input: "" output: "three"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Add" input: "two" input: "three" output: "sum" add_options { } }
    input: "x" output: "sum""#;

fn net() -> Model {
    crate::common::model(NET)
}

/// The outputs with the weights and outputs of some operators quantized; `usize::MAX` is the input.
fn by_hand(float: &Model, quantized: &Model, inputs: &[Value], is: impl Fn(usize) -> bool) -> Value {
    let graph = float.main();
    let twins = graph.twins(quantized.main());
    let rounded = |id: TensorId, value: Value| {
        let twin = quantized.main().tensor(twins[id.0].unwrap());
        assert!(is_quantized(twin), "{}", twin.name);
        let quant = twin.quant.as_ref().unwrap();
        let (scale, zero) = (quant.scale[0], quant.zero_point[0] as f32);
        let (low, high) = match twin.dtype.word() {
            "uint8" => (0.0, 255.0),
            "int8" => (-128.0, 127.0),
            word => panic!("{word}"),
        };
        let on = |x: &f32| {
            let (whole, part) = ((x / scale).trunc(), (x / scale).fract());
            let q = if part.abs() >= 0.5 {
                whole + part.signum()
            } else {
                whole
            };
            ((q + zero).clamp(low, high) - zero) * scale
        };
        Value::f32(
            value.shape.clone(),
            value.as_f32().unwrap().iter().map(on).collect(),
        )
    };
    let mut values: BTreeMap<TensorId, Value> = BTreeMap::new();
    for (id, value) in graph.inputs().iter().zip(inputs) {
        let value = value.clone();
        values.insert(
            *id,
            if is(usize::MAX) {
                rounded(*id, value)
            } else {
                value
            },
        );
    }
    for (index, op) in graph.operators().iter().enumerate() {
        let read = |id: &TensorId| {
            if let Some(value) = values.get(id) {
                return value.clone();
            }
            let plain = quant_core::interp::constant(float, graph.tensor(*id))
                .unwrap()
                .unwrap();
            let twin = quantized.main().tensor(twins[id.0].unwrap());
            if is(index) && is_quantized(twin) {
                return Value::f32(
                    plain.shape.clone(),
                    dequantized(quantized, twin).unwrap().unwrap(),
                );
            }
            plain
        };
        let inputs: Vec<Option<Value>> = op.inputs.iter().map(|id| id.as_ref().map(read)).collect();
        let inputs: Vec<Option<&Value>> = inputs.iter().map(Option::as_ref).collect();
        let made = evaluated(float, op, &inputs).unwrap().swap_remove(0);
        let id = op.outputs[0];
        values.insert(id, if is(index) { rounded(id, made) } else { made });
    }
    values.remove(&graph.outputs()[0]).unwrap()
}

fn judged(float: &Model, quantized: &Model, records: &dyn Records, threads: usize) -> Sensitivity {
    let options = Options {
        records: 100,
        measures: Measures::ALL,
        threads,
    };
    sensitivity::run(float, quantized, records, &options, &|_| ()).unwrap()
}

#[test]
fn layers_agree_with_plain_loops() {
    let found = agrees(&net(), 5);
    assert_eq!(found.layers[2].elements, 6);
}

#[test]
fn layers_that_run_in_groups_agree_with_plain_loops() {
    let found = agrees(&crate::common::model(SHRINKING), 2);
    assert!(found.layers.iter().all(|layer| !layer.alone.is_empty()));
}

/// Judges layers, and compares with the operators one after the other, for each layer anew.
fn agrees(float: &Model, records: usize) -> Sensitivity {
    let records = RandomRecords::new(float.main().input_tensors(), 7, records).unwrap();
    let made = Quantizer::new()
        .granularity(Granularity::Layer)
        .random_records(3, 20);
    let made = made.check(false).quantize_model(float.clone()).unwrap();
    let quantized = made.model();
    let found = judged(made.float(), quantized, &records, 1);
    let errors = |is: &dyn Fn(usize) -> bool| {
        let mut errors = Errors::default();
        for index in 0..records.len() {
            let inputs = records.get(index).unwrap();
            let right = by_hand(float, quantized, &inputs, |_| false);
            let other = by_hand(float, quantized, &inputs, is);
            errors.add(&Sample::of(&numbers(&right), &numbers(&other)));
        }
        vec![errors]
    };
    let near = |a: Option<f64>, b: Option<f64>, what: &str| {
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!((a - b).abs() < 1e-3, "{what}: {a} {b}");
    };
    near(joint(&found.whole), joint(&errors(&|_| true)), "whole");
    let operators: Vec<Option<usize>> = found.layers.iter().map(|layer| layer.operator).collect();
    let all = (0..float.main().operators().len()).map(Some);
    assert_eq!(operators, std::iter::once(None).chain(all).collect::<Vec<_>>());
    for layer in &found.layers {
        let number = layer.operator.unwrap_or(usize::MAX);
        near(
            joint(&layer.alone),
            joint(&errors(&|at| at == number)),
            &layer.name,
        );
        near(
            joint(&layer.restored),
            joint(&errors(&|at| at != number)),
            &layer.name,
        );
    }
    // The first is the one that wins most, by hand.
    let by_hand = |layer: &sensitivity::Layer| {
        let number = layer.operator.unwrap_or(usize::MAX);
        joint(&errors(&|at| at != number)).unwrap()
    };
    let most = found
        .layers
        .iter()
        .max_by(|a, b| by_hand(a).total_cmp(&by_hand(b)));
    assert_eq!(found.layers[found.worst_first()[0]].name, most.unwrap().name);
    // What is not asked is not there, and what is asked is the same.
    let restored = Options {
        records: 100,
        measures: Measures::RESTORED,
        threads: 2,
    };
    let some = sensitivity::run(made.float(), quantized, &records, &restored, &|_| ()).unwrap();
    for (some, all) in some.layers.iter().zip(&found.layers) {
        assert_eq!(some.restored, all.restored, "{}", all.name);
        assert!(some.alone.is_empty() && some.weights.is_none(), "{}", all.name);
    }
    found
}

/// What the simulated quantized model computes is what all layers together make.
#[test]
fn the_whole_is_the_simulated_model() {
    let float = net();
    let records = RandomRecords::new(float.main().input_tensors(), 7, 5).unwrap();
    for name in ["one", "tflite-int8"] {
        let made = Quantizer::new().scheme_named(name).unwrap();
        let made = made
            .random_records(3, 20)
            .check(false)
            .quantize_model(float.clone())
            .unwrap();
        let found = judged(made.float(), made.model(), &records, 1);
        let first = |_: &Model| Ok::<_, quant_core::Error>(None);
        let running = Running::of(made.model(), Execution::Simulated(None), first).unwrap();
        let mut errors = Errors::default();
        for index in 0..records.len() {
            let inputs = records.get(index).unwrap();
            let right = quant_core::interp::run(&float, &inputs).unwrap();
            let other = quant_core::interp::run(&running.model, &inputs).unwrap();
            errors.add(&Sample::of(&numbers(&right[0]), &numbers(&other[0])));
        }
        assert_eq!(found.whole[0].sqnr(), errors.sqnr(), "{name}");
        let again = judged(made.float(), made.model(), &records, 3);
        for (a, b) in found.layers.iter().zip(&again.layers) {
            assert_eq!((a.added, a.inputs), (b.added, b.inputs), "{name} {}", a.name);
            assert_eq!(
                (&a.alone, &a.restored),
                (&b.alone, &b.restored),
                "{name} {}",
                a.name
            );
        }
    }
}

#[test]
fn models_that_are_no_twins_are_refused() {
    let float = net();
    let records = RandomRecords::new(float.main().input_tensors(), 7, 2).unwrap();
    let options = Options {
        records: 2,
        measures: Measures::ADDED,
        threads: 1,
    };
    let error = sensitivity::run(&float, &float, &records, &options, &|_| ()).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("no tensor of the float model is quantized in it"),
        "{said}"
    );
}
