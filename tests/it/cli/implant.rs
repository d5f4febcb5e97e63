//! `quant implant`: parameters from elsewhere make the same model, or do not fit.

use std::fs;
use std::path::Path;

use quant_core::ir::{DType, Model};
use serde_json::{Value, json};

use super::fails_with;
use crate::common::{passes, write_npy};

/// The parameters of a quantized model in q-implant's form; the JSON is `params/qparam.json`.
fn dump_for_implant(model: &Model, folder: &Path) -> Value {
    fs::create_dir_all(folder.join("params")).unwrap();
    let mut entries = serde_json::Map::new();
    for (number, tensor) in model.main().tensors().iter().enumerate() {
        let Some(quant) = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty()) else {
            continue;
        };
        let write = |what: &str, descr: &str, shape: &str, bytes: &[u8]| {
            let name = format!("{number}.{what}.npy");
            write_npy(&folder.join("params").join(&name), descr, shape, bytes);
            name
        };
        let count = format!("{},", quant.scale.len());
        let scale: Vec<u8> = quant.scale.iter().flat_map(|x| x.to_le_bytes()).collect();
        let zero_point: Vec<u8> = quant.zero_point.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut entry = json!({
            "dtype": tensor.dtype.word(),
            "scale": write("scale", "<f4", &count, &scale),
            "zerop": write("zerop", "<i8", &count, &zero_point),
            "quantized_dimension": quant.quantized_dimension,
        });
        if let Some(bytes) = model.data(tensor) {
            let descr = match tensor.dtype {
                DType::Uint8 => "|u1",
                DType::Int16 => "<i2",
                DType::Int32 => "<i4",
                DType::Int64 => "<i8",
                other => panic!("{other}"),
            };
            let dims: Vec<String> = tensor.shape.iter().map(|d| format!("{d},")).collect();
            entry["value"] = json!(write("value", descr, &dims.join(" "), &bytes));
        }
        entries.insert(tensor.name.clone(), entry);
    }
    let entries = Value::Object(entries);
    fs::write(folder.join("params/qparam.json"), entries.to_string()).unwrap();
    entries
}

#[test]
fn implanted_parameters_make_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (model, how) in [
        ("Net_000", "--type uint8"),
        ("Net_000", "--type int16"),
        ("Net_001", "--type uint8 --granularity layer"),
    ] {
        passes(folder, &format!("convert @{model} -o float.circle"));
        passes(
            folder,
            &format!("run float.circle --data random:3:5 {how} -o q.circle"),
        );
        let quantized = quant_core::format::import(&fs::read(folder.join("q.circle")).unwrap()).unwrap();
        dump_for_implant(&quantized, folder);
        let said = passes(
            folder,
            "implant float.circle params/qparam.json -o implanted.circle",
        );
        assert!(said.contains("parameters of"), "{said}");
        let same = passes(folder, "compare q.circle implanted.circle");
        assert!(same.contains("are equal"), "{same}");
    }
}

#[test]
fn implant_refuses_what_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o float.circle");
    passes(folder, "run float.circle --data random:3:5 -o q.circle");
    let quantized = quant_core::format::import(&fs::read(folder.join("q.circle")).unwrap()).unwrap();
    let right = dump_for_implant(&quantized, folder);
    let params = folder.join("params");
    write_npy(&params.join("two.npy"), "<f4", "2,", &[0; 8]);
    write_npy(
        &params.join("negative.npy"),
        "<f4",
        "1,",
        &(-1.0f32).to_le_bytes(),
    );
    write_npy(&params.join("matrix.npy"), "<f4", "1, 1", &1.0f32.to_le_bytes());
    write_npy(&params.join("far.npy"), "<i8", "1,", &256i64.to_le_bytes());
    write_npy(
        &params.join("huge.npy"),
        "<f4",
        &format!("{},", i32::MAX),
        &[0; 8],
    );
    fs::write(params.join("text.npy"), "no array").unwrap();
    let line = "implant float.circle params/qparam.json -o x.circle";
    let refused = |change: &dyn Fn(&mut Value), code: i32, what: &str| {
        let mut entries = right.clone();
        change(&mut entries);
        fs::write(params.join("qparam.json"), entries.to_string()).unwrap();
        fails_with(folder, line, code, what);
        assert!(!folder.join("x.circle").exists());
    };
    let set = |tensor: &'static str, key: &'static str, value: Value| {
        move |entries: &mut Value| entries[tensor][key] = value.clone()
    };
    refused(
        &|entries| entries["nix"] = entries["c1"].clone(),
        1,
        "tensor `nix`: the model has none of that name; names are",
    );
    refused(
        &set("c1", "scale", json!("two.npy")),
        1,
        "tensor `c1`: 2 scales and 1 zero points",
    );
    refused(&set("c1", "scale", json!("negative.npy")), 1, "scale 0 is -1");
    refused(
        &set("c1", "scale", json!("matrix.npy")),
        1,
        "matrix.npy: float32 of shape [1, 1]; scales are a list of float32",
    );
    refused(
        &set("c1", "scale", json!("huge.npy")),
        1,
        "huge.npy: the file is too short",
    );
    refused(&set("c1", "scale", json!("text.npy")), 1, "no .npy header");
    refused(
        &set("c1", "scale", json!("no.npy")),
        5,
        "tensor `c1`: scale: params/no.npy: No such file",
    );
    refused(
        &set("c1", "zerop", json!("far.npy")),
        1,
        "zero point 0 is 256; uint8 holds 0…255",
    );
    refused(
        &set("c1", "zerop", json!("negative.npy")),
        1,
        "zero points are a list of int64",
    );
    refused(
        &set("c1", "dtype", json!("uint9")),
        1,
        "dtype: `uint9` is no type",
    );
    refused(
        &set("c1", "dtype", json!("float32")),
        1,
        "tensor `c1`: it cannot become float32",
    );
    refused(
        &set("c1", "quantized_dimension", json!(-1)),
        1,
        "write a whole number from 0",
    );
    refused(
        &set("w1", "quantized_dimension", json!(7)),
        1,
        "along dimension 7",
    );
    refused(
        &set("c1", "value", right["w1"]["value"].clone()),
        1,
        "tensor `c1`: it is no constant and gets values",
    );
    refused(
        &set("w1", "value", right["b1"]["value"].clone()),
        1,
        "tensor `w1`: its values are int32",
    );
    refused(
        &set("c1", "zero_point", json!("x")),
        1,
        "unknown key `zero_point`",
    );
    refused(
        &|entries| drop(entries["c1"].as_object_mut().unwrap().remove("dtype")),
        1,
        "tensor `c1`: `dtype` is missing",
    );
    refused(
        &|entries| drop(entries.as_object_mut().unwrap().remove("c1")),
        1,
        "tensor `c1`: it gets no parameters and remains float32",
    );
    passes(
        folder,
        &format!("{} --partial", line.replace("x.circle", "part.circle")),
    );
    fs::write(params.join("qparam.json"), "[1]").unwrap();
    fails_with(folder, line, 1, "write an object of tensors");
    fs::write(params.join("qparam.json"), right.to_string()).unwrap();
    fails_with(
        folder,
        "implant q.circle params/qparam.json -o x.circle",
        1,
        "not float32; start from the float model",
    );
    fails_with(
        folder,
        "implant float.circle no.json -o x.circle",
        5,
        "no.json: No such file",
    );
    fails_with(
        folder,
        "implant float.circle params/qparam.json -o x.bin",
        2,
        "let it end in .circle",
    );
}
