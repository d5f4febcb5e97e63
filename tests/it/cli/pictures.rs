//! Pictures and TFRecords as data.

use std::fs;
use std::path::Path;

use quant_picture::tfrecord::frame;
use serde_json::Value;

use super::fails_with;
use crate::common::{outcome, passes, quant};

/// Small pictures, each with the pixels that Pillow reads.
pub const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/quant-picture/tests/vectors");

/// A model that gives back its input of that shape.
pub fn write_model(path: &Path, shape: &[usize]) {
    let dims: Vec<String> = shape.iter().map(|dim| format!("dim: {dim}")).collect();
    let dims = dims.join(" ");
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ {dims} }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ {dims} }} }}
        operation {{ type: "Neg" input: "x" output: "y" }}
        input: "x" output: "y""#
    );
    fs::write(path, text).unwrap();
}

/// The floats that a model was given, from the array that it wrote.
pub fn given(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..]
        .as_chunks()
        .0
        .iter()
        .map(|x| -f32::from_le_bytes(*x))
        .collect()
}

/// The pixels of a small picture, as Pillow reads them.
pub fn pixels(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(format!("{VECTORS}/vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let row = vectors["decoded"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["file"] == name);
    let hex = row.unwrap()["pixels"].as_str().unwrap().to_owned();
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// A field of a protobuf message.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 127 {
        out.push((length & 127) as u8 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
    out
}

/// A tf.Example of a picture and its class.
pub fn example(picture: &[u8], class: u8) -> Vec<u8> {
    let feature = |name: &str, kind, list: &[u8]| {
        let value = field(2, &field(kind, list));
        field(1, &[field(1, name.as_bytes()), value].concat())
    };
    let picture = feature("image/encoded", 1, &field(1, picture));
    field(
        1,
        &[picture, feature("image/class/label", 3, &field(1, &[class]))].concat(),
    )
}

#[test]
fn a_folder_of_pictures_and_tfrecords_are_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 7, 11, 3]);
    fs::create_dir_all(folder.join("photos/b")).unwrap();
    let read = |name: &str| fs::read(format!("{VECTORS}/{name}")).unwrap();
    fs::write(folder.join("photos/2.png"), read("rgb.png")).unwrap();
    fs::write(folder.join("photos/b/1.webp"), read("lossless_alpha.webp")).unwrap();
    fs::write(folder.join("photos/.hidden"), "x").unwrap();
    let files = [read("rgb.png"), read("lossless_alpha.webp")];
    let records: Vec<Vec<u8>> = files.iter().map(|file| frame(&example(file, 1))).collect();
    fs::write(folder.join("d-00000-of-00002"), &records[0]).unwrap();
    fs::write(folder.join("d-00001-of-00002"), &records[1]).unwrap();
    let expected: Vec<f32> = [pixels("rgb.png"), pixels("lossless_alpha.webp")]
        .concat()
        .iter()
        .map(|x| f32::from(*x) / 128.0 - 1.0)
        .collect();
    for data in ["photos", "d-*", "tfrecord:d-*"] {
        passes(
            folder,
            &format!("infer m.recipe --data {data} --scale 1/128 --mean 1 -o out"),
        );
        assert_eq!(given(&folder.join("out/y.npy")), expected, "{data}");
    }
    // One picture, blue first.
    passes(
        folder,
        "infer m.recipe --data photos/2.png --preset amct-sample --bgr -o out",
    );
    let mut first = expected[..7 * 11 * 3].to_vec();
    first.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
    assert_eq!(given(&folder.join("out/y.npy")), first);
    // Channels first.
    write_model(&folder.join("first.recipe"), &[1, 3, 7, 11]);
    passes(
        folder,
        "infer first.recipe --data photos/2.png --preset amct-sample -o out",
    );
    let planes: Vec<f32> = (0..3)
        .flat_map(|c| expected[..231].iter().skip(c).step_by(3).copied())
        .collect();
    assert_eq!(given(&folder.join("out/y.npy")), planes);
    // A batch: the last picture fills it.
    write_model(&folder.join("batch.recipe"), &[3, 7, 11, 3]);
    passes(
        folder,
        "infer batch.recipe --data photos --preset amct-sample -o out",
    );
    let batch = [&expected[..], &expected[231..]].concat();
    assert_eq!(given(&folder.join("out/y.npy")), batch);
    fs::write(folder.join("photos/notes.md"), "x").unwrap();
    let (code, _, warning) = outcome(quant(folder, "infer m.recipe --data photos --scale 1 -o out"));
    assert_eq!(code, 0);
    assert!(
        warning.contains("1 of the files below it are no pictures and are left out, as notes.md"),
        "{warning}"
    );
}

