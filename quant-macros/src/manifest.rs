//! What the build script tells: cases and errors, one a line, fields between tabs.

use std::path::PathBuf;
use std::{env, fs};

/// The file in `OUT_DIR`.
pub const FILE: &str = "value_tests.manifest";

/// The format that this macro reads; a build script of another version writes another line.
const HEADER: &str = "quant-testgen 2";

/// The manifest of the package that is compiled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The fingerprint of lists and trees; `None` when the tests make what is missing.
    pub seen: Option<u64>,
    /// In the order of the list; all cases of a model, granularity and type stand together.
    pub cases: Vec<Case>,
    /// What is wrong, one line each.
    pub errors: Vec<String>,
}

/// One test, in the words of list and folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub module: String,
    pub model: String,
    pub config: bool,
    pub granularity: String,
    pub dtype: String,
    pub stage: String,
}

/// Reads the manifest that the build script of this package wrote.
pub fn load() -> Result<Manifest, String> {
    let out = env::var_os("OUT_DIR").ok_or(
        "this package has no build script: write a build.rs whose main calls quant_testgen::build(), and make \
         quant-testgen a build-dependency",
    )?;
    let path = PathBuf::from(out).join(FILE);
    let text = fs::read_to_string(&path)
        .map_err(|_| "the build script wrote no manifest: call quant_testgen::build() in build.rs")?;
    parse(&text)
}

fn parse(text: &str) -> Result<Manifest, String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(
            "the manifest is of another version: let quant-macros and quant-testgen be of the same version"
                .into(),
        );
    }
    let mut manifest = Manifest::default();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        match *fields.as_slice() {
            ["seen", seen] => manifest.seen = seen.parse().ok(),
            ["case", module, model, kind, granularity, dtype, stage] => manifest.cases.push(Case {
                module: module.to_owned(),
                model: model.to_owned(),
                config: kind == "config",
                granularity: granularity.to_owned(),
                dtype: dtype.to_owned(),
                stage: stage.to_owned(),
            }),
            ["error", error] => manifest.errors.push(error.to_owned()),
            _ => {
                return Err(format!(
                    "the manifest has a line that is none: `{line}`; run `cargo clean`"
                ));
            }
        }
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_cases_and_errors() {
        let manifest = parse(
            "quant-testgen 2\nseen\t7\ncase\ta_config\tA\tconfig\tlayer\tuint8\tquantization\nerror\ttest.lst:1:1: x\n",
        );
        let manifest = manifest.unwrap();
        assert!(manifest.seen == Some(7) && manifest.cases[0].config);
        assert_eq!(
            (manifest.cases[0].stage.as_str(), manifest.errors.len()),
            ("quantization", 1)
        );
    }

    #[test]
    fn another_version_or_line_is_told() {
        for (text, wanted) in [
            ("", "another version"),
            ("quant-testgen 1\n", "another version"),
            ("quant-testgen 2\ncase\tA\n", "a line that is none"),
        ] {
            assert!(parse(text).unwrap_err().contains(wanted), "{text}");
        }
    }
}
