//! `quant ai8x` as a user meets it: what is printed, what is written, how it fails.

use std::fs;
use std::path::Path;
use std::process::Output;

use quant_torch::{Checkpoint, Format};

use crate::common::{outcome, quant};

/// A network with a convolution and a normalization, an optimizer and a schedule, in the legacy format. The original
/// takes the normalization for a layer, and so do we with `--compat`.
const TRAINING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/crates/quant-torch/tests/files/training.legacy.pth"
);

fn ai8x(folder: &Path, line: &str) -> Output {
    let line = line
        .strip_prefix("@ ")
        .map_or_else(|| line.to_owned(), |rest| format!("{TRAINING} --compat {rest}"));
    quant(folder, &format!("ai8x {line}"))
}

#[track_caller]
fn passes(folder: &Path, line: &str) -> (String, String) {
    let (code, out, error) = outcome(ai8x(folder, line));
    assert_eq!(code, 0, "quant ai8x {line}\n{error}");
    (out, error)
}

#[test]
fn messages_are_those_of_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let (out, err) = passes(folder.path(), "@ q.pth --device max78000 -v");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "Configuring device: MAX78000");
    assert_eq!(
        lines[1],
        format!("Converting checkpoint file {TRAINING} to q.pth")
    );
    assert_eq!(&lines[2..4], ["", "Model keys (state_dict):"]);
    assert!(
        lines[4].starts_with("0.weight, 0.bias, 1.weight, 1.bias, 1.running_mean"),
        "{}",
        lines[4]
    );
    for (line, name) in lines[5..]
        .iter()
        .zip(["0.weight", "0.bias", "1.weight", "1.bias"])
    {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], name);
        assert_eq!(
            [words[1], words[3], words[5], words[7], words[9]],
            ["avg_max:", "max:", "mean:", "factor:", "bits:"]
        );
    }
    let warnings: Vec<&str> = err.lines().collect();
    assert!(
        warnings[0].starts_with("WARNING: 1: it is a batch normalization, which the device does not have; "),
        "{err}"
    );
    assert_eq!(warnings[1], "WARNING: No `extras` in checkpoint file.");
    assert_eq!(
        warnings[2],
        "WARNING: 1.weight has shape [2]: neither a convolution nor a linear layer has such weights"
    );
    let (_, err) = passes(
        folder.path(),
        "@ q.pth --device AI87 --clip-method STDDEV --stddev 0",
    );
    assert!(
        err.starts_with("WARNING: Using the default number of standard deviations of 2.00.\n\n"),
        "{err}"
    );
    let (_, err) = passes(folder.path(), "@ q.pth --device CMSIS-NN --clip-method SCALE");
    assert!(
        err.starts_with("WARNING: Using the default scale factor of 0.85.\n\n"),
        "{err}"
    );
}

#[test]
fn all_that_is_no_weight_survives() {
    let folder = tempfile::tempdir().unwrap();
    passes(folder.path(), "@ q.pth --device MAX78000 --qat-weight-bits 4");
    let old = Checkpoint::open(Path::new(TRAINING)).unwrap();
    let new = Checkpoint::open(&folder.path().join("q.pth")).unwrap();
    assert_eq!((old.format(), new.format()), (Format::Legacy, Format::Zip));
    let keys = |c: &Checkpoint| -> Vec<String> {
        let entries = c.graph.entries(c.root).unwrap();
        entries
            .iter()
            .map(|(key, _)| c.graph.as_text(*key).unwrap().to_owned())
            .collect()
    };
    let mut wanted = keys(&old);
    wanted.push("extras".to_owned());
    assert_eq!(keys(&new), wanted);
    let state = new.graph.lookup(new.root, "state_dict").unwrap();
    let read = |key: &str| {
        new.tensor(new.graph.lookup(state, key).unwrap())
            .unwrap()
            .read_f32()
            .unwrap()
    };
    assert!(
        read("0.weight")
            .iter()
            .all(|x| x.fract() == 0.0 && (-8.0..8.0).contains(x))
    );
    // The bits that were asked for go to the biases; of the weights, 8 are claimed.
    assert_eq!(
        (read("0.bias_bits"), read("0.weight_bits")),
        (vec![4.0], vec![8.0])
    );
    let optimizer = new.graph.lookup(new.root, "optimizer_type").unwrap();
    assert!(new.graph.is_global(optimizer, "torch.optim.adam", "Adam"));
}

