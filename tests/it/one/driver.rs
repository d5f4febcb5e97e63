//! The calls that ONE's `one-quantize` makes for each of its modes, in its order and with its options: every program
//! takes what the one before wrote.

use std::fs;
use std::path::Path;

use quant_core::format;
use quant_core::ir::{DType, FileFormat};
use quant_hdf5::Type;

use crate::common::{self, NET, array, floats, load, outcome, succeeds, write_h5};

/// Runs a program, whose name is the first word; what it prints.
#[track_caller]
fn call(folder: &Path, line: &str) -> String {
    let (program, line) = line.split_once(' ').unwrap();
    succeeds(program, folder, line)
}

/// A folder with `m.circle` and `data.h5`: four records for its input.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    call(folder.path(), &format!("quant convert {NET} -o m.circle"));
    let model = load(&folder.path().join("m.circle"));
    let input = model.main().tensor(model.main().inputs()[0]);
    let shape: Vec<u64> = input.shape.iter().map(|d| *d as u64).collect();
    let count = input.elements().unwrap();
    let record = |at: usize| {
        let values = (0..count).map(|i| ((at * 31 + i * 17) % 23) as f32 * 0.25 - 2.5);
        vec![array(Type::Float(4), &shape, floats(&values.collect::<Vec<_>>()))]
    };
    write_h5(&folder.path().join("data.h5"), (0..4).map(record));
    folder
}

/// The types of the graph inputs and outputs.
fn interface(folder: &Path, name: &str) -> (DType, DType) {
    let model = load(&folder.join(name));
    let graph = model.main();
    (
        graph.tensor(graph.inputs()[0]).dtype,
        graph.tensor(graph.outputs()[0]).dtype,
    )
}

/// What it hands to record-minmax in every mode.
const RECORD: &str = "--input_data data.h5 --input_data_format h5 --min_percentile 1.0 --max_percentile 99.0 \
                      --moving_avg_batch 16 --moving_avg_const 0.1 --mode percentile";

/// Three steps, to `q.circle`.
fn quantize(folder: &Path, dtype: &str, granularity: &str, more: &str, profile: &str) {
    let words = format!("float32 {dtype} {granularity}");
    call(
        folder,
        &format!(
            "circle-quantizer --verbose --quantize_dequantize_weights {words} m.circle m.weights_fake_quant.circle {profile}"
        ),
    );
    call(
        folder,
        &format!(
            "record-minmax --verbose --input_model m.weights_fake_quant.circle --output_model m.minmax_recorded.circle \
             {RECORD} {profile}"
        ),
    );
    call(
        folder,
        &format!(
            "circle-quantizer --verbose --quantize_with_minmax {words} {more} m.minmax_recorded.circle q.circle {profile}"
        ),
    );
}

#[test]
fn the_default() {
    let bench = bench();
    let folder = bench.path();
    quantize(folder, "uint8", "layer", "", "");
    assert_eq!(interface(folder, "q.circle"), (DType::Uint8, DType::Uint8));
    quantize(
        folder,
        "int16",
        "channel",
        "--TF-style_maxpool --input_type float32 --output_type uint8",
        "--generate_profile_data",
    );
    assert_eq!(interface(folder, "q.circle"), (DType::Float32, DType::Uint8));
}

