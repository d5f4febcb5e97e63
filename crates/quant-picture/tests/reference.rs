//! TFRecords of photographs, with what TensorFlow 2.15 and Pillow made of them.
//!
//! Reads the folder named by `QUANT_REFERENCE`, else `../shared` beside the repository; without it the test says that it was
//! skipped.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use quant_picture::decode::Decoder;
use quant_picture::example::Example;
use quant_picture::resize::{self, Filter};
use quant_picture::{Picture, Preset, Result, decode, tfrecord};
use quant_types::npy;
use serde_json::Value;

fn say(line: &str) {
    // Past the capture of output: a skipped test should be seen.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(beside, PathBuf::from);
    Some(shared.join("reference/amct/images")).filter(|folder| folder.is_dir())
}

/// Shape and bytes of a NumPy file.
fn array(path: &Path) -> (Vec<usize>, Vec<u8>) {
    let header = npy::header(File::open(path).unwrap()).unwrap();
    let bytes = fs::read(path)
        .unwrap()
        .split_off(usize::try_from(header.start).unwrap());
    (header.shape, bytes)
}

fn picture(path: &Path) -> Picture {
    let (shape, bytes) = array(path);
    Picture::new(shape[1], shape[0], shape[2], bytes).unwrap()
}

fn floats(path: &Path) -> Vec<f32> {
    let (_, bytes) = array(path);
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// All records of a file, or the error that one of them is.
fn records(path: &Path) -> Result<Vec<Vec<u8>>> {
    let bytes = fs::read(path).unwrap();
    if tfrecord::is_gzip(&bytes) {
        let mut out = Vec::new();
        let places = tfrecord::unpack(&*bytes, &mut out)?;
        let at = |x: u64| usize::try_from(x).unwrap();
        return Ok(places
            .iter()
            .map(|p| out[at(p.start)..][..at(p.length)].to_vec())
            .collect());
    }
    let cursor = || std::io::Cursor::new(&bytes);
    let places = tfrecord::index(cursor(), bytes.len() as u64)?;
    let read = |(number, place): (usize, &tfrecord::Place)| tfrecord::read(cursor(), *place, number);
    places.iter().enumerate().map(read).collect()
}

#[test]
fn photographs_are_what_tensorflow_and_pillow_make_of_them() {
    let Some(folder) = folder() else {
        return say("pictures: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    };
    let index: Value = serde_json::from_str(&fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let entries = index["tfrecord"].as_array().unwrap();
    let mut exact = 0;
    for entry in entries {
        let name = entry["file"].as_str().unwrap();
        let file = folder.join(entry["record"][0].as_str().unwrap());
        let number = usize::try_from(entry["record"][1].as_u64().unwrap()).unwrap();
        let all = records(&file).unwrap();
        let example = Example::parse(&all[number]).unwrap();
        assert_eq!(
            example.int("image/class/label").unwrap(),
            entry["label"].as_i64().unwrap()
        );
        let encoded = example.bytes("image/encoded").unwrap();
        let decoded = decode::decode(encoded, Decoder::TensorFlow).unwrap();
        let shape = [decoded.height, decoded.width, decoded.channels];
        assert_eq!(serde_json::json!(shape), entry["decoded_shape"], "{name}");
        let size = usize::try_from(entry["size"].as_u64().unwrap()).unwrap();
        let preparation = Preset::MobileNet.preparation();
        let expected = floats(&folder.join(entry["preprocessed"].as_str().unwrap()));
        if let Some(truth) = entry["decoded"].as_str() {
            let truth = picture(&folder.join(truth));
            assert_eq!(truth.data, decoded.data, "{name}");
            exact += 1;
        }
        let found = preparation.floats(encoded, size, size, 3).unwrap();
        assert_eq!(bits(&found), bits(&expected), "{name}");
    }
    assert!(exact > 0);
    let pil = index["pil"].as_array().unwrap();
    for entry in pil {
        let file = fs::read(folder.join(entry["file"].as_str().unwrap())).unwrap();
        let size = usize::try_from(entry["size"].as_u64().unwrap()).unwrap();
        let decoded = decode::decode(&file, Decoder::Pillow)
            .unwrap()
            .with_channels(3)
            .unwrap();
        let result = resize::bytes(&decoded, size, size, Filter::Bicubic).unwrap();
        let truth = picture(&folder.join(entry["pil_resize_default_bicubic"].as_str().unwrap()));
        assert_eq!(truth.data, result.data, "{entry}");
    }
    let full = floats(&folder.join("prep224_first.npy"));
    let first = records(&folder.join("validation-00000-of-00002"))
        .unwrap()
        .swap_remove(0);
    let first = Example::parse(&first)
        .unwrap()
        .bytes("image/encoded")
        .unwrap()
        .to_vec();
    let found = Preset::MobileNet
        .preparation()
        .floats(&first, 224, 224, 3)
        .unwrap();
    assert_eq!(bits(&found), bits(&full));
    say(&format!(
        "pictures: {} records, {exact} with pixels, {} with Pillow, all bit for bit from the file on",
        entries.len(),
        pil.len()
    ));
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn damaged_tfrecords_are_errors() {
    let Some(folder) = folder() else {
        return say("TFRecords: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    };
    let count = |name: &str| records(&folder.join(name)).map(|records| records.len());
    assert_eq!(count("validation-00000-of-00002"), Ok(12));
    assert_eq!(count("validation-00001-of-00002"), Ok(8));
    assert_eq!(count("odd.tfrecord.gz"), Ok(2));
    assert!(count("minimal.tfrecord").is_ok());
    let truncated = count("truncated.tfrecord").unwrap_err();
    assert!(
        truncated.what().starts_with("record 4: ") && truncated.what().contains("truncated"),
        "{truncated}"
    );
    let changed = count("bad_crc.tfrecord").unwrap_err();
    assert!(changed.what().contains("checksum"), "{changed}");
}
