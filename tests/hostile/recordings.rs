//! Recordings that were changed: refused, or what they say.

use std::path::Path;

use quant_core::record::recording::{Job, Recorder, Recording};
use quant_core::record::{Overrides, RandomRecords, RecordOptions, Records};
use quant_hostile::{seeds, targets};

/// A recording of a small network by each observer, as bytes.
fn recordings() -> Vec<(&'static str, Vec<u8>)> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/ReLU_000/test.recipe"));
    let model = seeds::model(&text.unwrap());
    let records = RandomRecords::new(model.main().input_tensors(), 1, 6).unwrap();
    let observers = [
        "minmax",
        "one",
        "moving-average:2:0.5",
        "running",
        "exponential",
        "ema:0.5",
        "percentile:90",
        "kl",
        "mse",
    ];
    let recorded = |observer: &'static str| {
        let recorder = Recorder {
            model: &model,
            job: Job {
                options: RecordOptions {
                    mode: observer.parse().unwrap(),
                    overrides: Overrides::parse(r#"{"regex:.$": "ema:0.25"}"#).unwrap(),
                    ..RecordOptions::default()
                },
                data: vec![("kind".to_owned(), "random".to_owned())],
                records: records.len(),
            },
            part: if observer.contains(':') { 3..6 } else { 0..6 },
            edges: None,
            from: None,
            every: 0,
        };
        let mut recorder = recorder;
        if observer == "kl" || observer == "mse" {
            recorder.job.options.overrides = Overrides::default();
        }
        let done = recorder.run(&records, &mut |_| Ok(()), &|_| ()).unwrap();
        (observer, done.to_bytes())
    };
    observers.map(recorded).into()
}

#[test]
fn changed_recordings_are_refused_or_mean_something() {
    let _alone = super::measure::alone();
    for (observer, bytes) in recordings() {
        assert!(Recording::parse(&bytes).is_ok(), "{observer}");
        // Finding the best range takes the longest.
        let places = if observer == "kl" || observer == "mse" {
            16
        } else {
            200
        };
        let step = (bytes.len() / places).max(1) | 1;
        for at in (0..bytes.len()).step_by(step) {
            let cut = bytes.get(..at).unwrap_or_default();
            assert!(Recording::parse(cut).is_err(), "{observer} cut at {at}");
            for change in [0x01, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                assert!(
                    Recording::parse(&changed).is_err(),
                    "{observer}: byte {at} is covered by the checksum"
                );
                println!("{observer}: byte {at} by {change:#x}");
                targets::run("qstat", &changed);
            }
        }
    }
}
