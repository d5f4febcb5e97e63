//! `quant golden`: a tree is made, and whatever belongs to no row is told.

use std::fs;
use std::path::Path;

use crate::common::{REPOSITORY, fails, passes, quant};

/// Whatever lies in a tree and belongs to no row, and records behind a gap, stop both verbs of goldens.
fn left_overs_are_named(root: &Path) {
    let nobodys = |shown: &str, what: &str| format!("{shown}: no row of the list needs this {what}");
    let goldens = "expected_outputs/ReLU_000/layer/uint8/quantization";
    let left_overs = [
        (
            format!("{goldens}/gone.json"),
            nobodys(&format!("{goldens}/gone.json"), "file"),
        ),
        (
            format!("{goldens}/.json"),
            nobodys(&format!("{goldens}/.json"), "file"),
        ),
        (
            "expected_outputs/Gone_000/x.json".to_owned(),
            nobodys("expected_outputs/Gone_000", "folder"),
        ),
        (
            "recipes/Gone_000/test.recipe".to_owned(),
            nobodys("recipes/Gone_000", "folder"),
        ),
        (
            "config_files/ReLU_000/layer/uint8/qconf.json".to_owned(),
            nobodys("config_files/ReLU_000", "folder"),
        ),
        (
            "test_inputs/ReLU_000/layer/int16/0.txt".to_owned(),
            nobodys("test_inputs/ReLU_000/layer/int16", "folder"),
        ),
        (
            "test_inputs/ReLU_000/layer/uint8/9.txt".to_owned(),
            "5.txt is missing; write records".to_owned(),
        ),
    ];
    for (path, told) in &left_overs {
        let path = root.join(path);
        let absent = path
            .ancestors()
            .filter(|folder| !folder.exists())
            .last()
            .unwrap()
            .to_owned();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "1,2\n").unwrap();
        for verb in ["check", "write"] {
            let output = quant(root, &format!("golden {verb}"));
            let out = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{}\n{out}", path.display());
            assert!(
                out.contains(told) && out.ends_with(" 1 problems\n"),
                "{}\n{out}",
                path.display()
            );
        }
        let removed = if absent.is_dir() {
            fs::remove_dir_all(absent)
        } else {
            fs::remove_file(absent)
        };
        removed.unwrap();
    }
    assert!(passes(root, "golden check").ends_with(" 0 problems\n"));
}

