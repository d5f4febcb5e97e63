//! Pixels beside those of Pillow and TensorFlow (`tools/make_picture_vectors.py`).

use std::fs;
use std::path::{Path, PathBuf};

use quant_picture::resize::{self, Filter};
use quant_picture::{Picture, decode};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn section(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join("vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let rows = vectors[name].as_array().unwrap().clone();
    assert!(rows.len() > 10, "{name}");
    rows
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn size(value: &Value, at: usize) -> usize {
    usize::try_from(value[at].as_u64().unwrap()).unwrap()
}

/// The picture that the script's formula makes.
fn noise(row: &Value) -> Picture {
    let mut x = u32::try_from(row["seed"].as_u64().unwrap()).unwrap();
    let from = &row["from"];
    let (height, width, channels) = (size(from, 0), size(from, 1), size(from, 2));
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        x.to_be_bytes()[0]
    };
    let data = (0..height * width * channels).map(|_| next()).collect();
    Picture::new(width, height, channels, data).unwrap()
}

#[test]
fn pictures_decode_to_pillows_pixels() {
    for row in section("decoded") {
        let name = row["file"].as_str().unwrap();
        let picture = decode::decode(&fs::read(folder().join(name)).unwrap()).unwrap();
        let shape = [0, 1, 2].map(|at| size(&row["shape"], at));
        assert_eq!([picture.height, picture.width, picture.channels], shape, "{name}");
        let expected = bytes(&row["pixels"]);
        let off = |(a, b): (&u8, &u8)| a.abs_diff(*b);
        let worst = picture.data.iter().zip(&expected).map(off).max();
        // JPEG is not defined to the bit: its cosine transform may be off by a step, which colours double, and halved
        // colour planes are interpolated with another rounding than libjpeg-turbo's.
        let most = match name {
            "grey.jpg" | "cmyk.jpg" => 1,
            "444.jpg" => 2,
            "baseline.jpg" | "progressive.jpg" | "turned.jpg" => 4,
            _ => 0,
        };
        assert!(worst <= Some(most), "{name}: {worst:?}");
    }
}

#[test]
fn resizes_are_pillows_to_the_bit() {
    for row in section("pillow") {
        let filter: Filter = row["filter"].as_str().unwrap().parse().unwrap();
        let to = &row["to"];
        let result = resize::bytes(&noise(&row), size(to, 1), size(to, 0), filter).unwrap();
        assert_eq!(result.data, bytes(&row["pixels"]), "{}", shown(&row));
    }
}

#[test]
fn resizes_are_tensorflows_to_the_bit() {
    for row in section("tensorflow") {
        let filter: Filter = row["filter"].as_str().unwrap().parse().unwrap();
        let to = &row["to"];
        let picture = noise(&row);
        let scaled = |x: &u8| f32::from(*x) * (1.0 / 255.0);
        let floats = Picture::new(
            picture.width,
            picture.height,
            picture.channels,
            picture.data.iter().map(scaled).collect(),
        );
        let result = resize::floats(&floats.unwrap(), size(to, 1), size(to, 0), filter).unwrap();
        let expected = bytes(&row["floats"]);
        let expected: Vec<u32> = expected
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_be_bytes(*bytes))
            .collect();
        let found: Vec<u32> = result.data.iter().map(|x| x.to_bits()).collect();
        assert_eq!(found, expected, "{}", shown(&row));
    }
}

fn shown(row: &Value) -> String {
    format!("{} {} -> {}", row["filter"], row["from"], row["to"])
}

#[test]
fn sizes_that_no_picture_has_are_refused() {
    let picture = Picture::new(2, 2, 1, vec![0; 4]).unwrap();
    for (width, height) in [(0, 1), (1 << 20, 1), (1 << 20, 1 << 20)] {
        assert!(resize::bytes(&picture, width, height, Filter::Bicubic).is_err());
    }
    assert!(resize::bytes(&picture, 1, 1, Filter::Tf1Bilinear).is_err());
}
