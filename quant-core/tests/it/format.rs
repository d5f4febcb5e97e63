//! Import and export: nothing is lost, in either format; wrong bytes are errors.

use std::fs;
use std::path::{Path, PathBuf};

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::format::{export, import};
use quant_core::ir::{Builtin, DType, FileFormat, Model, OpId, Operator, QuantDetails, QuantParam};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::{ErrorKind, Problem, fake_quantize, quantize, record};
use quant_schema as schema;

use crate::common::{model, say, shared};

/// The model files of the reference data, when it is there.
fn models() -> Vec<PathBuf> {
    let shared = shared();
    let mut files: Vec<PathBuf> = fs::read_dir(shared.join("models"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "tflite"));
    files.sort();
    if files.is_empty() {
        say("SKIPPED: no models; set QUANT_REFERENCE to the reference data");
    }
    files
}

/// All fields of a file through the schema, buffers as they are.
fn fields(bytes: &[u8]) -> schema::ModelT {
    let options = flatbuffers::VerifierOptions {
        max_tables: 1 << 24,
        max_apparent_size: 1 << 36,
        ..Default::default()
    };
    let mut model = schema::root_as_model_with_opts(&options, bytes).unwrap().unpack();
    // Old files have their operator codes in the field of one byte only; export fills both.
    for code in model.operator_codes.iter_mut().flatten() {
        code.builtin_code.0 = code.builtin_code.0.max(i32::from(code.deprecated_builtin_code));
        code.deprecated_builtin_code = code.builtin_code.0.min(127) as i8;
    }
    // Absent and empty lists mean the same.
    for graph in model.subgraphs.iter_mut().flatten() {
        for op in graph.operators.iter_mut().flatten() {
            op.inputs.get_or_insert_default();
            op.outputs.get_or_insert_default();
        }
        for tensor in graph.tensors.iter_mut().flatten() {
            tensor.shape.get_or_insert_default();
            if let Some(quant) = &mut tensor.quantization {
                for list in [&mut quant.min, &mut quant.max, &mut quant.scale] {
                    *list = list.take().filter(|list| !list.is_empty());
                }
                quant.zero_point = quant.zero_point.take().filter(|list| !list.is_empty());
            }
        }
    }
    model
}

#[test]
fn real_models_keep_every_field() {
    for path in models() {
        let bytes = fs::read(&path).unwrap();
        let model = import(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let again = export(&model, FileFormat::Tflite).unwrap();
        assert_eq!(&again[4..8], b"TFL3");
        let (old, new) = (fields(&bytes), fields(&again));
        for (part, same) in [
            ("operator codes", old.operator_codes == new.operator_codes),
            ("subgraphs", old.subgraphs == new.subgraphs),
            ("buffers", old.buffers == new.buffers),
            ("metadata", old.metadata == new.metadata),
            ("signatures", old.signature_defs == new.signature_defs),
            ("the rest", old == new),
        ] {
            assert!(same, "{}: {part} changed", path.display());
        }
        assert!(import(&again).unwrap() == model, "{}", path.display());
        assert!(
            export(&model, FileFormat::Tflite).unwrap() == again,
            "{}: not deterministic",
            path.display()
        );
        let circle = export(&model, FileFormat::Circle).unwrap();
        assert_eq!(&circle[4..8], b"CIR0");
        let mut back = import(&circle).unwrap();
        assert!(
            export(&back, FileFormat::Tflite).is_ok_and(|bytes| import(&bytes).is_ok()),
            "{}",
            path.display()
        );
        (back.format, back.version) = (model.format, model.version);
        assert!(back == model, "{}: Circle and back", path.display());
    }
}

/// The recipes of this project, and those of the reference data when it is there.
fn recipes() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference =
        std::env::var_os("QUANT_REFERENCE").map_or_else(|| root.join("../../shared"), PathBuf::from);
    let folders = [
        root.join("../recipes"),
        reference.join("reference/one-pota/recipes"),
    ];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path().join("test.recipe"))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(files.len() >= 60, "only {} recipes", files.len());
    files
}

#[test]
fn recipes_keep_every_field_at_every_stage() {
    for path in recipes() {
        let shown = path.display();
        let recipe = quant_case::recipe::parse(&fs::read_to_string(&path).unwrap());
        let recipe = recipe.unwrap_or_else(|error| panic!("{shown}:{error}"));
        let mut model = quant_recipe::build(&recipe).unwrap_or_else(|error| panic!("{shown}: {error}"));
        keeps_every_field(&model, &path);
        let config = Config::new(QuantType::Uint8, Granularity::Channel);
        fake_quantize::run(&mut model, &config).unwrap();
        keeps_every_field(&model, &path);
        let records = RandomRecords::new(model.main().input_tensors(), 1, 2).unwrap();
        record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
        keeps_every_field(&model, &path);
        quantize::run(&mut model, &config).unwrap();
        keeps_every_field(&model, &path);
    }
}

