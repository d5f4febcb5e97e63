//! What a list may say beside its words: attributes of rows, models that are files, records of NumPy, stages of its own.

use std::fs;
use std::path::{Path, PathBuf};

use quant_case::{Stage, Word, Words};
use quant_core::format;
use quant_core::ir::FileFormat;
use quant_testgen::markers::{Quantization, RowKind};
use quant_testgen::run::{Case, CaseId, CoreQuantizer, Dump, Pending, Quantizer, check};

use crate::common::REPOSITORY;

const MODEL: &str = "Conv2D_000";
const GOLDENS: &str = "expected_outputs/Conv2D_000/channel/uint8/quantization";
const INPUTS: &str = "test_inputs/Conv2D_000/channel/uint8";

/// A package with the files of one row.
fn package() -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    fs::write(to.path().join("test.lst"), "addTest(Conv2D_000 channel uint8)\n").unwrap();
    let mut folders = vec![
        format!("recipes/{MODEL}"),
        INPUTS.to_owned(),
        format!("expected_outputs/{MODEL}/channel/uint8"),
    ];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(to.path().join(&folder)).unwrap();
        for entry in fs::read_dir(Path::new(REPOSITORY).join(&folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap());
            if Path::new(REPOSITORY).join(&name).is_dir() {
                folders.push(name);
            } else {
                fs::copy(Path::new(REPOSITORY).join(&name), to.path().join(&name)).unwrap();
            }
        }
    }
    to
}

fn quantized(case: &Case) -> Result<Dump, String> {
    let made = <CoreQuantizer as Quantizer<Quantization>>::run(case)?;
    Ok(made.into_iter().map(Into::into).collect())
}

fn refused(_: &Case) -> Result<Dump, String> {
    Err("no kernel".to_owned())
}

fn run(
    root: &Path,
    stage: Stage,
    attributes: &str,
    quantizer: fn(&Case) -> Result<Dump, String>,
) -> Result<(), String> {
    let id = CaseId {
        root: root.to_str().unwrap(),
        model: MODEL,
        kind: RowKind::Test,
        granularity: Word::new("channel"),
        dtype: Word::new("uint8"),
        stage,
        attributes,
    };
    check(&id, quantizer, |_: &Pending| panic!("not accepted"))
}

fn golden(root: &Path) -> PathBuf {
    root.join(GOLDENS).join("ofm.json")
}

/// Moves the scale of a golden by a few parts in ten thousand.
fn spoil(root: &Path) {
    let text = fs::read_to_string(golden(root)).unwrap();
    let mut tensor = quant_case::golden::parse(&text).unwrap();
    tensor.scale.as_mut().unwrap()[0] *= 1.0005;
    fs::write(golden(root), quant_case::golden::to_json(&tensor)).unwrap();
}

#[test]
fn a_row_that_fails_says_when_it_passes() {
    let package = package();
    let root = package.path();
    let stage = Stage::Quantization;
    let fails = "fails(\"rounds half up\")";
    assert_eq!(run(root, stage, "", quantized), Ok(()));
    assert_eq!(
        run(root, stage, fails, quantized).unwrap_err(),
        "addTest(Conv2D_000 channel uint8) quantization: it passes now: remove `fails` from its row, which says that \
         it fails because of \"rounds half up\""
    );
    assert_eq!(run(root, stage, fails, refused), Ok(()));
    assert!(run(root, stage, "", refused).unwrap_err().ends_with("no kernel"));
    spoil(root);
    assert!(
        run(root, stage, "", quantized)
            .unwrap_err()
            .contains("`ofm` DIFFERS")
    );
    // Where nobody reviews (`CI` is set), nothing was offered.
    let offered = root.join("pending_outputs");
    assert!(
        offered.exists() || std::env::var_os("CI").is_some() || std::env::var_os("INSTA_UPDATE").is_some()
    );
    let _ = fs::remove_dir_all(offered);
    assert_eq!(run(root, stage, fails, quantized), Ok(()));
    // What cannot be compared is no failure that anybody has foreseen.
    fs::remove_file(golden(root)).unwrap();
    let missing = run(root, stage, fails, quantized).unwrap_err();
    assert!(
        missing.contains("it cannot be seen whether this fails")
            && missing.contains("there is no golden yet")
    );
    fs::remove_file(root.join("recipes/Conv2D_000/test.recipe")).unwrap();
    assert!(
        run(root, stage, fails, quantized)
            .unwrap_err()
            .contains("is missing; write the recipe")
    );
    assert!(
        !root.join("pending_outputs").exists(),
        "a row that fails offers nothing"
    );
}

#[test]
fn a_tolerance_holds_for_its_key_and_shows() {
    let package = package();
    let root = package.path();
    let with = |attributes| run(root, Stage::Quantization, attributes, quantized);
    spoil(root);
    for narrow in [
        "",
        "tolerance(scale relative 1e-4)",
        "tolerance(zero_point steps 1, weights steps 1)",
    ] {
        let told = with(narrow).unwrap_err();
        assert!(told.contains("1 of ") && told.contains("`ofm` DIFFERS"), "{told}");
        assert_eq!(
            told.contains("(the row's tolerance: scale relative 0.0001)"),
            narrow.contains("scale"),
            "{told}"
        );
    }
    assert_eq!(with("tolerance(scale relative 1e-3)"), Ok(()));
    let told = {
        fs::remove_file(root.join(GOLDENS).join("ifm.json")).unwrap();
        with("tolerance(scale relative 1e-3)").unwrap_err()
    };
    assert!(told.contains("1 only within the row's own tolerance"), "{told}");
}

