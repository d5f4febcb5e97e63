//! Lists the datasets of an HDF5 file, with their types, shapes, and a checksum of their bytes.
use std::process::ExitCode;
use std::sync::Mutex;

use quant_hdf5::{File, Group, Result};

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        let listed = std::fs::File::open(&path)
            .map_err(quant_hdf5::Error::io)
            .and_then(|file| list(&File::open(Mutex::new(file))?.root()?, ""));
        if let Err(error) = listed {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn list(group: &Group<'_>, path: &str) -> Result<()> {
    for name in group.names() {
        let path = format!("{path}/{name}");
        if let Ok(group) = group.group(name) {
            list(&group, &path)?;
            continue;
        }
        let dataset = group.dataset(name)?;
        let bytes = dataset.read(dataset.size().unwrap_or(0))?;
        let sum = bytes.iter().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
        });
        println!("{path} {} {:?} {sum:016x}", dataset.dtype(), dataset.shape());
    }
    Ok(())
}