fn keeps_every_field(model: &Model, path: &Path) {
    for format in [FileFormat::Circle, FileFormat::Tflite] {
        let bytes = match export(model, format) {
            Err(error) if error.kind() == ErrorKind::Unsupported && format == FileFormat::Tflite => continue,
            bytes => bytes.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        };
        let read = import(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            fields(&export(&read, format).unwrap()) == fields(&bytes),
            "{}",
            path.display()
        );
        if format == model.format {
            // Codes of operators that a stage inserted stand behind those of the file.
            let mut read = read;
            assert!(read.opcodes.starts_with(&model.opcodes), "{}", path.display());
            read.opcodes.truncate(model.opcodes.len());
            assert!(read == *model, "{}", path.display());
        }
    }
}

fn small() -> Model {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 4 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operation { type: "FullyConnected" input: "x" input: "w" input: "" output: "y" }
        input: "x" output: "y""#;
    model(text)
}

#[test]
fn buffers_are_aligned() {
    let mut model = small();
    for length in 1..40 {
        model.add_buffer(vec![7; length]);
    }
    let bytes = export(&model, FileFormat::Circle).unwrap();
    let file = schema::root_as_model(&bytes).unwrap();
    for buffer in file.buffers().unwrap() {
        let Some(data) = buffer.data() else { continue };
        let at = data.bytes().as_ptr() as usize - bytes.as_ptr() as usize;
        assert_eq!(at % 16, 0, "{} bytes", data.len());
    }
}

#[test]
fn buffers_beyond_the_flatbuffer() {
    let mut model = small();
    let at = model.main().tensors()[1].buffer;
    model.set_external(at, true);
    let unused = model.add_buffer(vec![1, 2, 3]);
    model.set_external(unused, true);
    let beyond = |op: &mut Operator| {
        (op.custom_options, op.custom_options_external) = (Some(vec![9; 33]), true);
    };
    model.main_mut().edit(OpId(0), beyond).unwrap();
    let bytes = export(&model, FileFormat::Circle).unwrap();
    let file = schema::root_as_model(&bytes).unwrap();
    let buffer = file.buffers().unwrap().get(at.index());
    assert_eq!(
        (buffer.data().is_none(), buffer.offset() % 16, buffer.size()),
        (true, 0, 32)
    );
    assert_eq!(import(&bytes).unwrap(), model);
    let error = import(&bytes[..bytes.len() - 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(matches!(error.problem(), Problem::Malformed(_)), "{error}");
}

#[test]
fn details_and_debug_indices_survive_in_both_formats() {
    for (format, details) in [
        (FileFormat::Circle, QuantDetails::Mx { axis: 3 }),
        (
            FileFormat::Circle,
            QuantDetails::Blockwise {
                scales: 1,
                zero_points: 0,
                block_size: 32,
            },
        ),
        (
            FileFormat::Tflite,
            QuantDetails::Blockwise {
                scales: 1,
                zero_points: 0,
                block_size: 32,
            },
        ),
        (FileFormat::Tflite, QuantDetails::Custom(vec![1, 2])),
    ] {
        let mut model = small();
        model.format = format;
        model.main_mut().debug_metadata_index = 7;
        model.main_mut().data_format = i8::from(format == FileFormat::Circle);
        model.main_mut().tensors_mut()[0].quant = Some(QuantParam {
            details: Some(details.clone()),
            ..Default::default()
        });
        let again = import(&export(&model, format).unwrap()).unwrap();
        assert_eq!(again, model, "{details:?}");
    }
}

#[test]
fn what_tflite_lacks_is_unsupported() {
    let mut dtype = small();
    dtype.main_mut().tensors_mut()[0].dtype = DType::GgmlQ40;
    let mut details = small();
    details.main_mut().tensors_mut()[0].quant = Some(QuantParam {
        details: Some(QuantDetails::Mx { axis: 0 }),
        ..Default::default()
    });
    let mut operator = small();
    let main = operator.main_mut();
    main.edit(OpId(0), |op| op.code.builtin = Builtin::INSTANCE_NORM)
        .unwrap();
    for model in [dtype, details, operator] {
        assert!(export(&model, FileFormat::Circle).is_ok());
        assert_eq!(
            export(&model, FileFormat::Tflite).unwrap_err().kind(),
            ErrorKind::Unsupported
        );
    }
}

#[test]
fn wrong_bytes_are_errors() {
    let bytes = export(&small(), FileFormat::Circle).unwrap();
    for length in 0..bytes.len() {
        assert!(import(&bytes[..length]).is_err(), "cut at {length}");
    }
    for (at, value) in (0..bytes.len()).flat_map(|at| [(at, 0u8), (at, 0x7f), (at, 0xff)]) {
        let mut mutated = bytes.clone();
        mutated[at] = value;
        // An error or a model, never a panic.
        if let Ok(model) = import(&mutated) {
            let _ = export(&model, FileFormat::Circle);
        }
    }
    assert!(
        import(b"PK\x03\x04zip!")
            .unwrap_err()
            .to_string()
            .contains("not CIR0 (Circle) or TFL3 (TFLite)")
    );
}
