//! Targets that take texts and data.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use quant::data::{Data, Shapes};
use quant_case::layout::{Layout, file_name};
use quant_case::list::{Context, ListError};
use quant_case::{Stage, Words, golden, list, npy, onnx, qconf, recipe, records};
use quant_core::format;
use quant_core::ir::{DType, FileFormat, Model, Tensor};
use quant_core::record::text_record;
use quant_core::scheme::tflite::statistics::Statistics;

/// A recipe: an error, or a model that can be written, read and run.
///
/// # Panics
/// A model of a recipe is written and not read.
pub fn recipe(bytes: &[u8]) {
    let Ok(recipe) = recipe::parse(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let _ = recipe.separated();
    let Ok(model) = quant_recipe::build(&recipe) else {
        return;
    };
    if let Ok(bytes) = format::export(&model, FileFormat::Circle)
        && let Err(error) = format::import(&bytes)
    {
        panic!("the file of a recipe's model is refused: {error}");
    }
    super::model::whole(&model, bytes.len() as u8);
}

/// An ONNX model of a case, as text and as bytes: an error, or a graph in which every value is made.
///
/// # Panics
/// A value is read that nothing makes.
pub fn onnx_case(bytes: &[u8]) {
    let text = onnx::read(&String::from_utf8_lossy(bytes)).ok();
    for recipe in text.into_iter().chain(onnx::read_binary(bytes).ok()) {
        let named = recipe
            .operations
            .iter()
            .flat_map(|o| o.inputs.iter().chain(&o.outputs));
        for name in named
            .chain(&recipe.inputs)
            .chain(&recipe.outputs)
            .filter(|name| !name.is_empty())
        {
            assert!(recipe.operand(name).is_some(), "`{name}` is nothing");
        }
    }
}

/// A list: rows are read back from what they are shown as, with their attributes, and their files lie below the root.
///
/// # Panics
/// They are not, or do not.
pub fn test_lst(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let layout = Layout::new("root");
    let words = Words::new()
        .granularity("group32")
        .dtype("fp8")
        .stage("calibration")
        .test("group32", "fp8", &["calibration", "quantization"]);
    let models = ["Add_000", "Add_001", "Net-1"].map(str::to_owned);
    let context = Context {
        words: Some(&words),
        models: &models,
        checkpoints: &models,
        graphs: &models,
        onnx: &models,
    };
    let _ = list::parse(&text);
    let list = list::read(&text, context);
    let located = |error: &ListError| error.line > 0 && error.column > 0 && error.what.contains("; ");
    assert!(list.errors.iter().all(located), "{:?}", list.errors);
    for row in list.rows {
        let shown = format!("{row} {}", row.attributes);
        let again = list::read(&shown, context);
        assert!(
            again.errors.is_empty() && again.rows.len() == 1,
            "{shown} is not read back"
        );
        assert_eq!(format!("{} {}", again.rows[0], again.rows[0].attributes), shown);
        for path in [
            layout.recipe(&row),
            layout.qconf(&row),
            layout.inputs(&row),
            layout.golden(&row, Stage::Quantization, "../x"),
        ] {
            below(&path);
        }
    }
    for row in list.checkpoints {
        let shown = format!("{row} {}", row.attributes);
        let again = list::read(&shown, context);
        assert_eq!(again.checkpoints.len(), 1, "{shown} is not read back");
    }
    below(&Path::new("root").join(file_name(&text)));
}

fn below(path: &Path) {
    let mut parts = path.components();
    assert_eq!(parts.next(), Some(Component::Normal("root".as_ref())));
    assert!(
        parts.all(|part| matches!(part, Component::Normal(name) if name.len() <= 255)),
        "{} leaves its folder",
        path.display()
    );
}

/// A configuration.
pub fn qconf(bytes: &[u8]) {
    if let Ok(qconf) = qconf::parse(&String::from_utf8_lossy(bytes)) {
        let _ = qconf.names(&|name| name.len() % 2 == 0);
    }
}

/// Golden JSON: what is read and written again is the same.
///
/// # Panics
/// It is not.
pub fn golden_json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = golden::parse_dump(&text);
    let Ok(tensor) = golden::parse(&text) else {
        return;
    };
    match golden::parse(&golden::to_json(&tensor)) {
        Ok(again) => assert_eq!(again, tensor),
        Err(error) => panic!("a golden that was read is not read again: {error}"),
    }
}

/// Calibration data, by the first byte: text for a model of three inputs, or for one input a NumPy file, an HDF5 file, an archive
/// of NumPy files or TFRecords.
///
/// # Panics
/// The two readers of text do not agree.
pub fn data(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 5 {
        0 => text(&String::from_utf8_lossy(bytes)),
        1 => {
            let _ = npy::read(bytes);
            file(bytes, ".npy", |path| Data::Npy(vec![path]));
        }
        2 => file(bytes, ".h5", Data::Hdf5),
        3 => file(bytes, ".npz", Data::Npz),
        _ => file(bytes, ".tfrecord", Data::TfRecords),
    }
}

/// The model that data is for.
const MODEL: &str = r#"
    operand { name: "a" type: FLOAT32 shape { dim: 2 dim: 2 } }
    operand { name: "b" type: INT32 }
    operand { name: "c" type: BOOL shape { dim: 3 } }
    operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 2 } }
    operation { type: "Abs" input: "a" output: "y" }
    input: "a" input: "b" input: "c" output: "y""#;

/// Recorded ranges for the same model: what is stored is written and read again as it is.
///
/// # Panics
/// It is not.
pub fn statistics(bytes: &[u8]) {
    let Ok(statistics) = Statistics::parse(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let Ok(mut model) = recipe::parse(MODEL)
        .map_err(|_| ())
        .and_then(|recipe| quant_recipe::build(&recipe).map_err(|_| ()))
    else {
        panic!("the model of the data is wrong");
    };
    let before = model.clone();
    if statistics.write(&mut model).is_err() {
        assert_eq!(model, before);
        return;
    }
    let stored = Statistics::of(&model);
    for text in [stored.to_list(), stored.to_object()] {
        let mut again = before.clone();
        let read = Statistics::parse(&text).and_then(|read| read.write(&mut again));
        assert!(read.is_ok() && again == model, "{text} is not what it came from");
    }
}

fn text(text: &str) {
    let Ok(recipe) = recipe::parse(MODEL) else {
        panic!("the recipe of the data is wrong");
    };
    let Ok(model) = quant_recipe::build(&recipe) else {
        panic!("the model of the data is wrong");
    };
    let checked = records::check(&recipe, text);
    let read = text_record(&model.main().input_tensors(), text);
    assert!(
        checked.is_err() || read.is_ok(),
        "{read:?} of a record that is right"
    );
}

/// Opens the bytes as a file of data for one input, and reads the first records.
fn file(bytes: &[u8], suffix: &str, data: impl FnOnce(PathBuf) -> Data) {
    let mut model = Model::new(FileFormat::Circle);
    let input = model
        .main_mut()
        .add_tensor(Tensor::new("a", DType::Float32, vec![2, 2]));
    if model.main_mut().set_inputs(vec![input]).is_err() {
        return;
    }
    let Ok(mut file) = tempfile::Builder::new().suffix(suffix).tempfile() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let data = data(file.path().to_owned());
    if let Ok(records) = data.open(&model, &Shapes::default()) {
        for record in 0..records.len().min(4) {
            let _ = records.get(record);
        }
    }
}
