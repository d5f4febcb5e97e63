//! Quantized graphs, configurations and records into files.

use std::fs;
use std::path::{Path, PathBuf};

use quant_amct::graph::{Quantized, quant_json};
use quant_tensorflow::Graph;

use super::Log;
use crate::failure::{Failure, Result};
use crate::files;

/// Where a quantized graph goes: `PREFIX_quantized.pb` and `PREFIX_quant.json`.
pub struct Saved {
    /// The graph.
    pub model: PathBuf,
    /// What its nodes were.
    pub json: PathBuf,
}

impl Saved {
    /// The files of a prefix.
    pub fn of(prefix: &Path) -> Self {
        let with = |end: &str| {
            let mut path = prefix.as_os_str().to_owned();
            path.push(end);
            PathBuf::from(path)
        };
        Self {
            model: with("_quantized.pb"),
            json: with("_quant.json"),
        }
    }

    /// Writes both files.
    pub fn write(&self, graph: &Graph, quantized: &Quantized, log: &mut Log) -> Result {
        for (old, new) in &quantized.renamed {
            log.warning("save_model", &format!("The output {old} is {new} now"))?;
        }
        let bytes = graph
            .to_bytes()
            .map_err(|error| error.within(self.model.display()))?;
        write(&self.json, quant_json(graph, quantized).as_bytes(), log)?;
        write(&self.model, &bytes, log)?;
        log.info(
            "save_model",
            &format!("The model is saved in {}", self.model.display()),
        )
    }
}

/// Writes a file, with its folder; one that is there is written anew, which is said.
pub fn write(path: &Path, bytes: &[u8], log: &mut Log) -> Result {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        mode(folder, 0o750)?;
    }
    if path.exists() {
        log.warning(
            "Util",
            &format!("File {} exists and is overwritten", path.display()),
        )?;
    }
    files::write(path, bytes)?;
    mode(path, 0o640)
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) -> Result {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| Failure::io(path, &error))
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) -> Result {
    Ok(())
}
