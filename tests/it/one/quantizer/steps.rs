//! What `circle-quantizer` makes: the steps, types of the interface, other integers, floats again.

use std::fs;
use std::process::Command;

use quant_core::ir::{Builtin, DType, Model, OpCode, Operator, Options, Tensor};

use super::{bench, fails, of, passes, save, tensors};
use crate::common::{QUANT, load};

#[test]
fn the_first_and_the_third_step_write_what_the_verbs_write() {
    let folder = bench();
    let folder = folder.path();
    for (type_, granularity) in [("uint8", "layer"), ("UINT8", "Channel"), ("Int16", "channel")] {
        let verb = |line: &str| {
            let line = format!(
                "{line} --type {} --granularity {}",
                type_.to_lowercase(),
                granularity.to_lowercase()
            );
            let done = Command::new(QUANT)
                .args(line.split_whitespace())
                .current_dir(folder)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        for (mode, verb_line, input) in [
            ("--quantize_dequantize_weights", "fake-quantize", "float.circle"),
            ("--quantize_with_minmax", "quantize", "recorded.circle"),
        ] {
            let said = passes(
                folder,
                &format!("{mode} FLOAT32 {type_} {granularity} {input} ours.circle"),
            );
            assert_eq!(said, "");
            verb(&format!("{verb_line} {input} -o verb.circle"));
            let [ours, verbs] =
                ["ours.circle", "verb.circle"].map(|name| fs::read(folder.join(name)).unwrap());
            assert!(ours == verbs, "{mode} {type_} {granularity}");
        }
    }
}

#[test]
fn options_stand_anywhere_and_the_output_may_be_the_input() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "recorded.circle a.circle --quantize_with_minmax float32 uint8 channel --save_min_max",
    );
    assert_eq!(of(&load(&folder.join("a.circle")), "x").0, DType::Uint8);
    let kept = load(&folder.join("a.circle"));
    let pool = kept.main().find("pool").unwrap();
    assert_eq!(kept.main().tensor(pool).quant.clone().unwrap().max, [2.0]);

    fs::copy(folder.join("recorded.circle"), folder.join("b.circle")).unwrap();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel --save_min_max b.circle b.circle",
    );
    assert!(fs::read(folder.join("a.circle")).unwrap() == fs::read(folder.join("b.circle")).unwrap());

    // Without an extension it is Circle.
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle plain",
    );
    assert_eq!(&fs::read(folder.join("plain")).unwrap()[4..8], b"CIR0");
}

#[test]
fn interface_types_and_pools_follow_their_options() {
    let folder = bench();
    let folder = folder.path();
    let line = "--quantize_with_minmax float32 int16 channel recorded.circle out.circle --verbose";
    let said = passes(
        folder,
        &format!("{line} --input_type FLOAT32 --output_type uint8"),
    );
    assert!(
        said.contains("import recorded.circle: ") && said.contains("export out.circle: "),
        "{said}"
    );
    let model = load(&folder.join("out.circle"));
    assert_eq!(of(&model, "x").0, DType::Float32);
    assert_eq!(of(&model, "x_Quantize").0, DType::Int16);
    assert_eq!(of(&model, "y_Quantize").0, DType::Uint8);
    let output = model.main().outputs()[0];
    assert_eq!(model.main().tensor(output).name, "y_Quantize");

    passes(
        folder,
        "--quantize_with_minmax float32 uint8 layer recorded.circle out.circle",
    );
    let model = load(&folder.join("out.circle"));
    assert_ne!(of(&model, "pool").1, of(&model, "conv").1);
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 layer --TF-style_maxpool recorded.circle out.circle",
    );
    let model = load(&folder.join("out.circle"));
    assert_eq!(of(&model, "pool"), of(&model, "conv"));
}

