//! Files as cases: `addCheckpointTest(NAME DEVICE METHOD)` and `addAmctTest(NAME FLOW)` in a list, the file, and which tensors
//! must have a golden.

use std::fmt;
use std::path::{Path, PathBuf};

use quant_torch::Checkpoint;

use crate::amct;
use crate::attributes::Attributes;
use crate::names::{self, file_name};
use crate::{Device, Method, Stage};

/// The directive.
pub(crate) const DIRECTIVE: &str = "addCheckpointTest";

/// That of AMCT's flows.
pub(crate) const AMCT: &str = "addAmctTest";

/// A checkpoint in its folder.
pub(crate) const FILE: &str = "checkpoint.pth";

/// The stage whose name tests and folders of checkpoints have.
pub const STAGE: Stage = Stage::Quantization;

/// A row of a checkpoint, or of a graph for AMCT.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The checkpoint or graph: a folder of `recipes/`.
    pub name: String,
    /// Device.
    pub device: Device,
    /// How factors come about.
    pub method: Method,
    /// What stands behind the brackets.
    pub attributes: Attributes,
    /// Line in the list, from 1.
    pub line: u32,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.device.is_ascend() {
            return write!(f, "{AMCT}({} {})", self.name, self.method);
        }
        write!(f, "{DIRECTIVE}({} {} {})", self.name, self.device, self.method)
    }
}

impl Row {
    /// The module of its tests.
    pub fn module(&self) -> String {
        names::module(&self.name)
    }

    /// The name of its test: `module::device::method::quantization`, with the tags behind.
    pub fn test_name(&self) -> String {
        let name = format!("{}::{}::{}::{STAGE}", self.module(), self.device, self.method);
        self.attributes.named(&name)
    }

    /// `recipes/<name>/checkpoint.pth`; a graph's is `graph.pbtxt`.
    pub fn file(&self, root: &Path) -> PathBuf {
        self.beside(root, if self.device.is_ascend() { amct::FILE } else { FILE })
    }

    /// A file of the recipe's folder.
    fn beside(&self, root: &Path, name: &str) -> PathBuf {
        root.join("recipes").join(&self.name).join(name)
    }

    /// What a graph's row reads besides: the record of its factors, or its short configuration, which it may lack.
    pub fn companion(&self, root: &Path) -> Option<PathBuf> {
        match self.method {
            Method::Convert => Some(self.beside(root, "record.txt")),
            Method::Calibrate => Some(self.beside(root, "config.cfg")).filter(|path| path.exists()),
            _ => None,
        }
    }

    /// The folder of a graph's batches: `test_inputs/<name>/ascend/calibrate`, with a line for each input in `0.txt`, ….
    pub fn batches(&self, root: &Path) -> Option<PathBuf> {
        let folder = root.join("test_inputs").join(&self.name);
        let folder = folder.join(self.device.word()).join(self.method.word());
        (self.method == Method::Calibrate).then_some(folder)
    }

    /// `expected_outputs/<name>/<device>/<method>/quantization`.
    pub fn goldens(&self, root: &Path) -> PathBuf {
        let folder = root.join("expected_outputs").join(&self.name);
        folder
            .join(self.device.word())
            .join(self.method.word())
            .join(STAGE.word())
    }

    /// The golden of one tensor.
    pub fn golden(&self, root: &Path, tensor: &str) -> PathBuf {
        self.goldens(root).join(file_name(tensor))
    }

    /// The tensors that must have a golden: weights and biases that become integers, and what is kept beside them of
    /// each layer.
    ///
    /// # Errors
    /// The checkpoint cannot be read, or has no state; with its path.
    pub fn tensors(&self, root: &Path) -> Result<Vec<String>, String> {
        let path = self.file(root);
        if self.device.is_ascend() {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            return amct::tensors(&text).map_err(|error| format!("{}:{error}", path.display()));
        }
        let keys = Checkpoint::open(&path).and_then(|checkpoint| keys(&checkpoint));
        let keys = keys.map_err(|error| error.within(path.display()).to_string())?;
        Ok(tensors(&keys, self.method))
    }
}

/// The keys of a checkpoint's state.
///
/// # Errors
/// It has none.
pub fn keys(checkpoint: &Checkpoint) -> quant_torch::Result<Vec<String>> {
    let graph = &checkpoint.graph;
    let missing = || {
        quant_torch::Error::new(
            "",
            quant_torch::Problem::MissingKey("there is no `state_dict`".into()),
            "save a dictionary with the network's state",
        )
    };
    let state = graph.lookup(checkpoint.root, "state_dict").ok_or_else(missing)?;
    let entries = graph.entries(state)?;
    Ok(entries
        .iter()
        .filter_map(|(key, _)| graph.as_text(*key))
        .map(str::to_owned)
        .collect())
}

/// The layer of a weight, and the key of its bias: `a.op.weight` is of layer `a`, and so is `a.weight`.
pub fn layer(key: &str) -> Option<(&str, String)> {
    let module = key.strip_suffix(".weight")?;
    let layer = module.rsplit_once('.').map_or(module, |(layer, _)| layer);
    Some((layer, format!("{module}.bias")))
}

/// The tensors with a golden, by the keys of the state as it was.
pub fn tensors(keys: &[String], method: Method) -> Vec<String> {
    let mut names = Vec::new();
    for key in keys {
        let Some((layer, bias)) = layer(key) else {
            continue;
        };
        names.extend([key.clone(), format!("{layer}.weight_bits")]);
        if keys.contains(&bias) {
            names.extend([bias, format!("{layer}.bias_bits")]);
        }
        if method == Method::Qat {
            names.push(format!("{layer}.output_shift"));
        }
    }
    // Two operations of one layer share what is kept of it.
    let mut known = std::collections::BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_have_goldens() {
        let keys = ["a.op.weight", "a.op.bias", "a.shift", "b.weight", "weight"].map(str::to_owned);
        let with_shift = tensors(&keys, Method::Qat);
        let wanted = [
            "a.op.weight",
            "a.weight_bits",
            "a.op.bias",
            "a.bias_bits",
            "a.output_shift",
            "b.weight",
            "b.weight_bits",
            "b.output_shift",
        ];
        assert_eq!(with_shift, wanted);
        assert_eq!(tensors(&keys, Method::Max).len(), 6);
    }
}
