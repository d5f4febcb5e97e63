//! Failures are one line, with place and way out; what a runtime does not run is said.

use std::fs;
use std::path::Path;

use super::files;
use crate::common::{REPOSITORY, fails, passes, quant};

#[test]
fn failures_are_one_line_with_place_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("bad.circle"), "no model").unwrap();
    fs::write(folder.join("bad.recipe"), "operand {\n  nam: \"x\"\n}\n").unwrap();
    fs::write(
        folder.join("bad.json"),
        r#"{"layers": [{"name": "off", "dtype": "int16", "granularity": "channel"}]}"#,
    )
    .unwrap();
    for (name, text) in [
        ("comma.json", "{\"layers\": [],\n}"),
        ("open.json", "{\"layers\": ["),
        ("list.json", "[]"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir(folder.join("folder.npy")).unwrap();
    fs::write(folder.join("text.recipe"), b"\xff\xfe").unwrap();
    fs::write(folder.join("none.recipe"), "").unwrap();
    passes(folder, "run -o q.circle");
    let recipe = fs::read_to_string(format!("{REPOSITORY}/recipes/ReLU_000/test.recipe")).unwrap();
    let dims = recipe
        .lines()
        .find(|line| line.contains("shape"))
        .unwrap()
        .split("dim: ")
        .skip(1);
    let elements: usize = dims
        .map(|dim| dim.split([' ', '}']).next().unwrap().parse::<usize>().unwrap())
        .product();
    fs::create_dir(folder.join("inf")).unwrap();
    fs::create_dir(folder.join("two")).unwrap();
    for (record, value) in [(0, "1,"), (1, "5,")] {
        fs::write(folder.join(format!("two/{record}.txt")), value.repeat(elements)).unwrap();
    }
    fs::write(
        folder.join("inf/0.txt"),
        format!("1,1e39{}", ",0".repeat(elements - 2)),
    )
    .unwrap();
    let before = files(folder);
    let rows = [
        (
            "run none.circle --data random:1:1",
            5,
            "none.circle: No such file",
        ),
        ("run bad.circle --data random:1:1", 1, "bad.circle: "),
        ("run bad.recipe --data random:1:1", 4, "bad.recipe:2:3: "),
        (
            "run @ReLU_000",
            2,
            "run: a model needs calibration data; add --data",
        ),
        (
            "run @ReLU_000 --data empty",
            1,
            "empty: there is no .txt file, no picture (.jpg, .png, .webp) and no TFRecord; write one",
        ),
        ("run @ReLU_000 --data nowhere", 5, "nowhere: No such file"),
        ("run @ReLU_000 --data random:1", 2, "write random:SEED:N"),
        (
            "run @ReLU_000 --data random:1:1 -o x.onnx",
            2,
            "x.onnx: .onnx is what `run` makes of an ONNX model, and nothing else; let it end in .circle or .tflite",
        ),
        (
            "run @ReLU_000 --data random:1:1 --type int16 --granularity layer",
            1,
            "Layer-wise quantization only supports uint8 dtype; use",
        ),
        (
            "run @ReLU_000 --data random:1:1 --config bad.json",
            1,
            "No such layer named off. Check layer names in the quantization configuration file.; layers are",
        ),
        (
            "run @ReLU_000 --data random:1:1 --config comma.json",
            1,
            "comma.json: it is no JSON at line 2 column 1; a comma, quote or bracket is missing there, or one is too many",
        ),
        (
            "run @ReLU_000 --data random:1:1 --config open.json",
            1,
            "open.json: it ends too early, at line 1 column 12; close what is open",
        ),
        (
            "run @ReLU_000 --data random:1:1 --config list.json",
            1,
            "list.json: it is no JSON object; write `{ … }`",
        ),
        (
            "run @ReLU_000 --data random:1:1 --type float",
            2,
            "possible values: uint8, int8, int16",
        ),
        (
            "run @ReLU_000 --data random:1:1 --min-percentile 101",
            2,
            "give percentiles in 0…100",
        ),
        (
            "run @ReLU_000 --data random:1:1 --mode minmax --max-percentile 99",
            2,
            "--max-percentile is of --mode percentile; leave it or the other mode out",
        ),
        (
            "record @ReLU_000 --data random:1:1 -o x.circle --mode percentile --moving-average 4",
            2,
            "--moving-average is of --mode moving-average; leave it out, or give that mode",
        ),
        (
            "record @ReLU_000 --data random:1:1 -o x.circle --average-constant 0.5",
            2,
            "--average-constant is of --mode moving-average",
        ),
        (
            "record @ReLU_000 --data random:1:1 -o x.circle --mode entropy",
            2,
            "possible values: percentile, moving-average, minmax, running, exponential",
        ),
        (
            "record @ReLU_000 --data random:1:1 -o x.circle --moving-average 0",
            2,
            "--moving-average 0: give at least 1 record",
        ),
        (
            "mpq @ReLU_000 --data random:1:1 -o q.json --moving-average 2 --average-constant 1.5",
            2,
            "--average-constant 1.5: give a weight in 0…1",
        ),
        (
            "run @ReLU_000 --data random:1:1 -o no/such/folder.circle",
            5,
            "no/such: No such file",
        ),
        // Before anything is read, run or written.
        (
            "run none.circle --data random:1:1 -o no/such/folder.circle",
            5,
            "no/such: No such file",
        ),
        (
            "run @ReLU_000 --data random:1:1 -o x.circle --json no/such/results.json",
            5,
            "no/such: No such file",
        ),
        (
            "mpq @ReLU_000 --data random:1:1 -o q.json --model no/such/folder.circle",
            5,
            "no/such: No such file",
        ),
        (
            "quantize @ReLU_000 -o x.circle",
            1,
            "no activation has a recorded range; run `record`",
        ),
        ("convert @InstanceNorm_000 -o x.tflite", 4, "INSTANCE_NORM"),
        (
            "dump @ReLU_000 --tensor nix",
            1,
            "tensor `nix`: the model has none of that name; names are",
        ),
        (
            "run q.circle --data random:1:1",
            1,
            "the model is quantized already; start from the float model",
        ),
        ("fake-quantize q.circle -o x.circle", 1, "quantized already"),
        ("weights-only q.circle -o x.circle", 1, "quantized already"),
        ("quantize q.circle -o x.circle", 1, "quantized already"),
        (
            "record q.circle --data random:1:1 -o x.circle",
            1,
            "quantized already",
        ),
        (
            "run @ReLU_000 --data inf",
            1,
            "input `ifm`: element 1 is inf; calibrate with finite data",
        ),
        (
            "run @ReLU_000 --data random:1:1 --threads 0",
            2,
            "'--threads <N>': 0 run nothing",
        ),
        (
            "fake-quantize @ReLU_000 --threads 0 -o x.circle",
            2,
            "'--threads <N>': 0 run nothing; give at least 1",
        ),
        ("run text.recipe --data random:1:1", 1, "text.recipe: "),
        ("run none.recipe --data random:1:1", 1, "there is no operand"),
        ("run @ReLU_000 --data folder.npy", 5, "folder.npy: "),
        (
            "run @ReLU_000 --data random:1:1 --input-type int4",
            2,
            "use uint8, int8, int16 or float32",
        ),
        (
            "record @ReLU_000 --data two --min-percentile 100 --max-percentile 0 -o x.circle",
            2,
            "--min-percentile 100 is above --max-percentile 0; give",
        ),
        ("golden check --root empty", 5, "test.lst: No such file"),
    ];
    for (line, code, part) in rows {
        let (found, error) = fails(folder, line);
        assert_eq!(found, code, "quant {line}\n{error}");
        assert!(
            error.starts_with("error: ") && error.contains(part),
            "quant {line}\n{error}"
        );
        // clap says more than a line about a wrong command line.
        let lines = error.trim_end().lines().count();
        assert!(lines == 1 || code == 2, "quant {line}\n{error}");
    }
    assert_eq!(files(folder), before, "something was written");
}

/// What is said on the standard error beside a result.
#[track_caller]
fn warns(folder: &Path, line: &str) -> Vec<String> {
    let output = quant(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "quant {line}\n{stderr}");
    stderr.lines().map(str::to_owned).collect()
}

#[test]
fn what_litert_does_not_run_is_a_warning_or_with_strict_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = "--data random:1:4";
    let channel = warns(folder, &format!("run @Net_000 {data} --scheme one -o m.tflite"));
    let first = "warning: m.tflite: LiteRT: 1 operator CONV_2D: no kernel for uint8 with uint8 weights, a scale for each \
                 channel (`";
    assert!(channel[0].starts_with(first), "{channel:?}");
    let pool = warns(
        folder,
        &format!("run @AveragePool2D_000 {data} --scheme one -o m.tflite"),
    );
    let wrong = "warning: m.tflite: LiteRT: 1 operator AVERAGE_POOL_2D: wrong in uint8 unless inputs and outputs have one \
                 scale (`ofm`)";
    assert_eq!(pool[0], wrong);
    assert!(pool[1].contains("--granularity layer --same-scale"), "{pool:?}");
    assert_eq!(pool.len(), 2);
    // Circle files are for other runtimes, and float models and int8 weights run.
    passes(folder, &format!("run @Net_000 {data} -o m.circle --strict"));
    passes(folder, "convert @Net_000 -o float.tflite --strict");
    passes(folder, "weights-only @Net_000 -o w.tflite --strict");
    passes(folder, "fake-quantize @Net_000 -o 1.tflite --strict");
    passes(folder, &format!("record 1.tflite {data} -o 2.tflite --strict"));
    for line in [
        format!("run @Net_000 {data} --scheme one -o no.tflite"),
        "quantize 2.tflite -o no.tflite".to_owned(),
        "convert 3.tflite -o no.tflite".to_owned(),
        "weights-only @Net_000 --type int16 -o no.tflite".to_owned(),
    ] {
        let warnings = warns(folder, &line);
        assert!(!warnings.is_empty(), "{line}");
        fs::rename(folder.join("no.tflite"), folder.join("3.tflite")).unwrap();
        let (code, error) = fails(folder, &format!("{line} --strict"));
        assert_eq!(code, 4, "{line}: {error}");
        assert!(
            error.starts_with("error: no.tflite: LiteRT does not run it right: "),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!folder.join("no.tflite").exists(), "{line}");
    }
    // Neither the configuration nor the steps' errors nor results.
    let mpq = format!("mpq @Net_000 {data} -o qconf.json --model no.tflite --json found.json --strict");
    let (code, error) = fails(folder, &mpq);
    assert_eq!(code, 4, "{error}");
    for name in ["qconf.json", "no.tflite", "found.json"] {
        assert!(!folder.join(name).exists(), "{name}");
    }
    let how = format!("{data} --scheme one --granularity layer --same-scale --strict -o same.tflite");
    for recipe in ["AveragePool2D_000", "Net_000"] {
        passes(folder, &format!("run @{recipe} {how}"));
        // Without a word it is TensorFlow Lite's int8, which runs.
        passes(folder, &format!("run @{recipe} {data} --strict -o int8.tflite"));
    }
}
