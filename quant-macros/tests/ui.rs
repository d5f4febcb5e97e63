//! What a user reads when list and trees are wrong: every rule of the generator, one flaw at a time, with the
//! compiler's whole message committed beside it. `TRYBUILD=overwrite cargo test -p quant-macros` writes them anew.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

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
const LIST: &str = "# the models\naddTest(A layer uint8)\n";
const INPUT: &str = "test_inputs/A/layer/uint8/0.txt";
const GOLDENS: &str = "expected_outputs/A/layer/uint8";

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
    vec![
        (
            "missing_golden",
            vec![
                without(&golden("quantization/ofm")),
                without(&golden("quantization/w")),
            ],
        ),
        ("orphan_golden", vec![with(&golden("quantization/off"), "{}")]),
        ("orphan_folder", vec![with("recipes/Old_000/test.recipe", RECIPE)]),
        ("duplicate_row", vec![row("addTest(A layer uint8)")]),
        ("models_of_one_name", vec![row("addTest(a layer uint8)")]),
        ("unknown_directive", vec![row("addtest(B layer uint8)")]),
        ("unknown_type", vec![row("addTest(B layer uint4)")]),
        ("forbidden_combination", vec![row("addTest(B layer int16)")]),
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
    ]
}

/// Writes the tree without flaw, changes it, and gives what the build script makes of it.
fn manifest(changes: &[Change]) -> String {
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
    quant_testgen::manifest_of(folder.path())
}

#[test]
fn every_flaw_has_its_message() {
    if env::var_os(MANIFESTS).is_some() {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
        return;
    }
    assert!(!manifest(&[]).contains("error"), "{}", manifest(&[]));
    let folder = tempfile::tempdir().unwrap();
    for (name, changes) in cases() {
        let mut text = manifest(&changes);
        if name == "other_version" {
            text = "quant-testgen 0\n".to_owned();
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
