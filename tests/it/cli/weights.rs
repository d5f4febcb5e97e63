//! What the verbs of quantization say about models with nothing to quantize, and with values that leave the others none
//! of the integers.

use std::fs;
use std::path::Path;

use crate::common::{call, outcome, run};

/// Runs `quant` in a folder: exit code, standard output, standard error.
fn quant(folder: &Path, args: &[&str]) -> (i32, String, String) {
    outcome(run("quant", folder, args))
}

fn succeeds(folder: &Path, args: &[&str]) -> (String, String) {
    let (code, out, error) = quant(folder, args);
    assert_eq!(code, 0, "{args:?}: {error}");
    (out, error)
}

/// Runs one of ONE's programs, which succeeds: its standard error.
fn program(name: &str, folder: &Path, line: &str) -> String {
    let (code, _, error) = outcome(call(name, folder, line));
    assert_eq!(code, 0, "{line}: {error}");
    error
}

/// The scale of a tensor in a model.
fn scale(folder: &Path, model: &str, tensor: &str) -> f64 {
    let (dump, _) = succeeds(folder, &["dump", model, "--tensor", tensor]);
    let json: serde_json::Value = serde_json::from_str(&dump).unwrap();
    json[tensor]["scale"][0].as_f64().unwrap()
}

/// A frame of `padding` around `x`, a maximum over each window, and a mask.
fn padded(folder: &Path, padding: &str) {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 4 dim: 4 dim: 2 }} }}
        operand {{ name: "frame" type: INT32 shape {{ dim: 4 dim: 2 }}
                  filler {{ tag: "explicit" arg: "0" arg: "0" arg: "1" arg: "1" arg: "1" arg: "1" arg: "0" arg: "0" }} }}
        operand {{ name: "none" type: FLOAT32 shape {{ }} filler {{ tag: "explicit" arg: "{padding}" }} }}
        operand {{ name: "framed" type: FLOAT32 shape {{ dim: 1 dim: 6 dim: 6 dim: 2 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 4 dim: 4 dim: 2 }} }}
        operation {{ type: "PadV2" input: "x" input: "frame" input: "none" output: "framed" }}
        operation {{ type: "MaxPool2D" input: "framed" output: "y"
                    maxpool2d_options {{ padding: VALID stride_w: 1 stride_h: 1 filter_width: 3 filter_height: 3 }} }}
        input: "x" output: "y""#
    );
    fs::write(folder.join("pad.recipe"), text).unwrap();
}

#[test]
fn a_constant_that_takes_the_integers_is_named_and_can_stand_for_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = ["--data", "random:1:4"];
    padded(folder, "-1e9");
    let run = |more: &[&str], output: &str| {
        let args: Vec<&str> = ["run", "pad.recipe", "-o", output]
            .iter()
            .chain(&data)
            .chain(more)
            .copied()
            .collect();
        succeeds(folder, &args).1
    };
    let printed = run(&[], "bad.circle");
    let wanted = "warning: pad.recipe: PADV2 `framed`: its constant `none` holds -1e9, which leaves the other values 0.0 of \
                  255 steps; if it stands for no value, record and quantize with `--lowest=-1e9`\n";
    assert_eq!(printed, wanted);
    assert!(scale(folder, "bad.circle", "x") > 1e6);
    assert_eq!(run(&["--lowest=-1e9"], "good.circle"), "");

    // As the lowest float, which always stands for no value.
    padded(folder, "-3.4028235e38");
    assert_eq!(run(&[], "lowest.circle"), "");
    for tensor in ["x", "framed", "y"] {
        let [good, lowest] = ["good.circle", "lowest.circle"].map(|model| scale(folder, model, tensor));
        assert!(good == lowest && good < 0.05, "{tensor}: {good} {lowest}");
    }

    // The three steps by themselves.
    padded(folder, "-1e9");
    succeeds(
        folder,
        &[
            "record",
            "pad.recipe",
            "--data",
            "random:1:4",
            "--lowest=-1e9",
            "-o",
            "r.circle",
        ],
    );
    let (_, printed) = succeeds(
        folder,
        &["quantize", "r.circle", "--lowest=-1e9", "-o", "steps.circle"],
    );
    assert_eq!(printed, "");
    assert_eq!(
        fs::read(folder.join("good.circle")).unwrap(),
        fs::read(folder.join("steps.circle")).unwrap()
    );
    succeeds(
        folder,
        &["record", "pad.recipe", "--data", "random:1:4", "-o", "r.circle"],
    );
    let (_, printed) = succeeds(folder, &["quantize", "r.circle", "-o", "steps.circle"]);
    assert!(
        printed.starts_with("warning: r.circle: PADV2 `framed`: its constant `none` holds -1e9"),
        "{printed}"
    );
    // A search quantizes as `run` does. int16 is no better than this ratio asks for.
    let mpq = [
        "mpq",
        "pad.recipe",
        "--lowest=-1e9",
        "--ratio",
        "1",
        "-o",
        "q.json",
        "--model",
        "mpq.circle",
    ];
    succeeds(folder, &[&mpq[..], &data].concat());
    assert!(fs::read(folder.join("mpq.circle")).unwrap() == fs::read(folder.join("good.circle")).unwrap());
    let printed = program(
        "circle-quantizer",
        folder,
        "--quantize_with_minmax float32 uint8 channel r.circle q.circle",
    );
    assert!(
        printed.starts_with("WARNING: PADV2 `framed`: its constant `none` holds -1e9"),
        "{printed}"
    );
}

