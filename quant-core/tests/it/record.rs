//! Recording gives the same bytes on any number of threads, whether they share records or operators.

use quant_core::format;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::{self, Mode, RandomRecords, RecordOptions, Records, SliceRecords};
use quant_core::value::Value;
use quant_core::{Place, Problem};

use crate::common::model;

pub fn network(name: &str) -> Model {
    let path = format!("{}/../recipes/{name}/test.recipe", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    model(&text)
}

pub fn recorded(model: &Model, records: &SliceRecords, mode: Mode, threads: usize) -> Vec<u8> {
    let mut model = model.clone();
    let options = RecordOptions {
        mode,
        threads,
        ..RecordOptions::default()
    };
    on(threads, || {
        record::run(&mut model, records, &options, &|_| {}).unwrap();
    });
    format::export(&model, FileFormat::Circle).unwrap()
}

/// In a pool of so many threads.
pub fn on(threads: usize, work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work);
}

pub const MODES: [Mode; 4] = [
    Mode::MinMax,
    Mode::Percentile { min: 1.0, max: 99.0 },
    Mode::Percentile { min: 0.1, max: 50.0 },
    Mode::MovingAverage {
        batch: 2,
        constant: 0.1,
    },
];

pub fn random(model: &Model, count: usize) -> Vec<Vec<Value>> {
    let random = RandomRecords::new(model.main().input_tensors(), 1, count).unwrap();
    (0..count).map(|index| random.get(index).unwrap()).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for name in [
        "Net_000",
        "Conv2D_000",
        "DepthwiseConv2D_000",
        "FullyConnected_000",
    ] {
        let model = network(name);
        let all = random(&model, 23);
        for count in [1, 2, 3, 8, 23] {
            let records = SliceRecords(all[..count].to_vec());
            for mode in MODES {
                let one = recorded(&model, &records, mode, 1);
                for threads in [2, 7] {
                    assert!(
                        recorded(&model, &records, mode, threads) == one,
                        "{name}, {count} records, {threads} threads, {mode:?}"
                    );
                }
            }
        }
    }
}

/// More records than are in memory at once.
#[test]
fn waves_of_records_give_the_same_bytes() {
    let model = network("ReLU_000");
    let records = SliceRecords(random(&model, 1000));
    for mode in MODES {
        let one = recorded(&model, &records, mode, 1);
        for threads in [2, 3, 7] {
            assert!(
                recorded(&model, &records, mode, threads) == one,
                "{threads} threads, {mode:?}"
            );
        }
    }
}

/// An operator over three values.
pub fn unary(kind: &str) -> Model {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 3 }} }}
           operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 3 }} }}
           operation {{ type: "{kind}" input: "x" output: "y" }}
           input: "x" output: "y""#
    );
    quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap()
}

/// A value that is no number is passed over in each record; a record of nothing else is refused.
#[test]
fn numbers_that_are_none() {
    let model = unary("Sqrt");
    let records = |rows: &[[f32; 3]]| {
        let row = |row: &[f32; 3]| vec![Value::f32(vec![1, 3], row.to_vec())];
        SliceRecords(rows.iter().map(row).collect())
    };
    let good = records(&[[4.0, -1.0, 9.0], [-1.0, 16.0, -2.0], [1.0, 1.0, -0.0]]);
    for threads in [1, 3] {
        for mode in MODES {
            let one = recorded(&model, &good, mode, 1);
            assert!(recorded(&model, &good, mode, threads) == one, "{mode:?}");
        }
        on(threads, || {
            let options = RecordOptions {
                mode: Mode::MinMax,
                threads,
                ..RecordOptions::default()
            };
            let mut recorded = model.clone();
            record::run(&mut recorded, &good, &options, &|_| {}).unwrap();
            let quant = recorded.main().tensors()[1].quant.as_ref().unwrap();
            assert_eq!(
                (quant.min.as_slice(), quant.max.as_slice()),
                (&[0.0][..], &[4.0][..])
            );
            let bad = records(&[[1.0; 3], [-1.0; 3], [-4.0; 3], [2.0; 3]]);
            let mut recorded = model.clone();
            let error = record::run(&mut recorded, &bad, &options, &|_| {}).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("record 1: activation `y`: all values are NaN"),
                "{error}"
            );
            assert_eq!(recorded, model);
        });
    }
}

#[test]
fn a_range_that_no_scale_can_hold_leaves_the_model_as_it_was() {
    let model = unary("Rsqrt");
    let records = SliceRecords(vec![vec![Value::f32(vec![1, 3], vec![4.0, 0.0, 1.0])]]);
    for mode in MODES {
        let options = RecordOptions {
            mode,
            ..RecordOptions::default()
        };
        let mut recorded = model.clone();
        let error = record::run(&mut recorded, &records, &options, &|_| {}).unwrap_err();
        let wanted = Problem::UnboundedRange {
            min: 0.5,
            max: f32::INFINITY,
        };
        assert_eq!((error.problem(), error.tensor()), (&wanted, Some("y")), "{error}");
        assert_eq!(recorded, model);
    }
}

#[test]
fn modes_that_are_none() {
    let model = network("ReLU_000");
    let records = SliceRecords(random(&model, 2));
    for (mode, said) in [
        (
            Mode::Percentile { min: -0.1, max: 99.0 },
            "give percentiles in 0…100",
        ),
        (
            Mode::Percentile {
                min: 1.0,
                max: f32::NAN,
            },
            "give percentiles in 0…100",
        ),
        (
            Mode::MovingAverage {
                batch: 0,
                constant: 0.1,
            },
            "give at least 1",
        ),
        (
            Mode::MovingAverage {
                batch: 1,
                constant: 1.1,
            },
            "give a constant in 0…1",
        ),
    ] {
        let options = RecordOptions {
            mode,
            ..RecordOptions::default()
        };
        let error = record::run(&mut model.clone(), &records, &options, &|_| {}).unwrap_err();
        assert!(matches!(error.problem(), Problem::Option(_)), "{mode:?}: {error}");
        assert_eq!(error.hint(), said, "{mode:?}");
    }
}

#[test]
fn the_first_record_that_fails_is_named() {
    let model = network("Net_000");
    let mut all = random(&model, 5);
    all[3].clear();
    for threads in [1, 2, 7] {
        on(threads, || {
            let options = RecordOptions {
                threads,
                ..RecordOptions::default()
            };
            let error =
                record::run(&mut model.clone(), &SliceRecords(all.clone()), &options, &|_| {}).unwrap_err();
            assert!(error.places().contains(&Place::number("record", 3)), "{error}");
        });
    }
}
