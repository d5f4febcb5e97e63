//! What the tests of the programs share: how a program is called, and the files that it reads.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use quant_core::format;
use quant_core::ir::Model;
use quant_hdf5::{Array, Node, Type};

pub const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");
pub const QUANT: &str = env!("CARGO_BIN_EXE_quant");
/// A small network.
pub const NET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/Net_001/test.recipe");

/// The file of a program of this package.
pub fn program(name: &str) -> &'static str {
    match name {
        "quant" => QUANT,
        "circle-eval-diff" => env!("CARGO_BIN_EXE_circle-eval-diff"),
        "circle-mpqsolver" => env!("CARGO_BIN_EXE_circle-mpqsolver"),
        "circle-quantizer" => env!("CARGO_BIN_EXE_circle-quantizer"),
        "circle-tensordump" => env!("CARGO_BIN_EXE_circle-tensordump"),
        "q-implant" => env!("CARGO_BIN_EXE_q-implant"),
        "record-minmax" => env!("CARGO_BIN_EXE_record-minmax"),
        "visq" => env!("CARGO_BIN_EXE_visq"),
        other => panic!("{other} is no program of this package"),
    }
}

/// Runs a program in a folder.
pub fn run<A: AsRef<OsStr>>(name: &str, folder: &Path, args: impl IntoIterator<Item = A>) -> Output {
    let mut command = Command::new(program(name));
    command.args(args).current_dir(folder).output().unwrap()
}

/// Runs a program on a line of words; `@NAME` is a recipe of this repository, `%NAME` a model that it does not have.
pub fn call(name: &str, folder: &Path, line: &str) -> Output {
    let words = line.split_whitespace().map(|word| match word.as_bytes()[0] {
        b'@' => format!("{REPOSITORY}/recipes/{}/test.recipe", &word[1..]),
        b'%' => shared().join("models").join(&word[1..]).display().to_string(),
        _ => word.to_owned(),
    });
    run(name, folder, words)
}

/// [`call`] of `quant`.
pub fn quant(folder: &Path, line: &str) -> Output {
    call("quant", folder, line)
}

/// Exit code, standard output, standard error.
pub fn outcome(output: Output) -> (i32, String, String) {
    let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), out, error)
}

/// What `quant` prints; it succeeds and says nothing beside its result.
#[track_caller]
pub fn passes(folder: &Path, line: &str) -> String {
    let (code, out, error) = outcome(quant(folder, line));
    assert_eq!((code, error.as_str()), (0, ""), "quant {line}");
    out
}

/// The exit code of `quant`, and what it says about its failure.
pub fn fails(folder: &Path, line: &str) -> (i32, String) {
    let (code, _, error) = outcome(quant(folder, line));
    (code, error)
}

/// What a program prints; it succeeds, and may warn.
#[track_caller]
pub fn succeeds(name: &str, folder: &Path, line: &str) -> String {
    let (code, out, error) = outcome(call(name, folder, line));
    assert_eq!(code, 0, "{name} {line}\n{error}");
    out
}

/// One of ONE's programs fails as they do: the code, and `what` in its message.
#[track_caller]
pub fn refuses(name: &str, folder: &Path, line: &str, what: &str) -> String {
    let (code, _, error) = outcome(call(name, folder, line));
    assert_eq!(code, 255, "{name} {line}\n{error}");
    assert!(error.starts_with("ERROR: "), "{name} {line}\n{error}");
    assert!(error.contains(what), "{name} {line}\n{error}");
    error
}

/// The reference data, where it is: what `QUANT_REFERENCE` names, else the folder `shared` beside this repository.
pub fn shared() -> PathBuf {
    std::env::var_os("QUANT_REFERENCE").map_or_else(|| Path::new(REPOSITORY).join("../shared"), PathBuf::from)
}

/// Prints past the test harness, which would keep the line to itself.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The model of a recipe's text.
pub fn model(recipe: &str) -> Model {
    quant_recipe::build(&quant_case::recipe::parse(recipe).unwrap()).unwrap()
}

/// The model in a file.
pub fn load(path: &Path) -> Model {
    format::import(&fs::read(path).unwrap()).unwrap()
}

/// The bytes of numbers, the lowest first.
pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A `.npy` file; the shape as NumPy writes it, without its brackets.
pub fn write_npy(path: &Path, descr: &str, shape: &str, bytes: &[u8]) {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let all = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat();
    fs::write(path, all).unwrap();
}

/// A dataset of a file of records.
pub fn array(dtype: Type, shape: &[u64], bytes: Vec<u8>) -> Node<'static> {
    Node::Array(Array {
        dtype,
        shape: shape.to_vec(),
        bytes: bytes.into(),
    })
}

/// A file of records, each with its inputs: `value/RECORD/INPUT`.
pub fn write_h5(path: &Path, records: impl IntoIterator<Item = Vec<Node<'static>>>) {
    let numbered = |nodes: Vec<Node<'static>>| {
        let named = nodes.into_iter().enumerate();
        Node::Group(named.map(|(index, node)| (index.to_string(), node)).collect())
    };
    let records = records.into_iter().map(numbered).collect();
    let root = BTreeMap::from([("value".to_owned(), numbered(records))]);
    let mut bytes = Vec::new();
    quant_hdf5::write(&root, &mut bytes).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The recipe of one operator with an input and an output of five elements.
pub fn write_unary(path: &Path, kind: &str) {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 5 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 5 }} }}
        operation {{ type: "{kind}" input: "x" output: "y" }}
        input: "x" output: "y""#
    );
    fs::write(path, text).unwrap();
}