/// Puts a file in place of the recipe.
fn as_file(root: &Path, format: FileFormat, name: &str) {
    let path = root.join("recipes").join(MODEL).join("test.recipe");
    let recipe = quant_case::recipe::parse(&fs::read_to_string(&path).unwrap()).unwrap();
    let bytes = format::export(&quant_recipe::build(&recipe).unwrap(), format).unwrap();
    fs::write(path.with_file_name(name), bytes).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn a_model_that_is_a_file_is_pinned_both_ways() {
    for (format, name) in [
        (FileFormat::Circle, "model.circle"),
        (FileFormat::Tflite, "model.tflite"),
    ] {
        let package = package();
        let root = package.path();
        as_file(root, format, name);
        let manifest = quant_testgen::manifest_of(root, &Words::new());
        assert!(!manifest.contains("error\t"), "{manifest}");
        for stage in ["fake_quantization", "record_minmax", "quantization"] {
            assert!(manifest.contains(&format!("uint8\t{stage}")), "{manifest}");
        }
        let with = || run(root, Stage::Quantization, "", quantized);
        assert_eq!(with(), Ok(()), "{name}");
        fs::rename(golden(root), root.join(GOLDENS).join("gone.json")).unwrap();
        let told = with().unwrap_err();
        assert!(
            told.contains("`ofm` DIFFERS") && told.contains("ofm.json: there is no golden yet"),
            "{told}"
        );
        assert!(
            told.contains("gone.json is the golden of; remove the file"),
            "{told}"
        );
        assert!(told.contains("operator 0 Conv2D, which makes `ofm`"), "{told}");
        fs::remove_dir_all(root.join(GOLDENS)).unwrap();
        let manifest = quant_testgen::manifest_of(root, &Words::new());
        let missing =
            format!("error\ttest.lst:1:1: {GOLDENS}/*.json are missing; which tensors a model file has");
        assert!(manifest.contains(&missing), "{manifest}");
    }
}

/// A `.npy` file of floats.
fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

#[test]
fn records_of_numpy_are_those_of_text() {
    let package = package();
    let root = package.path();
    let (text, array) = (root.join(INPUTS).join("0.txt"), root.join(INPUTS).join("0.npy"));
    let values: Vec<f32> = quant_case::records::words(fs::read_to_string(&text).unwrap().trim())
        .map(|word| word.parse().unwrap())
        .collect();
    let recipe = fs::read_to_string(root.join("recipes/Conv2D_000/test.recipe")).unwrap();
    let recipe = quant_case::recipe::parse(&recipe).unwrap();
    let shape = &recipe.operand(&recipe.inputs[0]).unwrap().shape;
    let shape = format!(
        "({})",
        shape
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    );
    fs::remove_file(&text).unwrap();
    fs::write(&array, npy(&shape, &values)).unwrap();
    let errors = || {
        let manifest = quant_testgen::manifest_of(root, &Words::new());
        manifest
            .lines()
            .filter_map(|line| line.strip_prefix("error\t"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(errors(), "");
    assert_eq!(run(root, Stage::Quantization, "", quantized), Ok(()));
    for (bytes, wanted) in [
        (
            npy("(2,)", &[1.0, 2.0]),
            "0.npy: the array's shape is [2], input `ifm` has [",
        ),
        (
            npy("(3,)", &[1.0, 2.0]),
            "0.npy: 8 bytes are not the elements of shape [3]; the file is cut short",
        ),
        (
            npy(&shape, &vec![f32::NAN; values.len()]),
            "`NaN` is no finite number",
        ),
    ] {
        fs::write(&array, bytes).unwrap();
        assert!(errors().contains(wanted), "{}\n{wanted}", errors());
    }
}

#[test]
fn an_own_stage_is_pinned_by_its_goldens() {
    #[allow(clippy::unnecessary_wraps)] // the type of quantizers
    fn calibrated(_: &Case) -> Result<Dump, String> {
        let tensor = |max| quant_case::golden::Tensor {
            min: Some(vec![-1.0]),
            max: Some(vec![max]),
            ..Default::default()
        };
        Ok(vec![("a".to_owned(), tensor(1.0)), ("b".to_owned(), tensor(2.0))])
    }
    let package = package();
    let root = package.path();
    let folder = root.join("expected_outputs/Conv2D_000/channel/uint8/calibration");
    fs::create_dir_all(&folder).unwrap();
    let (min_max, stage) = ("{\"min\": [-1.0], \"max\": [1.0]}", Stage::Own("calibration"));
    fs::write(folder.join("a.json"), min_max).unwrap();
    let words = Words::new()
        .stage("calibration")
        .test("channel", "uint8", &["calibration"]);
    let manifest = quant_testgen::manifest_of(root, &words);
    assert!(
        manifest.contains("uint8\tcalibration\n") && !manifest.contains("error\t"),
        "{manifest}"
    );
    assert!(
        quant_testgen::manifest_of(root, &Words::new())
            .contains("calibration: no row of the list needs this folder")
    );
    assert_eq!(
        quant_testgen::left_over(root, &Words::foreign(["calibration"])),
        []
    );
    let told = run(root, stage, "", calibrated).unwrap_err();
    assert!(
        told.contains("1 of 2 tensors differ") && told.contains("b.json: there is no golden yet"),
        "{told}"
    );
    fs::write(folder.join("b.json"), min_max.replace("[1.0]}", "[2.0]}")).unwrap();
    assert_eq!(run(root, stage, "", calibrated), Ok(()));
}
