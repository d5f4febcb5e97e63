//! `quant sensitivity` and `quant auto`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{fails_with, files, read_json};
use crate::common::{outcome, passes, quant, say, shared};

/// Two convolutions; the second has channels of very different weights, which one scale ruins.
const NET: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "w1" type: FLOAT32 shape { dim: 3 dim: 1 dim: 1 dim: 2 }
              filler { tag: "explicit" arg: "0.5" arg: "-0.25" arg: "0.75" arg: "0.5" arg: "-0.5" arg: "1" } }
    operand { name: "b1" type: FLOAT32 shape { dim: 3 } filler { tag: "constant" arg: "0.5" } }
    operand { name: "b2" type: FLOAT32 shape { dim: 2 } filler { tag: "constant" arg: "0.25" } }
    operand { name: "one" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 3 } }
    operand { name: "w2" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 3 }
              filler { tag: "explicit" arg: "1000" arg: "-900" arg: "800" arg: "0.1" arg: "-0.3" arg: "0.2" } }
    operand { name: "two" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "scale" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.0001" arg: "3" } }
    operand { name: "three" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w1" input: "b1" output: "one"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Conv2D" input: "one" input: "w2" input: "b2" output: "two"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Mul" input: "two" input: "scale" output: "three" mul_options { } }
    input: "x" output: "three""#;

fn net(folder: &Path) {
    fs::write(folder.join("net.recipe"), NET).unwrap();
    passes(folder, "convert net.recipe -o net.tflite");
}

fn json_of(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&passes(folder, &format!("{line} --json -"))).unwrap()
}

#[test]
fn sensitivity_names_the_layer_that_hurts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    net(folder);
    passes(
        folder,
        "run net.tflite --per-tensor --data random:1:20 -o q.tflite",
    );
    let line = "sensitivity net.tflite q.tflite --data random:1:20";
    let said = passes(folder, line);
    let first = said.lines().nth(1).unwrap();
    assert!(first.starts_with("two ") && first.contains("CONV_2D"), "{said}");
    assert!(
        said.ends_with(
            "worst        operator 1, CONV_2D `two`: leave it float with `quant run net.tflite --data random:1:20 --float name:two`\n"
        ),
        "{said}"
    );
    let found = json_of(folder, line);
    let layers = found["layers"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[0]["operator"]), (4, &json!(1)));
    assert!(layers[0]["gain"].as_f64() > layers[1]["gain"].as_f64());
    // The same with the options in place of the model.
    let of_options = json_of(folder, "sensitivity net.tflite --per-tensor --data random:1:20");
    assert_eq!(of_options["layers"], found["layers"]);
    // Without the outputs no layer is restored.
    let added = json_of(folder, &format!("{line} --added"));
    assert_eq!(added["layers"][0]["gain"], Value::Null);
    let of_measures = json_of(folder, &format!("{line} --measures added"));
    assert_eq!(added, of_measures);
    // One measure alone has its column alone.
    let restored = json_of(folder, &format!("{line} --measures restored"));
    assert_eq!(restored["layers"][0]["gain"], found["layers"][0]["gain"]);
    assert_eq!(restored["layers"][0]["added"], Value::Null);
    let table = passes(folder, &format!("{line} --measures alone"));
    assert!(
        table.contains("\nalone: ") && !table.contains("restored"),
        "{table}"
    );
    fails_with(
        folder,
        &format!("{line} --added --measures alone"),
        2,
        "cannot be used with",
    );
    assert_eq!(
        json_of(folder, &format!("{line} --threads 1"))["layers"],
        found["layers"]
    );
    fails_with(
        folder,
        "sensitivity net.tflite net.tflite --data random:1:2",
        1,
        "no tensor of the float model is quantized",
    );
    fails_with(folder, &format!("{line} --per-tensor"), 2, "cannot be used with");
}

