//! Every flaw of list and trees, one at a time.

use std::fs;
use std::path::Path;

use super::*;

const RECIPE: &str = r#"
operand { name: "ifm" type: FLOAT32 shape { dim: 1 dim: 2 } }
operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 2 }
  filler { tag: "explicit" arg: "1" arg: "2" arg: "3" arg: "4" } }
operand { name: "ofm" type: FLOAT32 shape { dim: 1 dim: 2 } }
operation { type: "FullyConnected" fullyconnected_options { activation: NONE }
  input: "ifm" input: "w" input: "" output: "ofm" }
input: "ifm"
output: "ofm"
"#;
const QCONF: &str = r#"{"layers": [{"name": "ofm", "dtype": "int16", "granularity": "channel"}]}"#;

/// A tree that has nothing wrong: one row with all its files.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "test.lst", "addTest(A layer uint8)\n");
    write(root, "recipes/A/test.recipe", RECIPE);
    write(root, "test_inputs/A/layer/uint8/0.txt", "1,2\n");
    for golden in [
        "fake_quantization/w",
        "record_minmax/ifm",
        "record_minmax/ofm",
        "quantization/ifm",
        "quantization/w",
        "quantization/ofm",
    ] {
        write(
            root,
            &format!("expected_outputs/A/layer/uint8/{golden}.json"),
            "{}",
        );
    }
    folder
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn stages(scan: &Scan) -> Vec<String> {
    scan.cases
        .iter()
        .map(|(row, stage)| format!("{} {stage}", row.line))
        .collect()
}

#[test]
fn a_whole_tree_has_every_stage() {
    let folder = tree();
    let scan = scan(folder.path(), false, &Words::new());
    assert_eq!(scan.errors, [""; 0]);
    assert_eq!(
        stages(&scan),
        ["1 fake_quantization", "1 record_minmax", "1 quantization"]
    );
    assert!(!scan.missing_goldens && !scan.has_local_list);
}

/// What is changed in the tree, and the errors that must come of it.
type Change = (
    &'static [(&'static str, Option<&'static str>)],
    &'static [&'static str],
);

