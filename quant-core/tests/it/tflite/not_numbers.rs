//! What recorders do with values that are no numbers.

use quant_core::ir::Model;
use quant_core::record::{self, Mode, RecordOptions, SliceRecords};
use quant_core::value::Value;

use crate::record::unary;

fn rows(rows: &[[f32; 3]]) -> SliceRecords {
    let value = |row: &[f32; 3]| vec![Value::f32(vec![1, 3], row.to_vec())];
    rows.iter().map(value).collect()
}

/// As TensorFlow's calibrator: NaN counts for no range, and is messages; a tensor of nothing else has none.
#[test]
fn calibrators_pass_over_nan() {
    let options = RecordOptions {
        mode: Mode::Running,
        ..RecordOptions::default()
    };
    let nan = f32::NAN;
    let mut model = unary("Abs");
    let records = rows(&[[1.0, 2.0, 3.0], [nan, -8.0, nan], [-1.0, 2.0, 4.0]]);
    let notes = record::run(&mut model, &records, &options, &|_| {}).unwrap();
    let messages: Vec<_> = notes.iter().map(ToString::to_string).collect();
    let nan_of_both = "record 1: `x` has NaN in it, which counts for no range (and so has another tensor); check the data \
                       and the model";
    assert_eq!(messages, [nan_of_both]);
    let range = |model: &Model, name| {
        let tensor = model.main().tensor(model.main().find(name).unwrap());
        tensor.quant.clone().map(|quant| (quant.min[0], quant.max[0]))
    };
    assert_eq!(range(&model, "x"), Some((-8.0, 4.0)));
    let mut model = unary("Abs");
    record::run(&mut model, &rows(&[[nan, nan, nan]]), &options, &|_| {}).unwrap();
    assert_eq!(range(&model, "x"), None);
    let infinite = record::run(&mut model, &rows(&[[f32::INFINITY, 0.0, 0.0]]), &options, &|_| {});
    assert!(
        infinite
            .unwrap_err()
            .to_string()
            .contains("which no scale can hold")
    );
}
