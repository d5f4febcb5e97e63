//! What is inserted, copied and named.

use quant_ir::{Builtin, DType, Graph, OpCode, Operator, Options as Fields, TensorId};
use quant_schema::{BuiltinOptionsT, IfOptionsT};

use super::super::{Hessian, Hessians};
use super::{DYNAMIC, MIN_MAX, Net, Options, STATIC, compat, named, recipe};
use crate::scheme::tflite::{Kept, Selector};

const UNIT: (f32, f32) = (-1.0, 1.55);
const WIDE: (f32, f32) = (-2.0, 3.1);

#[test]
fn constants_are_copied_for_those_that_want_other_parameters() {
    // Integers for one product, floats for the other.
    let net = Net::new()
        .input("x", &[1, 2], UNIT)
        .constant("w", &[2, 2], &[0.5, -1.27, 0.25, 0.1])
        .value("a", &[1, 2], UNIT)
        .value("b", &[1, 2], UNIT)
        .op(Builtin::FULLY_CONNECTED, &["x", "w"], "a")
        .op(Builtin::FULLY_CONNECTED, &["a", "w"], "b")
        .outputs(&["b"]);
    let recipe = recipe(&[["^a;", "FULLY_CONNECTED", MIN_MAX, DYNAMIC]]);
    let done = net.quantized(&recipe, &Options::default());
    assert_eq!(
        done.text(),
        [
            "FULLY_CONNECTED x:float32 w_duplicated_4:int8 -> a:float32",
            "FULLY_CONNECTED a:float32 w:float32 -> b:float32",
            "b:float32",
        ]
    );
    assert_eq!(done.integers("w_duplicated_4"), [50, -127, 127, 51]);
    assert_eq!(done.model.f32_data(done.tensor("w")).unwrap()[1], -1.27);
}

#[test]
fn weights_alone_are_dequantized_once_and_share_a_buffer() {
    let net = Net::new()
        .input("x", &[1, 2], UNIT)
        .constant("w", &[2, 2], &[0.5, -1.27, 0.25, 0.1])
        .value("a", &[1, 2], UNIT)
        .value("b", &[1, 2], UNIT)
        .op(Builtin::FULLY_CONNECTED, &["x", "w"], "a")
        .op(Builtin::FULLY_CONNECTED, &["a", "w"], "b")
        .outputs(&["b"]);
    let done = net.quantized(&named("weight_only_wi4_afp32"), &Options::default());
    assert_eq!(
        done.text(),
        [
            "DEQUANTIZE w:int4 -> w_dequant:float32",
            "FULLY_CONNECTED x:float32 w_dequant:float32 -> a:float32",
            "FULLY_CONNECTED a:float32 w_dequant:float32 -> b:float32",
            "b:float32",
        ]
    );
    assert_eq!(done.tensor("x").quant, None, "recorded ranges go");
}

#[test]
fn same_scale_operators_take_and_ask() {
    let net = |range| {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .input("u", &[1, 2], WIDE)
            .value("r", &[1, 2], UNIT)
            .value("s", &[1, 2], range)
            .value("y", &[2, 2], WIDE)
            .op(Builtin::RELU, &["x"], "r")
            .op(Builtin::TRANSPOSE, &["u"], "s")
            .op(Builtin::CONCATENATION, &["r", "s"], "y")
            .outputs(&["y"])
    };
    let recipe = named("static_wi8_ai8");
    let done = net((f32::NAN, 0.0)).quantized(&recipe, &Options::default());
    // RELU writes what CONCATENATION reads; TRANSPOSE needs no range of its own.
    assert_eq!(done.text().len(), 4, "{:#?}", done.text());
    assert_eq!(done.params("r"), done.params("y"));
    assert_eq!(done.params("s"), done.params("u"));
    assert!(done.kept.is_empty());
    // With another range of `u` TRANSPOSE cannot: a QUANTIZE between.
    let mut net = net(UNIT);
    net.0.main_mut().tensors_mut()[1].quant.as_mut().unwrap().max = vec![9.0];
    let done = net.quantized(&recipe, &Options::default());
    assert_eq!(done.text()[2], "QUANTIZE s:int8 -> s_quantized:int8");
    assert_eq!(done.params("s_quantized"), done.params("y"));
}

