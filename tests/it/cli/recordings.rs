//! Observers for every scheme, and recordings as files: parts, merges, resumed runs, looked at and used.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{fails_with, files, read_json};
use crate::common::{NET, QUANT, passes};

const OBSERVERS: [&str; 6] = ["minmax", "percentile:99.5", "kl", "mse", "ema:0.9", "one:5:90"];

#[track_caller]
fn same(folder: &Path, first: &str, second: &str, what: &str) {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read(first) == read(second), "{what}: {first} and {second} differ");
}

#[test]
fn a_recording_gives_the_bytes_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = "--data random:3:20";
    passes(folder, "fake-quantize @Net_001 -o fake.circle");
    let mut ranges = Vec::new();
    for observer in OBSERVERS {
        passes(
            folder,
            &format!("run @Net_001 {data} --observer {observer} --scheme tflite-int8 -o a.tflite --no-check"),
        );
        passes(
            folder,
            &format!("record @Net_001 {data} --observer {observer} --scheme tflite-int8 -o a.qstat"),
        );
        passes(folder, "run @Net_001 --recording a.qstat -o b.tflite");
        same(folder, "a.tflite", "b.tflite", observer);
        ranges.push(fs::read(folder.join("a.tflite")).unwrap());
        // ONE records the model with fake-quantized weights.
        passes(
            folder,
            &format!("run @Net_001 {data} --observer {observer} -o a.circle --no-check"),
        );
        passes(
            folder,
            &format!("record fake.circle {data} --observer {observer} -o a.qstat"),
        );
        passes(folder, "run @Net_001 --recording a.qstat -o b.circle");
        same(folder, "a.circle", "b.circle", observer);
        // And the ranges alone.
        passes(
            folder,
            &format!("record fake.circle {data} --observer {observer} -o c.circle"),
        );
        passes(folder, "record fake.circle --recording a.qstat -o d.circle");
        same(folder, "c.circle", "d.circle", observer);
    }
    ranges.dedup();
    assert_eq!(
        ranges.len(),
        OBSERVERS.len(),
        "observers give ranges of their own"
    );
    fails_with(
        folder,
        "run @Net_000 --recording a.qstat -o x.circle",
        1,
        "recording: it is of another model",
    );
    fails_with(
        folder,
        "run @Net_001 --recording a.qstat --lowest=-9 -o x.circle",
        1,
        "another lowest value",
    );
}

#[test]
fn parts_are_merged_to_the_bytes_of_the_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let record = |rest: &str| passes(folder, &format!("record @Net_001 --data random:3:21 {rest}"));
    for observer in OBSERVERS {
        record(&format!("--observer {observer} --threads 1 -o whole.qstat"));
        let two_passes = ["kl", "mse"].contains(&observer);
        let edges = if two_passes { "--edges edges.qstat" } else { "" };
        if two_passes {
            for part in ["0/2", "1/2"] {
                record(&format!(
                    "--observer minmax --shard {part} -o e{}.qstat",
                    &part[..1]
                ));
            }
            passes(folder, "record --merge e1.qstat e0.qstat -o edges.qstat");
            fails_with(
                folder,
                &format!("record @Net_001 --data random:3:21 --observer {observer} --shard 0/4 -o x.qstat"),
                1,
                "sees the records twice; record all parts with --observer minmax, merge them, and give the result with --edges",
            );
        }
        for part in 0..4 {
            record(&format!(
                "--observer {observer} {edges} --shard {part}/4 -o p{part}.qstat"
            ));
        }
        let out = passes(
            folder,
            "record --merge p2.qstat p0.qstat p3.qstat p1.qstat -o merged.qstat",
        );
        assert!(out.contains("records 0…21 of 21"), "{out}");
        same(folder, "whole.qstat", "merged.qstat", observer);
    }
    let refused =
        |line: &str, what: &str| fails_with(folder, &format!("record --merge {line} -o x.qstat"), 1, what);
    refused(
        "p0.qstat p1.qstat p3.qstat",
        "no part has records 10…15; merge all parts of one run, each once",
    );
    refused("p0.qstat p0.qstat", "records 0…5 are in two parts");
    refused("p0.qstat whole.qstat", "records 0…5 are in two parts");
    record("--observer minmax --shard 1/4 -o other.qstat");
    refused("p0.qstat other.qstat", "one is of one:5:90, another of minmax");
    passes(
        folder,
        "record @Net_001 --data random:4:21 --observer one:5:90 --shard 1/4 -o other.qstat",
    );
    refused(
        "p0.qstat other.qstat",
        "of other data: files is `seed 3, 21` in one and `seed 4, 21` in another",
    );
    passes(
        folder,
        "record @Net_000 --data random:3:21 --observer one:5:90 --shard 1/4 -o other.qstat",
    );
    refused("p0.qstat other.qstat", "they are of two models");
    let mut damaged = fs::read(folder.join("p1.qstat")).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(folder.join("damaged.qstat"), damaged).unwrap();
    refused(
        "p0.qstat damaged.qstat",
        "damaged.qstat: recording: its checksum is wrong",
    );
    assert!(!files(folder).contains(&"x.qstat".to_owned()));
    for (line, what) in [
        ("@Net_001 --data random:3:21 --shard 4/4 -o x.qstat", "I in 0…N−1"),
        (
            "@Net_001 --data random:3:21 --shard 0/4 -o x.circle",
            "let the output end in .qstat",
        ),
        (
            "@Net_001 --data random:3:21 --mode minmax --observer kl -o x.qstat",
            "cannot be used with",
        ),
        ("--merge p0.qstat -o x.circle", "let the name end in .qstat"),
    ] {
        fails_with(folder, &format!("record {line}"), 2, what);
    }
}

