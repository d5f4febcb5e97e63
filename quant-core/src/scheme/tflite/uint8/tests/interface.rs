//! Types of inputs and outputs, and what is refused.

use super::*;

fn through(input: DType, output: DType) -> Vec<String> {
    let mut net = Net::new();
    let x = net.input("x", (-100.0, 155.0));
    let y = net.op(Builtin::MAX_POOL_2D, &[x], "y", None);
    let z = net.op(Builtin::MAX_POOL_2D, &[y], "z", None);
    [y, z, x].into_iter().for_each(|id| net.output(id));
    net.run(&Options {
        input,
        output,
        ..Options::default()
    });
    let graph = net.0.main();
    let names = graph
        .outputs()
        .iter()
        .map(|id| format!("{}:{}", graph.tensor(*id).name, graph.tensor(*id).dtype));
    lines(&net.0).into_iter().chain(names).collect()
}

#[test]
fn inputs_and_outputs_have_the_types_that_are_asked_for() {
    let wanted = [
        "QUANTIZE x -> x_quantized:100",
        "MAX_POOL_2D x_quantized:100 -> y_uint8:100",
        "DEQUANTIZE y_uint8:100 -> y",
        "MAX_POOL_2D y_uint8:100 -> z_uint8:100",
        "DEQUANTIZE z_uint8:100 -> z",
        "y:float32",
        "z:float32",
        "x:float32",
    ];
    assert_eq!(through(DType::Float32, DType::Float32), wanted);
    let wanted = [
        "MAX_POOL_2D x:100 -> y:100",
        "MAX_POOL_2D y:100 -> z:100",
        "y:uint8",
        "z:uint8",
        "x:uint8",
    ];
    assert_eq!(through(DType::Uint8, DType::Uint8), wanted);
    let wanted = [
        "QUANTIZE x:int8:-28 -> x_uint8:100",
        "MAX_POOL_2D x_uint8:100 -> y_uint8:100",
        "DEQUANTIZE y_uint8:100 -> y",
        "MAX_POOL_2D y_uint8:100 -> z_uint8:100",
        "DEQUANTIZE z_uint8:100 -> z",
        "DEQUANTIZE x_uint8:100 -> x_dequantized",
        "y:float32",
        "z:float32",
        "x_dequantized:float32",
    ];
    assert_eq!(through(DType::Int8, DType::Float32), wanted);
    let int8 = through(DType::Uint8, DType::Int8);
    let wanted = [
        "QUANTIZE x:100 -> x_out:int8:-28",
        "y:int8",
        "z:int8",
        "x_out:int8",
    ];
    assert_eq!(int8[int8.len() - 4..], wanted);
}

#[test]
fn other_graphs_take_and_give_floats() {
    let mut net = Net::new();
    let x = net.input("x", (-100.0, 155.0));
    let y = net.op(Builtin::MAX_POOL_2D, &[x], "y", None);
    net.output(y);
    let mut parts = net.0.clone().into_parts();
    parts.graphs.push(parts.graphs[0].clone());
    net.0 = Model::try_from(parts).unwrap();
    net.run(&uint8());
    let types = |number: usize| {
        let graph = &net.0.graphs()[number];
        let ends = graph.inputs().iter().chain(graph.outputs());
        ends.map(|id| graph.tensor(*id).dtype).collect::<Vec<_>>()
    };
    assert_eq!(types(0), [DType::Uint8; 2]);
    assert_eq!(types(1), [DType::Float32; 2]);
    assert_eq!(net.0.graphs()[1].operators().len(), 3);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let rows: [((f32, f32), DType, &str); 4] = [
        (
            (0.0, 1.0),
            DType::Int16,
            "input type: beside uint8 no int16 is made; use float32, uint8 or int8",
        ),
        (
            (2.0, 1.0),
            DType::Uint8,
            "activation `x`: its recorded range 2…1 is none; record the ranges again",
        ),
        (
            (f32::NAN, 1.0),
            DType::Uint8,
            "activation `x`: its recorded range NaN…1 is none",
        ),
        (
            (f32::NEG_INFINITY, 1.0),
            DType::Uint8,
            "activation `x`: its range is -inf…1, which no scale can hold",
        ),
    ];
    for (range, input, words) in rows {
        let mut net = Net::new();
        let x = net.input("x", range);
        let y = net.op(Builtin::RELU, &[x], "y", None);
        net.output(y);
        let before = format!("{:?}", net.0);
        let options = Options {
            input,
            ..Options::default()
        };
        let error = quantize(&mut net.0, &options).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
        assert_eq!(format!("{:?}", net.0), before);
    }
    let mut net = Net::new();
    net.input("x", (0.0, 255.0));
    net.run(&uint8());
    let id = net.tensor("q", &[1], None);
    let tensor = net.0.main_mut().tensor_mut(id);
    (tensor.dtype, tensor.quant) = (
        DType::Uint8,
        Some(super::super::super::common::parameters::per_tensor(1.0, 0)),
    );
    let error = quantize(&mut net.0, &uint8()).unwrap_err().to_string();
    assert!(error.contains("the model is quantized already"), "{error}");
}