#[test]
fn fixed_outputs_are_the_kernels() {
    for (kind, bits, wanted) in [
        (Builtin::SOFTMAX, 8, (1.0 / 256.0, -128)),
        (Builtin::LOGISTIC, 16, (1.0 / 32768.0, 0)),
        (Builtin::TANH, 8, (1.0 / 128.0, 0)),
    ] {
        let net = Net::new()
            .input("x", &[1, 2], UNIT)
            .value("p", &[1, 2], (0.1, 0.9))
            .value("y", &[2], UNIT)
            .op(kind, &["x"], "p")
            .op(Builtin::RESHAPE, &["p"], "y")
            .outputs(&["y"]);
        let name = format!("static_wi8_ai{bits}");
        for options in [Options::default(), compat()] {
            let done = net.0.clone();
            let done = Net(done).quantized(&named(&name), &options);
            assert_eq!((done.params("p"), done.params("y")), (wanted, wanted));
            assert_eq!(done.text().len(), 3);
        }
    }
}

#[test]
fn operators_stay_float_by_recipe_or_option() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .value("a", &[1, 2], UNIT)
            .value("b", &[1, 2], UNIT)
            .op(Builtin::RELU, &["x"], "a")
            .op(Builtin::RSQRT, &["a"], "b")
            .outputs(&["b"])
    };
    let wanted = [
        "RELU x:int8 -> a:int8",
        "DEQUANTIZE a:int8 -> a_dequant:float32",
        "RSQRT a_dequant:float32 -> b:float32",
        "QUANTIZE b:float32 -> b_quantized:int8",
        "b_quantized:int8",
    ];
    let by_recipe = recipe(&[
        [".*", "*", MIN_MAX, STATIC],
        ["^b;", "RSQRT", "no_quantize", "{}"],
    ]);
    let done = net().quantized(&by_recipe, &Options::default());
    assert_eq!(done.text(), wanted);
    let options = Options {
        float: vec![Selector::Operator(Builtin::RSQRT)],
        strict: true,
        ..Options::default()
    };
    let done = net().quantized(&named("static_wi8_ai8"), &options);
    assert_eq!(done.text(), wanted);
    assert!(done.kept.iter().all(Kept::is_asked) && done.kept.len() == 1);
}

#[test]
fn int2_and_hadamard() {
    let net = |columns: i32| {
        let weights: Vec<f32> = (0..3 * columns)
            .map(|i| ((i * 29 % 17) as f32 - 8.0) / 9.0)
            .collect();
        Net::new()
            .input("x", &[1, columns], UNIT)
            .constant("w", &[3, columns], &weights)
            .value("y", &[1, 3], UNIT)
            .op(Builtin::FULLY_CONNECTED, &["x", "w"], "y")
            .outputs(&["y"])
    };
    let done = net(5).quantized(&named("dynamic_wi2c_afp32"), &Options::default());
    assert_eq!(done.tensor("w").dtype, DType::Int2);
    assert!(done.integers("w").iter().all(|q| (-2..=1).contains(q)));
    assert_eq!(done.model.data(done.tensor("w")).unwrap().len(), 4);
    let done = net(8).quantized(&named("dynamic_wi8c_hr_afp32"), &Options::default());
    assert_eq!(
        done.text(),
        [
            "RESHAPE x:float32 x_prerotate_shape:int32 -> x_prerotate_reshaped:float32",
            "FULLY_CONNECTED x_prerotate_reshaped:float32 x_hadamard_matrix:float32 -> x_rotated:float32",
            "RESHAPE x_rotated:float32 x_postrotate_shape:int32 -> x_postrotate_reshaped:float32",
            "FULLY_CONNECTED x_postrotate_reshaped:float32 w:int8 -> y:float32",
            "y:float32",
        ]
    );
    // Rotated back, they are the weights.
    let back = super::super::hadamard::rotate(&done.reals("w"), 8);
    let off = back
        .iter()
        .enumerate()
        .map(|(i, x)| (x - ((i as i32 * 29 % 17) as f32 - 8.0) / 9.0).abs());
    assert!(off.fold(0.0, f32::max) < 0.05);
    // There is nothing to rotate in a row of an odd number.
    let done = net(5).quantized(&named("dynamic_wi8c_hr_afp32"), &Options::default());
    assert_eq!(done.text()[0], "FULLY_CONNECTED x:float32 w:int8 -> y:float32");
    let custom = recipe(&[[".*", "FULLY_CONNECTED", "HADAMARD_ROTATION", DYNAMIC]]);
    let error = net(8).refused(&custom, &Options::default());
    assert!(
        error.contains("algorithm `HADAMARD_ROTATION`: its custom operator"),
        "{error}"
    );
}

