//! Damaged files: an error, never a panic, and no more memory than the file and the caller give reason for.

use std::alloc::System;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use quant_hdf5::{Array, File, Group, Node, Problem, Result, Type};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Tests of this program take turns: the allocator counts what all threads allocate.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Most bytes of a dataset that the reader below accepts.
const MOST: usize = 4096;

/// Reads everything that can be read; how many datasets.
fn walk(group: &Group<'_>, depth: usize) -> Result<usize> {
    let mut count = 0;
    group.has_attribute("rawData")?;
    for name in group.names() {
        match group.group(name) {
            Ok(inner) if depth < 6 => count += walk(&inner, depth + 1)?,
            Ok(_) => {}
            Err(_) => {
                let dataset = group.dataset(name)?;
                let size = dataset.size().filter(|size| *size <= MOST).unwrap_or(0);
                dataset.read(size)?;
                count += 1;
            }
        }
    }
    Ok(count)
}

fn read(bytes: Vec<u8>) -> Result<usize> {
    walk(&File::open(bytes)?.root()?, 0)
}

/// A file of ours: groups, types, empty and scalar datasets.
fn own() -> Vec<u8> {
    let array = |dtype: Type, shape: &[u64]| {
        let count: u64 = shape.iter().product();
        let bytes: Vec<u8> = (0..count as usize * dtype.size().unwrap())
            .map(|i| (i % 2) as u8)
            .collect();
        Node::Array(Array {
            dtype,
            shape: shape.to_vec(),
            bytes: bytes.into(),
        })
    };
    let inner: BTreeMap<String, Node<'_>> = [
        ("float", array(Type::Float(4), &[2, 3])),
        ("int", array(Type::Int(8), &[3])),
        ("uint", array(Type::Uint(1), &[5])),
        ("bool", array(Type::Bool, &[4])),
        ("half", array(Type::Float(2), &[1])),
        ("double", array(Type::Float(8), &[1, 1])),
        ("scalar", array(Type::Int(4), &[])),
        ("empty", array(Type::Int(2), &[0, 3])),
    ]
    .map(|(name, node)| (name.to_owned(), node))
    .into();
    let root: BTreeMap<String, Node<'_>> = (0..20)
        .map(|i| (format!("group {i}"), Node::Group(inner.clone())))
        .collect();
    let mut bytes = Vec::new();
    quant_hdf5::write(&root, &mut bytes).unwrap();
    bytes
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "h5"))
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 8, "only {} fixtures", files.len());
    files.push(("our own".to_owned(), own()));
    files
}

#[test]
fn whole_files_are_read() {
    let _turn = alone();
    for (name, bytes) in fixtures() {
        let count = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(count >= 2, "{name}: {count} datasets");
    }
}

#[test]
fn damage_is_an_error_or_nothing() {
    let _turn = alone();
    for (name, bytes) in fixtures() {
        // What zlib and the test itself take, besides the file and the largest dataset.
        let most = 2 * bytes.len() + 4 * MOST + 300_000;
        let check = |bytes: Vec<u8>, what: &dyn Fn() -> String| {
            ALLOCATOR.reset_peak_memory();
            let before = ALLOCATOR.get_peak_memory();
            let done = read(bytes);
            let taken = ALLOCATOR.get_peak_memory().saturating_sub(before);
            assert!(taken <= most, "{name}, {}: {taken} bytes, {done:?}", what());
            done.is_ok()
        };
        // Short ones in full, of longer ones a part: the places of damage are the same every time.
        let step = bytes.len().div_ceil(1000);
        let mut whole = 0;
        for length in (0..bytes.len()).step_by(step) {
            whole += usize::from(check(bytes[..length].to_vec(), &|| format!("cut at {length}")));
        }
        assert_eq!(whole, 0, "{name}: cut files were read");
        for at in (0..bytes.len()).step_by(step) {
            for (how, value) in [0xff, bytes[at].wrapping_add(1), bytes[at] ^ 0x80]
                .into_iter()
                .enumerate()
            {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                check(damaged, &|| format!("byte {at} changed in way {how}"));
            }
        }
        // Sizes beyond everything, wherever a number of 4 or 8 bytes may stand.
        for at in (0..bytes.len().saturating_sub(8)).step_by(4 * step) {
            for huge in [u64::MAX, u64::MAX / 2, 1 << 40] {
                let mut damaged = bytes.clone();
                damaged[at..at + 8].copy_from_slice(&huge.to_le_bytes());
                check(damaged, &|| format!("{huge} at {at}"));
            }
        }
    }
}

#[test]
fn what_is_no_hdf5_file_is_told() {
    let _turn = alone();
    for bytes in [vec![], b"hello".to_vec(), vec![0; 5000]] {
        let error = read(bytes).unwrap_err();
        assert!(matches!(error.problem(), Problem::NotHdf5), "{error}");
    }
}