/// What is written and removed is named; filters take rows by their text and by the names of their tests.
fn prunes_lists_and_filters(root: &Path) {
    let golden = "expected_outputs/ReLU_000/layer/uint8/quantization/ofm.json";
    let gone = "expected_outputs/ReLU_000/layer/uint8/quantization/gone.json";
    let text = fs::read_to_string(root.join(golden)).unwrap();
    fs::remove_file(root.join(golden)).unwrap();
    fs::write(root.join(gone), "{}").unwrap();
    let out = passes(root, "golden write relu_000::layer::uint8::quantization");
    assert_eq!(
        out,
        format!("./{golden}: written\ngoldens: 1 rows, 2 files, 1 written, 0 differ, 0 problems\n")
    );
    assert_eq!(fs::read_to_string(root.join(golden)).unwrap(), text);
    assert_eq!(fails(root, "golden write").0, 1);
    assert_eq!(fails(root, "golden check --prune").0, 2);
    assert_eq!(fails(root, "golden write --prune ReLU").0, 2);
    assert!(root.join(gone).exists());
    let out = passes(root, "golden write --prune");
    assert!(
        out.starts_with(&format!("./{gone}: removed\ngoldens: 1 rows")),
        "{out}"
    );
    assert!(!root.join(gone).exists() && root.join(golden).exists());
    let list = "test.lst:1:1: addTest(ReLU_000 layer uint8)\n  relu_000::layer::uint8::record_minmax\n  \
                relu_000::layer::uint8::quantization\n1 rows, 2 tests, 0 ignored, 0 that fail, 0 problems\n";
    assert_eq!(passes(root, "golden list"), list);
    let (code, error) = fails(root, "golden list Conv2D");
    assert_eq!(
        (code, error.as_str()),
        (
            1,
            "error: no row has `Conv2D` in it; `quant golden list` shows them all\n"
        )
    );
    let usual = fs::read_to_string(root.join("test.lst")).unwrap();
    fs::write(
        root.join("test.lst"),
        "addTest(R*_000 {layer,channel} uint8) tag(slow)\naddTest(ReLU_000 group32 fp8) ignore(\"later\")\n",
    )
    .unwrap();
    assert_eq!(fails(root, "golden list").0, 1);
    let out = passes(root, "golden list --word group32 --word fp8");
    for wanted in [
        "test.lst:1:1: addTest(ReLU_000 channel uint8) tag(slow)\n  relu_000::channel::uint8::record_minmax::tag_slow\n",
        "test.lst:2:1: addTest(ReLU_000 group32 fp8) ignore(\"later\")\n",
        "3 rows, 4 tests, ",
    ] {
        assert!(out.contains(wanted), "{out}\n{wanted}");
    }
    // ONE does not put these words together; the package does.
    fs::write(root.join("test.lst"), "addTest(ReLU_000 layer {uint8,int16})\n").unwrap();
    assert_eq!(fails(root, "golden list").0, 1);
    assert_eq!(fails(root, "golden list --word channel/int16").0, 1);
    let out = passes(root, "golden list --word layer/int16");
    assert!(
        out.contains("test.lst:1:1: addTest(ReLU_000 layer int16)\n2 rows, 2 tests, "),
        "{out}"
    );
    let records = root.join("test_inputs/ReLU_000/layer/int16");
    fs::create_dir(&records).unwrap();
    fs::copy(
        root.join("test_inputs/ReLU_000/layer/uint8/0.txt"),
        records.join("0.txt"),
    )
    .unwrap();
    let out = passes(root, "golden check --word layer/int16");
    assert!(
        out.contains("addTest(ReLU_000 layer int16): its words are the package's own")
            && out.ends_with("4 files, 0 written, 0 differ, 0 problems\n"),
        "{out}"
    );
    fs::remove_dir_all(records).unwrap();
    fs::write(root.join("test.lst"), usual).unwrap();
}

#[test]
fn goldens_of_a_tree() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("test.lst"), "addTest(ReLU_000 layer uint8)\n").unwrap();
    for tree in ["recipes/ReLU_000", "test_inputs/ReLU_000/layer/uint8"] {
        fs::create_dir_all(root.join(tree)).unwrap();
        for entry in fs::read_dir(format!("{REPOSITORY}/{tree}")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), root.join(tree).join(entry.file_name())).unwrap();
        }
    }
    assert_eq!(fails(root, "golden check").0, 3);
    assert!(passes(root, "golden write").ends_with("4 files, 4 written, 0 differ, 0 problems\n"));
    assert!(passes(root, "golden check").ends_with("4 files, 0 written, 0 differ, 0 problems\n"));
    prunes_lists_and_filters(root);
    assert_eq!(
        passes(root, "report -o page"),
        "page/index.html: 2 cases, 0 differ\n"
    );
    left_overs_are_named(root);
    let golden = root.join("expected_outputs/ReLU_000/layer/uint8/quantization/ofm.json");
    fs::write(
        &golden,
        fs::read_to_string(&golden).unwrap().replace("uint8", "int8"),
    )
    .unwrap();
    let (code, error) = fails(root, "report -o page");
    assert_eq!(
        (code, error.as_str()),
        (3, "error: 1 of 2 cases differ; see page/index.html\n")
    );
    let page = fs::read_to_string(root.join("page/index.html")).unwrap();
    assert_eq!(page.matches("class=\"case\">").count(), 2);
    assert!(
        page.contains("1 of 2 tensors differ; first in graph order: operator 0 ReLU"),
        "{page}"
    );
    assert!(
        !page.contains("http://") || page.matches("http").count() == 1,
        "the page asks the network for something"
    );
}