#[test]
fn every_flaw_is_told() {
    let rows: &[Change] = &[
        (
            &[("test.lst", None)],
            &["test.lst:1:1: the list is missing; write it"],
        ),
        (
            &[("test.lst", Some("# none\n"))],
            &["test.lst:1:1: the list names no model; add a line"],
        ),
        (
            &[(
                "test.lst",
                Some("addTest(A layer uint8)\naddTest(A layer int16)\n"),
            )],
            &["test.lst:2:1: addTest(A layer int16): layer-wise quantization supports only uint8"],
        ),
        (
            &[("test.local.lst", Some("addTest(A layer uint8)\n"))],
            &["test.local.lst:1:1: addTest(A layer uint8) stands already at test.lst:1:1; remove one"],
        ),
        (
            &[("test.local.lst", Some("addTest(a layer uint8)\n"))],
            &["test.local.lst:1:1: models A and a give tests of one name; rename one"],
        ),
        (
            &[("recipes/A/test.recipe", None)],
            &["test.lst:1:1: recipes/A/test.recipe is missing; write the recipe, or remove the row"],
        ),
        (
            &[("recipes/A/test.recipe", Some("operand {\n  nam: \"x\" }"))],
            &["test.lst:1:1: recipes/A/test.recipe:2:3: "],
        ),
        (
            &[("test_inputs/A/layer/uint8/0.txt", None)],
            &["test.lst:1:1: test_inputs/A/layer/uint8/0.txt is missing; write records 0.txt"],
        ),
        (
            &[("test_inputs/A/layer/uint8/2.txt", Some("1,2"))],
            &["test.lst:1:1: test_inputs/A/layer/uint8/1.txt is missing; write records 0.txt"],
        ),
        (
            &[("test_inputs/A/layer/uint8/0.txt", Some("1,2,3\n"))],
            &[
                "test.lst:1:1: test_inputs/A/layer/uint8/0.txt: line 1 has 3 values, input `ifm` of shape [1, 2]",
            ],
        ),
        (
            &[("test_inputs/A/layer/uint8/1.txt", Some("1,2\n3,4\n"))],
            &["test.lst:1:1: test_inputs/A/layer/uint8/1.txt: 2 lines with values, but 1 graph input"],
        ),
        (
            &[("test_inputs/A/layer/uint8/00.txt", Some("1,2"))],
            &["test.lst:1:1: test_inputs/A/layer/uint8/00.txt: no row of the list needs this file"],
        ),
        (
            &[("expected_outputs/A/layer/uint8/quantization/w.json", None)],
            &[
                "test.lst:1:1: expected_outputs/A/layer/uint8/quantization/w.json is missing; make what the oracle computes with `quant golden write`, or accept what the quantizer does with `cargo insta test --review`, or remove addTest(A layer uint8)",
            ],
        ),
        (
            &[("expected_outputs/A/layer/uint8/quantization/.json", Some("{}"))],
            &[
                "test.lst:1:1: expected_outputs/A/layer/uint8/quantization/.json: no row of the list needs this file",
            ],
        ),
        (
            &[(
                "expected_outputs/A/layer/uint8/uint8/quantization/w.json",
                Some("{}"),
            )],
            &[
                "test.lst:1:1: expected_outputs/A/layer/uint8/uint8: no row of the list needs this folder; remove it",
            ],
        ),
        (
            &[("recipes/B/test.recipe", Some(RECIPE))],
            &["test.lst:1:1: recipes/B: no row of the list needs this folder"],
        ),
        (
            &[
                ("test.lst", Some("# the models\naddTest(A layer uint8)\n")),
                ("recipes/B/test.recipe", Some(RECIPE)),
                ("recipes/A/test.recipe.orig", Some(RECIPE)),
            ],
            &[
                "test.lst:2:1: recipes/A/test.recipe.orig: no row of the list needs this file",
                "test.lst:1:1: recipes/B: no row of the list needs this folder",
            ],
        ),
        (
            &[(
                "test.lst",
                Some("addTest(A layer uint8)\naddQConfTest(A layer uint8)\n"),
            )],
            &[
                "test.lst:2:1: config_files/A/layer/uint8/qconf.json is missing; write the configuration",
                "test.lst:2:1: test_inputs/A_config/layer/uint8 is missing; write one record a file",
            ],
        ),
        (
            &[
                (
                    "test.lst",
                    Some("addTest(A layer uint8)\naddQConfTest(A layer uint8)\n"),
                ),
                (
                    "config_files/A/layer/uint8/qconf.json",
                    Some(r#"{"layers": [{"name": "off", "dtype": "int16", "granularity": "channel"}]}"#),
                ),
                ("test_inputs/A_config/layer/uint8/0.txt", Some("1,2")),
                (
                    "expected_outputs/A_config/layer/uint8/fake_quantization/w.json",
                    Some("{}"),
                ),
                (
                    "expected_outputs/A_config/layer/uint8/quantization/what.json",
                    Some("{}"),
                ),
            ],
            &[
                "test.lst:2:1: config_files/A/layer/uint8/qconf.json: no operation makes `off`; name a layer by",
            ],
        ),
        (
            &[
                (
                    "test.lst",
                    Some("addTest(A layer uint8)\naddQConfTest(A layer uint8)\n"),
                ),
                ("config_files/A/layer/uint8/qconf.json", Some(QCONF)),
                ("test_inputs/A_config/layer/uint8/0.txt", Some("1,2")),
                (
                    "expected_outputs/A_config/layer/uint8/fake_quantization/w.json",
                    Some("{}"),
                ),
                (
                    "expected_outputs/A_config/layer/uint8/quantization/w.json",
                    Some("{}"),
                ),
                (
                    "expected_outputs/A_config/layer/uint8/quantization/ifm.json",
                    Some("{}"),
                ),
                (
                    "expected_outputs/A_config/layer/uint8/quantization/ofm.json",
                    Some("{}"),
                ),
                (
                    "expected_outputs/A_config/layer/uint8/quantization/ifm_Quantize.json",
                    Some("{}"),
                ),
            ],
            &[
                "test.lst:2:1: expected_outputs/A_config/layer/uint8/quantization/ofm_Quantize.json is missing",
            ],
        ),
        (
            &[(
                "test.lst",
                Some("addTest(A layer uint8)\naddWeightsOnlyTest(A channel int8)\n"),
            )],
            &["test.lst:2:1: expected_outputs/A/channel/int8/wo_quantization/w.json is missing"],
        ),
    ];
    for (changes, wanted) in rows {
        let folder = tree();
        for (path, text) in *changes {
            match text {
                Some(text) => write(folder.path(), path, text),
                None => fs::remove_file(folder.path().join(path)).unwrap(),
            }
        }
        // Without a row, everything in the trees belongs to nobody.
        let scan = scan(folder.path(), false, &Words::new());
        let orphans_of_no_row =
            |error: &&String| scan.cases.is_empty() && error.contains(": no row of the list");
        let errors: Vec<&String> = scan.errors.iter().filter(|e| !orphans_of_no_row(e)).collect();
        assert_eq!(errors.len(), wanted.len(), "{changes:?}: {errors:#?}");
        for (error, wanted) in errors.iter().zip(*wanted) {
            assert!(error.starts_with(wanted), "{error}\nshould begin with\n{wanted}");
            assert!(error.contains("; "), "{error} has no way out");
        }
    }
}

/// The oracle has no goldens of a package's own words: it is no way out.
#[test]
fn goldens_of_own_words_come_from_the_quantizer_alone() {
    let folder = tree();
    let words = Words::new()
        .granularity("group32")
        .test("group32", "uint8", &["quantization"]);
    let list = folder.path().join("test.lst");
    let text = fs::read_to_string(&list).unwrap().replace(" layer ", " group32 ");
    fs::write(list, text).unwrap();
    let errors = scan(folder.path(), false, &words).errors;
    let missing = |what: &str| errors.iter().find(|error| error.contains(what)).unwrap();
    let goldens = missing("group32/uint8/quantization/");
    assert!(
        goldens.contains("missing; accept what the quantizer does") && !goldens.contains("oracle"),
        "{goldens}"
    );
}

#[test]
fn missing_goldens_are_let_through_when_they_are_to_be_created() {
    let folder = tree();
    fs::remove_dir_all(folder.path().join("expected_outputs")).unwrap();
    let told = scan(folder.path(), false, &Words::new());
    assert_eq!((told.errors.len(), told.missing_goldens), (3, true));
    let created = scan(folder.path(), true, &Words::new());
    assert_eq!((created.errors.len(), created.missing_goldens), (0, true));
    assert_eq!(stages(&created).len(), 3);
}
