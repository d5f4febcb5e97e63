//! Which constants become halves, who reads them, and what stays.

use super::*;
use crate::scheme::tflite::Selector;
use quant_ir::{FileFormat, OpCode, Options as OpOptions, Tensor};

fn code(builtin: Builtin) -> OpCode {
    OpCode::builtin(builtin)
}

/// x + w → y, y · w → z, with w as an output besides.
fn model() -> (Model, [TensorId; 4]) {
    let mut model = Model::new(FileFormat::Tflite);
    let bytes = [1.0f32, -1e9].iter().flat_map(|x| x.to_le_bytes()).collect();
    let buffer = model.add_buffer(bytes);
    let graph = model.main_mut();
    let [x, w, y, z] = ["x", "w", "y", "z"].map(|name| {
        let mut tensor = Tensor::new(name, DType::Float32, vec![2]);
        if name == "w" {
            tensor.buffer = buffer;
        }
        graph.add_tensor(tensor)
    });
    graph.set_inputs(vec![x]).unwrap();
    graph.set_outputs(vec![z]).unwrap();
    for (builtin, a, to) in [(Builtin::ADD, x, y), (Builtin::MUL, y, z)] {
        let inputs = vec![Some(a), Some(w)];
        graph
            .push(Operator::new(
                code(builtin),
                inputs,
                vec![to],
                OpOptions::default(),
            ))
            .unwrap();
    }
    (model, [x, w, y, z])
}

fn operators(model: &Model) -> Vec<String> {
    let graph = model.main();
    let name = |id: &TensorId| format!("{}:{}", graph.tensor(*id).name, graph.tensor(*id).dtype);
    let line = |op: &Operator| {
        let inputs: Vec<String> = op.inputs.iter().flatten().map(name).collect();
        format!(
            "{} {} -> {}",
            op.code.builtin,
            inputs.join(" "),
            name(&op.outputs[0])
        )
    };
    graph.operators().iter().map(line).collect()
}

#[test]
fn one_dequantize_serves_all_readers() {
    let (mut model, [_, w, ..]) = model();
    assert_eq!(quantize(&mut model, &Options::default()), Ok(Vec::new()));
    let wanted = [
        "DEQUANTIZE w:float16 -> w_dequantize:float32",
        "ADD x:float32 w_dequantize:float32 -> y:float32",
        "MUL y:float32 w_dequantize:float32 -> z:float32",
    ];
    assert_eq!(operators(&model), wanted);
    assert_eq!(model.main().operators()[0].code.version, 3);
    // 1, and −65504.
    assert_eq!(
        model.data(model.main().tensor(w)).unwrap()[..],
        [0, 0x3c, 0xff, 0xfb]
    );
    assert_eq!(model.buffers().len(), 2);
}

#[test]
fn floats_stay_where_somebody_needs_them() {
    let (mut model, [_, w, ..]) = model();
    model.main_mut().add_output(w).unwrap();
    let options = Options {
        float: vec![Selector::Operator(Builtin::ADD)],
        ..Options::default()
    };
    let kept = quantize(&mut model, &options).unwrap();
    assert_eq!(kept, [Kept::new(0, 0, Builtin::ADD, "y", Why::Asked)]);
    let wanted = [
        "DEQUANTIZE w_float16:float16 -> w_dequantize:float32",
        "ADD x:float32 w:float32 -> y:float32",
        "MUL y:float32 w_dequantize:float32 -> z:float32",
    ];
    assert_eq!(operators(&model), wanted);
    assert_eq!(model.f32_data(model.main().tensor(w)), Some(vec![1.0, -1e9]));
}

#[test]
fn states_are_variables_unless_the_original_is_wanted() {
    let (mut model, [_, w, ..]) = model();
    let state = model.main_mut().tensor_mut(w);
    (state.buffer, state.is_variable) = (quant_ir::BufferId::default(), true);
    let mut ours = model.clone();
    quantize(&mut ours, &Options::default()).unwrap();
    assert_eq!(ours, model);
    let options = Options {
        compat: true,
        ..Options::default()
    };
    quantize(&mut model, &options).unwrap();
    assert_eq!(operators(&model)[0], "DEQUANTIZE w_float16:float16 -> w:float32");
    assert!(model.main().tensor(w).is_variable);
    // No state that a file could claim takes the memory of a machine.
    model.main_mut().tensor_mut(w).shape = vec![i32::MAX; 3];
    let (mut large, [_, w, ..]) = self::model();
    let state = large.main_mut().tensor_mut(w);
    (state.buffer, state.is_variable) = (quant_ir::BufferId::default(), true);
    state.shape = vec![i32::MAX; 2];
    let error = quantize(&mut large, &options).unwrap_err();
    assert_eq!(error.kind(), quant_ir::ErrorKind::Limit, "{error}");
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let (mut model, _) = model();
    let options = Options {
        output: DType::Int8,
        ..Options::default()
    };
    let before = model.clone();
    let error = quantize(&mut model, &options).unwrap_err().to_string();
    let wanted = "output type: float16 leaves activations in float, int8 is asked for";
    assert!(error.starts_with(wanted), "{error}");
    assert_eq!(model, before);
    model.main_mut().tensor_mut(TensorId(1)).shape = vec![3];
    let before = model.clone();
    let error = quantize(&mut model, &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("`w`: it is not a float32 constant of shape [3]"),
        "{error}"
    );
    assert_eq!(model, before);
}
