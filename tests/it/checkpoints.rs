//! Value tests of checkpoints: what is wrong with a tree is told, and what differs from a golden fails.

use std::fs;
use std::path::Path;

use quant_case::checkpoint::Row;
use quant_case::list::{self, Context};
use quant_testgen::results::CheckpointTensor;
use quant_testgen::run::{CheckpointCase, CheckpointQuantizer, CoreQuantizer, check_checkpoint};
use quant_testgen::{Words, manifest_of};

const ROW: &str = "addCheckpointTest(Checkpoint_002 max78000 qat)\n";
const GOLDENS: &str = "expected_outputs/Checkpoint_002/max78000/qat/quantization";

/// A package with one row, its checkpoint and its goldens.
fn package() -> tempfile::TempDir {
    let (from, to) = (
        Path::new(env!("CARGO_MANIFEST_DIR")),
        tempfile::tempdir().unwrap(),
    );
    for folder in ["recipes/Checkpoint_002", GOLDENS] {
        fs::create_dir_all(to.path().join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let name = Path::new(folder).join(entry.unwrap().file_name());
            fs::copy(from.join(&name), to.path().join(&name)).unwrap();
        }
    }
    fs::write(to.path().join("test.lst"), ROW).unwrap();
    to
}

/// What is done to a package.
type Change<'a> = &'a dyn Fn(&Path);

fn row() -> Row {
    list::read(ROW, Context::default()).checkpoints.remove(0)
}

#[test]
fn flaws_of_a_tree_are_told() {
    let errors = |change: Change| -> Vec<String> {
        let package = package();
        change(package.path());
        let manifest = manifest_of(package.path(), &Words::new());
        manifest
            .lines()
            .filter_map(|line| line.strip_prefix("error\t"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(errors(&|_| ()), [""; 0]);
    let golden = |root: &Path| root.join(GOLDENS).join("conv.weight.json");
    let file = |root: &Path| root.join("recipes/Checkpoint_002/checkpoint.pth");
    let two = format!("{ROW}{ROW}");
    let both = format!("{ROW}addTest(Checkpoint_002 layer uint8)\n");
    let list = |text: String| move |root: &Path| fs::write(root.join("test.lst"), &text).unwrap();
    let rows: [(Change, &str); 6] = [
        (
            &|root| fs::remove_file(golden(root)).unwrap(),
            "conv.weight.json is missing; make",
        ),
        (
            &|root| fs::write(root.join(GOLDENS).join("x.json"), "{}").unwrap(),
            "x.json: no row of the list needs this file",
        ),
        (
            &|root| fs::remove_file(file(root)).unwrap(),
            "test.lst:1:1: recipes/Checkpoint_002/checkpoint.pth is missing",
        ),
        (
            &|root| fs::write(file(root), "text").unwrap(),
            "recipes/Checkpoint_002/checkpoint.pth: byte 0: this is no PyTorch",
        ),
        (&list(two), "stands already at line 1"),
        (&list(both), "give tests of one name"),
    ];
    for (change, part) in rows {
        let errors = errors(change);
        assert!(
            errors.iter().any(|error| error.contains(part)),
            "{part}\n{errors:#?}"
        );
    }
}

/// What the quantizer makes, with one element off.
struct Off;

impl CheckpointQuantizer for Off {
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String> {
        let mut made = <CoreQuantizer as CheckpointQuantizer>::run(case)?;
        made[0].elements[3] += 1.0;
        Ok(made)
    }
}

/// Forgets a tensor.
struct Short;

impl CheckpointQuantizer for Short {
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String> {
        Ok(<CoreQuantizer as CheckpointQuantizer>::run(case)?.split_off(1))
    }
}

#[test]
fn what_differs_fails() {
    let package = package();
    let root = package.path().to_str().unwrap();
    let refuse = |_: &quant_testgen::run::Pending| panic!("not accepted");
    assert_eq!(check_checkpoint::<CoreQuantizer>(root, &row(), refuse), Ok(()));
    let off = check_checkpoint::<Off>(root, &row(), refuse).unwrap_err();
    assert!(
        off.contains("1 of 13 tensors differ") && off.contains("`conv.weight` DIFFERS"),
        "{off}"
    );
    let short = check_checkpoint::<Short>(root, &row(), refuse).unwrap_err();
    assert!(short.contains("the quantizer makes no `conv.weight`"), "{short}");
    let golden = package.path().join(GOLDENS).join("norm.output_shift.json");
    let text = fs::read_to_string(&golden).unwrap();
    fs::write(&golden, text.replace("[1.0]", "[2.0]")).unwrap();
    let changed = fs::read_to_string(&golden).unwrap() != text;
    let wrong = check_checkpoint::<CoreQuantizer>(root, &row(), refuse);
    assert!(changed && wrong.unwrap_err().contains("`norm.output_shift` DIFFERS"));
    fs::remove_file(&golden).unwrap();
    assert!(check_checkpoint::<CoreQuantizer>(root, &row(), refuse).is_err());
}