#[test]
fn pictures_that_do_not_fit_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 7, 11, 3]);
    write_model(&folder.join("four.recipe"), &[1, 7, 11, 4]);
    write_model(&folder.join("flat.recipe"), &[1, 7]);
    let png = fs::read(format!("{VECTORS}/rgb.png")).unwrap();
    fs::create_dir(folder.join("photos")).unwrap();
    fs::write(folder.join("photos/1.png"), &png).unwrap();
    fs::create_dir(folder.join("cut")).unwrap();
    fs::write(folder.join("cut/1.png"), &png[..png.len() / 2]).unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let record = frame(&example(&png, 1));
    fs::write(folder.join("cut.tfrecord"), &record[..record.len() - 1]).unwrap();
    let mut changed = [record.clone(), record.clone()].concat();
    let last = changed.len() - 20;
    changed[last] ^= 1;
    fs::write(folder.join("changed.tfrecord"), &changed).unwrap();
    fs::write(folder.join("none.tfrecord"), b"").unwrap();
    fs::write(folder.join("fields.tfrecord"), frame(&field(1, b""))).unwrap();
    for (line, code, what) in [
        (
            "m.recipe --data photos",
            2,
            "input `x` takes float32, and pixels are 0…255: say how",
        ),
        (
            "four.recipe --data photos --scale 1",
            1,
            "pictures have 1 channel or 3, the input's shape is [1, 7, 11, 4]",
        ),
        (
            "flat.recipe --data photos --scale 1",
            1,
            "pictures have four axes with their batch",
        ),
        ("m.recipe --data cut --scale 1", 1, "cut/1.png: damaged PNG"),
        (
            "m.recipe --data empty --scale 1",
            1,
            "there is no .txt file, no picture",
        ),
        (
            "m.recipe --data photos --scale 1 --mean 1,2",
            2,
            "mean: 2 numbers for 3 channels",
        ),
        ("m.recipe --data photos --scale 1 --std 0", 2, "no --std is 0"),
        (
            "m.recipe --data photos --scale 2/3",
            2,
            "give a number that is not 0, or 1/D",
        ),
        (
            "m.recipe --data photos --preset keras",
            2,
            "presets are mobilenet, imagenet-pytorch, amct-sample",
        ),
        (
            "m.recipe --data photos --scale 1 --resize cubic",
            2,
            "filters are nearest",
        ),
        (
            "m.recipe --data photos --scale 1 --resize box:3",
            1,
            "of which 11×7 are to be cut",
        ),
        (
            "m.recipe --data cut.tfrecord --scale 1",
            1,
            "cut.tfrecord: record 0: the file ends within it",
        ),
        (
            "m.recipe --data changed.tfrecord --scale 1",
            1,
            "changed.tfrecord: record 1: its checksum",
        ),
        (
            "m.recipe --data none.tfrecord --scale 1",
            1,
            "it does not contain any record",
        ),
        (
            "m.recipe --data fields.tfrecord --scale 1",
            1,
            "there is no field `image/encoded`",
        ),
        (
            "m.recipe --data changed.tfrecord --scale 1 --field x=image",
            1,
            "its fields are `image/class/label`",
        ),
        (
            "m.recipe --data changed.tfrecord --scale 1 --field z=image",
            2,
            "the model has no input `z`",
        ),
        ("m.recipe --data no-* --scale 1", 1, "no file is called so"),
    ] {
        fails_with(folder, &format!("infer {line} -o out"), code, what);
    }
}
