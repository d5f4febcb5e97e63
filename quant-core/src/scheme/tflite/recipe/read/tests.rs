//! What recipes say, and where they are wrong.

use super::*;
use crate::scheme::tflite::recipe::{Mode, Operation};
use quant_ir::{Builtin, ErrorKind};

const STATIC: &str = r#"{"activation_tensor_config": {"num_bits": 8, "symmetric": false},
    "weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}"#;
const DYNAMIC: &str = r#"{"weight_tensor_config": {"num_bits": 4, "block_size": 32},
    "compute_precision": "INTEGER"}"#;

fn one(regex: &str, operation: &str, algorithm: &str, config: &str) -> String {
    format!(
        r#"{{"regex": "{regex}", "operation": "{operation}", "algorithm_key": "{algorithm}", "op_config": {config}}}"#
    )
}

fn mode(recipe: &Recipe, operation: Operation, name: &str) -> Option<Mode> {
    recipe.entry(operation, &[name])?.config.mode()
}

#[test]
fn later_entries_win_and_a_star_replaces() {
    const MIN_MAX: &str = "min_max_uniform_quantize";
    let entries = [
        one(".*", "FULLY_CONNECTED", MIN_MAX, DYNAMIC),
        one("head/.*;$", "FULLY_CONNECTED", MIN_MAX, DYNAMIC),
        one(".*", "*", MIN_MAX, STATIC),
        one(".*", "CONV_2D", "no_quantize", "{}"),
    ];
    let recipe = Recipe::parse(&format!("[{}]", entries.join(","))).unwrap();
    let fc = Operation::Op(Builtin::FULLY_CONNECTED);
    // The star took the place of the first entry, before the one of the head.
    assert_eq!(mode(&recipe, fc, "body/fc"), Some(Mode::Static));
    assert_eq!(mode(&recipe, fc, "head/fc"), Some(Mode::Dynamic));
    let conv = recipe.entry(Operation::Op(Builtin::CONV_2D), &["head/conv"]);
    assert_eq!(conv.map(|entry| entry.algorithm), Some(Algorithm::NoQuantize));
    assert_eq!(mode(&recipe, Operation::Input, "x"), Some(Mode::Static));
    // No kernel: the entry is passed over.
    assert_eq!(mode(&recipe, Operation::Op(Builtin::EMBEDDING_LOOKUP), "x"), None);
    assert_eq!(recipe.about(Operation::Op(Builtin::SIN), &["x"]).len(), 1);
    assert!(recipe.needs_ranges() && !recipe.needs_hessians());
}

#[test]
fn errors_name_the_position() {
    const MIN_MAX: &str = "min_max_uniform_quantize";
    let rows = [
        ("[{", "recipe: it is no JSON at line 1 column 2; "),
        ("7", "recipe: it is no list; "),
        (
            r#"{"default": "a"}"#,
            "recipe: it gives recipes to the models of a LiteRT-LM file; ",
        ),
        ("[1]", "[0]: it is no JSON object; "),
        ("[{}]", "[0]: `regex` is missing; add it"),
        (
            r#"[{"regex": "a", "regex": "b"}]"#,
            "[0]: key `regex` stands there twice",
        ),
        (r#"[{"scope": "a"}]"#, "[0]: unknown key `scope`; "),
        (
            &format!("[{}]", one("(?=a)", "*", MIN_MAX, STATIC)),
            "[0].regex: `(?=a)` is no expression: ",
        ),
        (
            &format!("[{}]", one(".", "CONV", MIN_MAX, STATIC)),
            "[0].operation: no recipe knows an operation `CONV`; ",
        ),
        (
            &format!("[{}]", one(".", "*", "OCTAVE", STATIC)),
            "[0].algorithm_key: there is no algorithm `OCTAVE`; it is one of no_quantize, ",
        ),
        (
            &format!("[{}]", one(".", "CONV_2D", MIN_MAX, DYNAMIC)),
            "[0].op_config: CONV_2D cannot have it with min_max_uniform_quantize; ",
        ),
        (
            &format!("[{}]", one(".", "*", MIN_MAX, &STATIC.replace("8,", "7,"))),
            "[0].op_config.activation_tensor_config.num_bits: there are no numbers of 7 bits; ",
        ),
        (
            &format!(
                "[{}]",
                one(".", "*", MIN_MAX, &STATIC.replace("INTEGER", "FLOAT"))
            ),
            "[0].op_config: its activations and weights are integers, and it computes in floats; ",
        ),
        (
            &format!("[{}]", one(".", "*", MIN_MAX, &DYNAMIC.replace("32", "48"))),
            "[0].op_config.weight_tensor_config.block_size: there are no blocks of 48; ",
        ),
        (
            &format!("[{}]", one(".", "*", MIN_MAX, &DYNAMIC.replace("32", "\"32\""))),
            "[0].op_config.weight_tensor_config.block_size: it is no whole number from 0 on; ",
        ),
    ];
    for (text, wanted) in rows {
        let error = Recipe::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{text}\n{error}\n{wanted}");
    }
    let entry = one("a", "INPUT", "no_quantize", "{}");
    let many = format!("[{}]", vec![entry; MAX_ENTRIES + 1].join(","));
    let error = Recipe::parse(&many).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    let bomb = format!("[{}]", one("((a{99}){99}){99}", "*", MIN_MAX, STATIC));
    assert!(Recipe::parse(&bomb).is_err());
}