#[test]
fn lowest_is_a_number_below_zero() {
    let folder = tempfile::tempdir().unwrap();
    for value in ["nan", "-inf", "1e9", "0", "low"] {
        let lowest = format!("--lowest={value}");
        let (code, _, error) = quant(folder.path(), &["run", &lowest]);
        assert_eq!(code, 2, "{value}: {error}");
        assert!(error.contains("give a number below zero"), "{value}: {error}");
    }
}

#[test]
fn a_record_that_takes_the_integers_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } } operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    fs::create_dir(folder.join("data")).unwrap();
    for (number, line) in ["1,2", "-1,3", "0,1e9", "2,-2"].iter().enumerate() {
        fs::write(folder.join(format!("data/{number}.txt")), line).unwrap();
    }
    let (_, printed) = succeeds(
        folder,
        &["record", "m.recipe", "--data", "data", "-o", "r.circle"],
    );
    let wanted = "warning: m.recipe: record 2: `x` reaches 1e9, which leaves the other records 0.0 of 255 steps; leave the \
                  record out, or let percentiles cut it off\n";
    assert_eq!(printed, wanted);
    // The drop-in program says so, too.
    succeeds(folder, &["convert", "m.recipe", "-o", "m.circle"]);
    let records = ["0", "1", "2", "3"].map(|number| {
        let text = fs::read_to_string(folder.join(format!("data/{number}.txt"))).unwrap();
        let floats = text.split(',').map(|word| word.parse::<f32>().unwrap());
        fs::write(
            folder.join(format!("{number}.bin")),
            floats.flat_map(f32::to_le_bytes).collect::<Vec<u8>>(),
        )
        .unwrap();
        format!("{number}.bin\n")
    });
    fs::write(folder.join("list.txt"), records.concat()).unwrap();
    let printed = program(
        "record-minmax",
        folder,
        "--input_model m.circle --input_data list.txt --input_data_format list --output_model r.circle",
    );
    assert!(
        printed.starts_with("WARNING: record 2: `x` reaches 1e9, which leaves"),
        "{printed}"
    );
    fs::remove_file(folder.join("data/2.txt")).unwrap();
    fs::rename(folder.join("data/3.txt"), folder.join("data/2.txt")).unwrap();
    let (_, printed) = succeeds(
        folder,
        &["record", "m.recipe", "--data", "data", "-o", "r.circle"],
    );
    assert_eq!(printed, "");
}

#[test]
fn a_model_without_weights_or_float_activations_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = |dtype: &str| {
        format!(
            r#"operand {{ name: "x" type: {dtype} shape {{ dim: 2 }} }} operand {{ name: "y" type: {dtype} shape {{ dim: 2 }} }}
            operation {{ type: "Abs" input: "x" output: "y" }} input: "x" output: "y""#
        )
    };
    fs::write(folder.join("f.recipe"), text("FLOAT32")).unwrap();
    for (verb, layers) in [("fake-quantize", "TransposeConv or "), ("weights-only", "")] {
        let (out, _) = succeeds(folder, &[verb, "f.recipe", "-o", "o.circle"]);
        assert!(
            out.contains("nothing was quantized: no Conv2D, DepthwiseConv2D") && out.contains(layers),
            "{out}"
        );
    }
    fs::write(folder.join("i.recipe"), text("INT32")).unwrap();
    let nothing = "there is nothing to quantize: no activation of the model is float32\n";
    succeeds(folder, &["convert", "i.recipe", "-o", "i.circle"]);
    for args in [
        &["run", "i.circle", "--data", "random:1:2", "-o", "o.circle"][..],
        &["quantize", "i.circle", "-o", "o.circle"],
    ] {
        let (out, _) = succeeds(folder, args);
        // Behind it, `run` has its verdict.
        assert!(out.contains(nothing), "{out}");
        assert_eq!(
            fs::read(folder.join("i.circle")).unwrap(),
            fs::read(folder.join("o.circle")).unwrap()
        );
    }
}
