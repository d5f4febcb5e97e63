//! What a user reads when list and trees are wrong: every rule of the generator, one flaw at a time, with the
//! compiler's whole message committed beside it. `TRYBUILD=overwrite cargo test -p quant-macros` writes them anew.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use declarations::words;
use quant_testgen::Words;

#[path = "declarations/build.rs"]
mod declarations;

/// The folder of the manifests, for `value_tests_of!`.
const MANIFESTS: &str = "QUANT_MANIFESTS";

const RECIPE: &str = r#"operand { name: "ifm" type: FLOAT32 shape { dim: 1 dim: 2 } }
operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 2 }
  filler { tag: "explicit" arg: "1" arg: "2" arg: "3" arg: "4" } }
operand { name: "ofm" type: FLOAT32 shape { dim: 1 dim: 2 } }
operation { type: "FullyConnected" fullyconnected_options { activation: NONE }
  input: "ifm" input: "w" input: "" output: "ofm" }
input: "ifm"
output: "ofm"
"#;
/// A MatMul, in ONNX.
const ONNX: &str = r#"graph { node { input: "x" input: "w" output: "y" op_type: "MatMul" }
  initializer { dims: [2, 1] data_type: 1 float_data: [1, 2] name: "w" }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 2 } } } } }
  output { name: "y" } } opset_import { version: 13 }"#;
const LIST: &str = "# the models\naddTest(A layer uint8)\n";
const INPUT: &str = "test_inputs/A/layer/uint8/0.txt";
const GOLDENS: &str = "expected_outputs/A/layer/uint8";

/// Lists with one row more that is wrong.
const ROWS: &[(&str, &str)] = &[
    ("duplicate_row", "addTest(A layer uint8)"),
    ("models_of_one_name", "addTest(a layer uint8)"),
    ("unknown_directive", "addtest(B layer uint8)"),
    ("unknown_type", "addTest(B layer uint4)"),
    ("forbidden_combination", "addTest(B layer int16)"),
    ("unknown_attribute", "addTest(B layer uint8) ignored(\"slow\")"),
    ("attribute_without_reason", "addTest(B layer uint8) ignore()"),
    ("attribute_without_row", "  fails(\"rounds half up\")"),
    (
        "ignored_and_failing",
        "addTest(B layer uint8) ignore(\"slow\") fails(\"wrong\")",
    ),
    (
        "tolerance_of_what_is_not_compared",
        "addWeightsOnlyTest(A channel int8) tolerance(min absolute 1e-3)",
    ),
    (
        "tolerance_that_compares_nothing",
        "addTest(B layer uint8) tolerance(scale relative 1)",
    ),
    ("tag_of_other_letters", "addTest(B layer uint8) tag(Slow)"),
    (
        "unknown_remedy",
        "addTFLiteTest(A channel int8) remedies(cle,adaroud)",
    ),
    (
        "remedy_twice",
        "addTFLiteTest(A channel int8) remedies(cle, octav, cle)",
    ),
    ("remedies_of_another_row", "addTest(B layer uint8) remedies(cle)"),
    (
        "remedies_without_records",
        "addTFLiteTest(A channel dynamic) remedies(cle)",
    ),
    ("empty_matrix", "addTest(A {} int16)"),
    ("star_without_model", "addTest(Conf_* channel int16)"),
    ("matrix_of_unknown_word", "addTest(A {layer,chanel} uint8)"),
    ("row_twice_by_matrix", "addTest({A,A} channel uint8)"),
    ("row_of_another_line_by_matrix", "addTest(* layer uint8)"),
    (
        "forbidden_combination_of_tflite",
        "addTFLiteTest(A {layer,channel} float16)",
    ),
    ("unknown_type_of_tflite", "addTFLiteTest(A channel int16)"),
    ("unknown_recipe", "addRecipeTest(A static_wi8)"),
    (
        "forbidden_combination_of_onnx",
        "addOnnxTest(A channel {qdq_u8s8,matmul_4bits})",
    ),
    ("unknown_type_of_onnx", "addOnnxTest(A channel qdq_s8u8)"),
    ("missing_onnx_model", "addOnnxTest(A layer dynamic_s8)"),
    ("undeclared_combination", "addTest(A layer fp8)"),
    ("own_words_in_qconf", "addQConfTest(A group32 fp8)"),
];

