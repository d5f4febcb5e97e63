//! The command line as a user meets it: from a model to a quantized one, in one step or in three.

use std::fs;

use super::files;
use crate::common::{passes, quant};

#[test]
fn run_without_arguments_quantizes_the_embedded_model() {
    let folder = tempfile::tempdir().unwrap();
    let out = passes(folder.path(), "run");
    for part in [
        "model        embedded",
        "records      8",
        "weights      3 tensors",
        "  worst",
        "  mean",
        "time  ",
        "peak memory",
    ] {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    assert_eq!(files(folder.path()), ["embedded.uint8-channel.circle"]);
    assert_eq!(
        &fs::read(folder.path().join("embedded.uint8-channel.circle")).unwrap()[4..8],
        b"CIR0"
    );
}

#[test]
fn three_steps_are_the_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (type_, granularity) in [("uint8", "layer"), ("uint8", "channel"), ("int16", "channel")] {
        let how = format!("--type {type_} --granularity {granularity}");
        passes(
            folder,
            &format!("run @Net_001 --data random:3:5 {how} -o whole.circle"),
        );
        passes(folder, &format!("fake-quantize @Net_001 {how} -o 1.circle"));
        passes(
            folder,
            "record 1.circle --data random:3:5 --threads 3 -o 2.circle",
        );
        passes(folder, &format!("quantize 2.circle {how} -o 3.circle"));
        let same =
            fs::read(folder.join("whole.circle")).unwrap() == fs::read(folder.join("3.circle")).unwrap();
        assert!(same, "{how}");
    }
}

#[test]
fn ways_to_make_one_range_of_many() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recorded = |how: &str| {
        passes(
            folder,
            &format!("record @Net_000 --data random:3:40 {how} -o x.circle"),
        );
        fs::read(folder.join("x.circle")).unwrap()
    };
    let same = [
        ["", "--mode percentile", "--min-percentile 1 --mode percentile"],
        [
            "--mode minmax",
            "--min-percentile 0 --max-percentile 100",
            "--mode minmax --threads 7",
        ],
        [
            "--mode moving-average",
            "--moving-average 16",
            "--mode moving-average --moving-average 16 --average-constant 0.1",
        ],
    ];
    let ways = same.map(|[first, others @ ..]| {
        let bytes = recorded(first);
        for other in others {
            assert!(recorded(other) == bytes, "{first} and {other}");
        }
        bytes
    });
    assert!(ways[0] != ways[1] && ways[1] != ways[2] && ways[0] != ways[2]);
}

#[test]
fn any_number_of_threads_writes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for line in [
        "run @Net_000 --data random:3:5",
        "fake-quantize @Net_000",
        "quantize recorded.circle",
        "weights-only @Net_000 --type int4",
    ] {
        passes(folder, "record @Net_000 --data random:3:5 -o recorded.circle");
        for threads in [1, 2, 7, 1000] {
            passes(folder, &format!("{line} --threads {threads} -o {threads}.circle"));
        }
        let read = |threads| fs::read(folder.join(format!("{threads}.circle"))).unwrap();
        assert!(
            read(1) == read(2) && read(1) == read(7) && read(1) == read(1000),
            "{line}"
        );
    }
}

#[test]
fn a_model_may_be_written_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o a.circle");
    passes(folder, "fake-quantize a.circle -o b.circle");
    passes(folder, "fake-quantize a.circle -o a.circle");
    assert!(fs::read(folder.join("a.circle")).unwrap() == fs::read(folder.join("b.circle")).unwrap());
}

#[test]
fn dump_and_compare_show_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "run @Conv2D_000 --data random:1:3 -o a.circle");
    passes(folder, "run @Conv2D_000 --data random:2:3 -o b.circle");
    passes(folder, "dump a.circle -o a.json");
    assert!(passes(folder, "compare a.circle a.json").ends_with("tensors are equal within tolerance\n"));
    let output = quant(folder, "compare a.json b.circle");
    assert_eq!(output.status.code(), Some(3));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("`ofm` differs\n") && table.contains(" first "),
        "{table}"
    );
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: a.json and b.circle: "), "{error}");
    assert!(error.contains("of 4 tensors differ"), "{error}");
}

#[test]
fn weights_only_keeps_activations_float() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in ["int4", "int8", "int16"] {
        passes(
            folder.path(),
            &format!("weights-only @Conv2D_000 --type {dtype} -o w.circle"),
        );
        let dump = passes(folder.path(), "dump w.circle");
        let stored = dump.contains(&format!("\"dtype\": \"{dtype}\""));
        assert!(
            stored && dump.contains("\"dtype\": \"float32\""),
            "{dtype}: {dump}"
        );
    }
}

#[test]
fn types_of_the_interface() {
    let folder = tempfile::tempdir().unwrap();
    passes(
        folder.path(),
        "run @ReLU_000 --data random:1:2 --input-type float32 --output-type int16 -o q.circle",
    );
    let dump = passes(folder.path(), "dump q.circle");
    for part in [
        "\"ifm\"",
        "\"ifm_Quantize\"",
        "\"dtype\": \"int16\"",
        "\"dtype\": \"float32\"",
    ] {
        assert!(dump.contains(part), "{part} is not in {dump}");
    }
}
