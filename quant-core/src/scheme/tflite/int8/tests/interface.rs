//! Inputs and outputs.

use quant_ir::{Builtin, DType};

use super::{BYTES, Net};
use crate::scheme::tflite::Options;

fn interface(input: DType, output: DType) -> Options {
    Options {
        input,
        output,
        ..Options::default()
    }
}

/// x → ABS → y → ABS → z; y and z are outputs, y twice.
fn two_outputs() -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.value("y", &[1, 2], (0.0, 255.0));
    net.value("z", &[1, 2], BYTES);
    net.op(Builtin::ABS, &["x"], &["y"]);
    net.op(Builtin::ABS, &["y"], &["z"]);
    net.outputs(&["y", "z", "y"]);
    net.signature("serve");
    net
}

#[test]
fn inputs_and_outputs_have_the_type_that_is_asked_for() {
    let rows: [(DType, DType, &[&str]); 4] = [
        (
            DType::Float32,
            DType::Float32,
            &[
                "QUANTIZE x:float32 -> x_int8:int8",
                "ABS x_int8:int8 -> y_int8:int8",
                "DEQUANTIZE y_int8:int8 -> y:float32",
                "ABS y_int8:int8 -> z_int8:int8",
                "DEQUANTIZE z_int8:int8 -> z:float32",
            ],
        ),
        (
            DType::Int8,
            DType::Int8,
            &["ABS x:int8 -> y:int8", "ABS y:int8 -> z:int8"],
        ),
        (
            DType::Uint8,
            DType::Uint8,
            &[
                "QUANTIZE x:uint8 -> x_int8:int8",
                "ABS x_int8:int8 -> y_int8:int8",
                "QUANTIZE y_int8:int8 -> y:uint8",
                "ABS y_int8:int8 -> z_int8:int8",
                "QUANTIZE z_int8:int8 -> z:uint8",
            ],
        ),
        (
            DType::Int8,
            DType::Float32,
            &[
                "ABS x:int8 -> y_int8:int8",
                "DEQUANTIZE y_int8:int8 -> y:float32",
                "ABS y_int8:int8 -> z_int8:int8",
                "DEQUANTIZE z_int8:int8 -> z:float32",
            ],
        ),
    ];
    for (input, output, text) in rows {
        let done = two_outputs().quantized(&interface(input, output));
        assert_eq!(done.text(), text);
        let graph = done.model.main();
        let names = |ids: &[quant_ir::TensorId]| {
            let names = ids.iter().map(|id| graph.tensor(*id).name.clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(
            (names(graph.inputs()), names(graph.outputs())),
            (vec!["x".into()], vec!["y".into(), "z".into(), "y".into()])
        );
        let signature = &done.model.signatures().unwrap()[0];
        let ids = signature
            .outputs
            .iter()
            .map(|entry| quant_ir::TensorId(entry.tensor as usize));
        assert_eq!(ids.collect::<Vec<_>>(), graph.outputs());
        if input == DType::Uint8 {
            assert_eq!((done.params("x"), done.params("x_int8")), ((1.0, 128), (1.0, 0)));
            assert_eq!((done.params("y"), done.params("y_int8")), ((1.0, 0), (1.0, -128)));
        }
    }
}

#[test]
fn float_operators_at_the_interface_get_casts() {
    let sine = || {
        let mut net = Net::new();
        net.input("x", &[1, 2], BYTES);
        net.value("y", &[1, 2], BYTES);
        net.op(Builtin::SIN, &["x"], &["y"]);
        net.outputs(&["y"]);
        net
    };
    let rows: [(DType, &[&str]); 3] = [
        (DType::Float32, &["SIN x:float32 -> y:float32"]),
        (
            DType::Int8,
            &[
                "DEQUANTIZE x:int8 -> x_float32:float32",
                "SIN x_float32:float32 -> y_float32:float32",
                "QUANTIZE y_float32:float32 -> y:int8",
            ],
        ),
        (
            DType::Uint8,
            &[
                "DEQUANTIZE x:uint8 -> x_float32:float32",
                "SIN x_float32:float32 -> y_float32:float32",
                "QUANTIZE y_float32:float32 -> y_int8:int8",
                "QUANTIZE y_int8:int8 -> y:uint8",
            ],
        ),
    ];
    for (dtype, text) in rows {
        assert_eq!(sine().quantized(&interface(dtype, dtype)).text(), text);
    }
}

#[test]
fn integers_and_values_without_ranges_keep_their_type() {
    let mut net = Net::new();
    let ids = net.bare("ids", &[2], DType::Int32);
    net.model.main_mut().add_input(ids).unwrap();
    net.input("x", &[2, 2], BYTES);
    let free = net.bare("free", &[2], DType::Float32);
    net.model.main_mut().add_input(free).unwrap();
    net.value("g", &[2, 2], BYTES);
    net.bare("s", &[2], DType::Float32);
    net.op(Builtin::GATHER, &["x", "ids"], &["g"]);
    net.op(Builtin::SIN, &["free"], &["s"]);
    net.outputs(&["g", "s"]);
    let done = net.quantized(&interface(DType::Int8, DType::Int8));
    assert_eq!(
        done.text(),
        [
            "GATHER x:int8 ids:int32 -> g:int8",
            "SIN free:float32 -> s:float32"
        ]
    );
}

#[test]
fn an_input_that_is_an_output_has_both_types() {
    for (graphs, number) in [(1, 0), (2, 1)] {
        let mut net = Net::new();
        for _ in 1..graphs {
            net.graph = net.model.add_graph(quant_ir::Graph::new());
        }
        net.input("x", &[1, 2], BYTES);
        net.value("y", &[1, 2], BYTES);
        net.op(Builtin::ABS, &["x"], &["y"]);
        net.outputs(&["x", "y"]);
        net.signature("serve");
        let done = net.quantized(&interface(DType::Float32, DType::Int8));
        assert_eq!(
            done.text(),
            [
                "QUANTIZE x:float32 -> x_int8:int8",
                "ABS x_int8:int8 -> y:int8",
                "QUANTIZE x:float32 -> x_int8_1:int8",
            ]
        );
        let graph = &done.model.graphs()[number];
        assert_eq!(graph.tensor(graph.outputs()[0]).name, "x_int8_1");
        let signature = &done.model.signatures().unwrap()[0];
        assert_eq!(signature.outputs[0].tensor as usize, graph.outputs()[0].0);
        assert_eq!(signature.inputs[0].tensor as usize, graph.inputs()[0].0);
    }
}

#[test]
fn each_signatures_graph_is_quantized_by_its_own_ranges() {
    let mut net = Net::new();
    for (number, range) in [(0, BYTES), (1, (-1.0, 1.0))] {
        if number > 0 {
            net.graph = net.model.add_graph(quant_ir::Graph::new());
        }
        net.input("x", &[1, 2], range);
        net.value("y", &[1, 2], range);
        net.constant("k", &[1], &[1.0]);
        net.op(Builtin::ADD, &["x", "k"], &["y"]);
        net.outputs(&["y"]);
        net.signature(["first", "second"][number]);
    }
    let mut done = net.quantized(&Options::default());
    assert_eq!(done.params("x_int8"), (2.0 / 255.0, -1));
    assert_eq!(done.integers("k"), [127]);
    done.graph = 0;
    assert_eq!(done.params("x_int8"), (1.0, 0));
    assert!(done.kept.is_empty());
}

#[test]
fn signatures_share_integers_of_constants_that_they_share() {
    let mut net = Net::new();
    let mut shared = None;
    for number in 0..2 {
        if number > 0 {
            net.graph = net.model.add_graph(quant_ir::Graph::new());
        }
        net.input("x", &[1, 2], BYTES);
        net.value("y", &[1, 2], BYTES);
        net.value("z", &[1, 2], [BYTES, (-256.0, 254.0)][number]);
        let k = net.constant("k", &[2], &[1.0, 100.0]);
        let graph = &mut net.model.graphs_mut()[net.graph];
        let buffer = *shared.get_or_insert(graph.tensor(k).buffer);
        graph.tensor_mut(k).buffer = buffer;
        net.op(Builtin::ADD, &["x", "k"], &["y"]);
        // With the result's parameters, which differ.
        net.op(Builtin::MAXIMUM, &["y", "k"], &["z"]);
        net.outputs(&["z"]);
        net.signature(["first", "second"][number]);
    }
    let mut done = net.quantized(&Options::default());
    let mut buffers = Vec::new();
    for (number, clamped) in [(0, [1, 100]), (1, [1, 50])] {
        done.graph = number;
        assert_eq!(done.integers("k"), [-125, 127]);
        assert_eq!(done.integers("k_1"), clamped, "{number}");
        let graph = &done.model.graphs()[number];
        buffers.push(["k", "k_1"].map(|name| graph.tensor(graph.find(name).unwrap()).buffer));
    }
    assert_eq!(buffers[0][0], buffers[1][0]);
    assert_ne!(buffers[0][1], buffers[1][1]);
}
