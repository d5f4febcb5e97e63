//! Parameters that are forced, settings of layers, biases and constants at their ends.

use std::fs;
use std::process::Command;

use quant_core::ir::DType;

use super::{bench, fails, of, passes, save, tensor};
use crate::common::{QUANT, load};

#[test]
fn parameters_are_forced_and_copied() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle q.circle",
    );
    passes(
        folder,
        "--force_quantparam x 0.5 -3 --force_quantparam w 2 7 q.circle forced.circle",
    );
    let model = load(&folder.join("forced.circle"));
    assert_eq!(of(&model, "x"), (DType::Uint8, vec![0.5], vec![-3]));
    assert_eq!(of(&model, "w"), (DType::Uint8, vec![2.0], vec![7]));
    assert_eq!(of(&model, "y"), of(&load(&folder.join("q.circle")), "y"));
    passes(
        folder,
        "--copy_quantparam w x --copy_quantparam x y forced.circle copied.circle",
    );
    let model = load(&folder.join("copied.circle"));
    assert_eq!(of(&model, "x"), of(&model, "w"));
    assert_eq!(of(&model, "y"), of(&model, "w"));
    let line = |words: &str| format!("{words} q.circle out.circle");
    for (words, message) in [
        (
            "--force_quantparam nosuch 1 0",
            "Tensor does not exist: nosuch; names are those of `quant info`, as in `x`, `w`",
        ),
        ("--copy_quantparam x nosuch", "Tensor does not exist: nosuch"),
        (
            "--copy_quantparam w x",
            "tensor `x`: the 2 scales of `w` along dimension 0 do not fit its shape",
        ),
        (
            "--force_quantparam x 1 0 --force_quantparam x 2 0",
            "tensor `x`: it is given twice",
        ),
        ("--force_quantparam x one 0", "scale `one` is no number"),
        ("--force_quantparam x 1 0.5", "zero point `0.5` is no integer"),
        ("--force_quantparam x 0 0", "0 is no scale; give a number above 0"),
    ] {
        fails(folder, &line(words), 255, message);
    }
    fails(
        folder,
        "--copy_quantparam x y float.circle out.circle",
        255,
        "it has no parameters to copy",
    );
}

#[test]
fn layers_have_settings_of_their_own() {
    let folder = bench();
    let folder = folder.path();
    let quantize = "--quantize_with_minmax float32 uint8 channel --config qconf.json recorded.circle";
    let write = |text: &str| fs::write(folder.join("qconf.json"), text).unwrap();
    let layer = |rest: &str| {
        format!("{{\"layers\": [{{{rest}, \"dtype\": \"int16\", \"granularity\": \"channel\"}}]}}")
    };
    // An operator that reads one tensor twice has a Quantize behind it too.
    write(
        "// comment\n{\"default_granularity\": \"layer\", \"layers\": [{\"names\": [\"y\"], \"dtype\": \"int16\", \"granularity\": \"channel\"}]}",
    );
    passes(folder, &format!("{quantize} mixed.circle"));
    let model = load(&folder.join("mixed.circle"));
    assert_eq!(of(&model, "pool_Quantize").0, DType::Int16);
    assert_eq!(of(&model, "y").0, DType::Int16);
    assert_eq!(of(&model, "y_Quantize").0, DType::Uint8);
    // An alternate list that is in the model stands for all names.
    write(&layer("\"name\": \"nosuch\", \"alternate\": {\"a\": [\"y\"]}"));
    passes(folder, &format!("{quantize} alternate.circle"));
    let [a, b] = ["mixed.circle", "alternate.circle"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(a == b);
    for (rest, message) in [
        (
            "\"name\": \"nosuch\"",
            "No such layer named nosuch. Check layer names in the quantization configuration file.",
        ),
        (
            "\"names\": [\"y\", \"y\"]",
            "layer `y` of the quantization configuration: it is named twice",
        ),
        (
            "\"name\": \"pool\", \"alternate\": {\"a\": [\"y\"]}",
            "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways",
        ),
        (
            "\"name\": \"nosuch\", \"alternate\": {\"a\": [\"neither\"]}",
            "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways",
        ),
        ("\"nam\": \"y\"", "qconf.json: layers[0]: unknown key `nam`"),
    ] {
        write(&layer(rest));
        fails(folder, &format!("{quantize} out.circle"), 255, message);
        let weights = "--quantize_dequantize_weights float32 uint8 channel --config qconf.json float.circle";
        fails(folder, &format!("{weights} out.circle"), 255, message);
    }
    // Other modes do not read it.
    let said = passes(
        folder,
        "--quantize_weights float32 int8 channel --config qconf.json float.circle a.circle",
    );
    assert_eq!(said, "WARNING: --config has no effect with --quantize_weights\n");
}

#[test]
fn a_bias_that_overflows_is_an_error_or_clipped() {
    let folder = bench();
    let folder = folder.path();
    let mut model = load(&folder.join("recorded.circle"));
    let buffer = tensor(&mut model, "b").buffer;
    let big = [1e30_f32.to_le_bytes(), (-1e30_f32).to_le_bytes()].concat();
    model.set_content(buffer, big.into());
    save(folder, "big.circle", &model);
    let line = "--quantize_with_minmax float32 uint8 channel big.circle";
    fails(
        folder,
        &format!("{line} out.circle"),
        255,
        "bias `b`: element 0, 1000000000000000000000000000000, is",
    );
    passes(folder, &format!("{line} --saturate-bias clipped.circle"));
    let clipped = load(&folder.join("clipped.circle"));
    let bias = clipped.main().tensor(clipped.main().find("b").unwrap());
    let wanted = [i32::MAX.to_le_bytes(), (-i32::MAX).to_le_bytes()].concat();
    assert_eq!(*clipped.data(bias).unwrap(), wanted);
    let verb = |options: &[&str]| {
        let mut command = Command::new(QUANT);
        command
            .args(["quantize", "big.circle", "-o", "verb.circle"])
            .args(options);
        command.current_dir(folder).output().unwrap()
    };
    assert_eq!(verb(&[]).status.code(), Some(1));
    assert!(verb(&["--saturate-bias"]).status.success());
    let [ours, verbs] = ["clipped.circle", "verb.circle"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(ours == verbs);
}

#[test]
fn constants_that_are_no_numbers_are_found() {
    let folder = bench();
    let folder = folder.path();
    for (value, shown) in [
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
        (f32::NAN, "NaN"),
        (f32::MAX, "3.4028235e38"),
        (f32::MIN, "-3.4028235e38"),
    ] {
        let mut model = load(&folder.join("float.circle"));
        let buffer = tensor(&mut model, "w").buffer;
        let bytes = [0.5_f32.to_le_bytes(), value.to_le_bytes()].concat();
        model.set_content(buffer, bytes.into());
        save(folder, "bad.circle", &model);
        let message = format!("bad.circle: constant `w`: element 1 is {shown}, which no scale can hold");
        for mode in [
            "--quantize_dequantize_weights float32 uint8 channel",
            "--quantize_weights float32 int4 channel",
        ] {
            fails(folder, &format!("{mode} bad.circle out.circle"), 255, &message);
        }
    }
}
