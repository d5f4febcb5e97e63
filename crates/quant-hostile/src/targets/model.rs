//! Targets that take models.

use quant_case::{Granularity, QuantType, outline};
use quant_core::config::Config;
use quant_core::ir::{Builtin, DType, FileFormat, Graph, Model, QuantParam, Tensor};
use quant_core::record::{Mode, RandomRecords, RecordOptions};
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;
use quant_core::scheme::tflite::{FLAVOURS, Options, Selector};
use quant_core::{dump, fake_quantize, format, quantize, record, weights_only};

use crate::choices::Choices;
use crate::{mutate, patch, seeds};

/// Bytes with the identifier of Circle: an error, or a model that can be written and shown.
///
/// # Panics
/// The outline that build scripts read is another model's, or what is written is not read.
pub fn import_circle(bytes: &[u8]) {
    import(bytes, *b"CIR0");
}

/// The same for TFLite.
///
/// # Panics
/// As of Circle.
pub fn import_tflite(bytes: &[u8]) {
    import(bytes, *b"TFL3");
}

fn import(bytes: &[u8], identifier: [u8; 4]) {
    let mut bytes = bytes.to_vec();
    if let Some(place) = bytes.get_mut(4..8) {
        place.copy_from_slice(&identifier);
    }
    // A build script reads the same files by a reader of its own.
    let outline = outline::read(&bytes);
    let Ok(model) = format::import(&bytes) else {
        return;
    };
    if let Ok(outline) = outline {
        assert_eq!(
            outline.operations.len(),
            model.main().operators().len(),
            "the outline has other operators"
        );
        assert_eq!(
            outline.inputs.len(),
            model.main().inputs().len(),
            "the outline has other inputs"
        );
    }
    for to in [FileFormat::Circle, FileFormat::Tflite] {
        if let Ok(written) = format::export(&model, to) {
            again(&written);
        }
    }
    let _ = dump::tensors(&model);
}

/// What was written is read.
fn again(bytes: &[u8]) -> Model {
    match format::import(bytes) {
        Ok(model) => model,
        Err(error) => panic!("what export wrote is refused: {error}"),
    }
}

/// A model that is read and written in its own format is the same model, and writing it again gives the same bytes.
///
/// # Panics
/// Something got lost.
pub fn round_trip(bytes: &[u8]) {
    let Ok(model) = format::import(bytes) else {
        return;
    };
    let Ok(first) = format::export(&model, model.format) else {
        return;
    };
    let second = again(&first);
    // NaN differs from itself; its bytes do not.
    assert_eq!(
        format!("{:?}", model.graphs()),
        format!("{:?}", second.graphs()),
        "graphs changed"
    );
    assert_eq!(model.buffers(), second.buffers(), "buffers changed");
    assert_eq!(model.metadata, second.metadata, "metadata changed");
    assert_eq!(model.signatures(), second.signatures(), "signatures changed");
    match format::export(&second, second.format) {
        Ok(bytes) => assert!(first == bytes, "the second file differs from the first"),
        Err(error) => panic!("what was written once is not written again: {error}"),
    }
}

/// A valid model of a recipe, changed as the bytes say, goes through everything.
pub fn pipeline(bytes: &[u8]) {
    if let Some((file, how)) = changed(bytes) {
        all_stages(&file, how);
    }
}

/// A valid model of a recipe, changed as the bytes say, and what to do with it.
pub(super) fn changed(bytes: &[u8]) -> Option<(Vec<u8>, u8)> {
    let mut choices = Choices::new(bytes);
    let files = seeds::files();
    let (_, file) = files.get(choices.below(files.len()))?;
    let how = choices.byte();
    let patches = choices.below(3);
    let mut file = file.clone();
    for _ in 0..patches {
        patch::any(&mut file, &mut choices);
    }
    if patches == 0 {
        let mut model = mutate::tree(&file);
        while choices.more() {
            mutate::change(&mut model, &mut choices);
        }
        file = mutate::file(&model);
    }
    Some((file, how))
}

/// Elements of one input: a model that takes more is sound, and data for it takes the memory that it asks for.
const MOST_DATA: usize = 1 << 20;

/// Import and all stages of a file; whether it was imported.
pub fn all_stages(file: &[u8], how: u8) -> bool {
    let model = format::import(file);
    if let Ok(model) = &model
        && !is_large(model)
    {
        whole(model, how);
    }
    model.is_ok()
}

