//! Operators that no rule covers: `circle-quantizer` quantizes their activations and says so, `quant --strict` refuses.
//! Without that they stay float (`quant-core/tests/it/islands.rs`).

use std::fs;
use std::path::Path;

use quant_case::{Granularity, QuantType};
use quant_core::ir::{Builtin, DType, FileFormat, Model, OpCode, OpId, QuantParam};
use quant_core::quantize::unruled;
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;
use quant_core::{ErrorKind, format, quantize};
use tempfile::TempDir;

use crate::common::{call, outcome};

/// A chain of operators over `x` of four elements, every tensor with the recorded range 0…2.55; `more` stands before it.
fn chain(operators: &[&str], more: &str) -> Model {
    let x = r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } } input: "x""#;
    let mut lines = vec![format!("{more} {x}")];
    let mut last = "x".to_owned();
    for (number, operator) in operators.iter().enumerate() {
        let output = format!("t{number}");
        let (kind, inputs) = operator.split_once(' ').unwrap_or((operator, ""));
        lines.push(format!(
            "operand {{ name: \"{output}\" type: FLOAT32 shape {{ dim: 4 }} }}
             operation {{ type: \"{kind}\" input: \"{last}\" {inputs} output: \"{output}\" }}",
        ));
        last = output;
    }
    lines.push(format!("output: \"{last}\""));
    let mut model = quant_recipe::build(&quant_case::recipe::parse(&lines.join("\n")).unwrap()).unwrap();
    let constant: Vec<bool> = model.main().tensors().iter().map(|t| model.is_const(t)).collect();
    let tensors = model.main_mut().tensors_mut();
    for (tensor, _) in tensors.iter_mut().zip(constant).filter(|(_, constant)| !constant) {
        tensor.quant = Some(QuantParam {
            min: vec![0.0],
            max: vec![2.55],
            ..QuantParam::default()
        });
    }
    model
}

fn folder(model: &Model) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bytes = format::export(model, FileFormat::Circle).unwrap();
    fs::write(folder.path().join("m.circle"), bytes).unwrap();
    folder
}

/// Runs a program: its exit code, and what it says beside its result.
fn run(program: &str, folder: &Path, line: &str) -> (i32, String) {
    let (code, _, error) = outcome(call(program, folder, line));
    (code, error)
}

