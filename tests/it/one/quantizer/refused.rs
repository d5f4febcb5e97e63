//! Command lines and models that are refused; help.

use std::fs;

use super::{bench, fails, passes, run};

#[test]
fn wrong_command_lines_return_255() {
    let folder = bench();
    let folder = folder.path();
    let files = "recorded.circle out.circle";
    let exclusive =
        "use exactly one of these options: --quantize_dequantize_weights, --quantize_with_minmax,";
    for (line, message) in [
        ("", exclusive),
        ("--fake_quantize --requantize int8 uint8", exclusive),
        ("--force_quantparam x 1 0 --copy_quantparam x y", exclusive),
        (
            "--quantize_with_minmax float64 uint8 layer",
            "ERROR: Unsupported input type. List of supported input type(s): float32; `float64` was given",
        ),
        (
            "--quantize_dequantize_weights float32 int8 layer",
            "ERROR: Unsupported output type. List of supported output type(s): uint8, int16; `int8` was given",
        ),
        (
            "--quantize_weights float32 uint8 channel",
            "ERROR: Unsupported output type. List of supported output type(s): int4, int8, int16;",
        ),
        (
            "--quantize_with_minmax float32 uint8 row",
            "ERROR: Unsupported granularity. List of supported granularity: layer, channel; `row` was given",
        ),
        (
            "--quantize_weights float32 int8 layer",
            "ERROR: Unsupported granularity. List of supported granularity: channel;",
        ),
        (
            "--quantize_with_minmax float32 int16 layer",
            "ERROR: Layer-wise quantization only supports uint8 dtype.",
        ),
        (
            "--requantize uint8 int8",
            "ERROR: Unsupported input type. List of supported input type(s): int8; `uint8` was given",
        ),
        (
            "--requantize int8 int16",
            "ERROR: Unsupported output type. List of supported output type(s): uint8;",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --input_type int8",
            "ERROR: Unsupported input type. List of supported input type(s): uint8, int16, int32, int64, float32, bool;",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --output_type uint8,uint8",
            "2 types are given, the model has 1 outputs",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --input_type int32",
            "int32 is not a type it can have",
        ),
        ("--nosuch", "unexpected argument '--nosuch'"),
        (
            "--quantize_with_minmax float32 uint8 layer --config nosuch.json",
            "nosuch.json: No such file",
        ),
    ] {
        fails(folder, &format!("{line} {files}"), 255, message);
    }
    fails(folder, "", 255, "Usage: circle-quantizer [ONE MODE OPTION]");
    fails(folder, "--fake_quantize recorded.circle", 255, "<OUTPUT>");
    fails(
        folder,
        "--quantize_with_minmax float32 uint8",
        255,
        "3 values required",
    );
}

#[test]
fn models_that_cannot_be_read_return_1_and_that_cannot_be_written_255() {
    let folder = bench();
    let folder = folder.path();
    fs::write(folder.join("text.circle"), "no model at all, but long enough").unwrap();
    let mode = "--quantize_with_minmax float32 uint8 channel";
    fails(
        folder,
        &format!("{mode} nosuch.circle out.circle"),
        1,
        "ERROR: nosuch.circle: No such file",
    );
    fails(
        folder,
        &format!("{mode} text.circle out.circle"),
        1,
        "ERROR: text.circle: ",
    );
    fails(
        folder,
        &format!("{mode} recorded.circle nosuch/out.circle"),
        255,
        "ERROR: nosuch: No such file",
    );
    fails(
        folder,
        &format!("{mode} float.circle out.circle"),
        255,
        "no activation has a recorded range",
    );
    passes(folder, &format!("{mode} recorded.circle q.circle"));
    fails(
        folder,
        &format!("{mode} q.circle out.circle"),
        255,
        "the model is quantized already",
    );
}

#[test]
fn help_and_version() {
    let folder = bench();
    let folder = folder.path();
    for (line, parts) in [
        (
            "--help",
            &[
                "Exit status:",
                "--TF-style_maxpool",
                "Quantization configuration (--config)",
                "Examples:",
            ][..],
        ),
        (
            "-h",
            &[
                "Usage: circle-quantizer [ONE MODE OPTION] [OPTIONS] <INPUT> <OUTPUT>",
                "--fake_quantize",
            ],
        ),
        (
            "--version",
            &[concat!("circle-quantizer ", env!("CARGO_PKG_VERSION"))],
        ),
    ] {
        let output = run(folder, line);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}");
        for part in parts {
            assert!(shown.contains(part), "{part} is not in\n{shown}");
        }
    }
}