/// A file that is written, or else removed.
type Change = (String, Option<String>);

/// The cases that have a manifest: the name of `ui/<name>.rs`, and what is changed in a tree without flaw.
fn cases() -> Vec<(&'static str, Vec<Change>)> {
    let with = |path: &str, text: &str| (path.to_owned(), Some(text.to_owned()));
    let without = |path: &str| (path.to_owned(), None);
    let row = |row: &str| with("test.lst", &format!("{LIST}{row}\n"));
    let golden = |path: &str| format!("{GOLDENS}/{path}.json");
    let off = r#"{"layers": [{"name": "off", "dtype": "int16", "granularity": "channel"}]}"#;
    let config = |text| {
        vec![
            row("addQConfTest(A layer uint8)"),
            with("config_files/A/layer/uint8/qconf.json", text),
            with("test_inputs/A_config/layer/uint8/0.txt", "1,2\n"),
            with(
                "expected_outputs/A_config/layer/uint8/fake_quantization/w.json",
                "{}",
            ),
        ]
    };
    let mut cases: Vec<(&'static str, Vec<Change>)> =
        ROWS.iter().map(|(name, line)| (*name, vec![row(line)])).collect();
    cases.extend([
        (
            "missing_golden",
            vec![
                without(&golden("quantization/ofm")),
                without(&golden("quantization/w")),
            ],
        ),
        ("orphan_golden", vec![with(&golden("quantization/off"), "{}")]),
        ("orphan_folder", vec![with("recipes/Old_000/test.recipe", RECIPE)]),
        ("missing_list", vec![without("test.lst")]),
        ("empty_list", vec![with("test.lst", "# the models\n")]),
        ("missing_recipe", vec![without("recipes/A/test.recipe")]),
        (
            "recipe_does_not_parse",
            vec![with(
                "recipes/A/test.recipe",
                &RECIPE.replace("output: \"ofm\" }", "outputs: \"ofm\" }"),
            )],
        ),
        ("missing_input", vec![without(INPUT)]),
        ("input_of_other_length", vec![with(INPUT, "1,2,3\n")]),
        ("input_of_other_lines", vec![with(INPUT, "1,2\n3,4\n")]),
        ("input_no_number", vec![with(INPUT, "1,nan\n")]),
        ("missing_qconf", {
            let mut changes = config("");
            changes[1].1 = None;
            changes
        }),
        ("qconf_of_unknown_layer", config(off)),
        (
            "all_at_once",
            vec![
                row("addWeightsOnlyTest(A channel int4)"),
                without(INPUT),
                without(&golden("record_minmax/ifm")),
                with(&golden("quantization/off"), "{}"),
            ],
        ),
        ("other_version", vec![]),
        (
            "remedies_without_goldens",
            vec![
                row("addTFLiteTest(A channel int8) remedies(cle)"),
                with("test_inputs/A_tflite/0.txt", "1,2\n"),
            ],
        ),
        (
            "missing_golden_of_tflite",
            vec![
                row("addTFLiteTest(A channel dynamic)"),
                with(
                    "expected_outputs/A_tflite/channel/dynamic/quantization/w.json",
                    "{}",
                ),
            ],
        ),
        (
            "missing_golden_of_onnx",
            vec![
                row("addOnnxTest(A layer qdq_u8s8)"),
                with("recipes/A/model.textproto", ONNX),
                with("test_inputs/A_onnx/0.txt", "1,2\n"),
                with("expected_outputs/A_onnx/layer/qdq_u8s8/calibration/x.json", "{}"),
                with("expected_outputs/A_onnx/layer/qdq_u8s8/calibration/y.json", "{}"),
                with("expected_outputs/A_onnx/layer/qdq_u8s8/quantization/x.json", "{}"),
            ],
        ),
        (
            "onnx_model_of_open_size",
            vec![
                row("addOnnxTest(A block matmul_4bits)"),
                with(
                    "recipes/A/model.textproto",
                    &ONNX.replace("dim_value: 2", "dim_param: \"n\""),
                ),
            ],
        ),
        (
            "onnx_model_that_is_none",
            vec![
                row("addOnnxTest(A block matmul_4bits)"),
                with("recipes/A/model.onnx", "CIR0"),
            ],
        ),
        ("words_declared_wrongly", vec![]),
        ("word_of_no_combination", vec![]),
        ("stage_without_type", vec![]),
        ("stage_that_is_not_declared", vec![]),
        ("no_such_test_of_own_words", vec![]),
        (
            "golden_of_own_stage",
            vec![
                row("addTest(A group32 fp8)"),
                with("test_inputs/A/group32/fp8/0.txt", "1,2\n"),
            ],
        ),
        (
            "two_model_files",
            vec![
                with("recipes/A/model.circle", ""),
                with("recipes/A/model.tflite", ""),
            ],
        ),
        (
            "model_file_of_another_format",
            vec![
                without("recipes/A/test.recipe"),
                with("recipes/A/model.tflite", "model"),
            ],
        ),
        (
            "model_file_is_damaged",
            vec![
                without("recipes/A/test.recipe"),
                with("recipes/A/model.tflite", "\x10\0\0\0TFL3"),
            ],
        ),
        ("record_twice", vec![with("test_inputs/A/layer/uint8/0.npy", "")]),
        (
            "record_no_npy",
            vec![without(INPUT), with("test_inputs/A/layer/uint8/0.npy", "1,2")],
        ),
        (
            "record_for_two_inputs",
            vec![without(INPUT), with("test_inputs/A/layer/uint8/0.1.npy", "1,2")],
        ),
    ]);
    cases
}

/// Writes the tree without flaw, changes it, and gives what the build script makes of it.
fn manifest(changes: &[Change], words: &Words) -> String {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("test.lst", LIST);
    write("recipes/A/test.recipe", RECIPE);
    write(INPUT, "1,2\n");
    for stage in ["record_minmax/ifm", "record_minmax/ofm", "fake_quantization/w"] {
        write(&format!("{GOLDENS}/{stage}.json"), "{}");
    }
    for tensor in ["ifm", "w", "ofm"] {
        write(&format!("{GOLDENS}/quantization/{tensor}.json"), "{}");
    }
    for (path, text) in changes {
        match text {
            Some(text) => write(path, text),
            None => drop(fs::remove_file(folder.path().join(path))),
        }
    }
    quant_testgen::manifest_of(folder.path(), words)
}

#[test]
fn every_flaw_has_its_message() {
    if env::var_os(MANIFESTS).is_some() {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
        return;
    }
    let flawless = manifest(&[], &Words::new());
    assert!(!flawless.contains("error"), "{flawless}");
    let folder = tempfile::tempdir().unwrap();
    for (name, changes) in cases() {
        let mut text = manifest(&changes, &words(name));
        match name {
            "other_version" => text = "quant-testgen 0\n".to_owned(),
            // Of tests themselves this crate knows nothing.
            "no_such_test_of_own_words" => {
                let is_test = |line: &&str| line.starts_with("case\t") || line.starts_with("seen\t");
                let lines: Vec<&str> = text.lines().filter(|line| !is_test(line)).collect();
                text = lines.join("\n");
            }
            _ => {}
        }
        assert!(
            Path::new("tests/ui").join(name).with_extension("rs").is_file(),
            "{name}"
        );
        fs::write(folder.path().join(name), text).unwrap();
    }
    // The macro, in a process below this one, finds them by a variable; a process cannot set its own safely.
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "every_flaw_has_its_message", "--nocapture"])
        .env(MANIFESTS, folder.path())
        .status();
    assert!(status.unwrap().success(), "messages changed; see above");
}
