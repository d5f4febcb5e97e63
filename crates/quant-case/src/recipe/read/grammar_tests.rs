//! What recipes of TensorFlow Lite and Circle write in operations and around them: one test each.

use super::*;
use crate::recipe::Filler;

/// A recipe of one operation of `a` and `b`.
fn operation(fields: &str) -> Result<Operation, RecipeError> {
    let recipe = parse(&format!(
        "operand {{ name: \"a\" type: FLOAT32 }} operand {{ name: \"b\" type: FLOAT32 }} operand {{ name: \"y\" type: FLOAT32 }}
operation {{ output: \"y\" {fields} }}
input: \"a\" input: \"b\" output: \"y\""
    ))?;
    Ok(recipe.operations.into_iter().next().unwrap())
}

#[track_caller]
pub(super) fn fails<T: std::fmt::Debug>(result: Result<T, RecipeError>, error: &str, unsupported: bool) {
    let found = result.unwrap_err();
    assert_eq!(
        (found.to_string().as_str(), found.unsupported),
        (error, unsupported)
    );
}

#[test]
fn enumerators_and_bools_by_number() {
    let found = operation("type: \"Add\" input: \"a\" input: \"b\" add_options { activation: 3 }").unwrap();
    assert_eq!(
        found.option("activation"),
        Some(&OptionValue::Word("RELU6".into()))
    );
    let found = operation(
        "type: \"FullyConnected\" input: \"a\" input: \"b\" fullyconnected_options { keep_num_dims: 1 }",
    );
    assert_eq!(
        found.unwrap().option("keep_num_dims"),
        Some(&OptionValue::Bool(true))
    );
    fails(
        operation("type: \"Add\" input: \"a\" input: \"b\" add_options { activation: 9 }"),
        "2:85: `activation` takes one of NONE, RELU, RELU_N1_TO_1, RELU6, TANH, SIGN_BIT",
        true,
    );
}

#[test]
fn other_spellings() {
    let found =
        operation("type: \"BatchMatMul\" input: \"a\" input: \"b\" batch_matmul_options { adj_y: true }")
            .unwrap();
    assert_eq!(found.option("adjoint_rhs"), Some(&OptionValue::Bool(true)));
    assert_eq!(
        operation("type: \"Cumsum\" input: \"a\" input: \"b\"")
            .unwrap()
            .kind,
        "CumSum"
    );
}

#[test]
fn options_without_fields() {
    for fields in [
        "type: \"Maximum\" maximum_options { }",
        "type: \"Minimum\" maximum_options { }",
        "type: \"NotEqual\" notequal_options { }",
        "type: \"Pow\" pow_options { }",
    ] {
        assert!(
            operation(&format!("{fields} input: \"a\" input: \"b\"")).is_ok(),
            "{fields}"
        );
    }
    fails(
        operation("type: \"Minimum\" input: \"a\" input: \"b\" add_options { activation: RELU }"),
        "2:63: a Minimum operation has no field `add_options`; known are type, input, output, version, custom_code, \
         extype, minimum_options",
        true,
    );
}

#[test]
fn custom_operators_have_a_code() {
    let found = operation(
        "type: \"Custom\" custom_code: \"All\" all_options { keep_dims: true } input: \"a\" input: \"b\"",
    );
    let found = found.unwrap();
    assert_eq!(
        (found.kind.as_str(), found.custom_code.as_deref()),
        ("Custom", Some("All"))
    );
    assert_eq!(found.option("keep_dims"), Some(&OptionValue::Bool(true)));
    let mine = operation("type: \"Mine\" extype: \"Custom\" custom_code: \"Mine\" input: \"a\"").unwrap();
    assert_eq!(
        (mine.kind.as_str(), mine.custom_code.as_deref()),
        ("Custom", Some("Mine"))
    );
    fails(
        operation("type: \"Custom\" input: \"a\""),
        "2:1: a custom operation has no `custom_code`; add it, as in `custom_code: \"Erf\"`",
        false,
    );
    fails(
        operation("type: \"Add\" custom_code: \"Erf\" input: \"a\""),
        "2:37: Add is no custom operator; write `type: \"Custom\"`, or take this out",
        false,
    );
}

#[test]
fn versions_of_operators_are_kept() {
    assert_eq!(
        operation("type: \"Abs\" input: \"a\" version: 3")
            .unwrap()
            .version,
        Some(3)
    );
    fails(
        operation("type: \"Abs\" input: \"a\" version: 1.5"),
        "2:57: `version` takes an integer",
        false,
    );
}

const IF: &str = r#"operand { name: "c" type: BOOL }
operand { name: "y" type: FLOAT32 }
operation { type: "If" input: "c" output: "y" if_options { then_subgraph_index: 1 else_subgraph_index: 2 } }
input: "c" output: "y" name: "Main"
graph { operand { name: "y" type: FLOAT32 filler { tag: "constant" arg: "1" } } output: "y" }
graph { name: "no" operand { name: "y" type: FLOAT32 filler { tag: "constant" arg: "2" } } output: "y" }
signature_def { signature_key: "run" inputs { name: "in" tensor: "c" } outputs { name: "out" tensor_index: 1 } }
ext_offset: true data_format: CHANNELS_FIRST"#;

#[test]
fn graphs_call_each_other() {
    let recipe = parse(IF).unwrap();
    assert_eq!(recipe.name.as_deref(), Some("Main"));
    assert!(recipe.external && recipe.channels_first);
    let names: Vec<_> = recipe.graphs.iter().map(|graph| graph.name.as_deref()).collect();
    assert_eq!(names, [None, Some("no")]);
    assert_eq!(
        recipe.graphs[1].operands[0].filler,
        Some(Filler::Float(vec![2.0]))
    );
    let rows = [
        (
            "else_subgraph_index: 2",
            "else_subgraph_index: 3",
            "3:1: If calls graph 3 as its `else_subgraph_index`, which does not exist; add `graph { … }`, 0 is the main one",
            false,
        ),
        (
            "graph { name: \"no\"",
            "graph { title: \"no\"",
            "6:9: a graph has no field `title`; known are operand, operation, input, output, name",
            true,
        ),
        (
            "name: \"Main\"",
            "title: \"Main\"",
            "4:24: a recipe has no field `title`; known are operand, operation, input, output, name, version, graph, signature_def, ext_offset, data_format",
            true,
        ),
        (
            "output: \"y\" }\ngraph",
            "output: \"z\" }\ngraph",
            "5:89: operand `z` is not defined; add `operand { name: \"z\" … }`",
            false,
        ),
    ];
    for (from, to, error, unsupported) in rows {
        fails(parse(&IF.replacen(from, to, 1)), error, unsupported);
    }
}

#[test]
fn all_graphs_share_the_room_for_elements() {
    let large = format!(
        "operand {{ name: \"y\" type: FLOAT32 shape {{ dim: {} }}",
        MAX_RECIPE_ELEMENTS / 2
    );
    let text = IF.replace(
        "operand { name: \"y\" type: FLOAT32 filler",
        &format!("{large} filler"),
    );
    fails(
        parse(&text),
        &format!(
            "6:20: shape [{}] takes the recipe beyond {MAX_RECIPE_ELEMENTS} elements",
            MAX_RECIPE_ELEMENTS / 2
        ),
        true,
    );
    let deep = format!(
        "operand {{ name: \"y\" type: FLOAT32 shape {{ {} }} }}",
        "dim: 1 ".repeat(17)
    );
    fails(parse(&deep), "1:1: rank 17; at most 16 is read", true);
}

#[test]
fn signatures_name_operands() {
    let recipe = parse(IF).unwrap();
    let [signature] = &recipe.signatures[..] else {
        panic!()
    };
    assert_eq!(signature.key.as_deref(), Some("run"));
    assert_eq!(
        (&signature.inputs, &signature.outputs),
        (&vec![("in".into(), 0)], &vec![("out".into(), 1)])
    );
    let rows = [
        (
            "tensor_index: 1",
            "tensor_index: 2",
            "7:108: operand 2 does not exist",
        ),
        (
            "tensor: \"c\"",
            "tensor: \"d\"",
            "7:66: operand `d` is not defined",
        ),
        (
            " tensor: \"c\"",
            "",
            "7:38: it names no operand; add `tensor` or `tensor_index`",
        ),
        (
            "signature_key",
            "subgraph_index: 3 signature_key",
            "7:33: graph 3 does not exist; 0 is the main one",
        ),
    ];
    for (from, to, error) in rows {
        fails(parse(&IF.replacen(from, to, 1)), error, false);
    }
}

#[test]
fn outputs_may_hang_and_operations_be_missing() {
    let text = "operand { name: \"x\" type: FLOAT32 } operand { name: \"y\" type: FLOAT32 } input: \"x\" output: \"y\"";
    assert!(parse(text).unwrap().operations.is_empty());
    let at = text.rfind("\"y\"").unwrap() + 1;
    fails(
        parse_complete(text),
        &format!("1:{at}: no operation makes the output `y`"),
        false,
    );
    fails(
        parse(""),
        "1:1: there is no operand; add `operand { name: … type: … shape { … } }`",
        false,
    );
}
