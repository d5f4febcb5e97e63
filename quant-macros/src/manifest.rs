//! What the build script tells: cases and errors, one a line, fields between tabs.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The file in `OUT_DIR`.
pub const FILE: &str = "value_tests.manifest";

/// The format that this macro reads; a build script of another version writes another line.
const HEADER: &str = "quant-testgen 5";

/// The manifest of the package that is compiled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The fingerprint of lists and trees; `None` when the tests make what is missing.
    pub seen: Option<u64>,
    /// Granularities, types and stages that the package has declared.
    pub words: [Vec<String>; 3],
    /// The granularity, type and stage of each combination that it has declared.
    pub exists: Vec<[String; 3]>,
    /// In the order of the list; all cases of a model, granularity and type stand together.
    pub cases: Vec<Case>,
    /// The checkpoints, in the same order.
    pub checkpoints: Vec<Checkpoint>,
    /// What is wrong, one line each.
    pub errors: Vec<String>,
    /// Whether it is no build script's, but lies anywhere.
    pub is_anywhere: bool,
}

/// One test of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub module: String,
    pub name: String,
    pub device: String,
    pub method: String,
    pub attributes: Option<Attributes>,
}

/// One test, in the words of list and folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub module: String,
    pub model: String,
    /// `test`, `config`, `tflite` or `onnx`.
    pub kind: String,
    pub granularity: String,
    pub dtype: String,
    pub stage: String,
    pub attributes: Option<Attributes>,
}

/// What a row has behind its brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    pub tags: Vec<String>,
    /// Why the test is not run.
    pub ignore: Option<String>,
    /// All of it, as the list has it.
    pub text: String,
}

impl Attributes {
    fn new(tags: &str, why: &str, text: &str) -> Self {
        let tags = tags.split(',').filter(|tag| !tag.is_empty());
        Self {
            tags: tags.map(str::to_owned).collect(),
            ignore: (!why.is_empty()).then(|| why.to_owned()),
            text: text.to_owned(),
        }
    }

    fn of(fields: &[&str]) -> Option<Self> {
        match *fields {
            [tags, why, text] => Some(Self::new(tags, why, text)),
            _ => None,
        }
    }
}

/// Reads the manifest that the build script of this package wrote.
pub fn load() -> Result<Manifest, String> {
    let out = env::var_os("OUT_DIR").ok_or(
        "build.rs: this package has no build script; write one whose main calls quant_testgen::build(), and make \
         quant-testgen a build-dependency",
    )?;
    read(&PathBuf::from(out).join(FILE))
}

/// Reads the manifest at `path`.
pub fn read(path: &Path) -> Result<Manifest, String> {
    let text = fs::read_to_string(path)
        .map_err(|_| "build.rs: the build script wrote no manifest; call quant_testgen::build() in it")?;
    parse(&text)
}

fn parse(text: &str) -> Result<Manifest, String> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != HEADER {
        return Err(format!(
            "build.rs: the build script wrote `{header}`, this macro reads `{HEADER}`; make quant-testgen, as build- \
             and as dev-dependency, and quant-macros of one version in Cargo.toml"
        ));
    }
    let mut manifest = Manifest::default();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        match *fields.as_slice() {
            ["seen", seen] => manifest.seen = seen.parse().ok(),
            ["granularity", word] => manifest.words[0].push(word.to_owned()),
            ["type", word] => manifest.words[1].push(word.to_owned()),
            ["stage", word] => manifest.words[2].push(word.to_owned()),
            ["exists", granularity, dtype, stage] => {
                manifest
                    .exists
                    .push([granularity, dtype, stage].map(str::to_owned));
            }
            [
                "case",
                module,
                model,
                kind,
                granularity,
                dtype,
                stage,
                ref rest @ ..,
            ] if is_whole(rest) => {
                manifest.cases.push(Case {
                    module: module.to_owned(),
                    model: model.to_owned(),
                    kind: kind.to_owned(),
                    granularity: granularity.to_owned(),
                    dtype: dtype.to_owned(),
                    stage: stage.to_owned(),
                    attributes: Attributes::of(rest),
                });
            }
            ["checkpoint", module, name, device, method, ref rest @ ..] if is_whole(rest) => {
                manifest.checkpoints.push(Checkpoint {
                    module: module.to_owned(),
                    name: name.to_owned(),
                    device: device.to_owned(),
                    method: method.to_owned(),
                    attributes: Attributes::of(rest),
                });
            }
            ["error", error] => manifest.errors.push(error.to_owned()),
            _ => {
                return Err(format!(
                    "build.rs: the manifest has a line that is none: `{line}`; run `cargo clean`"
                ));
            }
        }
    }
    Ok(manifest)
}

/// Whether the fields behind a row's words are all or none of its attributes.
fn is_whole(rest: &[&str]) -> bool {
    matches!(rest.len(), 0 | 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_cases_and_errors() {
        let manifest = parse(
            "quant-testgen 5\nseen\t7\ntype\tfp8\nexists\tlayer\tfp8\tquantization\n\
             case\ta_config\tA\tconfig\tlayer\tuint8\tquantization\n\
             case\ta\tA\ttest\tlayer\tuint8\tquantization\tslow,npu\twhy\tignore(\"why\") tag(slow, npu)\nerror\ttest.lst:1:1: x\n",
        );
        let manifest = manifest.unwrap();
        let attributes = manifest.cases[1].attributes.as_ref().unwrap();
        assert_eq!(
            (attributes.tags.len(), attributes.ignore.as_deref()),
            (2, Some("why"))
        );
        assert_eq!((manifest.words[1].len(), manifest.exists.len()), (1, 1));
        assert!(manifest.seen == Some(7) && manifest.cases[0].kind == "config");
        assert_eq!(
            (manifest.cases[0].stage.as_str(), manifest.errors.len()),
            ("quantization", 1)
        );
    }

    #[test]
    fn another_version_or_line_is_told() {
        for (text, wanted) in [
            ("", "this macro reads"),
            ("quant-testgen 1\n", "wrote `quant-testgen 1`"),
            ("quant-testgen 5\ncase\tA\n", "a line that is none"),
            (
                "quant-testgen 5\ncheckpoint\ta\tA\tmax78000\tqat\tx\n",
                "a line that is none",
            ),
        ] {
            assert!(parse(text).unwrap_err().contains(wanted), "{text}");
        }
    }
}
