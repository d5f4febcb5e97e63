//! Parts are the whole, to the byte, or refused.

use super::*;
use crate::record::{Overrides, RandomRecords, RecordOptions, Records, SliceRecords};
use quant_ir::value::Value;
use quant_ir::{DType, FileFormat, Tensor};

/// Two ReLUs and a sum.
fn model() -> Model {
    let recipe = quant_case::recipe::parse(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 50 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 50 } }
           operand { name: "z" type: FLOAT32 shape { dim: 1 dim: 50 } }
           operation { type: "ReLU" input: "x" output: "y" }
           operation { type: "Add" input: "x" input: "y" output: "z" add_options { activation: NONE } }
           input: "x" output: "z""#,
    );
    quant_recipe::build(&recipe.unwrap()).unwrap()
}

fn records(model: &Model, count: usize) -> SliceRecords {
    let random = RandomRecords::new(model.main().input_tensors(), 3, count).unwrap();
    (0..count).map(|index| random.get(index).unwrap()).collect()
}

fn job(mode: &str, overrides: &str, records: usize) -> Job {
    Job {
        options: RecordOptions {
            mode: mode.parse().unwrap(),
            overrides: Overrides::parse(overrides).unwrap(),
            ..RecordOptions::default()
        },
        data: vec![("kind".to_owned(), "random".to_owned())],
        records,
    }
}

fn part<'a>(
    model: &'a Model,
    job: &Job,
    part: ops::Range<usize>,
    edges: Option<&'a Recording>,
) -> Recorder<'a> {
    Recorder {
        model,
        job: job.clone(),
        part,
        edges,
        from: None,
        every: 0,
    }
}

fn recorded(recorder: Recorder<'_>, records: &dyn Records) -> Recording {
    recorder.run(records, &mut |_| Ok(()), &|_| ()).unwrap()
}

const MODES: [&str; 10] = [
    "minmax",
    "one",
    "one:10:70",
    "moving-average:4:0.25",
    "running",
    "exponential",
    "ema:0.9",
    "percentile:99",
    "kl",
    "mse",
];

#[test]
fn parts_are_the_whole_to_the_byte() {
    let model = model();
    let data = records(&model, 30);
    for overrides in ["{}", r#"{"y": [0, 3], "regex:^z": "mse"}"#] {
        for mode in MODES {
            let job = job(mode, overrides, 30);
            let whole = recorded(part(&model, &job, 0..30, None), &data);
            let edges = recorded(part(&model, &first(&job), 0..30, None), &data);
            let edges = job.options.needs_edges().then_some(&edges);
            for cuts in [[7, 9], [1, 29], [10, 20]] {
                let mut parts = Vec::new();
                for range in [cuts[1]..30, 0..cuts[0], cuts[0]..cuts[1]] {
                    let part = recorded(part(&model, &job, range, edges), &data);
                    parts.push(Recording::parse(&part.to_bytes()).unwrap());
                    assert_eq!(parts.last().unwrap().to_bytes(), part.to_bytes(), "{mode}");
                }
                let merged = Recording::merge(parts).unwrap();
                assert!(merged.to_bytes() == whole.to_bytes(), "{mode}, {overrides}");
            }
            // And what comes of it is what comes of the run without files.
            let (mut with, mut without) = (model.clone(), model.clone());
            let whole = Recording::parse(&whole.to_bytes()).unwrap();
            whole.write(&mut with).unwrap();
            crate::record::run(&mut without, &data, &job.options, &|_| ()).unwrap();
            let file = |model| quant_ir::format::export(model, FileFormat::Circle).unwrap();
            assert!(file(&with) == file(&without), "{mode}, {overrides}");
        }
    }
}

/// The first pass of a job.
fn first(job: &Job) -> Job {
    let mut job = job.clone();
    job.options.like = Some(job.options.mode).filter(|mode| mode.in_sequence());
    job.options.mode = Mode::MinMax;
    job.options.overrides = Overrides::default();
    job
}

