//! The folder with figures of the original, and its files as values.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// `reference/amct`, when it is there.
pub fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = root.join("reference/amct");
    folder.is_dir().then_some(folder)
}

/// Says that `what` was skipped.
pub fn skipped(what: &str) {
    println!("amct: {what} SKIPPED: no reference/amct under QUANT_REFERENCE or ../shared");
}

pub fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn f32s(value: &Value) -> Vec<f32> {
    let items = value.as_array().expect("list of numbers");
    items
        .iter()
        .map(|x| x.as_f64().expect("a number") as f32)
        .collect()
}

pub fn f32_of(value: &Value) -> f32 {
    value.as_f64().expect("a number") as f32
}

/// An array of a `.npy` file as bytes of `descr`, with its shape.
pub struct Npy {
    pub descr: String,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Npy {
    pub fn read(path: &Path) -> Self {
        let file = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(&file[..6], b"\x93NUMPY", "{}", path.display());
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        let header = std::str::from_utf8(&file[10..10 + length]).expect("header is text");
        let after = |key: &str| &header[header.find(key).expect(key) + key.len()..];
        assert!(after("'fortran_order': ").starts_with("False"));
        let descr = after("'descr': '").split('\'').next().expect("type").to_owned();
        let shape = after("'shape': (").split(')').next().expect("shape");
        let shape = shape.split(',').filter(|n| !n.trim().is_empty());
        Self {
            descr,
            shape: shape.map(|n| n.trim().parse().expect("a length")).collect(),
            bytes: file[10 + length..].to_vec(),
        }
    }

    pub fn f32s(&self) -> Vec<f32> {
        assert_eq!(self.descr, "<f4");
        let (chunks, rest) = self.bytes.as_chunks();
        assert!(rest.is_empty());
        chunks.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }
}

/// What was compared, and what differed.
#[derive(Default)]
pub struct Tally {
    pub graphs: usize,
    pub algorithms: usize,
    pub configurations: usize,
    pub searches: usize,
    pub factors: usize,
    pub outputs: usize,
    pub similarities: usize,
    pub different: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.graphs += other.graphs;
        self.algorithms += other.algorithms;
        self.configurations += other.configurations;
        self.searches += other.searches;
        self.factors += other.factors;
        self.outputs += other.outputs;
        self.similarities += other.similarities;
        self.different.extend(other.different);
    }

    pub fn check(&mut self, same: bool, what: impl FnOnce() -> String) {
        if !same {
            self.different.push(what());
        }
    }
}
