//! Which parameters values get.

use quant_ir::{Builtin, DType};

use super::{BYTES, Net, compat};
use crate::scheme::tflite::Options;
use crate::scheme::tflite::int8::facts::Facts;
use crate::scheme::tflite::int8::{records, spread};

#[test]
fn a_chain_of_one_scale_takes_its_operands() {
    let mut net = Net::new();
    net.input("x", &[1, 4], BYTES);
    net.value("a", &[4], (-1.0, 1.0));
    net.value("b", &[2, 2], (-2.0, 2.0));
    net.value("c", &[2], (-3.0, 3.0));
    net.op(Builtin::RESHAPE, &["x"], &["a"]);
    net.op(Builtin::TRANSPOSE, &["a"], &["b"]);
    net.op(Builtin::REDUCE_MAX, &["b"], &["c"]);
    net.outputs(&["c"]);
    let done = net.quantized(&Options::default());
    assert_eq!(
        done.text(),
        [
            "QUANTIZE x:float32 -> x_int8:int8",
            "RESHAPE x_int8:int8 -> a:int8",
            "TRANSPOSE a:int8 -> b:int8",
            "REDUCE_MAX b:int8 -> c_int8:int8",
            "DEQUANTIZE c_int8:int8 -> c:float32",
        ]
    );
    for name in ["x_int8", "a", "b", "c_int8"] {
        assert_eq!(done.params(name), (1.0, 0), "{name}");
    }
}

#[test]
fn what_comes_together_takes_the_results_parameters() {
    let mut net = Net::new();
    net.input("x", &[1, 2], (-1.0, 1.0));
    net.input("y", &[1, 2], (0.0, 3.0));
    net.value("a", &[1, 2], (0.0, 1.0));
    net.value("c", &[1, 4], BYTES);
    net.op(Builtin::ABS, &["x"], &["a"]);
    net.op(Builtin::CONCATENATION, &["a", "y"], &["c"]);
    net.outputs(&["c"]);
    let done = net.quantized(&Options::default());
    assert_eq!(done.params("x_int8"), (2.0 / 255.0, -1));
    for name in ["a", "y_int8", "c_int8"] {
        assert_eq!(done.params(name), (1.0, 0), "{name}");
    }
}

#[test]
fn a_value_in_two_parameters_is_requantized_for_one_use() {
    // x goes into both; y and z have one use each and take what their operator gives.
    let mut net = Net::new();
    for name in ["x", "y", "z"] {
        net.input(name, &[1, 2], (-1.0, 1.0));
    }
    net.value("a", &[1, 4], BYTES);
    net.value("b", &[1, 4], (-256.0, 254.0));
    net.op(Builtin::CONCATENATION, &["x", "y"], &["a"]);
    net.op(Builtin::CONCATENATION, &["x", "z"], &["b"]);
    net.outputs(&["a", "b"]);
    let done = net.quantized(&compat());
    assert_eq!(
        (done.params("a_int8"), done.params("b_int8")),
        ((1.0, 0), (2.0, 0))
    );
    // The last operator is looked at first.
    assert_eq!(done.params("x_int8"), (2.0, 0));
    assert_eq!(done.params("x_int8_1"), (1.0, 0));
    assert!(
        done.text()
            .contains(&"QUANTIZE x_int8:int8 -> x_int8_1:int8".to_owned())
    );
    assert!(
        done.text()
            .contains(&"CONCATENATION x_int8_1:int8 y_int8:int8 -> a_int8:int8".to_owned())
    );
}

#[test]
fn an_only_use_is_what_the_operator_writes() {
    // RESHAPE gives the sum no parameters, since its own record is gone; the sum's record stays, and its only user wants
    // the other operand's.
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.input("y", &[1, 2], BYTES);
    net.value("s", &[1, 2], (-1.0, 1.0));
    net.bare("m", &[1, 2], DType::Float32);
    net.op(Builtin::ADD, &["x", "y"], &["s"]);
    net.op(Builtin::MAXIMUM, &["x", "s"], &["m"]);
    net.outputs(&["m"]);
    let done = net.quantized(&Options::default());
    assert_eq!(
        done.text()[2..],
        [
            "ADD x_int8:int8 y_int8:int8 -> s:int8",
            "MAXIMUM x_int8:int8 s:int8 -> m_int8:int8",
            "DEQUANTIZE m_int8:int8 -> m:float32",
        ]
    );
    assert_eq!((done.params("s"), done.params("m_int8")), ((1.0, 0), (1.0, 0)));
}

#[test]
fn fixed_results_are_written_and_requantized() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.input("y", &[1, 2], BYTES);
    net.value("p", &[1, 2], (0.0, 1.0));
    net.value("c", &[1, 4], BYTES);
    net.op(Builtin::LOGISTIC, &["x"], &["p"]);
    net.op(Builtin::CONCATENATION, &["p", "y"], &["c"]);
    net.outputs(&["c"]);
    let done = net.quantized(&compat());
    assert_eq!(
        done.text()[2..],
        [
            "LOGISTIC x_int8:int8 -> p_int8:int8",
            "QUANTIZE p_int8:int8 -> p:int8",
            "CONCATENATION p:int8 y_int8:int8 -> c_int8:int8",
            "DEQUANTIZE c_int8:int8 -> c:float32",
        ]
    );
    assert_eq!(
        (done.params("p_int8"), done.params("p")),
        ((1.0 / 256.0, -128), (1.0, 0))
    );
}

