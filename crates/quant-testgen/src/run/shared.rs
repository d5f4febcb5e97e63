//! Work that several tests of one row share: made once, whether they run in one process or in one each.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::UNIX_EPOCH;
use std::{env, io};

use quant_case::hash;

use super::Case;

type Bytes = Arc<Vec<u8>>;
type Slot = Arc<OnceLock<Result<Bytes, String>>>;

/// The bytes that `make` makes for a row, under a name: from memory when a test of this process has made them,
/// under cargo-nextest (one process a test) from a file that another process of the same binary has written.
///
/// # Errors
/// What `make` says; it is not called again for the same row and name.
pub fn shared(
    case: &Case,
    name: &str,
    make: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Bytes, String> {
    static SLOTS: Mutex<BTreeMap<String, Slot>> = Mutex::new(BTreeMap::new());
    let key = format!("{} {} {name}", case.folder.display(), case.row);
    let slot = {
        let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key.clone()).or_default())
    };
    slot.get_or_init(|| {
        let made = match folder().filter(|_| env::var_os("NEXTEST").is_some()) {
            Some(folder) => across_processes(&folder, &key, case, make),
            None => make(),
        };
        made.map(Arc::new)
    })
    .clone()
}

/// A folder for files of this very binary, below the build's own.
fn folder() -> Option<PathBuf> {
    let exe = env::current_exe().ok()?;
    let meta = fs::metadata(&exe).ok()?;
    let built = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let name = format!(
        "{}-{}-{}",
        exe.file_stem()?.to_string_lossy(),
        meta.len(),
        built.as_nanos()
    );
    Some(exe.parent()?.join("shared-by-tests").join(name))
}

/// The same, through a file; a lock lets one process make it while others wait.
fn across_processes(
    folder: &Path,
    key: &str,
    case: &Case,
    make: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, String> {
    let path = folder.join(format!("{:016x}", digest(key, case)));
    let Ok(_lock) = lock(folder, &path) else {
        // Without the folder there is nothing to share; the result is the same.
        return make();
    };
    if let Ok(bytes) = fs::read(&path) {
        return Ok(bytes);
    }
    let bytes = make()?;
    let beside = path.with_extension("tmp");
    let written = fs::write(&beside, &bytes).and_then(|()| fs::rename(&beside, &path));
    drop(written);
    Ok(bytes)
}

fn lock(folder: &Path, path: &Path) -> io::Result<File> {
    if !folder.is_dir() {
        forget_older(folder);
    }
    fs::create_dir_all(folder)?;
    let lock = File::create(path.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Removes what earlier builds of the same binary have shared.
fn forget_older(folder: &Path) {
    let stem = |path: &Path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.rsplitn(3, '-').last().unwrap_or_default().to_owned()
    };
    let siblings = folder.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in siblings.into_iter().flatten().flatten() {
        if entry.path() != folder && stem(&entry.path()) == stem(folder) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// What tells a model file from what it was: its length and time.
fn stamp(path: &PathBuf) -> String {
    fs::metadata(path).map_or_else(
        |_| String::new(),
        |meta| format!("{} {:?}", meta.len(), meta.modified().ok()),
    )
}

/// A hash of the key and of everything that the case reads.
fn digest(key: &str, case: &Case) -> u64 {
    let texts = [
        key.to_owned(),
        format!("{:?}{:?}", case.recipe, case.qconf),
        case.file.as_ref().map_or_else(String::new, stamp),
        case.records.join("\u{0}"),
    ];
    hash::of(texts.iter().flat_map(|text| text.bytes()))
}