#[test]
fn auto_reaches_a_goal_and_tells_how() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    net(folder);
    let line = "auto net.tflite --per-tensor --data random:1:30 --max-drop 0.5 -o best.tflite";
    let said = passes(folder, line);
    assert!(
        said.contains("\nbest ") && said.contains("the goal is reached"),
        "{said}"
    );
    let best = fs::read(folder.join("best.tflite")).unwrap();
    // The command that it names makes the very file.
    let command = said
        .lines()
        .find_map(|line| line.strip_prefix("command      quant "))
        .unwrap();
    assert!(command.contains("--per-tensor"), "{command}");
    fs::remove_file(folder.join("best.tflite")).unwrap();
    passes(folder, command);
    assert!(best == fs::read(folder.join("best.tflite")).unwrap(), "{command}");

    let trail = read_json(&folder.join("best.tflite.trail.json"));
    let tried = trail["tried"].as_array().unwrap();
    let at = usize::try_from(trail["best"].as_u64().unwrap()).unwrap();
    let score = |at: usize| tried[at]["got"]["score"].as_f64().unwrap();
    assert!(score(0) < 99.5 && score(at) >= 99.5, "{said}");
    assert_eq!(trail["command"], tried[at]["command"]);
    let page = fs::read_to_string(folder.join("best.tflite.trail.html")).unwrap();
    assert!(page.contains(tried[at]["what"].as_str().unwrap()) && !page.contains("{{data}}"));
    assert_eq!(
        files(folder).iter().filter(|name| name.contains("trial")).count(),
        0
    );

    // Again with what is known: the same, and nothing else is taken for it.
    assert_eq!(passes(folder, &format!("{line} --resume")), said);
    assert!(best == fs::read(folder.join("best.tflite")).unwrap());
    fails_with(
        folder,
        &line.replace("random:1:30", "random:2:30 --resume"),
        1,
        "leave out --resume",
    );

    // What cannot be reached: the best is there, and the code says so.
    let line = "auto net.tflite --per-tensor --data random:1:30 --max-drop 0.5 --max-bytes 10 -o none.tflite";
    let (code, said, error) = outcome(quant(folder, line));
    assert_eq!(code, 3, "{said}{error}");
    assert!(
        error.contains("none.tflite: the goal was not reached; it holds the best that was found"),
        "{error}"
    );
    assert!(folder.join("none.tflite").exists());
    fails_with(
        folder,
        "auto net.tflite --data random:1:3 -o z.tflite",
        2,
        "--max-drop",
    );
    fails_with(
        folder,
        "auto net.tflite --data random:1:3 --max-drop -1 -o z.tflite",
        2,
        "max-drop",
    );
}

/// A second convolution with a large weight for a channel that is always 0, beside which eight bits lose the other one.
const ONE_LAYER: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "w1" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 2 }
              filler { tag: "explicit" arg: "-1" arg: "-1" arg: "0.5" arg: "0.75" } }
    operand { name: "b1" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "-10" arg: "2" } }
    operand { name: "one" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "w2" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 2 }
              filler { tag: "explicit" arg: "10" arg: "0.0125" } }
    operand { name: "b2" type: FLOAT32 shape { dim: 1 } filler { tag: "constant" arg: "0.01" } }
    operand { name: "two" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
    operation { type: "Conv2D" input: "x" input: "w1" input: "b1" output: "one"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 activation: RELU } }
    operation { type: "Conv2D" input: "one" input: "w2" input: "b2" output: "two"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    input: "x" output: "two""#;

/// With ONE's uint8 a layer that hurts becomes int16 before anything stays float.
#[test]
fn auto_makes_the_layer_that_hurts_int16() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("net.recipe"), ONE_LAYER).unwrap();
    passes(folder, "convert net.recipe -o net.circle");
    passes(folder, "convert net.recipe -o net.tflite");
    let line = "auto net.circle --granularity layer --remedies bias-correction --observer minmax --data random:1:30 \
                --max-drop 0.5 -o best.circle";
    let said = passes(folder, line);
    assert!(said.contains("the goal is reached"), "{said}");
    let trail = read_json(&folder.join("best.circle.trail.json"));
    let at = usize::try_from(trail["best"].as_u64().unwrap()).unwrap();
    assert_eq!(trail["tried"][at]["options"], json!(["--int16", "two"]), "{said}");
    assert_eq!(trail["tried"][at]["what"], json!("int16, by gain"));
    let model = json_of(folder, "info best.circle");
    let tensors = model["graphs"][0]["tensors"].as_array().unwrap();
    let of_type = |dtype: &str| tensors.iter().filter(|tensor| tensor["type"] == *dtype).count();
    assert!(of_type("int16") > 0 && of_type("uint8") > 0, "{model}");
    // Layers that somebody named stay as they are, and other schemes mix nothing.
    fails_with(
        folder,
        "run net.tflite --int16 two --data random:1:2 -o x.tflite",
        2,
        "--int16: the scheme `tflite-int8` has no such option",
    );
    fails_with(
        folder,
        "run net.circle --int16 tow --data random:1:2 -o x.circle",
        1,
        "No such layer named tow",
    );
}

/// A program that prints a number is asked in place of labels.
#[test]
fn auto_asks_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    net(folder);
    let args = [
        "auto",
        "net.tflite",
        "--data",
        "random:1:5",
        "--evaluator",
        "wc -c <",
        "--max-bytes",
        "100000",
        "-o",
        "q.tflite",
    ];
    let (code, said, error) = outcome(crate::common::run("quant", folder, args));
    assert_eq!(code, 0, "{said}{error}");
    assert!(said.contains("evaluator"), "{said}");
}

/// The layer that restoring one by one finds in a real network.
#[test]
fn the_layer_that_hurts_most_of_a_mobilenet_is_first() {
    let models = shared().join("models");
    let float = models.join("mobilenetv2_160_float32.tflite");
    if !float.exists() || cfg!(debug_assertions) && std::env::var_os("QUANT_SLOW").is_none() {
        say("sensitivity of a mobilenet: skipped, it is not there or this is a slow build");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (float, data) = (float.display(), models.join("mobilenetv2_160_calibration.npy"));
    let found = json_of(
        folder.path(),
        &format!("sensitivity {float} --data {} --records 8", data.display()),
    );
    assert_eq!(found["layers"][0]["operator"], 1);
}
