//! Checkpoints as cases: `addCheckpointTest(NAME DEVICE METHOD)` in a list, the file, and which tensors must have a golden.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use quant_torch::Checkpoint;

use crate::layout::file_name;
use crate::list::{self, ListError};
use crate::{Device, Method, Stage};
use quant_types::UnknownWord;

/// The directive.
const DIRECTIVE: &str = "addCheckpointTest";

/// The stage whose name tests and folders of checkpoints have.
pub const STAGE: Stage = Stage::Quantization;

/// A row of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The checkpoint: a folder of `recipes/`.
    pub name: String,
    /// Device.
    pub device: Device,
    /// How factors come about.
    pub method: Method,
    /// Line in the list, from 1.
    pub line: u32,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DIRECTIVE}({} {} {})", self.name, self.device, self.method)
    }
}

impl Row {
    /// The module of its tests.
    pub fn module(&self) -> String {
        list::module(&self.name)
    }

    /// `recipes/<name>/checkpoint.pth`.
    pub fn file(&self, root: &Path) -> PathBuf {
        root.join("recipes").join(&self.name).join("checkpoint.pth")
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

/// Whether a line is a row of a checkpoint, right or wrong.
pub(crate) fn is_row(text: &str) -> bool {
    text.split('(')
        .next()
        .is_some_and(|word| word.trim() == DIRECTIVE)
}

/// The rows of checkpoints in a list, and every one that is wrong.
pub fn rows(text: &str) -> (Vec<Row>, Vec<ListError>) {
    list::collect(text, is_row, row)
}

fn row(text: &str, line: u32) -> Result<Row, String> {
    let inside = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let words: Vec<&str> = inside.unwrap_or_default().split_whitespace().collect();
    let &[name, device, method] = words.as_slice() else {
        return Err(format!(
            "`{text}` is no row; write `{DIRECTIVE}(NAME DEVICE METHOD)`"
        ));
    };
    list::check_name(name)?;
    Ok(Row {
        name: name.to_owned(),
        device: word("device", device)?,
        method: word("method", method)?,
        line,
    })
}

fn word<T: FromStr<Err = UnknownWord>>(axis: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error: UnknownWord| {
        format!(
            "{axis} `{}` is unknown; use one of {}",
            error.found,
            error.allowed.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_what_is_none() {
        let text = "addTest(A layer uint8)\n addCheckpointTest(Net-1 max78000 qat) # first\naddCheckpointTest(A b)\n\
                    addCheckpointTest(A max78003 qat)\naddCheckpointTest(A max78000 mean)\naddCheckpointTest(1 max78000 max)\n\
                    addCheckpointTest(Net-1 max78000 qat)\n";
        let (rows, errors) = rows(text);
        assert_eq!(
            (rows.len(), rows[0].module().as_str(), rows[0].line),
            (1, "net_1", 2)
        );
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let wanted = [
            "3:1: `addCheckpointTest(A b)` is no row; write `addCheckpointTest(NAME DEVICE METHOD)`",
            "4:1: device `max78003` is unknown; use one of max78000, max78002",
            "5:1: method `mean` is unknown; use one of qat, avgmax, max, stddev, scale",
            "6:1: model `1` is no name for a test; use letters, digits and _, a letter first",
            "7:1: addCheckpointTest(Net-1 max78000 qat) stands already at line 2; remove one of them",
        ];
        assert_eq!(errors, wanted);
    }

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
