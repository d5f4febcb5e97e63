//! `quant amct`: the files of each flow on a small graph, and one error each.

mod flows;
mod page;
mod perf;
mod photographs;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{fails_with, files, read_json};
use crate::common::{floats, succeeds, write_npy};

const BATCH: [f32; 8] = [-1.0, 0.5, 0.25, 1.0, 0.75, -0.5, 0.0, 0.125];

/// Products of matrices: `a`, which has a bias, `b` behind it, and `c`, which reads what `a` reads.
fn graph() -> String {
    let attr = |key: &str, value: &str| format!("attr {{ key: '{key}' value {{ {value} }} }}");
    let kind = attr("T", "type: DT_FLOAT");
    let constant = |name: &str, shape: &[usize], values: &[f32]| {
        let mut tensor = String::from("tensor { dtype: DT_FLOAT tensor_shape {");
        for size in shape {
            write!(tensor, " dim {{ size: {size} }}").unwrap();
        }
        tensor.push_str(" }");
        for value in values {
            write!(tensor, " float_val: {value}").unwrap();
        }
        tensor.push_str(" }");
        let value = attr("value", &tensor);
        let dtype = attr("dtype", "type: DT_FLOAT");
        format!("node {{ name: '{name}' op: 'Const' {dtype} {value} }}\n")
    };
    let node = |name: &str, op: &str, inputs: [&str; 2]| {
        let [first, second] = inputs;
        format!("node {{ name: '{name}' op: '{op}' input: '{first}' input: '{second}' {kind} }}\n")
    };
    let shape = attr("shape", "shape { dim { size: -1 } dim { size: 2 } }");
    let dtype = attr("dtype", "type: DT_FLOAT");
    [
        format!("node {{ name: 'x' op: 'Placeholder' {dtype} {shape} }}\n"),
        constant("a/w", &[2, 2], &[0.5, -1.0, 2.0, 0.25]),
        constant("a/b", &[2], &[0.125, -0.5]),
        node("a/MatMul", "MatMul", ["x", "a/w"]),
        node("a/BiasAdd", "BiasAdd", ["a/MatMul", "a/b"]),
        constant("b/w", &[2, 2], &[1.0, 0.5, -0.75, 1.5]),
        node("b/MatMul", "MatMul", ["a/BiasAdd", "b/w"]),
        constant("c/w", &[2, 2], &[-1.0, 0.5, 0.25, 1.0]),
        node("c/MatMul", "MatMul", ["x", "c/w"]),
        node("y", "AddV2", ["b/MatMul", "c/MatMul"]),
    ]
    .concat()
}

/// A folder with the graph, a batch for it, and the record and configuration of its calibration.
fn calibrated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path());
    let said = succeeds(
        "quant",
        folder.path(),
        "amct calibrate g.pbtxt --data x.npy --batch-num 1 -o all/net",
    );
    assert!(
        said.contains("The model is saved in all/net_quantized.pb"),
        "{said}"
    );
    folder
}

fn put(folder: &Path) {
    fs::write(folder.join("g.pbtxt"), graph()).unwrap();
    write_npy(&folder.join("x.npy"), "<f4", "4, 2", &floats(&BATCH));
}

/// How many nodes of a graph have an operator.
fn count(model: &Path, op: &str) -> usize {
    let bytes = fs::read(model).unwrap();
    let graph = quant_tensorflow::Graph::from_bytes(bytes).unwrap();
    graph.nodes.iter().filter(|node| node.op() == op).count()
}

#[test]
fn a_configuration_names_the_layers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    let said = succeeds(
        "quant",
        folder,
        "amct config g.pbtxt --skip-layer b/MatMul --batch-num 2",
    );
    assert!(
        said.contains("Generate config file:config.json success!"),
        "{said}"
    );
    let config = read_json(&folder.join("config.json"));
    assert_eq!(config["batch_num"], 2);
    for (layer, on) in [("a/MatMul", true), ("b/MatMul", false), ("c/MatMul", true)] {
        assert_eq!(config[layer]["quant_enable"], on, "{layer}");
    }
    fails_with(folder, "amct config g.pbtxt --skip-layer b", 1, "b");
    assert_eq!(files(folder), ["config.json", "g.pbtxt", "x.npy"]);
}