/// x goes into a product, and into a minimum with y that is narrower than x.
fn narrower() -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.input("y", &[1, 2], (-1.0, 1.0));
    net.value("m", &[1, 2], (-1.0, 1.0));
    net.value("p", &[1, 2], BYTES);
    net.op(Builtin::MINIMUM, &["x", "y"], &["m"]);
    net.op(Builtin::MUL, &["x", "x"], &["p"]);
    net.outputs(&["m", "p"]);
    net
}

#[test]
fn a_value_that_others_use_keeps_its_range_beside_a_narrower_result() {
    let done = narrower().quantized(&compat());
    assert_eq!(done.params("x_int8"), (2.0 / 255.0, -1));
    assert!(!done.has("x_int8_1"));
    let done = narrower().quantized(&Options::default());
    assert_eq!(
        (done.params("x_int8"), done.params("x_int8_1")),
        ((1.0, 0), (2.0 / 255.0, -1))
    );
    assert!(
        done.text()
            .contains(&"MUL x_int8:int8 x_int8:int8 -> p_int8:int8".to_owned())
    );
    assert!(
        done.text()
            .contains(&"MINIMUM x_int8_1:int8 y_int8:int8 -> m_int8:int8".to_owned())
    );
}

#[test]
fn kernels_that_copy_have_one_scale() {
    for (options, result) in [(compat(), (2.0 / 255.0, -1)), (Options::default(), (1.0, 0))] {
        let mut net = Net::new();
        net.input("x", &[1, 2], BYTES);
        net.value("y", &[1, 2], (-1.0, 1.0));
        net.op(Builtin::REVERSE_V2, &["x"], &["y"]);
        net.outputs(&["y"]);
        assert_eq!(net.quantized(&options).params("y_int8"), result);

        let mut net = Net::new();
        let ids = net.bare("ids", &[2], DType::Int32);
        net.model.main_mut().add_input(ids).unwrap();
        net.constant("table", &[2, 2], &[-128.0, 127.0, 0.0, 1.0]);
        net.value("y", &[2, 2], (-1.0, 1.0));
        net.op(Builtin::EMBEDDING_LOOKUP, &["ids", "table"], &["y"]);
        net.outputs(&["y"]);
        let done = net.quantized(&options);
        assert_eq!((done.params("y_int8"), done.params("table")), (result, (1.0, 0)));
        assert_eq!(done.integers("table"), [-128, 127, 0, 1]);
    }
}

#[test]
fn rows_of_on_and_off_have_the_results_parameters() {
    for (options, on) in [(compat(), (2.0 / 255.0, -128)), (Options::default(), (1.0, 0))] {
        let mut net = Net::new();
        let ids = net.bare("ids", &[2], DType::Int32);
        net.model.main_mut().add_input(ids).unwrap();
        net.bare("depth", &[], DType::Int32);
        net.constant("on", &[1], &[2.0]);
        net.constant("off", &[1], &[-1.0]);
        net.value("y", &[2, 2], BYTES);
        net.op(Builtin::ONE_HOT, &["ids", "depth", "on", "off"], &["y"]);
        net.outputs(&["y"]);
        let done = net.quantized(&options);
        assert_eq!((done.params("on"), done.params("y_int8")), (on, (1.0, 0)));
    }
}

#[test]
fn operators_are_looked_at_a_few_times_each() {
    // Chains that meet again and again: x0 → RESHAPE, CONCATENATION with an earlier one, LOGISTIC, ADD.
    const OPERATORS: usize = 20_000;
    let mut net = Net::new();
    net.input("v0", &[1, 2], BYTES);
    for at in 0..OPERATORS {
        net.value(&format!("v{}", at + 1), &[1, 2], (-1.0, at as f32));
    }
    // By number: names would be searched.
    let graph = net.model.main_mut();
    for at in 0..OPERATORS {
        let kinds = [
            Builtin::RESHAPE,
            Builtin::CONCATENATION,
            Builtin::LOGISTIC,
            Builtin::ADD,
        ];
        let (id, kind) = (quant_ir::TensorId, kinds[at % kinds.len()]);
        let mut inputs = vec![Some(id(at))];
        if matches!(kind, Builtin::CONCATENATION | Builtin::ADD) {
            inputs.push(Some(id(at / 2)));
        }
        let code = quant_ir::OpCode::builtin(kind);
        let op = quant_ir::Operator::new(code, inputs, vec![id(at + 1)], quant_ir::Options::default());
        graph.push(op).unwrap();
    }
    graph.add_output(quant_ir::TensorId(OPERATORS)).unwrap();
    let options = Options::default();
    let facts = Facts::of(&net.model, 0, &options);
    let found = spread::spread(&facts, &records::kept(&facts), &std::collections::BTreeMap::new());
    assert!(
        found.looked.0 <= 2 * OPERATORS && found.looked.1 <= 4 * OPERATORS,
        "{:?}",
        found.looked
    );
    let mut model = net.model;
    let kept = crate::scheme::tflite::int8::quantize(&mut model, &options).unwrap();
    assert!(kept.is_empty(), "{:?}", kept.first());
}