#[test]
fn weights_alone_and_other_integers() {
    let folder = bench();
    let folder = folder.path();
    for (word, dtype, limit) in [
        ("int4", DType::Int4, 7.0),
        ("int8", DType::Int8, 127.0),
        ("INT16", DType::Int16, 32767.0),
    ] {
        passes(
            folder,
            &format!("--quantize_weights float32 {word} channel float.circle {word}.circle"),
        );
        let model = load(&folder.join(format!("{word}.circle")));
        assert_eq!(
            of(&model, "w"),
            (dtype, vec![0.5 / limit, 1.0 / limit], vec![0, 0])
        );
        assert_eq!(of(&model, "x").0, DType::Float32);
    }
    passes(folder, "--requantize INT8 uint8 int8.circle out.circle");
    let model = load(&folder.join("out.circle"));
    assert_eq!(
        of(&model, "w"),
        (DType::Uint8, vec![0.5 / 127.0, 1.0 / 127.0], vec![128, 128])
    );
    let filter = model.main().tensor(model.main().find("w").unwrap());
    assert_eq!(*model.data(filter).unwrap(), [255, 1]);
}

#[test]
fn a_quantized_model_becomes_float() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle q.circle",
    );
    passes(folder, "--fake_quantize q.circle out.circle");
    let model = load(&folder.join("out.circle"));
    let names: Vec<String> = tensors(&model).into_iter().map(|(name, ..)| name).collect();
    for name in [
        "x_FQ_Quantize",
        "x_FQ_Dequantize",
        "w_DQ",
        "b_DQ",
        "conv",
        "y_FQ_Dequantize",
    ] {
        assert!(
            names.iter().any(|other| other == name),
            "{name} is not in {names:?}"
        );
    }
    assert!(!names.iter().any(|name| name == "w"));
    assert_eq!(of(&model, "conv").0, DType::Float32);
    assert_eq!(
        of(&model, "x_FQ_Quantize"),
        of(&load(&folder.join("q.circle")), "x")
    );
}

#[test]
fn pairs_of_onnx_become_types() {
    let folder = bench();
    let folder = folder.path();
    let mut model = load(&folder.join("float.circle"));
    let number = |model: &mut Model, name: &str, dtype: DType, bytes: &[u8]| {
        let buffer = model.add_buffer(bytes.to_vec());
        let mut tensor = Tensor::new(name, dtype, Vec::new());
        tensor.buffer = buffer;
        model.main_mut().add_tensor(tensor)
    };
    let scale = number(&mut model, "scale", DType::Float32, &0.25_f32.to_le_bytes());
    let zero_point = number(&mut model, "zero_point", DType::Uint8, &[7]);
    let shape = vec![1, 1, 1, 2];
    let mut last = model.main().outputs()[0];
    for (kind, dtype) in [
        ("ONNXQuantizeLinear", DType::Uint8),
        ("ONNXDequantizeLinear", DType::Float32),
    ] {
        let made = model
            .main_mut()
            .add_tensor(Tensor::new(kind, dtype, shape.clone()));
        let code = OpCode {
            builtin: Builtin::CUSTOM,
            custom: Some(kind.to_owned()),
            version: 1,
        };
        let inputs = [last, scale, zero_point].map(Some).to_vec();
        let op = Operator::new(code, inputs, vec![made], Options::default());
        model.main_mut().push(op).unwrap();
        last = made;
    }
    model.main_mut().set_outputs(vec![last]).unwrap();
    save(folder, "onnx.circle", &model);
    passes(folder, "--quantize_onnx_fq_model onnx.circle out.circle");
    let model = load(&folder.join("out.circle"));
    assert_eq!(of(&model, "y"), (DType::Uint8, vec![0.25], vec![7]));
    assert_eq!(model.main().operators().len(), 3);
    fs::remove_file(folder.join("out.circle")).unwrap();
    fails(
        folder,
        "--quantize_with_minmax float32 uint8 channel onnx.circle out.circle",
        255,
        "ONNXQuantizeLinear",
    );
}
