//! Commands and data that `record-minmax` and `circle-tensordump` refuse.

use std::collections::BTreeMap;
use std::fs;

use quant_hdf5::Type;

use super::{FIXTURES, ONE, TWO};
use crate::common::{array, call, floats, refuses, succeeds, write_h5};

#[test]
fn wrong_commands_and_data_are_told_and_end_with_255() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    fs::write(folder.join("text.h5"), "hello").unwrap();
    fs::write(folder.join("short"), [0; 8]).unwrap();
    fs::write(folder.join("long"), [0; 40]).unwrap();
    fs::write(folder.join("short.txt"), "short\n").unwrap();
    fs::write(folder.join("long.txt"), "long\n").unwrap();
    fs::write(folder.join("three.txt"), "short short short\n").unwrap();
    fs::write(folder.join("gone.txt"), "not_there\n").unwrap();
    fs::write(folder.join("empty.txt"), "\n").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let (f32, good) = (Type::Float(4), array(Type::Float(4), &[2, 3], floats(&[0.0; 6])));
    let second = |dtype: &Type, shape: &[u64]| {
        let count = shape.iter().product::<u64>() as usize * dtype.size().unwrap();
        vec![vec![good.clone(), array(dtype.clone(), shape, vec![0; count])]]
    };
    write_h5(&folder.join("type.h5"), second(&Type::Float(8), &[1, 3]));
    write_h5(&folder.join("rank.h5"), second(&f32, &[3]));
    write_h5(&folder.join("shape.h5"), second(&f32, &[1, 4]));
    write_h5(&folder.join("count.h5"), vec![vec![good.clone()]]);
    write_h5(&folder.join("none.h5"), vec![]);
    let one = array(f32.clone(), &[], floats(&[0.0]));
    let root = BTreeMap::from([("value".to_owned(), one)]);
    let mut bytes = Vec::new();
    quant_hdf5::write(&root, &mut bytes).unwrap();
    fs::write(folder.join("dataset.h5"), bytes).unwrap();
    let base = "--input_model two.recipe --output_model o.circle";
    for (line, parts) in [
        ("", &["--input_model"][..]),
        ("--input_model two.recipe", &["--output_model"]),
        ("--no_such_option", &["--no_such_option"]),
        (
            &format!("{base} --mode average"),
            &["percentile", "moving_average"],
        ),
        (
            &format!("{base} --input_data_format npy"),
            &["h5", "list", "directory"],
        ),
        (&format!("{base} --min_percentile -1"), &["0…100"]),
        (&format!("{base} --max_percentile 101"), &["0…100"]),
        (&format!("{base} --num_threads 0"), &["threads", "at least 1"]),
        (
            &format!("{base} --mode moving_average --moving_avg_batch 0"),
            &["batch of 0"],
        ),
        (
            &format!("{base} --mode moving_average --moving_avg_const 2"),
            &["0…1"],
        ),
        (
            "--input_model gone.circle --output_model o.circle",
            &["gone.circle", "check the path"],
        ),
        (
            &format!("{base} --input_data gone.h5"),
            &["gone.h5", "check the path"],
        ),
        (
            &format!("{base} --input_data text.h5"),
            &["text.h5", "no HDF5 file"],
        ),
        (
            &format!("{base} --input_data dataset.h5"),
            &["dataset.h5: /value", "no group"],
        ),
        (
            &format!("{base} --input_data type.h5"),
            &["/value/0/1", "wrong input type: float64", "float32"],
        ),
        (
            &format!("{base} --input_data rank.h5"),
            &["/value/0/1", "input rank mismatch"],
        ),
        (
            &format!("{base} --input_data shape.h5"),
            &["/value/0/1", "input shape mismatch: [1, 4]"],
        ),
        (
            &format!("{base} --input_data count.h5"),
            &["/value/0", "wrong number of inputs: 1"],
        ),
        (
            &format!("{base} --input_data none.h5"),
            &["none.h5", "any record"],
        ),
        (
            &format!("{base} --input_data short.txt --input_data_format list"),
            &["short", "8 bytes", "36"],
        ),
        (
            &format!("{base} --input_data long.txt --input_data_format list"),
            &["long", "more bytes"],
        ),
        (
            &format!("{base} --input_data three.txt --input_data_format list"),
            &["three.txt:1", "3 files"],
        ),
        (
            &format!("{base} --input_data gone.txt --input_data_format list"),
            &["not_there"],
        ),
        (
            &format!("{base} --input_data empty.txt --input_data_format list"),
            &["any record"],
        ),
        (
            &format!("{base} --input_data empty --input_data_format directory"),
            &["any record"],
        ),
    ] {
        let said = refuses("record-minmax", folder, line, "");
        for part in parts {
            assert!(said.contains(part), "{line}: `{part}` is not in\n{said}");
        }
        assert!(!folder.join("o.circle").exists(), "{line}");
    }
    for line in [
        "",
        "two.recipe",
        "two.recipe --tensors --tensors_to_hdf5 o.h5",
        "gone.circle --tensors",
    ] {
        refuses("circle-tensordump", folder, line, "");
    }
    for program in ["record-minmax", "circle-tensordump"] {
        assert!(succeeds(program, folder, "--help").contains("Exit codes"));
        assert!(succeeds(program, folder, "--version").contains(program));
    }
}

#[test]
fn damaged_data_ends_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    for name in ["old_gzip", "new_extensible_gzip"] {
        let whole = fs::read(format!("{FIXTURES}/{name}.h5")).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 30) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            for bytes in [&damaged[..], &whole[..at]] {
                fs::write(folder.join("d.h5"), bytes).unwrap();
                let output = call(
                    "record-minmax",
                    folder,
                    "--input_model one.recipe --input_data d.h5 --output_model o.circle",
                );
                assert!(
                    matches!(output.status.code(), Some(0 | 255)),
                    "{name} {at}: {output:?}"
                );
            }
        }
    }
}
