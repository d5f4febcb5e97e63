//! Pixels beside those of Pillow and TensorFlow (`tools/make_picture_vectors.py`).

use std::fs;
use std::path::{Path, PathBuf};

use quant_picture::decode::Decoder;
use quant_picture::resize::{self, Filter};
use quant_picture::{Picture, decode};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn section(name: &str) -> Vec<Value> {
    section_of("vectors.json", name)
}

fn section_of(file: &str, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(file)).unwrap();
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
        let picture = decode::decode(&fs::read(folder().join(name)).unwrap(), Decoder::Pillow).unwrap();
        let shape = [0, 1, 2].map(|at| size(&row["shape"], at));
        assert_eq!([picture.height, picture.width, picture.channels], shape, "{name}");
        assert_eq!(picture.data, bytes(&row["pixels"]), "{name}");
    }
}

#[test]
fn jpegs_of_all_kinds_decode_to_the_pixels_of_pillow_and_of_tensorflow() {
    let mut different = 0;
    for row in section_of("jpeg.json", "jpeg") {
        let name = row["name"].as_str().unwrap();
        let shape = [0, 1, 2].map(|at| size(&row["shape"], at));
        let [pillow, tensorflow] =
            [("pillow", Decoder::Pillow), ("tensorflow", Decoder::TensorFlow)].map(|(whose, decoder)| {
                let picture = decode::decode(&bytes(&row["file"]), decoder).unwrap();
                let picture = picture.with_channels(3).unwrap();
                assert_eq!([picture.height, picture.width, 3], shape, "{name}");
                let mut sum = flate2::Crc::new();
                sum.update(&picture.data);
                assert_eq!(
                    u64::from(sum.sum()),
                    row[whose].as_u64().unwrap(),
                    "{name}: {whose}"
                );
                picture.data
            });
        different += usize::from(pillow != tensorflow);
    }
    assert!(different > 20, "two decoders are compared: {different}");
}

#[test]
fn what_ends_too_early_is_no_picture() {
    for row in section_of("jpeg.json", "jpeg") {
        let (name, file) = (row["name"].as_str().unwrap(), bytes(&row["file"]));
        if !name.ends_with("5x9") && !name.ends_with("9x5") && !name.starts_with("inks") {
            continue;
        }
        // The last marker alone may be missing, where no scan can follow.
        let needed = if file.windows(2).any(|pair| pair == [0xff, 0xc2]) {
            file.len()
        } else {
            file.len() - 2
        };
        for length in 0..file.len() {
            let found = decode::decode(&file[..length], Decoder::Pillow);
            assert_eq!(
                found.is_ok(),
                length >= needed,
                "{name}: {length} of {}",
                file.len()
            );
        }
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