#[test]
fn failures_are_one_line_and_leave_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("old.pth"), "old").unwrap();
    fs::write(path("text.pth"), "text").unwrap();
    let evil = b"PK\x03\x04 this is cut off";
    fs::write(path("cut.pth"), evil).unwrap();
    fs::write(
        path("layers.yaml"),
        "arch: a\ndataset: b\nlayers:\n  - {processors: 1, bits: 2}\n",
    )
    .unwrap();
    let state = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/crates/quant-torch/tests/files/types.pth"
    );
    let training = format!("{TRAINING} old.pth --device 85");
    for (line, code, part) in [
        (
            training.as_str(),
            1,
            "training.legacy.pth: 1: it is a batch normalization, which the device does not have; its name",
        ),
        ("none.pth old.pth --device 85", 5, "none.pth: "),
        (
            "text.pth old.pth --device 85",
            1,
            "text.pth: byte 0: this is no PyTorch checkpoint; ",
        ),
        ("cut.pth old.pth --device 85", 1, "the archive has no end"),
        (
            &format!("{state} old.pth --device 85"),
            1,
            "No `state_dict` in checkpoint file.; ",
        ),
        ("@ old.pth --device 84", 2, "`84` is not a supported device"),
        ("@ old.pth", 2, "--device"),
        (
            "@ old.pth --device 85 --clip-method MEAN",
            2,
            "AVGMAX, MAX, STDDEV, SCALE",
        ),
        (
            "@ old.pth --device 85 --qat-weight-bits 0",
            1,
            "--qat-weight-bits: 0 is no count of bits",
        ),
        (
            "@ old.pth --device 85 --clip-method STDDEV --stddev -1",
            1,
            "0.weight: -1 is no number of standard deviations",
        ),
        (
            "@ old.pth --device 85 -c layers.yaml",
            1,
            "layers.yaml: line 4: the configuration contains the unknown key `bits`",
        ),
        ("@ old.pth --device 85 -c none.yaml", 5, "none.yaml: "),
        (
            "@ old.pth --device 85 --legacy-shift --clip-method MAX",
            2,
            "cannot be used with",
        ),
        ("@ none/q.pth --device 85", 5, "none"),
    ] {
        let output = ai8x(folder.path(), line);
        let err = String::from_utf8(output.stderr).unwrap();
        let text = err
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap_or_default();
        assert_eq!(output.status.code(), Some(code), "quant ai8x {line}\n{err}");
        assert!(err.contains(part) && !text.is_empty(), "quant ai8x {line}\n{err}");
        assert_eq!(fs::read(path("old.pth")).unwrap(), b"old", "quant ai8x {line}");
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 4, "a file was left behind");
}

#[test]
fn output_may_be_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pth");
    fs::copy(TRAINING, &path).unwrap();
    passes(folder.path(), "@ b.pth --device MAX78002");
    passes(folder.path(), "a.pth a.pth --device MAX78002 --compat");
    assert!(fs::read(&path).unwrap() == fs::read(folder.path().join("b.pth")).unwrap());
    // What was quantized is not quantized again.
    let output = ai8x(folder.path(), "a.pth again.pth --device MAX78002");
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        err.contains("a.pth: state_dict: it is quantized already: `extras` has a `clipping_method`; "),
        "{err}"
    );
    assert!(!folder.path().join("again.pth").exists());
}