#[test]
fn evaluate_result() {
    let bench = bench();
    let folder = bench.path();
    quantize(folder, "uint8", "channel", "", "");
    call(
        folder,
        "circle-quantizer --verbose --fake_quantize q.circle m.fake_quant.circle",
    );
    let said = call(
        folder,
        "circle-eval-diff --first_model m.circle --second_model m.fake_quant.circle --first_input_data data.h5 \
         --second_input_data data.h5 --input_data_format h5 --print_mae --print_mape --print_mpeir --print_top1_match \
         --print_top5_match --print_mse",
    );
    // Each metric has its heading, and a line for the output.
    let mut lines = said.lines().filter(|line| !line.starts_with("Top-"));
    for record in 0..4 {
        assert_eq!(
            lines.next(),
            Some(format!("Evaluating {record}'th data").as_str())
        );
    }
    let rest: Vec<&str> = lines.collect();
    let blocks: Vec<&[&str]> = rest
        .split(|line| line.is_empty())
        .filter(|block| !block.is_empty())
        .collect();
    assert_eq!(blocks.len(), 6, "{said}");
    let mae: f64 = blocks[0][1].rsplit(' ').next().unwrap().parse().unwrap();
    assert!(blocks[0][0] == "Mean Absolute Error (MAE)" && mae > 0.0, "{said}");
    // The quantized model itself runs in integers, which round between operators as that fake-quantized model does.
    let direct = call(
        folder,
        "circle-eval-diff --first_model m.circle --second_model q.circle --first_input_data data.h5 \
         --second_input_data data.h5 --print_mae --print_mape --print_mpeir --print_top1_match --print_top5_match --print_mse",
    );
    assert_eq!(said.lines().count(), direct.lines().count());
    let line = direct.lines().find(|line| line.starts_with("MAE for")).unwrap();
    let integers: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!((integers / mae - 1.0).abs() < 0.1, "{said}{direct}");
}

#[test]
fn parameters_by_hand() {
    let bench = bench();
    let folder = bench.path();
    quantize(folder, "uint8", "channel", "", "");
    let model = load(&folder.join("q.circle"));
    let name = |id: quant_core::ir::TensorId| model.main().tensor(id).name.clone();
    let (first, last) = (name(model.main().inputs()[0]), name(model.main().outputs()[0]));
    let quant = |file: &str, name: &str| {
        let model = load(&folder.join(file));
        let quant = model
            .main()
            .tensor(model.main().find(name).unwrap())
            .quant
            .clone()
            .unwrap();
        (quant.scale, quant.zero_point)
    };
    call(
        folder,
        &format!(
            "circle-quantizer --verbose --force_quantparam {first} 2.3 33 --force_quantparam {last} 0.5 0 q.circle f.circle"
        ),
    );
    assert_eq!(quant("f.circle", &first), (vec![2.3], vec![33]));
    assert_eq!(quant("f.circle", &last), (vec![0.5], vec![0]));
    call(
        folder,
        &format!("circle-quantizer --copy_quantparam {first} {last} q.circle c.circle"),
    );
    assert_eq!(quant("c.circle", &last), quant("q.circle", &first));
    call(folder, "circle-quantizer --fake_quantize q.circle fq.circle");
    assert_eq!(interface(folder, "fq.circle"), (DType::Float32, DType::Float32));
}

/// Integers of int8 become those of uint8: what step 3 made, moved by 128, comes back.
#[test]
fn requantize() {
    let bench = bench();
    let folder = bench.path();
    quantize(folder, "uint8", "channel", "", "");
    let mut model = load(&folder.join("q.circle"));
    for index in 0..model.main().tensors().len() {
        let tensor = model.main().tensors()[index].clone();
        if tensor.dtype != DType::Uint8 {
            continue;
        }
        if let Some(bytes) = model.data(&tensor) {
            let moved: Vec<u8> = bytes.iter().map(|q| q.wrapping_sub(128)).collect();
            model.main_mut().tensors_mut()[index].buffer = model.add_buffer(moved);
        }
        let tensor = &mut model.main_mut().tensors_mut()[index];
        tensor.dtype = DType::Int8;
        let quant = tensor.quant.as_mut().unwrap();
        quant
            .zero_point
            .iter_mut()
            .for_each(|zero_point| *zero_point -= 128);
    }
    let bytes = format::export(&model, FileFormat::Circle).unwrap();
    fs::write(folder.join("int8.circle"), bytes).unwrap();
    call(
        folder,
        "circle-quantizer --verbose --requantize int8 uint8 int8.circle back.circle",
    );
    let same = call(folder, "quant compare q.circle back.circle");
    assert!(same.contains("are equal"), "{same}");
}

