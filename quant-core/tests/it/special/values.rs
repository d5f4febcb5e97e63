//! What such operators make, record and quantize.

use quant_case::{Granularity, QuantType};
use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::{Builtin, DType};
use quant_core::record::{RecordOptions, SliceRecords};
use quant_core::value::{Data, Value};
use quant_core::{ErrorKind, Problem, interp, quantize, record};

use super::{dims, error, float};
use crate::common::{model, strict};

#[test]
fn a_state_that_nothing_keeps_is_an_error() {
    let operands = [[1, 2], [4, 2], [4, 3]].map(|shape| float(&shape));
    let all = |state: &[i32], rank: i32| {
        let operands = [operands.to_vec(), vec![float(&[4 / rank]), float(state)]].concat();
        error(&format!(r#""SVDF" svdf_options {{ rank: {rank} }}"#), &operands)
    };
    let found = all(&[1, 12], 1);
    assert!(matches!(found.problem(), Problem::Operand(_)), "{found}");
    for (state, rank) in [(vec![1, 11], 1), (vec![1, 12], 3), (vec![12], 2)] {
        let found = all(&state, rank);
        assert!(matches!(found.problem(), Problem::Shape(_)), "{found}");
    }
}

#[test]
fn strict_quantize_refuses_them_by_name() {
    let unary = |operation: &str, out: &[i32]| {
        format!(
            r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 2 dim: 2 }} }}
            operand {{ name: "y" type: FLOAT32 shape {{ {} }} }}
            operation {{ type: "{operation}" input: "x" output: "y" }}
            input: "x" output: "y""#,
            dims(out)
        )
    };
    for (operation, builtin, out) in [
        ("Sign", Builtin::SIGN, vec![2, 2]),
        ("ReLU0To1", Builtin::RELU_0_TO_1, vec![2, 2]),
        ("MatrixDiag", Builtin::MATRIX_DIAG, vec![2, 2, 2]),
    ] {
        let mut model = model(&unary(operation, &out));
        let records = SliceRecords(vec![vec![Value::f32(vec![2, 2], vec![0.25, -0.5, 1.0, 2.0])]]);
        record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
        let error = quantize::run(&mut model, &strict(QuantType::Uint8, Granularity::Channel)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let named = format!("{builtin} (`y`)");
        let told = |text: &String| text.contains(&named);
        assert!(
            matches!(error.problem(), Problem::NoRule(text) if told(text)),
            "{error}"
        );
    }
}