#[test]
fn calibration_and_its_record_make_the_same_model() {
    let folder = calibrated();
    let folder = folder.path();
    assert_eq!(
        files(&folder.join("all")),
        ["net_quant.json", "net_quantized.pb", "record.txt"]
    );
    for (op, times) in [("AscendQuant", 3), ("AscendWeightQuant", 3), ("AscendDequant", 3)] {
        assert_eq!(count(&folder.join("all/net_quantized.pb"), op), times, "{op}");
    }
    succeeds(
        "quant",
        folder,
        "amct convert g.pbtxt --record all/record.txt -o again",
    );
    for end in ["_quantized.pb", "_quant.json"] {
        let [one, other] =
            ["all/net", "again"].map(|prefix| fs::read(folder.join(prefix.to_owned() + end)).unwrap());
        assert!(one == other, "{end}");
    }
    // Options that the graph says itself.
    fs::create_dir(folder.join("named")).unwrap();
    write_npy(&folder.join("named/x.npy"), "<f4", "1, 4, 2", &floats(&BATCH));
    succeeds(
        "quant",
        folder,
        "amct calibrate g.pbtxt --data named/x.npy --outputs y:0 --input-shape x:4,2 --threads 1 -o named/net",
    );
    let [one, other] =
        ["all", "named"].map(|name| fs::read(folder.join(name).join("net_quantized.pb")).unwrap());
    assert!(one == other, "outputs and shapes");
    fs::remove_dir_all(folder.join("named")).unwrap();
    fails_with(
        folder,
        "amct calibrate g.pbtxt --data x.npy --batch-num 3 -o n",
        1,
        "batch_num is 3, and the data has 1 batches",
    );
    // A batch is as large as it is asked for.
    let forty: Vec<f32> = (0..80_u8).map(f32::from).collect();
    write_npy(&folder.join("forty.npy"), "<f4", "40, 2", &floats(&forty));
    for (size, number, batches) in [(40, 2, 1), (39, 3, 2), (1, 41, 40)] {
        fails_with(
            folder,
            &format!("amct calibrate g.pbtxt --data forty.npy --batch-size {size} --batch-num {number} -o n"),
            1,
            &format!("batch_num is {number}, and the data has {batches} batches"),
        );
    }
    fs::remove_file(folder.join("forty.npy")).unwrap();
    let record = fs::read_to_string(folder.join("all/record.txt")).unwrap();
    fs::write(folder.join("other.txt"), record.replace("b/MatMul", "d/MatMul")).unwrap();
    fails_with(
        folder,
        "amct convert g.pbtxt --record other.txt -o n",
        1,
        "layer `d/MatMul` is no node of the graph",
    );
    assert_eq!(
        files(folder),
        [
            "again_quant.json",
            "again_quantized.pb",
            "all",
            "g.pbtxt",
            "other.txt",
            "x.npy"
        ]
    );
}

#[test]
fn options_of_other_flows_and_files_in_each_other_s_place_are_refused() {
    let folder = calibrated();
    let folder = folder.path();
    let before = fs::read(folder.join("g.pbtxt")).unwrap();
    fs::write(folder.join("empty.txt"), "").unwrap();
    for (line, code, what) in [
        (
            "amct --outputs y calibrate g.pbtxt --data x.npy -o n",
            2,
            "--outputs stands behind the flow",
        ),
        (
            "--input-shape x:4,2 amct calibrate g.pbtxt --data x.npy -o n",
            2,
            "--input-shape stands behind",
        ),
        (
            "amct calibrate g.pbtxt --data x.npy -o n --inputs x",
            2,
            "from its placeholders on",
        ),
        (
            "amct config g.pbtxt --input-shape x:4,2 -o n",
            2,
            "--input-shape stands behind",
        ),
        (
            "amct calibrate g.pbtxt --data x.npy -o n --record n_quantized.pb",
            2,
            "would be one file",
        ),
        (
            "amct calibrate g.pbtxt --data x.npy -o n --record g.pbtxt",
            2,
            "this command reads that file",
        ),
        (
            "amct convert g.pbtxt --record empty.txt -o n",
            1,
            "a record of no layer",
        ),
    ] {
        fails_with(folder, line, code, what);
    }
    assert_eq!(files(folder), ["all", "empty.txt", "g.pbtxt", "x.npy"]);
    assert!(fs::read(folder.join("g.pbtxt")).unwrap() == before);
    // A prefix may be a folder alone.
    succeeds("quant", folder, "amct calibrate g.pbtxt --data x.npy -o in/");
    assert_eq!(
        files(&folder.join("in")),
        ["_quant.json", "_quantized.pb", "record.txt"]
    );
}

/// Nothing is lowered to write a configuration: shapes may be open, and operators of any kind.
#[test]
fn graphs_of_open_shapes_and_unknown_operators_have_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    let graph = fs::read_to_string(folder.join("g.pbtxt")).unwrap();
    let open = graph.replace("dim { size: -1 } dim { size: 2 }", "unknown_rank: true");
    let other = open.clone() + "node { name: 'z' op: 'Nameless' input: 'y' }\n";
    fs::write(folder.join("open.pbtxt"), open).unwrap();
    fs::write(folder.join("other.pbtxt"), other).unwrap();
    succeeds("quant", folder, "amct config g.pbtxt -o g.json");
    for name in ["open", "other"] {
        succeeds(
            "quant",
            folder,
            &format!("amct config {name}.pbtxt -o {name}.json"),
        );
        assert!(read_json(&folder.join(format!("{name}.json"))) == read_json(&folder.join("g.json")));
    }
    succeeds(
        "quant",
        folder,
        "amct calibrate g.pbtxt --data x.npy --outputs y -o g/net",
    );
    write_npy(&folder.join("b.npy"), "<f4", "1, 4, 2", &floats(&BATCH));
    succeeds(
        "quant",
        folder,
        "amct calibrate open.pbtxt --data b.npy --input-shape x:4,2 -o o/net",
    );
    assert!(fs::read(folder.join("g/record.txt")).unwrap() == fs::read(folder.join("o/record.txt")).unwrap());
}
