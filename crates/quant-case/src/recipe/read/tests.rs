//! Recipes that are right, and every way to be wrong.

use super::*;
use crate::recipe::Filler;

const ADD: &str = r#"
operand { name: "a" type: FLOAT32 shape { dim: 2 } }
operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "1" arg: "-2.5" } }
operand { name: "c" type: FLOAT32 shape { dim: 2 } }
operation { type: "Add" input: "a" input: "b" output: "c" add_options { activation: RELU } }
input: "a"
output: "c"
"#;

#[test]
fn a_whole_recipe() {
    let recipe = parse(ADD).unwrap();
    assert_eq!(
        recipe.operand("b").unwrap().filler,
        Some(Filler::Float(vec![1.0, -2.5]))
    );
    assert_eq!(
        recipe.operations[0].option("activation"),
        Some(&OptionValue::Word("RELU".into()))
    );
    assert_eq!(
        (recipe.inputs, recipe.outputs, recipe.version),
        (vec!["a".into()], vec!["c".into()], 1)
    );
}

#[test]
fn errors_name_line_column_and_the_way_out() {
    let rows = [
        (
            "dim: 2 } filler",
            "dim: 1 } filler",
            "3:52: `b` has 2 values; its shape needs 1",
        ),
        (
            "add_options",
            "mul_options",
            "5:59: a Add operation has no field `mul_options`; known are type, input, output, version, custom_code, extype, add_options",
        ),
        (
            "\"Add\"",
            "\"add\"",
            "5:19: operator `add` is unknown; did you mean `Add`?",
        ),
        (
            "\"Add\"",
            "\"Via\"",
            "5:19: operator `Via` is unknown; known with this letter are VarHandle",
        ),
        (
            "\"Add\"",
            "\"XY\"",
            "5:19: operator `XY` is unknown; custom ones are `type: \"Custom\"` with a `custom_code`",
        ),
        (
            "activation: RELU",
            "activation: RELU7",
            "5:85: `activation` takes one of NONE, RELU, RELU_N1_TO_1, RELU6, TANH, SIGN_BIT",
        ),
        (
            "activation",
            "activations",
            "5:73: `add_options` has no field `activations`; known are activation",
        ),
        (
            "input: \"b\"",
            "input: \"x\"",
            "5:1: operand `x` is not defined; add `operand { name: \"x\" … }`",
        ),
        (
            "input: \"b\" ",
            "",
            "5:1: Add has 1 inputs, it takes 2; name an absent one \"\"",
        ),
        (
            "input: \"b\" ",
            "input: \"b\" input: \"b\" ",
            "5:1: Add has 3 inputs, it takes 2; leave the others out",
        ),
        (
            "type: \"Add\" input: \"a\" input: \"b\" output: \"c\" add_options { activation: RELU }",
            "type: \"FullyConnected\" input: \"a\" input: \"b\" input: \"\" input: \"\" output: \"c\"",
            "5:1: FullyConnected has 4 inputs, it takes at most 3; leave the others out",
        ),
        ("arg: \"1\"", "arg: \"one\"", "3:82: `one` is no finite number"),
        (
            "explicit",
            "list",
            "3:66: filler `list` is unknown; use explicit, constant or gaussian",
        ),
        (
            "name: \"c\"",
            "name: \"a\"",
            "4:1: operand `a` is defined twice; give each its own name",
        ),
        (
            "output: \"c\" add",
            "output: \"b\" add",
            "5:1: `b` is made twice; give each output its own operand",
        ),
        (
            "input: \"a\"\n",
            "",
            "5:1: Add reads `a` before anything makes it; list operations in execution order, or give it a filler",
        ),
        (
            "type: FLOAT32",
            "kind: FLOAT32",
            "2:21: an operand has no field `kind`; known are name, type, shape, shape_signature, filler, quant, mx_quant, is_variable, sparsity, make_sparse",
        ),
        (
            "dim: 2",
            "dim: -2",
            "2:1: shape [-2] is negative; say in `shape_signature` what is open",
        ),
    ];
    for (from, to, error) in rows {
        let text = ADD.replacen(from, to, 1);
        assert_ne!(text, ADD, "{from}");
        assert_eq!(
            parse_complete(&text).unwrap_err().to_string(),
            error,
            "{from} → {to}"
        );
    }
}

#[test]
fn fillers_expand() {
    let of = |filler: &str, dtype: &str| {
        let text = format!(
            "operand {{ name: \"w\" type: {dtype} shape {{ dim: 1000 }} filler {{ {filler} }} }}
             operand {{ name: \"y\" type: FLOAT32 shape {{ dim: 1000 }} }}
             operation {{ type: \"Abs\" input: \"w\" output: \"y\" }}"
        );
        parse(&text).unwrap().operands.swap_remove(0).filler.unwrap()
    };
    assert_eq!(
        of("tag: \"constant\" arg: \"7\"", "INT32"),
        Filler::Int(vec![7; 1000])
    );
    let Filler::Float(values) = of("tag: \"gaussian\" arg: \"2\" arg: \"0.5\"", "FLOAT32") else {
        panic!()
    };
    let mean = values.iter().sum::<f32>() / 1000.0;
    let spread = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 1000.0).sqrt();
    assert!(
        (mean - 2.0).abs() < 0.06 && (spread - 0.5).abs() < 0.05,
        "{mean} {spread}"
    );
}