#[test]
fn complex_numbers_have_no_order_and_no_ranges() {
    // No recipe names the type.
    let complex = |operation: &str, out: &str| {
        let mut model = model(&format!(
            r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 2 }} }}
            operand {{ name: "z" type: FLOAT32 shape {{ dim: 2 }} }}
            operand {{ name: "n" type: INT32 shape {{ }} filler {{ tag: "explicit" arg: "0" }} }}
            operand {{ name: "y" type: {out} }}
            operation {{ type: "Cast" input: "x" output: "z" }}
            operation {{ {operation} output: "y" }}
            input: "x" output: "y""#
        ));
        let z = model.main().find("z").unwrap();
        model.main_mut().tensor_mut(z).dtype = DType::Complex64;
        model
    };
    let x = Value::f32(vec![2], vec![3.0, -4.0]);
    let arg = complex(r#"type: "ArgMax" input: "z" input: "n""#, "INT64 shape { }");
    let error = interp::run(&arg, std::slice::from_ref(&x)).unwrap_err();
    assert!(matches!(error.problem(), Problem::UnsupportedType(_)), "{error}");
    assert_eq!(error.place(), "ARG_MAX `y`");
    let mut model = complex(r#"type: "ComplexAbs" input: "z""#, "FLOAT32 shape { dim: 2 }");
    let made = interp::run(&model, std::slice::from_ref(&x)).unwrap();
    assert_eq!(made[0].data, Data::F32(vec![3.0, 4.0].into()));
    let records = SliceRecords(vec![vec![x]]);
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    let range = |name: &str| {
        let id = model.main().find(name).unwrap();
        let quant = model.main().tensor(id).quant.as_ref();
        quant.map(|quant| (quant.min[0], quant.max[0]))
    };
    assert_eq!(range("z"), None);
    assert_eq!(range("y"), Some((3.0, 4.0)));
}

#[test]
fn threads_change_no_bit() {
    let network = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 17 dim: 13 dim: 36 } }
        operand { name: "w" type: FLOAT32 shape { dim: 40 dim: 3 dim: 3 dim: 9 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "b" type: FLOAT32 shape { dim: 40 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "c" type: FLOAT32 shape { dim: 2 dim: 17 dim: 13 dim: 40 } }
        operand { name: "shape" type: INT32 shape { dim: 5 } filler { tag: "explicit" arg: "2" arg: "17" arg: "13" arg: "4" arg: "10" } }
        operand { name: "v" type: FLOAT32 shape { dim: 2 dim: 17 dim: 13 dim: 4 dim: 10 } }
        operand { name: "f" type: FLOAT32 shape { dim: 3 dim: 3 dim: 2 dim: 10 dim: 21 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 17 dim: 13 dim: 4 dim: 21 } }
        operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "c" conv2d_options { padding: SAME } }
        operation { type: "Reshape" input: "c" input: "shape" output: "v" }
        operation { type: "Conv3D" input: "v" input: "f" output: "y" conv3d_options { padding: SAME activation: RELU } }
        input: "x" output: "y""#;
    let model = model(network);
    let shape = vec![2, 17, 13, 36];
    let x: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|at| (at as f32 * 0.37).sin())
        .collect();
    let input = Value::f32(shape, x);
    let interpreter = Interpreter::new(&model).unwrap();
    let run = |threads| {
        let (inputs, mut workspace) = (vec![input.clone()], Workspace::new(threads));
        let mut ranges = Vec::new();
        let made = interpreter
            .run_with(inputs, &mut workspace, &mut |id, _, range| {
                ranges.push((id, range.map(|range| format!("{range:?}"))));
                Ok(())
            })
            .unwrap();
        (made[0].to_le_bytes(), ranges)
    };
    let one = run(1);
    assert!(
        one.0.iter().any(|byte| *byte != 0) && one.1.iter().filter(|(_, range)| range.is_some()).count() == 2
    );
    for threads in [2, 7] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}

/// A filter may claim any number of taps when it has no elements: nothing is summed over them.
#[test]
fn filters_without_elements_take_no_time() {
    for (kind, dims, options) in [
        (
            "Conv2D",
            "dim: 1 dim: 60000 dim: 60000 dim: 0",
            "conv2d_options { padding: SAME stride_w: 1 stride_h: 1 }",
        ),
        (
            "Conv3D",
            "dim: 60000 dim: 60000 dim: 60000 dim: 0 dim: 1",
            "conv3d_options { padding: SAME stride_d: 1 stride_w: 1 stride_h: 1 }",
        ),
    ] {
        let (images, made): (&[usize], _) = if kind == "Conv2D" {
            (&[1, 1, 1, 0], "dim: 1 dim: 1 dim: 1 dim: 1")
        } else {
            (&[1, 1, 1, 1, 0], "dim: 1 dim: 1 dim: 1 dim: 1 dim: 1")
        };
        let shape: Vec<String> = images.iter().map(|dim| format!("dim: {dim}")).collect();
        let shape = shape.join(" ");
        let text = format!(
            r#"operand {{ name: "x" type: FLOAT32 shape {{ {shape} }} }}
            operand {{ name: "w" type: FLOAT32 shape {{ {dims} }} }}
            operand {{ name: "y" type: FLOAT32 shape {{ {made} }} }}
            operation {{ type: "{kind}" input: "x" input: "w" input: "" output: "y" {options} }}
            input: "x" input: "w" output: "y""#
        );
        let model = model(&text);
        let filter = model.main().tensors()[1]
            .shape
            .iter()
            .map(|dim| *dim as usize)
            .collect();
        let inputs = [
            Value::f32(images.to_vec(), Vec::new()),
            Value::f32(filter, Vec::new()),
        ];
        let made = interp::run(&model, &inputs).unwrap();
        assert_eq!(made[0].as_f32().unwrap(), [0.0], "{kind}");
    }
}
