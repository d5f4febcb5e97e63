//! Quantized models that run: integers as they are, and the reals that they stand for.

use std::fs;

use serde_json::json;

use crate::cli::tensors::npy;
use crate::cli::{fails_with, read_json};
use crate::common::{passes, succeeds};

#[test]
fn quantized_models_run_in_integers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @Net_000 --data random:1:4 --scheme tflite-int8 --output-type int8 -o q.tflite --no-check",
    );
    let infer = |options: &str, to: &str| {
        passes(
            folder,
            &format!("infer q.tflite --data random:2:3 -o {to} {options}"),
        );
        npy(&folder.join(to).join("prob.npy"))
    };
    let (descr, shape, integers) = infer("", "reference");
    assert_eq!(descr, "|i1");
    assert_eq!(infer("--runtime litert", "plain").1, shape);
    let (descr, same, reals) = infer("--dequantize", "reals");
    assert_eq!((descr.as_str(), &same), ("<f4", &shape));
    let reals: Vec<f32> = reals
        .chunks_exact(4)
        .map(|x| f32::from_le_bytes(x.try_into().unwrap()))
        .collect();
    assert_eq!(reals.len(), integers.len());
    // Equal integers are equal reals, and larger ones larger.
    for (q, x) in integers.iter().zip(&reals) {
        for (p, y) in integers.iter().zip(&reals) {
            assert_eq!(
                (*q as i8).cmp(&(*p as i8)),
                x.total_cmp(y),
                "{q} is {x}, {p} is {y}"
            );
        }
    }
    fails_with(
        folder,
        "infer q.tflite --data random:2:3 -o no --runtime two",
        2,
        "runtimes are litert-reference, litert, xnnpack, one, onert, onnxruntime",
    );
}

/// Classes are right or wrong: a verdict looks at how many are right.
#[test]
fn outputs_that_are_no_floats_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("no.json"), r#"{"regex:.*": [0, 1e-6]}"#).unwrap();
    for (overrides, grade, far) in [("", "good", false), ("--overrides no.json", "bad", true)] {
        let line = format!(
            "run @ArgMax_000 --data random:1:20 --scheme tflite-int8 {overrides} -o q.tflite --json out.json"
        );
        succeeds("quant", folder, &line);
        let report = read_json(&folder.join("out.json"));
        let output = &report["outputs"][0];
        assert_eq!(
            (&report["verdict"]["grade"], &output["far"]),
            (&json!(grade), &json!(far))
        );
        let equal = output["equal"].as_u64().unwrap() as f64 / output["elements"].as_u64().unwrap() as f64;
        assert_eq!(equal < 0.9, far, "{output}");
    }
}

#[test]
fn models_of_onnx_run_as_onnxruntime() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let model = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/crates/quant-onnx/tests/vectors/mul.qdq.u8.onnx"
    );
    let reals = |options: &str, to: &str| {
        passes(
            folder,
            &format!("infer {model} --data random:2:3 -o {to} {options}"),
        );
        npy(&folder.join(to).join("y2.npy")).2
    };
    let own = reals("", "own");
    assert_eq!(own, reals("--runtime onnxruntime", "named"));
    assert_ne!(own, reals("--runtime litert", "others"));
    for (options, word) in [
        ("", "integers of onnxruntime"),
        ("--runtime onnxruntime", "integers of onnxruntime"),
    ] {
        let said = passes(
            folder,
            &format!("eval-diff {model} {model} --data random:2:3 {options}"),
        );
        assert!(said.contains(&format!("\nfirst model: {word}\n")), "{said}");
    }
    // A model of another file is refused where onnxruntime has no such operator.
    passes(
        folder,
        "run @Net_000 --data random:1:4 --scheme tflite-int8 -o q.tflite --no-check",
    );
    let said = passes(
        folder,
        "eval-diff q.tflite q.tflite --data random:2:3 --runtime onnxruntime",
    );
    assert!(said.contains("first model: "), "{said}");
}

#[test]
fn what_no_kernel_computes_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @Net_000 --data random:1:4 --input-type float32 -o q.circle --no-check",
    );
    fails_with(
        folder,
        "infer q.circle --data random:2:3 -o no",
        4,
        "zero point for each channel",
    );
    // XNNPACK makes integers of float activations by rules that have no kernel.
    passes(
        folder,
        "run @Net_000 --data random:1:4 --recipe dynamic_wi8_afp32 -o q.tflite --no-check",
    );
    passes(folder, "infer q.tflite --data random:2:3 -o yes --runtime litert");
    fails_with(
        folder,
        "infer q.tflite --data random:2:3 -o no --runtime xnnpack",
        4,
        "this operator has no integer kernel",
    );
}

