//! Operators that stay float, and activations that go into the operator before them.

use quant_ir::{Builtin, DType, Options as Fields};
use quant_schema::{ActivationFunctionType as Activation, AddOptionsT, BuiltinOptionsT, WhileOptionsT};

use super::{BYTES, Net, compat};
use crate::scheme::Why;
use crate::scheme::tflite::{Options, Selector};

fn float(selector: Selector, compat: bool) -> Options {
    Options {
        float: vec![selector],
        compat,
        ..Options::default()
    }
}

/// x → ABS → SIN → ABS, and a sum of what stands before and behind SIN.
fn sine() -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    for name in ["a", "s", "b", "c"] {
        net.value(name, &[1, 2], BYTES);
    }
    net.op(Builtin::ABS, &["x"], &["a"]);
    net.op(Builtin::SIN, &["a"], &["s"]);
    net.op(Builtin::ABS, &["s"], &["b"]);
    net.op(Builtin::ADD, &["b", "a"], &["c"]);
    net.outputs(&["c"]);
    net
}

#[test]
fn an_operator_without_a_rule_stands_between_casts() {
    let done = sine().quantized(&Options::default());
    assert_eq!(
        done.text(),
        [
            "QUANTIZE x:float32 -> x_int8:int8",
            "ABS x_int8:int8 -> a:int8",
            "DEQUANTIZE a:int8 -> a_float32:float32",
            "SIN a_float32:float32 -> s:float32",
            "QUANTIZE s:float32 -> s_int8:int8",
            "ABS s_int8:int8 -> b:int8",
            "ADD b:int8 a:int8 -> c_int8:int8",
            "DEQUANTIZE c_int8:int8 -> c:float32",
        ]
    );
    assert_eq!(done.kept(), ["1 SIN s: the scheme has no rule for it"]);
    assert_eq!((done.kept[0].graph, &done.kept[0].why), (0, &Why::NoRule));
    assert_eq!(done.versions(Builtin::QUANTIZE), [1, 1]);
    assert_eq!(done.versions(Builtin::DEQUANTIZE), [2, 2]);
}

#[test]
fn float_operators_read_floats_where_there_are_some() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    for name in ["s", "t", "y"] {
        net.value(name, &[1, 2], BYTES);
    }
    net.op(Builtin::SIN, &["x"], &["s"]);
    net.op(Builtin::COS, &["s"], &["t"]);
    net.op(Builtin::ADD, &["t", "x"], &["y"]);
    net.outputs(&["y", "s"]);
    let done = net.quantized(&Options::default());
    assert_eq!(
        done.text(),
        [
            "QUANTIZE x:float32 -> x_int8:int8",
            "SIN x:float32 -> s:float32",
            "COS s:float32 -> t:float32",
            "QUANTIZE t:float32 -> t_int8:int8",
            "ADD t_int8:int8 x_int8:int8 -> y_int8:int8",
            "DEQUANTIZE y_int8:int8 -> y:float32",
        ]
    );
}

#[test]
fn what_is_asked_stays_float_and_its_neighbours_keep_their_parameters() {
    let done = sine().quantized(&float(Selector::Operator(Builtin::ADD), false));
    assert_eq!(
        done.text()[5..],
        [
            "ABS s_int8:int8 -> b:int8",
            "DEQUANTIZE b:int8 -> b_float32:float32",
            "ADD b_float32:float32 a_float32:float32 -> c:float32",
        ]
    );
    assert_eq!(done.params("b"), (1.0, 0));
    assert_eq!(
        done.kept(),
        [
            "1 SIN s: the scheme has no rule for it",
            "3 ADD c: it was asked to stay float"
        ]
    );
    let done = sine().quantized(&float(Selector::Name("b".into()), false));
    assert_eq!(done.text()[4], "ABS s:float32 -> b:float32");
}

#[test]
fn without_a_range_an_operator_stays_float() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.bare("y", &[1, 2], DType::Float32);
    net.op(Builtin::ABS, &["x"], &["y"]);
    net.outputs(&["y"]);
    let done = net.quantized(&Options::default());
    assert_eq!(done.text(), ["ABS x:float32 -> y:float32"]);
    assert_eq!(done.kept(), ["0 ABS y: `y` has no recorded range"]);
}

