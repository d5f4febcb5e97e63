//! What stays float, and what is refused by its name.

use quant_amct::config::{create, read_simple};
use quant_amct::flow::{Calibrated, Calibration};
use quant_amct::graph::{layers, left_float};
use quant_ir::Result;
use quant_ir::value::Value;
use quant_tensorflow::Graph;

const FLOAT: &str = "attr { key: \"T\" value { type: DT_FLOAT } }";

/// What each item becomes, one behind the other.
fn each<T: std::fmt::Display>(items: &[T], shown: impl Fn(&T) -> String) -> String {
    items.iter().map(shown).collect::<Vec<_>>().concat()
}

fn node(name: &str, op: &str, inputs: &[&str], more: &str) -> String {
    let inputs = each(inputs, |input| format!("input: \"{input}\" "));
    format!("node {{ name: \"{name}\" op: \"{op}\" {inputs} {FLOAT} {more} }}\n")
}

fn constant(name: &str, sizes: &[usize], values: &str) -> String {
    let dims = each(sizes, |size| format!("dim {{ size: {size} }} "));
    format!(
        "node {{ name: \"{name}\" op: \"Const\" attr {{ key: \"value\" value {{ tensor {{ dtype: DT_FLOAT tensor_shape {{ {dims} }} \
         float_val: [{values}] }} }} }} }}\n"
    )
}

/// A product of an activation with itself, one with a constant, and a factor and an addend for each channel behind that.
fn graph() -> Graph {
    let text = [
        "node { name: \"x\" op: \"Placeholder\" attr { key: \"dtype\" value { type: DT_FLOAT } } }\n"
            .to_owned(),
        node("both", "BatchMatMulV2", &["x", "x"], ""),
        constant("w", &[2, 2], "1, -2, 0.5, 3"),
        node(
            "turned",
            "MatMul",
            &["both", "w"],
            "attr { key: \"transpose_b\" value { b: true } }",
        ),
        node("product", "MatMul", &["both", "w"], ""),
        constant("gamma", &[2], "2, 0.25"),
        node("mul", "Mul", &["product", "gamma"], ""),
        constant("beta", &[2], "-1, 4"),
        node("add", "AddV2", &["mul", "beta"], ""),
    ];
    Graph::from_text(&text.concat()).expect("a graph")
}

fn calibrated(short: &str) -> Result<Calibrated> {
    let graph = graph();
    let simple = read_simple(short).expect("a short configuration");
    let config = create(&simple, &layers(&graph).expect("layers")).expect("a configuration");
    let calibration = Calibration {
        config: &config,
        outputs: &["add".to_owned()],
        memory: 0,
        progress: &|| {},
    };
    let batch = Value::f32(vec![2, 2], vec![0.5, -1.0, 2.0, 0.25]);
    calibration.run(&graph, &vec![vec![batch]])
}

#[test]
fn layers_that_stay_float_are_named_with_the_reason() {
    let left = left_float(&graph()).expect("layers");
    let left: Vec<(&str, &str)> = left.iter().map(|left| (left.name.as_str(), left.why)).collect();
    let wanted = [
        ("both", "both its inputs are activations"),
        ("turned", "it transposes an input"),
    ];
    assert_eq!(left, wanted);
}

#[test]
fn factors_and_addends_of_channels_stay_behind_the_dequantized_layer() {
    let found = calibrated("").expect("calibrates");
    assert!(found.folding.folded.is_empty());
    let (quantized, done) = found.folding.quantize(&found.record).expect("quantizes");
    let mul = quantized.find("mul").expect("Mul stays");
    let input = mul.input_names().next().expect("an input");
    assert_eq!(quantized.find(input).expect("its input").op(), "AscendDequant");
    assert_eq!(done.outputs(&["add".to_owned()]), ["add"]);
}

#[test]
fn joint_quant_is_refused_by_its_name() {
    let error = calibrated("joint_quant: true").expect_err("refused").to_string();
    assert!(error.contains("joint_quant"), "{error}");
    assert!(calibrated("joint_quant: false").is_ok());
}