/// A run is killed again and again, wherever it is, and gives the bytes of one that is not.
#[test]
fn a_killed_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for observer in ["mse", "ema:0.5"] {
        let line = |rest: &str| {
            format!("record {NET} --data random:5:4000 --threads 1 --observer {observer} {rest}")
        };
        passes(folder, &line("-o whole.qstat"));
        let mut kills = 0;
        let checkpoint = folder.join("out.qstat.checkpoint");
        loop {
            let before = fs::read(&checkpoint).ok();
            let line = line("--resume --checkpoint 100 -o out.qstat");
            let mut running = Command::new(QUANT)
                .args(line.split(' '))
                .current_dir(folder)
                .spawn()
                .unwrap();
            let started = Instant::now();
            // It is killed as soon as it came further than the one before.
            let ended = loop {
                if let Some(ended) = running.try_wait().unwrap() {
                    break Some(ended);
                }
                let further = fs::read(&checkpoint).ok() != before;
                if further && kills < 4 {
                    break None;
                }
                assert!(started.elapsed() < Duration::from_mins(5));
                std::thread::sleep(Duration::from_millis(1));
            };
            if let Some(ended) = ended {
                assert!(ended.success());
                break;
            }
            running.kill().unwrap();
            running.wait().unwrap();
            kills += 1;
        }
        assert!(kills > 0, "it was never killed");
        same(folder, "whole.qstat", "out.qstat", observer);
        // Who is killed while writing leaves what it had not finished.
        let left: Vec<String> = files(folder)
            .into_iter()
            .filter(|name| !name.starts_with(".quant-"))
            .collect();
        assert_eq!(left, ["out.qstat", "whole.qstat"], "the checkpoint goes");
    }
    // One of another run is no beginning of this one.
    fs::copy(folder.join("whole.qstat"), folder.join("new.qstat.checkpoint")).unwrap();
    fails_with(
        folder,
        "record @Net_001 --data random:6:9 --observer minmax --resume -o new.qstat",
        1,
        "checkpoint: it is of another run; remove it",
    );
}

#[test]
fn overrides_are_of_tensors_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |text: &str| fs::write(folder.join("o.json"), text).unwrap();
    let line =
        "run @Net_001 --data random:3:9 --scheme tflite-int8 --overrides o.json -o x.tflite --no-check";
    write(r#"{"x": [-3.5, 20]}"#);
    passes(folder, line);
    passes(folder, "dump x.tflite -o x.json");
    let scale = &read_json(&folder.join("x.json"));
    let wanted = 23.5 / 255.0;
    let found = scale.to_string();
    assert!(found.contains(&format!("{wanted:.6}")[..6]), "{found}");
    for (text, what) in [
        (r#"{"nothing": [0, 1]}"#, "override `nothing`"),
        (
            r#"{"regex:^nothing": [0, 1]}"#,
            "no float activation has a name that matches",
        ),
        (r#"{"x": [1, 0]}"#, "is no range"),
        (r#"{"x": "best"}"#, "observers are minmax"),
        ("{", "it ends too early"),
    ] {
        write(text);
        fails_with(folder, line, 1, what);
    }
}

#[test]
fn observers_of_eight_bits_are_refused_beside_int16() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for line in [
        "run @Net_001 --data random:1:2 --type int16 --observer kl -o x.circle",
        "run @Net_001 --data random:1:2 --scheme tflite-int16x8 --observer mse -o x.tflite",
        "run @Net_001 --data random:1:2 --recipe static_wi8_ai16 --observer mse -o x.tflite",
        "mpq @Net_001 --data random:1:2 --observer mse -o x.json",
    ] {
        fails_with(folder, line, 2, "best for 256 levels");
    }
    fails_with(
        folder,
        "run @Net_001 --data random:1:2 --observer percentile:9 -o x.circle",
        2,
        "give a percentile in 50…100",
    );
}

#[test]
fn what_a_recording_has_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "record @Net_001 --data random:3:9 --observer percentile:99 --shard 0/3 -o a.qstat",
    );
    let text = passes(folder, "stats a.qstat -o a.html --json a.json").replace(['\n', ' '], "");
    assert!(
        passes(folder, "stats a.qstat").contains("percentile:99, records 0…3 of 9 (a part)"),
        "{text}"
    );
    let found = read_json(&folder.join("a.json"));
    assert_eq!(found["verb"], "stats");
    assert_eq!(found["records"], 3);
    assert_eq!(found["complete"], false);
    let tensor = &found["tensors"][0];
    assert!(tensor["min"].as_f64() >= tensor["least"].as_f64());
    let counted: u64 = tensor["bins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin[2].as_u64().unwrap())
        .sum();
    assert!(counted > 0 && counted.is_multiple_of(3), "{counted}");
    let page = fs::read_to_string(folder.join("a.html")).unwrap();
    assert!(page.contains("<!doctype html>") && page.contains("percentile:99"));
    fails_with(
        folder,
        "stats a.json",
        1,
        "recording: it is none; give a .qstat file of `quant record`",
    );
}