#[test]
fn gptq_takes_hessians() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .constant("w", &[1, 2], &[0.7, 0.33])
            .value("y", &[1, 1], UNIT)
            .op(Builtin::FULLY_CONNECTED, &["x", "w"], "y")
            .outputs(&["y"])
    };
    let four = DYNAMIC.replace('8', "4");
    let gptq = recipe(&[[".*", "*", "GPTQ", &four]]);
    assert!(gptq.needs_hessians() && !gptq.needs_ranges());
    let error = net().refused(&gptq, &Options::default());
    assert!(
        error.contains("constant `w`: GPTQ knows nothing of the activation beside it; "),
        "{error}"
    );
    let hessian = Hessian {
        size: 2,
        values: vec![1.0, 0.0, 0.0, 1.0],
        samples: 1,
    };
    let x = net().0.main().find("x").unwrap();
    let done = net().with(&gptq, &Hessians::from_iter([(x, hessian)]), &Options::default());
    assert_eq!(done.integers("w"), [7, 3]);
}

#[test]
fn graphs_that_float_operators_call_stay_float() {
    // IF has no integers, so that its branches get floats.
    let net = || {
        let mut net = Net::new()
            .input("c", &[], UNIT)
            .input("x", &[1, 2], UNIT)
            .value("y", &[1, 2], UNIT)
            .value("z", &[1, 2], UNIT)
            .op(Builtin::RELU, &["x"], "y");
        let mut branch = Graph::new();
        for name in ["a", "b"] {
            let tensor = net.0.main().tensors()[1].clone();
            branch.add_tensor(quant_ir::Tensor {
                name: name.to_owned(),
                ..tensor
            });
        }
        branch.add_input(TensorId(0)).unwrap();
        let code = OpCode::builtin(Builtin::RSQRT);
        let op = Operator::new(
            code,
            vec![Some(TensorId(0))],
            vec![TensorId(1)],
            Fields::default(),
        );
        branch.push(op).unwrap();
        branch.add_output(TensorId(1)).unwrap();
        let mut options = IfOptionsT::default();
        (options.then_subgraph_index, options.else_subgraph_index) = (1, 1);
        net.0.add_graph(branch);
        net.0.main_mut().tensors_mut()[0].dtype = DType::Bool;
        let id = |name| net.0.main().find(name);
        let (inputs, outputs) = (vec![id("c"), id("y")], vec![id("z").unwrap()]);
        let options = Fields::new(BuiltinOptionsT::IfOptions(Box::new(options)));
        let op = Operator::new(OpCode::builtin(Builtin::IF), inputs, outputs, options);
        net.0.main_mut().push(op).unwrap();
        net.outputs(&["z"])
    };
    let recipe = named("static_wi8_ai8");
    for (options, wanted) in [(Options::default(), DType::Float32), (compat(), DType::Int8)] {
        let done = net().quantized(&recipe, &options);
        assert_eq!(done.text()[1], "DEQUANTIZE y:int8 -> y_dequant:float32");
        let branch = &done.model.graphs()[1];
        assert_eq!(branch.tensor(branch.inputs()[0]).dtype, wanted);
    }
}