/// Whether data for a model takes more memory than there is.
pub(super) fn is_large(model: &Model) -> bool {
    let large = |tensor: &Tensor| tensor.elements().is_none_or(|elements| elements > MOST_DATA);
    model.main().input_tensors().iter().any(large)
}

/// All stages, one after the other; any may refuse. `how` chooses types and modes.
pub(super) fn whole(model: &Model, how: u8) {
    let dtype = if how & 1 == 0 {
        QuantType::Uint8
    } else {
        QuantType::Int16
    };
    let granularity = if how.is_multiple_of(4) {
        Granularity::Layer
    } else {
        Granularity::Channel
    };
    let flags = One {
        save_min_max: how & 4 != 0,
        tf_style_maxpool: how & 8 != 0,
        same_scale: how & 64 != 0,
        unruled: if how & 32 == 0 {
            Unruled::Float
        } else {
            Unruled::Quantize
        },
        ..One::default()
    };
    let config = flags.config(dtype, granularity);
    let mode = if how & 16 == 0 {
        RecordOptions::default().mode
    } else {
        Mode::MovingAverage {
            batch: 1,
            constant: 0.1,
        }
    };
    configured(model, &config);
    tflite(model, how);
    let mut weights = model.clone();
    if weights_only::run(&mut weights, &Config::weights_only(QuantType::Int8)).is_ok() {
        written(&weights);
    }
    let mut model = model.clone();
    let before = model.clone();
    if fake_quantize::run(&mut model, &config).is_err() {
        // A stage that fails leaves its model as it was.
        assert_eq!(
            format!("{model:?}"),
            format!("{before:?}"),
            "a failed stage changed the model"
        );
    }
    let options = RecordOptions {
        mode,
        threads: 1,
        ..RecordOptions::default()
    };
    if let Ok(records) = RandomRecords::new(model.main().input_tensors(), u64::from(how), 2) {
        let _ = record::run(&mut model, &records, &options, &|_| ());
    }
    written(&model);
    if quantize::run(&mut model, &config).is_ok() {
        written(&model);
        let _ = dump::tensors(&model);
    }
}

/// Quantizes without a run, as a file that brings its ranges along is: nothing but `quantize` has looked at it.
fn configured(model: &Model, config: &Config) {
    let mut model = model.clone();
    ranges(&mut model);
    if quantize::run(&mut model, config).is_ok() {
        written(&model);
        let _ = dump::tensors(&model);
    }
}

/// Gives a range to each float tensor that has none.
pub(super) fn ranges(model: &mut Model) {
    for tensor in model.graphs_mut().iter_mut().flat_map(Graph::tensors_mut) {
        let quant = tensor.quant.get_or_insert_with(QuantParam::default);
        if tensor.dtype == DType::Float32 && quant.min.is_empty() && quant.max.is_empty() {
            (quant.min, quant.max) = (vec![-1.0], vec![1.0]);
        }
    }
}

/// TensorFlow Lite's quantizers on the same model.
fn tflite(model: &Model, how: u8) {
    let mut float = model.clone();
    for (index, tensor) in float.main_mut().tensors_mut().iter_mut().enumerate() {
        // Some tensors have no range, some a range of zeros.
        let last = if index % 5 == usize::from(how % 5) {
            0.0
        } else {
            1.0
        };
        if tensor.dtype == DType::Float32 && index % 7 != usize::from(how % 11) {
            let quant = tensor.quant.get_or_insert_with(QuantParam::default);
            (quant.min, quant.max) = (vec![-last], vec![last]);
        }
    }
    for kind in FLAVOURS {
        let ends = kind.interface;
        let options = Options {
            input: ends[usize::from(how) % ends.len()],
            output: ends[usize::from(how / 3) % ends.len()],
            per_tensor: how & 2 != 0,
            bias: if how & 4 == 0 { DType::Int64 } else { DType::Int32 },
            float: if how & 8 == 0 {
                Vec::new()
            } else {
                vec![Selector::Operator(Builtin::ADD)]
            },
            strict: how & 16 != 0,
            compat: how & 1 != 0,
            ..Options::default()
        };
        let mut model = float.clone();
        match (kind.quantize)(&mut model, &options) {
            Ok(_) => {
                if let Ok(bytes) = format::export(&model, FileFormat::Tflite) {
                    again(&bytes);
                }
            }
            Err(_) => assert_eq!(
                format!("{model:?}"),
                format!("{float:?}"),
                "{} failed and changed the model",
                kind.name
            ),
        }
    }
}

fn written(model: &Model) {
    if let Ok(bytes) = format::export(model, FileFormat::Circle) {
        again(&bytes);
    }
}
