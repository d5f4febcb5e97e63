//! Observers give what all ranges together give, in parts as well, and a library user's own are like them.

use std::sync::atomic::{AtomicUsize, Ordering};

use quant_core::format;
use quant_core::interp::FloatProfile;
use quant_core::ir::{FileFormat, Model};
use quant_core::kernel::Range;
use quant_core::record::{
    self, Exponential, Merge, MinMax, Mode, MovingAverage, Note, Observer, Pass, Percentile, RecordOptions,
    Running, SliceRecords,
};
use quant_core::value::Value;

use crate::record::{network, on, random, recorded, unary};

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
        let quant = model.main().tensors()[index].quant.as_ref()?;
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
        for index in 0..model.main().tensors().len() {
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
    merged(&model, &records, Mode::Running, |_| Running::default());
    merged(&model, &records, Mode::Exponential, Exponential::new);
}

fn merged<O: Observer>(model: &Model, records: &SliceRecords, mode: Mode, observer: impl Fn(usize) -> O) {
    let part = |part: std::ops::Range<usize>| {
        let pass = Pass {
            records,
            part: part.clone(),
            threads: 1,
            lowest: None,
            floats: FloatProfile::Fast,
            sequence: matches!(mode, Mode::Running | Mode::Exponential),
            progress: &|_| {},
        };
        pass.run(model, |_| observer(part.start)).unwrap()
    };
    let one = recorded(model, records, mode, 1);
    for cuts in [[1, 2], [7, 9], [16, 28], [3, 29]] {
        let mut whole = part(0..cuts[0]);
        let mut later = part(cuts[0]..cuts[1]);
        if observer(0).merging() == Merge::AnyOrder || cuts[0] == 7 {
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

    fn sample(&self, values: &[f32], _: Range) -> (f64, usize) {
        (
            values.iter().map(|x| f64::from(*x) * f64::from(*x)).sum(),
            values.len(),
        )
    }

    fn merging(&self) -> Merge {
        Merge::Approximate
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
    let input = model.main().inputs()[0];
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
                floats: FloatProfile::Fast,
                sequence: false,
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

/// Records of a model of three inputs, each as many floats.
fn rows(rows: &[[f32; 3]]) -> SliceRecords {
    let row = |row: &[f32; 3]| vec![Value::f32(vec![1, 3], row.to_vec())];
    SliceRecords(rows.iter().map(row).collect())
}

#[test]
fn values_that_stand_for_none_do_not_count() {
    let records = rows(&[[-1e9, 1.0, 2.0], [-5.0, 3.0, -2e9]]);
    for (lowest, least) in [
        (None, -2e9),
        (Some(-1e9), -5.0),
        (Some(-5.0), 1.0),
        (Some(-2e9), -1e9),
    ] {
        let options = RecordOptions {
            mode: Mode::MinMax,
            threads: 1,
            lowest,
            ..RecordOptions::default()
        };
        let mut model = unary("Abs");
        record::run(&mut model, &records, &options, &|_| {}).unwrap();
        let quant = model
            .main()
            .tensor(model.main().inputs()[0])
            .quant
            .as_ref()
            .unwrap();
        assert_eq!((quant.min[0], quant.max[0]), (least, 3.0), "{lowest:?}");
    }
}

#[test]
fn records_that_are_not_finite_are_refused() {
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut model = unary("Abs");
        let records = rows(&[[1.0, 2.0, 3.0], [1.0, wrong, 3.0]]);
        let error = record::run(&mut model, &records, &RecordOptions::default(), &|_| {}).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with("record 1: input `x`") && said.contains("element 1 is"),
            "{said}"
        );
    }
}

#[test]
fn a_record_that_decides_a_range_is_told_once() {
    let options = RecordOptions {
        mode: Mode::MinMax,
        ..RecordOptions::default()
    };
    let mut model = unary("Abs");
    let records = rows(&[[1.0, 2.0, 3.0], [1.0, 2.0, 1e9], [-1.0, 2.0, 4.0]]);
    let outliers = record::run(&mut model, &records, &options, &|_| {}).unwrap();
    let told: Vec<_> = outliers
        .iter()
        .filter_map(|note| match note {
            Note::Outlier(outlier) => Some(outlier),
            _ => None,
        })
        .map(|outlier| (outlier.record, outlier.tensor.as_str()))
        .collect();
    assert_eq!(told, [(1, "x")]);
}
