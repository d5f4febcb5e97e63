//! Writes what fuzz targets begin with: `cargo run -p quant-hostile --example seeds -- FOLDER` makes
//! `FOLDER/<target>/…` of this repository's recipes.

use std::fs;
use std::io;
use std::path::Path;

use quant_core::format;
use quant_core::ir::FileFormat;
use quant_hdf5::{Array, Node, Type};
use quant_hostile::seeds;

fn main() -> io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "fuzz/corpus".to_owned());
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for (number, (name, text)) in (0u8..).zip(seeds::recipes()) {
        let model = seeds::model(text);
        for (target, to) in [
            ("import_circle", FileFormat::Circle),
            ("import_tflite", FileFormat::Tflite),
            ("round_trip", FileFormat::Circle),
            ("round_trip", FileFormat::Tflite),
        ] {
            // Some operators are Circle's alone.
            if let Ok(bytes) = format::export(&model, to) {
                write(target, &format!("{name}_{to:?}"), &bytes)?;
            }
        }
        write("recipe", name, text.as_bytes())?;
        // Which seed, how, no patches, and one change.
        for how in 0..4 {
            write(
                "pipeline",
                &format!("{name}_{how}"),
                &[number, how, 0, 5, 8, how, 1],
            )?;
        }
        write(
            "pipeline",
            &format!("{name}_patch"),
            &[number, 1, 1, 0, number, 1],
        )?;
    }
    write("data", "text", b"\x001,2,3,4\n5\n0 1 1\n")?;
    write("data", "npy", &npy("'<f4'", "(3, 2, 2)", 48))?;
    write("data", "npy_batch", &npy("'<f4'", "(2, 2)", 16))?;
    write("data", "h5", &h5())
}

/// The byte that says NumPy, and a file of version 1 with this type, this shape and so many bytes.
fn npy(descr: &str, shape: &str, bytes: usize) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [
        b"\x01\x93NUMPY\x01\x00".to_vec(),
        length.to_vec(),
        header.into_bytes(),
        vec![0; bytes],
    ]
    .concat()
}

/// The byte that says HDF5, and a file with two records of one input.
fn h5() -> Vec<u8> {
    let array = || {
        Node::Array(Array {
            dtype: Type::Float(4),
            shape: vec![2, 2],
            bytes: vec![0; 16].into(),
        })
    };
    let record = || Node::Group([("0".to_owned(), array())].into());
    let records = Node::Group([("0".to_owned(), record()), ("1".to_owned(), record())].into());
    let mut bytes = vec![2];
    if let Err(error) = quant_hdf5::write(&[("value".to_owned(), records)].into(), &mut bytes) {
        panic!("{error}");
    }
    bytes
}
