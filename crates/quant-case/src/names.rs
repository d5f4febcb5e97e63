//! Names: of models in lists, of the modules of their tests, of the files of goldens.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::hash;
use crate::limits::MAX_MODEL_NAME;

/// Words that cannot name a module.
pub(crate) const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// A name in lower case, made one that Rust takes.
pub(crate) fn module(name: &str) -> String {
    let name = name.to_lowercase().replace('-', "_");
    if KEYWORDS.contains(&name.as_str()) {
        return name + "_";
    }
    name
}

/// Why a name cannot be that of a model.
pub(crate) fn check_name(model: &str) -> Result<(), String> {
    if !model
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        || !model.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return Err(format!(
            "model `{model}` is no name for a test; use letters, digits and _, a letter first"
        ));
    }
    if model.len() > MAX_MODEL_NAME {
        return Err(format!(
            "a model's name has {} characters; use at most {MAX_MODEL_NAME}, it names files",
            model.len()
        ));
    }
    if model.ends_with("_config") {
        return Err(format!(
            "model `{model}` ends in _config, which names the folders of addQConfTest; rename the model"
        ));
    }
    Ok(())
}

/// The golden file of a tensor: its name, with every character that could leave the folder replaced by `_`.
/// File systems end names at 255 bytes; a long one is cut and told from others by a hash (FNV-1a) of the whole.
pub fn file_name(tensor: &str) -> String {
    const LONGEST: usize = 200;
    let safe: String = tensor
        .chars()
        .map(|c| if "/\\:\0".contains(c) { '_' } else { c })
        .collect();
    if safe.len() <= LONGEST {
        return format!("{safe}.json");
    }
    let hash = hash::of(tensor.bytes());
    let (start, _) = safe.split_at(safe.floor_char_boundary(LONGEST));
    format!("{start}~{hash:016x}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        let long = "x/".repeat(300);
        let rows = [
            ("ofm", "ofm.json".to_owned()),
            ("../a:b\\c", ".._a_b_c.json".to_owned()),
            (&long, format!("{}~2917b49d352933b5.json", "x_".repeat(100))),
        ];
        for (tensor, file) in rows {
            assert_eq!(file_name(tensor), file);
        }
    }
}
