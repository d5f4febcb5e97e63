//! Recording gives the same bytes on any number of threads, whether they share records or operators.

use std::sync::atomic::{AtomicUsize, Ordering};

use quant_core::format;
use quant_core::ir::{FileFormat, Model};
use quant_core::kernel::Range;
use quant_core::record::{
    self, Merge, MinMax, Mode, MovingAverage, Observer, Pass, Percentile, RandomRecords, RecordOptions,
    Records, SliceRecords,
};
use quant_core::value::Value;
use quant_core::{Place, Problem};

use crate::common::model;

fn network(name: &str) -> Model {
    let path = format!("{}/../recipes/{name}/test.recipe", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    model(&text)
}

fn recorded(model: &Model, records: &SliceRecords, mode: Mode, threads: usize) -> Vec<u8> {
    let mut model = model.clone();
    let options = RecordOptions {
        mode,
        threads,
        lowest: None,
    };
    on(threads, || {
        record::run(&mut model, records, &options, &|_| {}).unwrap();
    });
    format::export(&model, FileFormat::Circle).unwrap()
}

/// In a pool of so many threads.
fn on(threads: usize, work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work);
}

const MODES: [Mode; 4] = [
    Mode::MinMax,
    Mode::Percentile { min: 1.0, max: 99.0 },
    Mode::Percentile { min: 0.1, max: 50.0 },
    Mode::MovingAverage {
        batch: 2,
        constant: 0.1,
    },
];

