//! Arrays of other types, orders of axes and names as data.

use std::fs;

use quant_hdf5::Type;

use super::fails_with;
use super::pictures::{given, write_model};
use crate::common::{REPOSITORY, array, fails, floats, outcome, passes, quant, write_h5, write_npy};

#[test]
fn arrays_of_other_types_and_orders() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 2, 1, 3]);
    // Two records of 2 × 1 pixels, channels last and first.
    let last = [0_u8, 51, 102, 153, 204, 255, 255, 204, 153, 102, 51, 0];
    let first = [0_u8, 153, 51, 204, 102, 255, 255, 102, 204, 51, 153, 0];
    let doubles: Vec<u8> = last.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
    write_npy(&folder.join("last.npy"), "|u1", "2, 2, 1, 3", &last);
    write_npy(&folder.join("first.npy"), "|u1", "2, 1, 3, 2, 1", &first);
    write_npy(&folder.join("double.npy"), "<f8", "2, 2, 1, 3", &doubles);
    write_npy(&folder.join("ints.npy"), "<i4", "2, 2, 1, 3", &[0; 48]);
    let fifths: Vec<f32> = last.iter().map(|x| (f32::from(*x) / 51.0 - 1.0) / 2.0).collect();
    for data in ["last.npy", "first.npy --layout nchw", "double.npy", "x=last.npy"] {
        passes(
            folder,
            &format!("infer m.recipe --data {data} --scale 1/51 --mean 1 --std 2 -o out"),
        );
        assert_eq!(given(&folder.join("out/y.npy")), fifths, "{data}");
    }
    let halves: Vec<f32> = last.iter().map(|x| f32::from(*x) + 0.5).collect();
    let doubles: Vec<u8> = halves.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
    write_npy(&folder.join("halves.npy"), "<f8", "2, 2, 1, 3", &doubles);
    passes(folder, "infer m.recipe --data halves.npy -o out");
    assert_eq!(given(&folder.join("out/y.npy")), halves);
    for (data, code, what) in [
        (
            "last.npy",
            1,
            "its type is '|u1'; input `x` takes float32 of shape [1, 2, 1, 3]: say how bytes become",
        ),
        ("first.npy --scale 1", 1, "add --layout nchw"),
        ("ints.npy --scale 1", 1, "its type is '<i4'"),
        (
            "z=last.npy --scale 1",
            2,
            "the model has no input `z`; its inputs are `x`",
        ),
        ("no.npz", 5, "no.npz"),
    ] {
        fails_with(
            folder,
            &format!("infer m.recipe --data {data} -o out"),
            code,
            what,
        );
    }
}

#[test]
fn arrays_of_an_archive_go_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[2, 2]);
    // The first byte is the fuzz target's.
    for name in ["npz_sound", "npz_packed"] {
        let bytes = fs::read(format!("{REPOSITORY}/tests/hostile/data/{name}")).unwrap();
        fs::write(folder.join("d.npz"), &bytes[1..]).unwrap();
        let (code, _, warned) = outcome(quant(folder, "infer m.recipe --data d.npz -o out"));
        let equal = "warning: d.npz: all 3 records are equal; one of them says as much\n";
        assert_eq!((code, warned.as_str()), (0, equal));
        assert_eq!(given(&folder.join("out/y.npy")).len(), 12);
    }
    let bytes = fs::read(format!("{REPOSITORY}/tests/hostile/data/npz_cut")).unwrap();
    fs::write(folder.join("d.npz"), &bytes[1..]).unwrap();
    fails_with(
        folder,
        "infer m.recipe --data d.npz -o out",
        1,
        "d.npz: damaged .npz file",
    );
}

#[test]
fn files_that_look_swapped_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"operand { name: "a" type: FLOAT32 shape { dim: 1 } }
        operand { name: "b" type: FLOAT32 shape { dim: 1 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 } }
        operation { type: "Sub" input: "a" input: "b" output: "y" sub_options { activation: NONE } }
        input: "a" input: "b" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    write_npy(&folder.join("a.npy"), "<f4", "1, 1", &floats(&[5.0]));
    write_npy(&folder.join("b.npy"), "<f4", "1, 1", &floats(&[3.0]));
    for data in ["a.npy,b.npy", "b=b.npy,a=a.npy"] {
        passes(folder, &format!("infer m.recipe --data {data} -o out"));
        assert_eq!(given(&folder.join("out/y.npy")), [-2.0]);
    }
    let (code, _, warning) = outcome(quant(folder, "infer m.recipe --data b.npy,a.npy -o out"));
    assert_eq!(code, 0);
    assert!(
        warning.contains("b.npy: it is read for input `a`") && warning.contains("write b=b.npy"),
        "{warning}"
    );
    let (code, error) = fails(folder, "infer m.recipe --data a=a.npy,a=b.npy -o out");
    assert!(code == 2 && error.contains("input `a` has two files"), "{error}");
}

#[test]
fn other_types_in_hdf5() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 2, 1, 3]);
    let bytes = vec![0_u8, 51, 102, 153, 204, 255];
    let doubles: Vec<u8> = bytes.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
    write_h5(
        &folder.join("u8.h5"),
        [vec![array(Type::Uint(1), &[1, 2, 1, 3], bytes.clone())]],
    );
    write_h5(
        &folder.join("f8.h5"),
        [vec![array(Type::Float(8), &[2, 1, 3], doubles)]],
    );
    for name in ["u8.h5", "f8.h5"] {
        passes(
            folder,
            &format!("infer m.recipe --data {name} --scale 1/51 -o out"),
        );
        assert_eq!(
            given(&folder.join("out/y.npy")),
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            "{name}"
        );
    }
    fails_with(
        folder,
        "infer m.recipe --data u8.h5 -o out",
        1,
        "wrong input type: uint8",
    );
}

#[test]
fn what_looks_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 1, 2, 3]);
    let values: Vec<f32> = (0..12).map(|x| x as f32 * 23.0).collect();
    write_npy(&folder.join("pixels.npy"), "<f4", "2, 1, 2, 3", &floats(&values));
    write_npy(
        &folder.join("equal.npy"),
        "|u1",
        "3, 1, 2, 3",
        &[7, 8, 9, 7, 8, 255].repeat(3),
    );
    for (data, what) in [
        (
            "pixels.npy",
            "input `x`: values are whole numbers of 0…253, as pixels are",
        ),
        (
            "pixels.npy --scale 1/65025",
            "input `x`: values are within 0…0.00389",
        ),
        ("equal.npy --scale 1/255", "all 3 records are equal"),
    ] {
        let (code, _, warning) = outcome(quant(folder, &format!("infer m.recipe --data {data} -o out")));
        assert!(code == 0 && warning.contains(what), "{data}: {warning}");
    }
    passes(folder, "infer m.recipe --data pixels.npy --scale 1 -o out");
    passes(
        folder,
        "infer m.recipe --data pixels.npy --preset mobilenet -o out",
    );
}