#[test]
fn the_original_moves_dequantize_behind_an_operator_that_was_asked_to_stay_float() {
    let pool = || {
        let mut net = Net::new();
        net.input("x", &[1, 2, 2, 1], BYTES);
        net.value("a", &[1, 2, 2, 1], BYTES);
        net.value("p", &[1, 1, 1, 1], BYTES);
        net.value("y", &[1, 1, 1, 1], BYTES);
        net.op(Builtin::ABS, &["x"], &["a"]);
        net.op(Builtin::MAX_POOL_2D, &["a"], &["p"]);
        net.op(Builtin::ABS, &["p"], &["y"]);
        net.outputs(&["y"]);
        net
    };
    let asked = |compat| pool().quantized(&float(Selector::Operator(Builtin::MAX_POOL_2D), compat));
    let theirs = asked(true);
    assert_eq!(theirs.text()[2], "MAX_POOL_2D a:int8 -> p:int8");
    assert!(theirs.kept.is_empty());
    let ours = asked(false);
    assert_eq!(
        ours.text()[2..5],
        [
            "DEQUANTIZE a:int8 -> a_float32:float32",
            "MAX_POOL_2D a_float32:float32 -> p:float32",
            "QUANTIZE p:float32 -> p_int8:int8",
        ]
    );
    assert_eq!(ours.kept(), ["1 MAX_POOL_2D p: it was asked to stay float"]);
    // A result that is no smaller keeps it where it is.
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.value("a", &[1, 2], BYTES);
    net.value("y", &[2], BYTES);
    net.op(Builtin::ABS, &["x"], &["a"]);
    net.op(Builtin::RESHAPE, &["a"], &["y"]);
    net.outputs(&["y"]);
    let done = net.quantized(&float(Selector::Operator(Builtin::RESHAPE), true));
    assert_eq!(done.text()[3], "RESHAPE a_float32:float32 -> y:float32");
}

/// x + x → RELU6 → y; `s` is the sum.
fn clipped(fused: Activation) -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.value("s", &[1, 2], (-256.0, 254.0));
    net.value("y", &[1, 2], (0.0, 6.0));
    let mut options = AddOptionsT::default();
    options.fused_activation_function = fused;
    let options = Fields::new(BuiltinOptionsT::AddOptions(Box::new(options)));
    net.with(Builtin::ADD, &["x", "x"], &["s"], options);
    net.op(Builtin::RELU6, &["s"], &["y"]);
    net
}

#[test]
fn activations_go_into_the_operator_before_them() {
    let fused = |net: Net, options: &Options| {
        let done = net.quantized(options);
        let operators = done.model.main().operators().iter();
        let mut add = operators.filter(|op| op.code.builtin == Builtin::ADD);
        let activation = add.next().unwrap().options.fused_activation();
        (activation, done.versions(Builtin::RELU6).len(), done)
    };
    let plain = Options::default();
    let mut net = clipped(Activation::NONE);
    net.outputs(&["y"]);
    let (activation, relu, done) = fused(net, &plain);
    assert_eq!((activation, relu), (Activation::RELU6, 0));
    assert_eq!(
        (done.params("y_int8"), done.has("s")),
        ((6.0 / 255.0, -128), false)
    );
    // The sum is an output too.
    let mut net = clipped(Activation::NONE);
    net.outputs(&["y", "s"]);
    let (activation, relu, _) = fused(net, &plain);
    assert_eq!((activation, relu), (Activation::NONE, 1));
    // There is one already.
    let mut net = clipped(Activation::RELU);
    net.outputs(&["y"]);
    let (activation, relu, _) = fused(net, &plain);
    assert_eq!((activation, relu), (Activation::RELU, 1));
    // Floats stay as they are, but in the original.
    for (options, wanted) in [(plain, (Activation::NONE, 1)), (compat(), (Activation::RELU6, 0))] {
        let mut net = clipped(Activation::NONE);
        net.outputs(&["y"]);
        let both = [Builtin::ADD, Builtin::RELU6].map(Selector::Operator);
        let float = both.to_vec();
        let (activation, relu, _) = fused(net, &Options { float, ..options });
        assert_eq!((activation, relu), wanted);
    }
}

#[test]
fn graphs_that_operators_call_stay_float() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.value("w", &[1, 2], BYTES);
    net.value("y", &[1, 2], BYTES);
    let mut options = WhileOptionsT::default();
    (options.cond_subgraph_index, options.body_subgraph_index) = (1, 2);
    let options = Fields::new(BuiltinOptionsT::WhileOptions(Box::new(options)));
    net.with(Builtin::WHILE, &["x"], &["w"], options);
    net.op(Builtin::ABS, &["w"], &["y"]);
    net.outputs(&["y"]);
    for kind in [Builtin::LOGICAL_NOT, Builtin::ABS] {
        net.graph = net.model.add_graph(quant_ir::Graph::new());
        net.input("i", &[1, 2], BYTES);
        net.value("o", &[1, 2], BYTES);
        net.op(kind, &["i"], &["o"]);
        net.outputs(&["o"]);
    }
    let done = net.quantized(&Options::default());
    assert_eq!(done.text(), ["ABS i:float32 -> o:float32"]);
    let graphs: Vec<(usize, &str)> = done
        .kept
        .iter()
        .map(|kept| (kept.graph, kept.kind.as_str()))
        .collect();
    assert_eq!(graphs, [(0, "WHILE"), (1, "LOGICAL_NOT"), (2, "ABS")]);
    assert!(done.kept[2].why.to_string().contains("operators call"));
}