fn random(model: &Model, count: usize) -> Vec<Vec<Value>> {
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

/// The ranges of every record in memory at once, and the formulas over them.
#[test]
fn observers_give_what_all_ranges_give() {
    let model = network("Net_000");
    let all = random(&model, 210);
    let single: Vec<Model> = all
        .iter()
        .map(|record| {
            let mut model = model.clone();
            let options = RecordOptions {
                mode: Mode::MinMax,
                ..RecordOptions::default()
            };
            record::run(&mut model, &SliceRecords(vec![record.clone()]), &options, &|_| {}).unwrap();
            model
        })
        .collect();
    let range = |model: &Model, index: usize| {
        let quant = model.main().tensors[index].quant.as_ref()?;
        Some((*quant.min.first()?, *quant.max.first()?))
    };
    let mut seen = 0;
    for (mode, twin) in [
        (Mode::MinMax, extremes as fn(&[f32], bool) -> f32),
        (Mode::Percentile { min: 10.0, max: 90.0 }, tenths),
        (
            Mode::MovingAverage {
                batch: 4,
                constant: 0.25,
            },
            averages,
        ),
    ] {
        let mut model = model.clone();
        let options = RecordOptions {
            mode,
            ..RecordOptions::default()
        };
        record::run(&mut model, &SliceRecords(all.clone()), &options, &|_| {}).unwrap();
        for index in 0..model.main().tensors.len() {
            let ranges: Option<Vec<_>> = single.iter().map(|model| range(model, index)).collect();
            let Some((minima, maxima)) =
                ranges.map(|ranges| ranges.into_iter().unzip::<f32, f32, Vec<_>, Vec<_>>())
            else {
                continue;
            };
            let wanted = (twin(&minima, false), twin(&maxima, true));
            assert_eq!(range(&model, index), Some(wanted), "tensor {index}, {mode:?}");
            seen += 1;
        }
    }
    assert!(seen >= 9, "{seen}");
}

fn extremes(values: &[f32], greatest: bool) -> f32 {
    let by = if greatest { f32::max } else { f32::min };
    values.iter().copied().reduce(by).unwrap()
}

/// The percentile 10 or 90 of 210 values: 209 / 10 = 20.9 ranks from the end.
fn tenths(values: &[f32], greatest: bool) -> f32 {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    let index: usize = if greatest { 188 } else { 20 };
    let percent = f64::from(index as f32 / 209.0);
    let p = if greatest { 0.9 } else { 0.1 };
    let fraction = ((p - percent) / ((index as f64 + 1.0) / 209.0 - percent)) as f32;
    values[index] + fraction * (values[index + 1] - values[index])
}

fn averages(values: &[f32], greatest: bool) -> f32 {
    let batches = values.chunks(4).map(|batch| extremes(batch, greatest));
    let next = |average: f32, next: f32| (f64::from(average * 0.75) + f64::from(next) * 0.25) as f32;
    batches.reduce(next).unwrap()
}

/// What is kept of parts of the records, put together, is what is kept of all.
#[test]
fn parts_that_are_merged_give_the_bytes_of_one_run() {
    let model = network("Net_000");
    let records = SliceRecords(random(&model, 30));
    merged(&model, &records, Mode::MinMax, |_| MinMax::default());
    let percentile = Mode::Percentile { min: 5.0, max: 90.0 };
    merged(&model, &records, percentile, |_| Percentile::new(5.0, 90.0, 30));
    let average = Mode::MovingAverage {
        batch: 4,
        constant: 0.1,
    };
    merged(&model, &records, average, |first| {
        MovingAverage::new(4, 0.1, first)
    });
}

fn merged<O: Observer>(model: &Model, records: &SliceRecords, mode: Mode, observer: impl Fn(usize) -> O) {
    let part = |part: std::ops::Range<usize>| {
        let pass = Pass {
            records,
            part: part.clone(),
            threads: 1,
            lowest: None,
            progress: &|_| {},
        };
        pass.run(model, |_| observer(part.start)).unwrap()
    };
    let one = recorded(model, records, mode, 1);
    for cuts in [[1, 2], [7, 9], [16, 28], [3, 29]] {
        let mut whole = part(0..cuts[0]);
        let mut later = part(cuts[0]..cuts[1]);
        if O::MERGE == Merge::AnyOrder || cuts[0] == 7 {
            later.merge(part(cuts[1]..30)).unwrap();
            whole.merge(later).unwrap();
        } else {
            whole.merge(later).unwrap();
            whole.merge(part(cuts[1]..30)).unwrap();
        }
        assert_eq!(whole.records(), 0..30);
        let mut model = model.clone();
        whole.write(&mut model).unwrap();
        assert!(
            format::export(&model, FileFormat::Circle).unwrap() == one,
            "cut at {cuts:?}, {mode:?}"
        );
    }
    let gap = part(0..3).merge(part(4..6)).unwrap_err().to_string();
    assert!(gap.contains("records 4…6 do not follow records 0…3"), "{gap}");
    let other = part(0..3)
        .write(&mut network("ReLU_000"))
        .unwrap_err()
        .to_string();
    assert!(
        other.contains("write it into the model that was recorded"),
        "{other}"
    );
}

/// A range of twice the root of the mean square: sums that depend on the order of what is added.
#[derive(Clone, Debug, Default, PartialEq)]
struct MeanSquare {
    sum: f64,
    count: usize,
}

impl Observer for MeanSquare {
    type Sample = (f64, usize);
    const MERGE: Merge = Merge::Approximate;

    fn sample(&self, values: &[f32], _: Range) -> (f64, usize) {
        (
            values.iter().map(|x| f64::from(*x) * f64::from(*x)).sum(),
            values.len(),
        )
    }

    fn add(&mut self, (sum, count): (f64, usize)) {
        self.sum += sum;
        self.count += count;
    }

    fn merge(&mut self, later: Self) {
        self.add((later.sum, later.count));
    }

    fn range(&self) -> Option<Range> {
        let deviation = (self.sum / self.count as f64).sqrt() as f32;
        (self.count > 0).then_some(Range {
            min: -2.0 * deviation,
            max: 2.0 * deviation,
        })
    }
}

#[test]
fn an_observer_of_ones_own() {
    let model = network("Net_000");
    let records = SliceRecords(random(&model, 300));
    let input = model.main().inputs[0];
    let mut wanted = MeanSquare::default();
    for record in &records.0 {
        let values = record[0].as_f32().unwrap();
        wanted.add(wanted.sample(values, Range::of(values).unwrap()));
    }
    for threads in [1, 2, 7] {
        on(threads, || {
            let seen = AtomicUsize::new(0);
            let pass = Pass {
                records: &records,
                part: 0..300,
                threads,
                lowest: None,
                progress: &|_| {
                    seen.fetch_add(1, Ordering::Relaxed);
                },
            };
            let recorded = pass.run(&model, |_| MeanSquare::default()).unwrap();
            assert_eq!(recorded.observer(input), Some(&wanted), "{threads} threads");
            assert_eq!(seen.into_inner(), 300);
            let mut model = model.clone();
            recorded.write(&mut model).unwrap();
            let quant = model.main().tensor(input).quant.as_ref().unwrap();
            assert_eq!(quant.max, [wanted.range().unwrap().max]);
        });
    }
}

/// An operator over three values.
fn unary(kind: &str) -> Model {
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
                lowest: None,
            };
            let mut recorded = model.clone();
            record::run(&mut recorded, &good, &options, &|_| {}).unwrap();
            let quant = recorded.main().tensors[1].quant.as_ref().unwrap();
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