#[test]
fn models_are_compared_in_integers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ran = passes(
        folder,
        "run @Net_000 --data random:1:4 --scheme tflite-int8 --output-type int8 -o q.tflite --json run.json",
    );
    let by = |name: &str| json!({"how": "integers", "runtime": name, "why": null});
    let simulated = json!({"how": "simulated", "runtime": null, "why": null});
    let plain = json!({"how": "float", "runtime": null, "why": null});
    assert!(
        ran.contains("\n  executed   integers of litert-reference\n"),
        "{ran}"
    );
    assert_eq!(
        read_json(&folder.join("run.json"))["executed"],
        by("litert-reference")
    );

    for (options, runtime) in [
        ("", Some("litert-reference")),
        ("--runtime litert", Some("litert")),
        ("--runtime xnnpack", Some("xnnpack")),
        ("--simulate", None),
    ] {
        let wanted = runtime.map_or(simulated.clone(), by);
        let words = runtime.map_or("simulated".to_owned(), |name| format!("integers of {name}"));
        let said = passes(
            folder,
            &format!(
                "eval-diff @Net_000 q.tflite --data random:2:3 --json diff.json --dump-output-prefix out {options}"
            ),
        );
        assert!(said.contains(&format!("\nsecond model: {words}\n")), "{said}");
        assert!(!said.contains("first model"), "{said}");
        let report = read_json(&folder.join("diff.json"));
        assert_eq!(
            (&report["first_executed"], &report["second_executed"]),
            (&plain, &wanted)
        );
        // What is compared is what infer computes.
        if let Some(runtime) = runtime {
            passes(
                folder,
                &format!("infer q.tflite --data random:2:3 -o reals --dequantize --runtime {runtime}"),
            );
            let reals = npy(&folder.join("reals/prob.npy")).2;
            let dumped =
                (0..3).flat_map(|n| fs::read(folder.join(format!("out.{n}.second.output0"))).unwrap());
            assert_eq!(dumped.collect::<Vec<u8>>(), reals, "{runtime}");
        }
        let said = passes(
            folder,
            &format!("error-report @Net_000 q.tflite --data random:2:3 -o report {options}"),
        );
        assert!(said.contains(&format!("\nexecuted     {words}\n")), "{said}");
        let errors = read_json(&folder.join("report/errors.json"));
        assert_eq!(errors["executed"], wanted);
        let tensors = errors["tensors"].as_array().unwrap();
        let prob = tensors.iter().find(|tensor| tensor["name"] == "prob").unwrap();
        assert_eq!(prob["mae"], report["outputs"][0]["mae"]);
        assert_eq!(
            tensors.iter().filter(|t| t["kind"] == "activation").count(),
            7,
            "the input and six operators"
        );
    }
    fails_with(
        folder,
        "eval-diff @Net_000 q.tflite --data random:2:3 --simulate --runtime litert",
        2,
        "cannot be used with",
    );
}

#[test]
fn what_has_no_kernel_is_simulated_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (recipe, options, why) in [
        // Nobody but Circle has it, and no runtime shifts the filters of single channels.
        (
            "InstanceNorm_000",
            "",
            "INSTANCE_NORM has no integer kernel in litert-reference",
        ),
        (
            "Net_000",
            "",
            "CONV_2D `c1`: its filter has a zero point for each channel (litert-reference)",
        ),
        (
            "Net_000",
            "--type int16",
            "CONV_2D `c1`: its filter is of 16 bits (litert-reference)",
        ),
    ] {
        let said = passes(
            folder,
            &format!(
                "run @{recipe} --data random:1:4 --scheme one -o q.circle {options} --runtime litert-reference"
            ),
        );
        let line = format!("\n  executed   simulated: {why}\n");
        assert!(said.contains(&line), "{said}");
        passes(
            folder,
            &format!(
                "eval-diff @{recipe} q.circle --data random:2:2 --runtime litert-reference --json a.json"
            ),
        );
        passes(
            folder,
            &format!("eval-diff @{recipe} q.circle --data random:2:2 --simulate --json b.json"),
        );
        let (a, b) = (
            read_json(&folder.join("a.json")),
            read_json(&folder.join("b.json")),
        );
        assert_eq!(a["outputs"], b["outputs"]);
        assert_eq!(
            a["second_executed"],
            json!({"how": "simulated", "runtime": null, "why": why})
        );
    }
    let said = passes(
        folder,
        "mpq @Net_000 --data random:3:5 --simulate -o q.json --json mpq.json",
    );
    assert!(said.contains("\n  executed   simulated\n"), "{said}");
    let report = read_json(&folder.join("mpq.json"));
    assert_eq!(report["whole"][0]["executed"]["how"], "simulated");
    assert_eq!(report["steps"][0]["executed"]["how"], "simulated");
}