#[test]
fn what_goes_on_is_the_whole() {
    let model = model();
    let data = records(&model, 23);
    for mode in MODES {
        let job = job(mode, r#"{"y": "percentile:90"}"#, 23);
        let whole = recorded(part(&model, &job, 0..23, None), &data).to_bytes();
        let mut saved = Vec::new();
        let mut recorder = part(&model, &job, 0..23, None);
        recorder.every = 5;
        let save = &mut |recording: &Recording| {
            saved.push(recording.to_bytes());
            Ok(())
        };
        assert!(recorder.run(&data, save, &|_| ()).unwrap().to_bytes() == whole);
        let passes = if mode == "kl" || mode == "mse" { 2 } else { 1 };
        assert_eq!(saved.len(), passes * 5, "{mode}");
        for from in &saved {
            let mut recorder = part(&model, &job, 0..23, None);
            recorder.from = Some(Recording::parse(from).unwrap());
            recorder.every = 5;
            let again = recorded(recorder, &data);
            assert!(again.to_bytes() == whole, "{mode}");
        }
        let mut other = part(&model, &job, 0..23, None);
        other.job.data[0].1 = "another".to_owned();
        other.from = Some(Recording::parse(&saved[0]).unwrap());
        let error = other
            .run(&data, &mut |_| Ok(()), &|_| ())
            .unwrap_err()
            .to_string();
        assert!(error.contains("of another run"), "{error}");
    }
}

#[test]
fn what_is_no_run_is_refused() {
    let model = model();
    let data = records(&model, 12);
    let job = job("ema:0.9", "{}", 12);
    let of = |range| recorded(part(&model, &job, range, None), &data);
    let refused = |parts: Vec<Recording>, said: &str| {
        let error = Recording::merge(parts).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    refused(vec![], "there are none");
    refused(vec![of(0..6), of(5..12)], "records 5…6 are in two parts");
    refused(vec![of(0..12), of(0..12)], "records 0…12 are in two parts");
    refused(vec![of(0..6), of(7..12)], "no part has records 6…7");
    refused(vec![of(2..12)], "no part has records 0…2");
    refused(vec![of(0..6), of(6..11)], "no part has records 11…12");
    let other = |change: fn(&mut Job)| {
        let mut job = job.clone();
        change(&mut job);
        recorded(part(&model, &job, 6..job.records.min(12), None), &data)
    };
    refused(
        vec![of(0..6), other(|job| job.options.mode = Mode::MinMax)],
        "one is of ema:0.9, another of minmax",
    );
    refused(
        vec![of(0..6), other(|job| job.options.lowest = Some(-9.0))],
        "other options",
    );
    refused(
        vec![of(0..6), other(|job| job.data[0].1 = "npy".into())],
        "kind is `random` in one and `npy` in another",
    );
    refused(
        vec![of(0..6), other(|job| job.records = 13)],
        "of 12 records in all, another of 13",
    );
    let mut changed = model.clone();
    changed.description = Some("another".to_owned());
    let changed = recorded(part(&changed, &job, 6..12, None), &data);
    refused(vec![of(0..6), changed], "of two models");
    let mut incomplete = model.clone();
    let error = of(0..6).write(&mut incomplete).unwrap_err().to_string();
    assert!(error.contains("records 0…6 of 12"), "{error}");
}

#[test]
fn second_passes_are_checked() {
    let model = model();
    let (data, others) = (records(&model, 12), records(&model, 24));
    let others: SliceRecords = others.0.into_iter().skip(12).collect();
    let kl = job("kl", "{}", 12);
    let error = part(&model, &kl, 0..6, None)
        .run(&data, &mut |_| Ok(()), &|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kl sees the records twice") && error.contains("--edges"),
        "{error}"
    );
    let edges = recorded(part(&model, &first(&kl), 0..12, None), &data);
    let wrong = recorded(part(&model, &job("ema:0.5", "{}", 12), 0..12, None), &data);
    let refused = |edges: &Recording, said: &str| {
        let error = part(&model, &kl, 0..6, Some(edges))
            .run(&data, &mut |_| Ok(()), &|_| ())
            .unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    };
    refused(&wrong, "one is of minmax, another of ema:0.5");
    refused(
        &recorded(part(&model, &first(&kl), 0..6, None), &data),
        "lacks records",
    );
    // Other data in the second pass: the sums tell.
    let halves = [0..6, 6..12].map(|range| recorded(part(&model, &kl, range, Some(&edges)), &others));
    let error = Recording::merge(halves.into()).unwrap_err().to_string();
    assert!(error.contains("not that of the first pass"), "{error}");
}

#[test]
fn variables_are_recorded_all_at_once() {
    let mut model = Model::new(FileFormat::Tflite);
    let mut variable = Tensor::new("state", DType::Float32, vec![1, 2]);
    variable.is_variable = true;
    model.main_mut().add_tensor(variable);
    let records = SliceRecords(vec![vec![Value::f32(vec![1, 2], vec![1.0, 2.0])]; 4]);
    let job = job("running", "{}", 4);
    let error = part(&model, &job, 0..2, None)
        .run(&records, &mut |_| Ok(()), &|_| ())
        .unwrap_err();
    assert!(
        error.to_string().contains("variables keep their values"),
        "{error}"
    );
}
