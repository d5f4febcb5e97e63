//! Data on the command line: of every kind, and of sizes that a model leaves open.

use std::fs;
use std::path::Path;

use crate::common::{REPOSITORY, fails, floats, passes, write_npy};

#[test]
fn data_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let inputs = format!("{REPOSITORY}/test_inputs/ReLU_000/channel/uint8");
    passes(folder, &format!("run @ReLU_000 --data {inputs} -o txt.circle"));
    let mut values: Vec<f32> = Vec::new();
    for record in 0..5 {
        let text = fs::read_to_string(format!("{inputs}/{record}.txt")).unwrap();
        values.extend(text.trim().split(',').map(|x| x.parse::<f32>().unwrap()));
    }
    let shape = passes(folder, "dump @ReLU_000 --tensor ifm");
    assert!(shape.contains("\"dtype\": \"float32\""), "{shape}");
    let recipe = fs::read_to_string(format!("{REPOSITORY}/recipes/ReLU_000/test.recipe")).unwrap();
    let dims: Vec<&str> = recipe
        .lines()
        .find(|l| l.contains("shape"))
        .unwrap()
        .split("dim: ")
        .skip(1)
        .collect();
    let dims: Vec<&str> = dims.iter().map(|d| d.split([' ', '}']).next().unwrap()).collect();
    // [5, …] without the batch of 1, as calibration sets are saved.
    write_npy(
        &folder.join("set.npy"),
        "<f4",
        &format!("5, {}", dims[1..].join(", ")),
        &floats(&values),
    );
    passes(folder, "run @ReLU_000 --data set.npy -o npy.circle");
    assert_eq!(
        passes(folder, "compare txt.circle npy.circle"),
        "2 tensors are equal within tolerance\n"
    );

    write_npy(&folder.join("wrong.npy"), "<f4", "5, 7", &floats(&values));
    let (code, error) = fails(folder, "run @ReLU_000 --data wrong.npy");
    assert_eq!(code, 1);
    assert!(
        error.starts_with("error: wrong.npy: its shape is [5, 7]; input `ifm` takes float32 of shape ["),
        "{error}"
    );
    write_npy(
        &folder.join("ints.npy"),
        "<i4",
        &format!("5, {}", dims[1..].join(", ")),
        &floats(&values),
    );
    let (_, error) = fails(folder, "run @ReLU_000 --data ints.npy");
    assert!(
        error.contains("its type is '<i4'") && error.contains("astype"),
        "{error}"
    );
}

/// A `.npy` file of version 1.0.
/// A network over `x` of any number of rows; `baked` is the shape that a Reshape behind it makes.
fn write_open_model(path: &Path, baked: &str) {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 4 }} }}
        operand {{ name: "abs" type: FLOAT32 shape {{ dim: 1 dim: 4 }} }}
        operand {{ name: "shape" type: INT32 shape {{ dim: 2 }} filler {{ tag: "explicit" {baked} }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 2 dim: 2 }} }}
        operation {{ type: "Abs" input: "x" output: "abs" }}
        operation {{ type: "Reshape" input: "abs" input: "shape" output: "y" }}
        input: "x" output: "y""#
    );
    let mut model = quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap();
    model.main_mut().tensors_mut()[0].shape_signature = Some(vec![-1, 4]);
    let bytes = quant_core::format::export(&model, quant_core::ir::FileFormat::Tflite).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn open_dimensions_take_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_open_model(&folder.join("open.tflite"), r#"arg: "-1" arg: "2""#);
    // Two records of three rows: by the file's axes, by the option, and as random numbers.
    let values: Vec<f32> = (0..24).map(|x| x as f32 - 12.0).collect();
    write_npy(&folder.join("rows.npy"), "<f4", "2, 3, 4", &floats(&values));
    passes(folder, "infer open.tflite --data rows.npy -o plain");
    passes(folder, "infer open.tflite --data rows.npy --shape x=3,4 -o asked");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(read("plain/y.npy"), read("asked/y.npy"));
    let header = String::from_utf8_lossy(&read("plain/y.npy")).into_owned();
    assert!(header.contains("(2, 6, 2)"), "{header}");
    fs::create_dir(folder.join("text")).unwrap();
    fs::write(folder.join("text/0.txt"), "1,2,3,4,5,6,-7,8\n").unwrap();
    passes(
        folder,
        "record open.tflite --data text --shape x=2,4 -o recorded.tflite",
    );
    let dump = passes(folder, "dump recorded.tflite --tensor x");
    assert!(
        dump.contains("\"min\": [-7.0]") && dump.contains("\"max\": [8.0]"),
        "{dump}"
    );
    // The model keeps its own shapes.
    let model = quant_core::format::import(&read("recorded.tflite")).unwrap();
    assert_eq!(model.main().tensors()[0].shape, [1, 4]);
    assert_eq!(model.main().tensors()[0].shape_signature, Some(vec![-1, 4]));
    passes(
        folder,
        "run open.tflite --data random:1:2 --shape x=5,4 -o run.circle",
    );

    for (line, code, what) in [
        (
            "infer open.tflite --data text -o out",
            1,
            "line 1: input `x`: 8 values for shape [1, 4]",
        ),
        (
            "infer open.tflite --data text --shape x=2,5 -o out",
            2,
            "input `x` takes [-1, 4], and [2, 5] does not fit",
        ),
        (
            "infer open.tflite --data text --shape z=2,4 -o out",
            2,
            "the model has no input `z`; its inputs are `x`",
        ),
    ] {
        let (found, error) = fails(folder, line);
        assert!(found == code && error.contains(what), "{line}: {found} {error}");
    }
    write_open_model(&folder.join("baked.tflite"), r#"arg: "2" arg: "2""#);
    passes(folder, "infer baked.tflite --data random:1:1 -o out");
    let (code, error) = fails(
        folder,
        "infer baked.tflite --data random:1:1 --shape x=3,4 -o out",
    );
    assert_eq!(code, 1);
    assert!(
        error.contains(
            "RESHAPE `y`: 12 elements do not fill [2, 2]; the shape holds for the model's own input sizes"
        ),
        "{error}"
    );
}