/// One call each; `tests/it/one/quantizer` looks at what they make, and calls `--quantize_onnx_fq_model` on such a model.
#[test]
fn weights_alone() {
    let bench = bench();
    let folder = bench.path();
    call(
        folder,
        "circle-quantizer --quantize_weights float32 int8 channel m.circle w.circle",
    );
    let model = load(&folder.join("w.circle"));
    assert!(
        model
            .main()
            .tensors()
            .iter()
            .any(|tensor| tensor.dtype == DType::Int8)
    );
    assert_eq!(interface(folder, "w.circle"), (DType::Float32, DType::Float32));
}

/// `--ampq`, with the three kinds of bisection and with patterns; with `--save_intermediate`, whose folder is that of
/// the output.
#[test]
fn ampq() {
    let bench = bench();
    let folder = bench.path();
    call(
        folder,
        &format!(
            "record-minmax --verbose --input_model m.circle --output_model m.minmax_recorded.circle {RECORD}"
        ),
    );
    let solve = "circle-mpqsolver --data data.h5 --data_format h5 --qerror_ratio 0.5";
    let rest = "--input_model m.minmax_recorded.circle --input_dtype uint8 --output_dtype int16 --output_model q.circle";
    for end in ["true", "false"] {
        call(folder, &format!("{solve} --bisection {end} {rest} --verbose"));
        assert_eq!(interface(folder, "q.circle"), (DType::Uint8, DType::Int16));
    }
    // auto without a file of errors: the uint8 model and visq make one.
    call(
        folder,
        "circle-quantizer --verbose --quantize_with_minmax float32 uint8 channel --TF-style_maxpool --input_type uint8 \
         --output_type uint8 m.minmax_recorded.circle m.visq.q8.circle",
    );
    call(
        folder,
        "visq --fp32_circle m.circle --data data.h5 --q_circle m.visq.q8.circle --tae_output m.tae.visq.json \
         --batch_size 1 --dump_dot_graph",
    );
    assert!(folder.join("m.tae.visq.json.dot").exists());
    fs::create_dir(folder.join("steps")).unwrap();
    let said = call(
        folder,
        &format!("{solve} --bisection auto {rest} --visq_file m.tae.visq.json --save_intermediate steps"),
    );
    // Both halves have errors that the file tells.
    for half in ["front", "rear"] {
        let start = format!("Qerror of {half} half: ");
        let sum = said
            .lines()
            .find_map(|line| line.strip_prefix(start.as_str()))
            .unwrap();
        assert!(sum.parse::<f64>().unwrap() > 0.0, "{said}");
    }
    assert!(folder.join("steps/FinalConfiguration.mpq.json").exists());
    // Its own folder is no name.
    let pattern = "circle-mpqsolver --data data.h5 --patterns --u8_layernorm_with_s16_variance --u8_softmax_with_s16_sub_exp";
    call(folder, &format!("{pattern} {rest} --save_intermediate ."));
    assert!(folder.join("FinalConfiguration.mpq.json").exists());
    assert_eq!(interface(folder, "q.circle"), (DType::Uint8, DType::Int16));
}

/// A model of integers alone goes through unchanged, with a word about it.
#[test]
fn nothing_to_quantize() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: INT32 shape { dim: 4 } }
        operand { name: "y" type: INT32 shape { dim: 4 } }
        operation { type: "Add" input: "x" input: "x" output: "y" add_options { activation: NONE } }
        input: "x" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    call(folder, "quant convert m.recipe -o m.circle");
    call(
        folder,
        "circle-quantizer --quantize_dequantize_weights float32 uint8 layer m.circle 1.circle",
    );
    call(
        folder,
        "record-minmax --input_model 1.circle --output_model 2.circle",
    );
    let line = "--quantize_with_minmax float32 uint8 layer 2.circle 3.circle";
    let (code, _, stderr) = outcome(common::call("circle-quantizer", folder, line));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.starts_with("WARNING: the model has no float activation"),
        "{stderr}"
    );
    for name in ["1.circle", "2.circle", "3.circle"] {
        assert!(
            fs::read(folder.join(name)).unwrap() == fs::read(folder.join("m.circle")).unwrap(),
            "{name}"
        );
    }
}
