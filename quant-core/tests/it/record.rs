//! Recording gives the same bytes on any number of threads, whether they share records or operators.

use quant_core::format;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::{self, Mode, RandomRecords, RecordOptions, Records, SliceRecords};

use crate::common::model;

fn network(name: &str) -> Model {
    let path = format!("{}/../recipes/{name}/test.recipe", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    model(&text)
}

fn recorded(model: &Model, records: &SliceRecords, mode: Mode, threads: usize) -> Vec<u8> {
    let mut model = model.clone();
    record::run(
        &mut model,
        records,
        &RecordOptions {
            mode,
            threads,
            lowest: None,
        },
        &|_| {},
    )
    .unwrap();
    format::export(&model, FileFormat::Circle).unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let modes = [
        Mode::Percentile { min: 1.0, max: 99.0 },
        Mode::MovingAverage {
            batch: 2,
            constant: 0.1,
        },
    ];
    for name in [
        "Net_000",
        "Conv2D_000",
        "DepthwiseConv2D_000",
        "FullyConnected_000",
    ] {
        let model = network(name);
        let random = RandomRecords::new(model.main().input_tensors(), 1, 23).unwrap();
        let all: Vec<_> = (0..23).map(|index| random.get(index).unwrap()).collect();
        for count in [1, 2, 3, 8, 23] {
            let records = SliceRecords(all[..count].to_vec());
            for mode in modes {
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

#[test]
fn the_first_record_that_fails_is_named() {
    let model = network("Net_000");
    let random = RandomRecords::new(model.main().input_tensors(), 1, 5).unwrap();
    let mut all: Vec<_> = (0..5).map(|index| random.get(index).unwrap()).collect();
    all[3].clear();
    for threads in [1, 2, 7] {
        let options = RecordOptions {
            threads,
            ..RecordOptions::default()
        };
        let error =
            record::run(&mut model.clone(), &SliceRecords(all.clone()), &options, &|_| {}).unwrap_err();
        assert!(error.to_string().contains("record 3"), "{error}");
    }
}
