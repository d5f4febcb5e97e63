//! LSTM and SVDF.

use quant_ir::{Builtin, DType, OpCode, Operator, Options as Fields, TensorId};

use super::{BYTES, Net, compat};
use crate::scheme::tflite::Options;

const RANGE: (f32, f32) = (-1.0, 1.0);

/// A full LSTM of one unit, without input gate, peepholes, projection and normalization; the cell's range is given.
fn lstm(cell: (f32, f32), intermediates: bool) -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 1, 1], BYTES);
    for name in ["w1", "w2", "w3", "r1", "r2", "r3"] {
        net.constant(name, &[1, 1], &[1.27]);
    }
    for name in ["b1", "b2", "b3"] {
        net.constant(name, &[1], &[1.0]);
    }
    net.value("state", &[1, 1], (-128.0, 0.5));
    net.value("cell", &[1, 1], cell);
    net.value("y", &[1, 1, 1], (-0.5, 127.0));
    let graph = net.model.main_mut();
    for name in ["state", "cell"] {
        let id = graph.find(name).unwrap();
        graph.tensor_mut(id).is_variable = true;
    }
    let names = [
        "x", "", "w1", "w2", "w3", "", "r1", "r2", "r3", "", "", "", "", "b1", "b2", "b3", "", "", "state",
        "cell", "", "", "", "",
    ];
    let inputs = names
        .map(|name| (!name.is_empty()).then(|| net.id(name)))
        .to_vec();
    let code = OpCode::builtin(Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM);
    let mut op = Operator::new(code, inputs, vec![net.id("y")], Fields::default());
    if intermediates {
        let ids: Vec<TensorId> = (0..5)
            .map(|at| net.value(&format!("i{at}"), &[0], RANGE))
            .collect();
        op.intermediates = Some(ids.iter().map(|id| id.0 as i32).collect());
    }
    net.model.main_mut().push(op).unwrap();
    net.outputs(&["y"]);
    net
}

#[test]
fn output_and_state_have_the_union_of_their_ranges() {
    let done = lstm(RANGE, true).quantized(&Options::default());
    assert_eq!(
        (done.params("y_int8"), done.params("state")),
        ((1.0, 0), (1.0, 0))
    );
    assert_eq!((done.scales("w1"), done.integers("w1")), (vec![0.01], vec![127]));
    assert_eq!((done.params("b1"), done.integers("b1")), ((0.01, 0), vec![100]));
    // Without normalization the gates' intermediate results stay as they are.
    let graph = done.model.main();
    let types = ["i0", "i3", "i4", "cell"].map(|name| graph.tensor(graph.find(name).unwrap()).dtype);
    assert_eq!(types, [DType::Float32, DType::Float32, DType::Int8, DType::Int16]);
    // Kernels take the hidden state for the result.
    assert_eq!(done.params("i4"), (1.0, 0));
    let done = lstm(RANGE, true).quantized(&compat());
    assert_eq!(done.params("i4"), (2.0 / 255.0, -1));
    assert!(done.kept.is_empty());
}

#[test]
fn a_hidden_state_that_is_projected_is_symmetric() {
    for (options, hidden) in [(Options::default(), (1.0, 0)), (compat(), (127.5 / 255.0, -128))] {
        let mut net = lstm(RANGE, true);
        let projection = [
            net.constant("p", &[1, 1], &[1.27]),
            net.constant("pb", &[1], &[1.0]),
        ];
        let range = net.id("i4");
        let graph = net.model.main_mut();
        let quant = graph.tensor_mut(range).quant.as_mut().unwrap();
        (quant.min[0], quant.max[0]) = (0.0, 127.5);
        if !options.compat {
            quant.max[0] = 127.0;
        }
        let edited = graph.edit(quant_ir::OpId(0), |op| {
            (op.inputs[16], op.inputs[17]) = (Some(projection[0]), Some(projection[1]));
        });
        edited.unwrap();
        let done = net.quantized(&options);
        assert_eq!(done.params("i4"), hidden);
        // The scale of the projection's weights times it.
        assert_eq!(done.params("pb"), (0.01 * hidden.0, 0));
    }
}

#[test]
fn peepholes_of_more_cells_than_outputs_stay_float() {
    for (outputs, compat, quantized) in [(1, false, true), (2, false, false), (2, true, true)] {
        let mut net = lstm(RANGE, true);
        let peephole = net.constant("p", &[1], &[1.0]);
        let state = net.id("state");
        let graph = net.model.main_mut();
        graph.tensor_mut(state).shape = vec![1, outputs];
        graph
            .edit(quant_ir::OpId(0), |op| op.inputs[10] = Some(peephole))
            .unwrap();
        let done = net.quantized(&Options {
            compat,
            ..Options::default()
        });
        assert_eq!(done.kept.is_empty(), quantized, "{outputs} {compat}");
        if !quantized {
            assert!(done.kept()[0].contains("peephole weights"), "{:?}", done.kept());
        }
    }
}

#[test]
fn the_cells_power_of_two_is_one_or_more() {
    for (range, theirs, ours) in [
        (RANGE, 1.0, 1.0),
        ((-0.2, 0.1), 0.25, 1.0),
        ((-3.0, 0.0), 4.0, 4.0),
    ] {
        let scale = |options: &Options| lstm(range, true).quantized(options).params("cell");
        assert_eq!(scale(&compat()), (theirs / 32768.0, 0));
        assert_eq!(scale(&Options::default()), (ours / 32768.0, 0));
    }
}

#[test]
fn without_intermediate_results_lstm_stays_float() {
    let done = lstm(RANGE, false).quantized(&Options::default());
    assert!(
        done.kept()[0].contains("its intermediate results have no recorded ranges"),
        "{:?}",
        done.kept()
    );
    let graph = done.model.main();
    let state = graph.tensor(graph.find("state").unwrap());
    assert_eq!((state.dtype, &state.quant), (DType::Float32, &None));
}

#[test]
fn svdf() {
    let mut net = Net::new();
    net.input("x", &[1, 1], BYTES);
    net.constant("feature", &[1, 1], &[1.27]);
    net.constant("time", &[1, 2], &[512.0, -1.5]);
    net.constant("bias", &[1], &[2.0]);
    net.value("state", &[1, 2], (-32767.0, 5.0));
    net.value("y", &[1, 1], BYTES);
    let state = net.id("state");
    net.model.main_mut().tensor_mut(state).is_variable = true;
    net.op(Builtin::SVDF, &["x", "feature", "time", "bias", "state"], &["y"]);
    net.outputs(&["y"]);
    let done = net.quantized(&Options::default());
    assert_eq!(
        (done.scales("feature"), done.integers("feature")),
        (vec![0.01], vec![127])
    );
    assert_eq!(
        (done.scales("time"), done.integers("time")),
        (vec![1.0], vec![512, -2])
    );
    assert_eq!((done.params("bias"), done.integers("bias")), ((1.0, 0), vec![2]));
    assert_eq!(done.params("state"), (1.0, 0));
    assert_eq!(done.versions(Builtin::SVDF), [3]);
}

#[test]
fn variables_of_others_stay_float() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.value("v", &[1, 2], BYTES);
    net.value("y", &[1, 2], BYTES);
    let variable = net.id("v");
    net.model.main_mut().tensor_mut(variable).is_variable = true;
    net.op(Builtin::ADD, &["x", "v"], &["y"]);
    net.outputs(&["y"]);
    let done = net.quantized(&Options::default());
    assert_eq!(done.text(), ["ADD x:float32 v:float32 -> y:float32"]);
    assert_eq!(done.kept(), ["0 ADD y: it reads a variable"]);
}
