//! Rows of TensorFlow Lite's quantizers: what operators read and make is compared, and a use that reads something else than
//! its tensor has a golden of its own.

use std::fs;
use std::path::Path;

use quant_case::{Stage, Word};
use quant_golden::Selection;
use quant_testgen::markers::{Quantization, RowKind};
use quant_testgen::run::{Case, CaseId, CoreQuantizer, Dump, Pending, Quantizer, check};

/// Neg stays float: it reads a DEQUANTIZE, and what follows reads a QUANTIZE.
const RECIPE: &str = r#"
operand { name: "x" type: FLOAT32 shape { dim: 2 } }
operand { name: "y" type: FLOAT32 shape { dim: 2 } }
operand { name: "less" type: FLOAT32 shape { dim: 2 } }
operand { name: "z" type: FLOAT32 shape { dim: 2 } }
operation { type: "Mul" input: "x" input: "x" output: "y" mul_options { activation: NONE } }
operation { type: "Neg" input: "y" output: "less" neg_options { } }
operation { type: "Add" input: "less" input: "x" output: "z" add_options { activation: NONE } }
input: "x" output: "z"
"#;
const GOLDENS: &str = "expected_outputs/A_tflite/channel/int8/quantization";

fn run(root: &Path) -> Result<(), String> {
    let id = CaseId {
        root: root.to_str().unwrap(),
        model: "A",
        kind: RowKind::TFLite,
        granularity: Word::new("channel"),
        dtype: Word::new("int8"),
        stage: Stage::Quantization,
        attributes: "",
    };
    let quantized = |case: &Case| -> Result<Dump, String> {
        let made = <CoreQuantizer as Quantizer<Quantization>>::run(case)?;
        Ok(made.into_iter().map(Into::into).collect())
    };
    check(&id, quantized, |_: &Pending| panic!("not accepted"))
}

#[test]
fn uses_have_goldens_both_ways() {
    let package = tempfile::tempdir().unwrap();
    let root = package.path();
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("test.lst", "addTFLiteTest(A channel int8)\n");
    write("recipes/A/test.recipe", RECIPE);
    write("test_inputs/A_tflite/0.txt", "1,-2\n");
    let all = Selection::default();
    let report = quant_golden::write(root, &all);
    assert!(report.is_clean() && report.rows == 1, "{report}");
    let mut names: Vec<_> = fs::read_dir(root.join(GOLDENS))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let wanted = [
        "less.json",
        "less@z.json",
        "x.json",
        "y.json",
        "y@less.json",
        "z.json",
    ];
    assert_eq!(names, wanted);
    assert_eq!(run(root), Ok(()));

    let float = fs::read_to_string(root.join(GOLDENS).join("y@less.json")).unwrap();
    fs::remove_file(root.join(GOLDENS).join("y@less.json")).unwrap();
    let missing = run(root).unwrap_err();
    assert!(
        missing.contains("`y@less` DIFFERS") && missing.contains("there is no golden yet"),
        "{missing}"
    );

    write(&format!("{GOLDENS}/y@less.json"), &float);
    write(&format!("{GOLDENS}/x@z.json"), &float);
    let stray = run(root).unwrap_err();
    assert!(
        stray.contains("`x@z` DIFFERS\n  the quantizer makes no such tensor"),
        "{stray}"
    );
    let report = quant_golden::check(root, &all);
    assert_eq!(report.differences.len(), 1, "{report}");
    assert!(
        report.differences[0]
            .ends_with("x@z.json: this use reads what its tensor's golden says; remove the file")
    );
}
