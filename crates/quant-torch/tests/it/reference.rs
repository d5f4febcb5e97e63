//! The checkpoints of ai8x-synthesis come back byte for byte.
//!
//! Reads the folder named by `QUANT_REFERENCE`, else `../shared`; without it the test says that it was
//! skipped.

use std::io::Write;
use std::path::{Path, PathBuf};

use quant_torch::{Checkpoint, Format};

#[test]
fn checkpoints_come_back_byte_for_byte() {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("reference/ai8x");
    if !folder.exists() {
        // Past the capture of the test harness.
        let text = format!("SKIPPED: there is no {}\n", folder.display());
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return;
    }
    let mut formats = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tar") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let checkpoint = Checkpoint::open(&path).unwrap();
        formats.push(checkpoint.format());
        let mut back = Vec::new();
        checkpoint.write(&mut back).unwrap();
        assert!(back == bytes, "{}", path.display());
    }
    let legacy = formats.iter().filter(|format| **format == Format::Legacy).count();
    assert_eq!((formats.len(), legacy), (8, 2));
}