#[test]
fn the_program_quantizes_their_activations_and_names_them() {
    let folder = folder(&chain(&["Sin", "Abs", "Square", "Sin", "Round", "Log"], ""));
    let line = "--quantize_with_minmax float32 uint8 channel m.circle out.circle";
    let (code, stderr) = run("circle-quantizer", folder.path(), line);
    assert_eq!(code, 0, "{stderr}");
    let warning =
        "WARNING: no rule quantizes SIN (`t0` and 1 more), SQUARE (`t2`), ROUND (`t4`), LOG (`t5`): ";
    assert!(stderr.starts_with(warning), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");

    let made = format::import(&fs::read(folder.path().join("out.circle")).unwrap()).unwrap();
    for tensor in made.main().tensors() {
        let quant = tensor.quant.clone().unwrap();
        assert_eq!(tensor.dtype, DType::Uint8, "{}", tensor.name);
        // 2.55 / 255, of the range in f32.
        let scale = (f64::from(2.55f32) / 255.0) as f32;
        assert_eq!(
            (quant.scale, quant.zero_point),
            (vec![scale], vec![0]),
            "{}",
            tensor.name
        );
    }

    // What was written goes back to floats.
    let (code, stderr) = run(
        "circle-quantizer",
        folder.path(),
        "--fake_quantize out.circle fake.circle",
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
    let fake = format::import(&fs::read(folder.path().join("fake.circle")).unwrap()).unwrap();
    let quantizes = fake
        .main()
        .operators()
        .iter()
        .filter(|op| op.code.builtin == Builtin::QUANTIZE);
    assert_eq!(quantizes.count(), 7, "x and the six outputs");
}

#[test]
fn models_without_them_bring_no_warning() {
    let folder = folder(&chain(&["Abs", "Tanh"], ""));
    let line = "--quantize_with_minmax float32 uint8 layer m.circle out.circle";
    assert_eq!(run("circle-quantizer", folder.path(), line), (0, String::new()));
}

#[test]
fn their_constants_and_layers_of_their_own_are_refused_in_the_originals_words() {
    let constant = r#"operand { name: "c" type: FLOAT32 shape { dim: 4 }
        filler { tag: "explicit" arg: "1" arg: "2" arg: "3" arg: "4" } }"#;
    let subtract = "SquaredDifference input: \"c\"";
    let folder = folder(&chain(&["Sin", subtract, "Abs", subtract], constant));
    let line = "--quantize_with_minmax float32 uint8 channel m.circle out.circle";
    let (code, stderr) = run("circle-quantizer", folder.path(), line);
    assert_eq!(code, 255, "{stderr}");
    for part in [
        "ERROR: m.circle: SQUARED_DIFFERENCE `t1`: Unsupported Op for const inputs: t1, where `c` is a constant",
        "constants of SQUARED_DIFFERENCE (`t1` and 1 more)",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    assert!(!folder.path().join("out.circle").exists());

    let folder = self::folder(&chain(&["Abs", "Sin"], ""));
    let layers = r#"{"layers": [{"name": "t1", "dtype": "int16", "granularity": "channel"}]}"#;
    fs::write(folder.path().join("q.json"), layers).unwrap();
    let (code, stderr) = run(
        "circle-quantizer",
        folder.path(),
        &format!("--config q.json {line}"),
    );
    assert_eq!(code, 255, "{stderr}");
    let words = "Unsupported Op for mixed-precision quantization. Layer name: t1";
    assert!(stderr.contains(words), "{stderr}");
}

/// An axis is no real number that a range could hold.
#[test]
fn constants_that_are_no_reals_stay() {
    let axis = r#"operand { name: "axis" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "0" } }"#;
    let mut model = chain(&["ReverseV2 input: \"axis\""], axis);
    let flags = One {
        unruled: Unruled::Quantize,
        ..One::default()
    };
    let config = flags.config(QuantType::Int16, Granularity::Channel);
    quantize::run(&mut model, &config).unwrap();
    let types: Vec<_> = model
        .main()
        .tensors()
        .iter()
        .map(|t| (t.name.as_str(), t.dtype))
        .collect();
    assert_eq!(
        types,
        [("axis", DType::Int32), ("x", DType::Int16), ("t0", DType::Int16)]
    );
}

#[test]
fn strict_refuses_all_of_them_at_once_before_anything_runs() {
    let model = chain(&["Sin", "Abs", "Square", "Sin"], "");
    let groups = unruled::of(&model, &One::default());
    assert_eq!(unruled::list(&groups), "SIN (`t0` and 1 more), SQUARE (`t2`)");
    let folder = folder(&model);
    for line in [
        "quantize m.circle --strict -o out.circle",
        "run m.circle --strict --data random:1:3 -o out.circle",
        "mpq m.circle --strict --data random:1:3 -o out.circle",
    ] {
        let (code, stderr) = run("quant", folder.path(), line);
        assert_eq!(code, 4, "{line}: {stderr}");
        assert_eq!(
            stderr,
            "error: m.circle: the model: no rule quantizes SIN (`t0` and 1 more), SQUARE (`t2`), and none of them was \
             asked to stay float; let them stay float: leave out --strict, or name them with --float; or put other \
             operators in their place\n",
            "{line}"
        );
        assert!(!folder.path().join("out.circle").exists());
    }
}

/// Integers that one run leaves would be read with other parameters by the next.
#[test]
fn a_state_is_refused_either_way() {
    let mut model = chain(&["Sin", "Abs"], "");
    model.main_mut().tensors_mut()[0].is_variable = true;
    // As a graph input it is what the caller gives, and nothing is left of a run.
    model.main_mut().set_inputs(Vec::new()).unwrap();
    for (unruled, words) in [
        (Unruled::Quantize, "a state of integers"),
        (Unruled::Refuse, "none of them was asked to stay float"),
    ] {
        let flags = One {
            unruled,
            ..One::default()
        };
        let config = flags.config(QuantType::Uint8, Granularity::Layer);
        let error = quantize::run(&mut model, &config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Custom operators that nobody knows are quantized too, and nothing can run them as floats.
#[test]
fn unknown_operators_are_quantized_and_all_named_by_fake_quantization() {
    let mut model = chain(&["Sin", "Abs", "Sin"], "");
    for at in [0, 2] {
        let code = OpCode {
            custom: Some("Foo".to_owned()),
            ..OpCode::builtin(Builtin::CUSTOM)
        };
        model.main_mut().edit(OpId(at), |op| op.code = code).unwrap();
    }
    let folder = folder(&model);
    let line = "--quantize_with_minmax float32 int16 channel m.circle out.circle";
    let (code, stderr) = run("circle-quantizer", folder.path(), line);
    assert_eq!(code, 0, "{stderr}");
    let warning = "WARNING: no rule quantizes CUSTOM Foo (`t0` and 1 more): ";
    assert!(stderr.starts_with(warning), "{stderr}");
    let (code, stderr) = run(
        "circle-quantizer",
        folder.path(),
        "--fake_quantize out.circle fake.circle",
    );
    assert_eq!(
        (code, stderr.as_str()),
        (
            255,
            "ERROR: out.circle: CUSTOM Foo `t0`: Unsupported op for fake quantization in t0; the float interpreter has \
             no kernel for CUSTOM Foo (`t0` and 1 more)\n"
        )
    );
}
