//! Files that want something: each ends in one clear error.

mod archives;
mod pickles;

use quant_torch::{Checkpoint, ErrorKind};

/// The error of a file.
pub fn refused(bytes: Vec<u8>) -> (ErrorKind, String) {
    match Checkpoint::read(bytes) {
        Ok(_) => panic!("the file was read"),
        Err(error) => (error.kind(), error.to_string()),
    }
}

pub fn check(name: &str, bytes: Vec<u8>, kind: ErrorKind, part: &str) {
    let (got, text) = refused(bytes);
    assert!(got == kind && text.contains(part), "{name}: {got:?} {text}");
    assert!(!text.contains('\n') && text.contains("; "), "{name}: {text}");
}
