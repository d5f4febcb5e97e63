//! `Quantizer` gives what its stages give, whatever the records come in, and says what it should.

use std::sync::Mutex;

use ndarray::{Array4, ArrayD, Axis, array};
use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model};
use quant_core::quantizer::{Event, Step, Warning};
use quant_core::record::{ArrayRecords, Mode, RandomRecords, RecordOptions, Records, SliceRecords};
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;
use quant_core::value::Value;
use quant_core::{Granularity, QuantType, Quantizer, fake_quantize, format, interp, quantize, record};

use crate::common::model as built;

/// Convolutions, pools and a classifier on images of shape [1, 8, 8, 3] or alike.
pub fn network() -> Model {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../recipes/Net_000/test.recipe");
    built(&std::fs::read_to_string(path).unwrap())
}

/// Twelve records, as an array of the input's shape behind an axis that counts them.
fn images(model: &Model) -> ArrayD<f32> {
    let random = RandomRecords::new(model.main().input_tensors(), 7, 12).unwrap();
    let arrays: Vec<ArrayD<f32>> = (0..12)
        .map(|index| random.get(index).unwrap().remove(0).into_array().unwrap())
        .collect();
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    ndarray::stack(Axis(0), &views).unwrap()
}

#[test]
fn it_is_its_stages() {
    let model = network();
    let file = format::export(&model, FileFormat::Tflite).unwrap();
    let images = images(&model);
    let records: SliceRecords = images.axis_iter(Axis(0)).collect();
    for (dtype, granularity) in [
        (QuantType::Uint8, Granularity::Layer),
        (QuantType::Uint8, Granularity::Channel),
        (QuantType::Int16, Granularity::Channel),
    ] {
        let config = Config::new(dtype, granularity);
        let mut staged = format::import(&file).unwrap();
        fake_quantize::run(&mut staged, &config).unwrap();
        record::run(&mut staged, &records, &RecordOptions::default(), &|_| ()).unwrap();
        quantize::run(&mut staged, &config).unwrap();

        let quantizer = Quantizer::new().dtype(dtype).granularity(granularity);
        let quantized = quantizer.records(&records).quantize(&file).unwrap();
        assert_eq!(
            quantized.circle().unwrap(),
            format::export(&staged, FileFormat::Circle).unwrap()
        );
        let (tflite, unfit) = quantized.tflite().unwrap();
        assert_eq!(tflite, format::export(&staged, FileFormat::Tflite).unwrap());
        assert_eq!(unfit, quant_core::runtime::unfit(&staged));
        let mut pieces = Vec::new();
        let export = quantized.export(FileFormat::Tflite).unwrap();
        export
            .pieces(|piece| {
                pieces.extend_from_slice(piece);
                Ok::<(), ()>(())
            })
            .unwrap();
        assert_eq!(pieces, tflite);
        assert_eq!(*quantized.float(), format::import(&file).unwrap());
        let scales = quantized.parameters().count();
        let wanted = staged.main().tensors().iter();
        assert!(scales > 0);
        assert_eq!(scales, wanted.filter(|t| t.quant.is_some()).count());
        assert_eq!(quantized.into_model(), staged);
    }
}

#[test]
fn records_may_come_in_any_array() {
    let model = network();
    let images = images(&model);
    let made = |records: &dyn Records| {
        let quantizer = Quantizer::new()
            .records(records)
            .mode(Mode::Percentile { min: 0.0, max: 100.0 });
        quantizer.quantize_model(model.clone()).unwrap().circle().unwrap()
    };
    let one_by_one: SliceRecords = images.axis_iter(Axis(0)).collect();
    let wanted = made(&one_by_one);
    assert_eq!(made(&ArrayRecords::new(images.view()).unwrap()), wanted);
    // Without the batch of 1.
    let flat = images.index_axis(Axis(1), 0);
    assert_eq!(made(&ArrayRecords::new(flat.view()).unwrap()), wanted);
    // With strides of its own: rows and columns change places in memory.
    let mut axes: Vec<usize> = (0..flat.ndim()).collect();
    axes.swap(1, 2);
    let turned = flat.view().permuted_axes(axes.clone());
    let turned = turned.as_standard_layout().into_owned();
    let records = ArrayRecords::new(turned.view().permuted_axes(axes)).unwrap();
    assert_eq!(made(&records), wanted);
    let values: SliceRecords = flat
        .axis_iter(Axis(0))
        .map(|image| vec![Value::from(image)])
        .collect();
    assert_eq!(made(&values), wanted);
}

#[test]
fn several_inputs_have_an_array_each() {
    let model = built(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
           operand { name: "z" type: FLOAT32 shape { dim: 1 dim: 2 } }
           operation { type: "Add" input: "x" input: "y" output: "z" } input: "x" input: "y" output: "z""#,
    );
    let (x, y) = (
        array![[0.0f32, 1.0], [2.0, 3.0]],
        array![[-1.0f32, 1.0], [-2.0, 5.0]],
    );
    let records = ArrayRecords::new(x.view()).unwrap().and(y.view()).unwrap();
    let full = Mode::Percentile { min: 0.0, max: 100.0 };
    let quantized = Quantizer::new()
        .records(records)
        .mode(full)
        .quantize_model(model.clone())
        .unwrap();
    let found: Vec<_> = quantized
        .parameters()
        .map(|(label, tensor, quant)| (label, tensor.dtype.word(), quant.scale[0], quant.zero_point[0]))
        .collect();
    // x in 0…3, y in −2…5, z in −1…8.
    assert_eq!(
        found,
        [
            ("x".to_owned(), "uint8", 3.0 / 255.0, 0),
            ("y".to_owned(), "uint8", 7.0 / 255.0, 73),
            ("z".to_owned(), "uint8", 9.0 / 255.0, 28),
        ]
    );
    // The float model runs on arrays, too.
    let outputs = interp::run(
        &model,
        &[x.view(), y.view()].map(|array| Value::from(array.slice_move(ndarray::s![..1, ..]))),
    );
    let sum: ArrayD<f32> = outputs.unwrap().remove(0).into_array().unwrap();
    assert_eq!(sum, array![[-1.0, 2.0]].into_dyn());

    let odd = array![[1i32]];
    let error = ArrayRecords::new(x.view())
        .unwrap()
        .and(odd.view())
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "array of graph input 1: 1 records, the first input has 2; give every input the same number"
    );
    let error = ArrayRecords::new(ndarray::arr0(1.0f32).view()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "array of graph input 0: it has no axes; let the first axis count the records"
    );
    let wrong = array![[1i32, 2], [3, 4]];
    let records = ArrayRecords::new(x.view()).unwrap().and(wrong.view()).unwrap();
    let error = Quantizer::new()
        .records(records)
        .quantize_model(model.clone())
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "record 0: input `y`: int32 of shape [1, 2] is given, the model takes float32 of shape [1, 2]; give data of the \
         model's type and shape"
    );
    let error = Quantizer::new().quantize_model(model).err().unwrap();
    assert_eq!(
        error.to_string(),
        "records: there are none; give data with `records`, or for a first try `random_records`"
    );
}

#[test]
fn events_come_in_the_order_of_the_work() {
    let told = Mutex::new(Vec::new());
    let quantizer = Quantizer::new()
        .random_records(1, 3)
        .tell(|event| told.lock().unwrap().push(format!("{event:?}")));
    let quantized = quantizer.check(false).quantize_model(network());
    let mut quantized = quantized.unwrap();
    assert!(quantized.check().is_none());
    let begun = |step: Step| format!("{:?}", Event::Begin(step));
    let ran = |step: Step| format!("{:?}", Event::Record(step));
    let mut wanted = vec![begun(Step::FakeQuantize), begun(Step::Record)];
    wanted.extend((0..3).map(|_| ran(Step::Record)));
    wanted.push(begun(Step::Quantize));
    assert_eq!(*told.lock().unwrap(), wanted);
    told.lock().unwrap().clear();
    let again = Quantizer::new()
        .random_records(1, 3)
        .tell(|event| told.lock().unwrap().push(format!("{event:?}")));
    again.compare(&mut quantized).unwrap();
    let mut wanted = vec![begun(Step::Check)];
    wanted.extend((0..6).map(|_| ran(Step::Check)));
    assert_eq!(*told.lock().unwrap(), wanted);
    let check = quantized.check().unwrap().as_ref().unwrap();
    assert_eq!((check.records, check.is_far()), (3, false));
}

/// A constant of 1e9 behind which nothing is left, a record that reaches as far, and nothing to quantize at all.
#[test]
fn what_is_worthless_is_said() {
    let model = built(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
           operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#,
    );
    let mut images = Array4::from_shape_fn((8, 2, 2, 1), |(n, y, x, _)| (n + y + x) as f32 / 10.0);
    let quantizer = |images: &Array4<f32>| {
        let full = Mode::Percentile { min: 0.0, max: 100.0 };
        let records: SliceRecords = images.axis_iter(Axis(0)).collect();
        Quantizer::new()
            .records(records)
            .mode(full)
            .quantize_model(model.clone())
            .unwrap()
    };
    assert!(quantizer(&images).warnings().is_empty());
    images[[5, 0, 0, 0]] = 1e6;
    let quantized = quantizer(&images);
    let said: Vec<String> = quantized.warnings().iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("record 5: `x` reaches 1e6"), "{said:?}");
    assert_eq!(said.len(), 1, "{said:?}");
    // Its energy hides the error of the others; without it the same model is far off.
    let mut quantized = quantized;
    images[[5, 0, 0, 0]] = 0.5;
    let records: SliceRecords = images.axis_iter(Axis(0)).collect();
    Quantizer::new().records(records).compare(&mut quantized).unwrap();
    assert!(
        quantized
            .warnings()
            .iter()
            .any(|warning| matches!(warning, Warning::Far(output) if output.name == "y"))
    );

    let integers = built(
        r#"operand { name: "x" type: INT32 shape { dim: 2 } } operand { name: "y" type: INT32 shape { dim: 2 } }
           operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#,
    );
    let quantized = Quantizer::new()
        .random_records(1, 1)
        .quantize_model(integers)
        .unwrap();
    let said: Vec<String> = quantized.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["there is nothing to quantize: no activation of the model is float32"]
    );

    let sine = built(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } } operand { name: "y" type: FLOAT32 shape { dim: 2 } }
           operation { type: "Sin" input: "x" output: "y" } input: "x" output: "y""#,
    );
    let islands = Quantizer::new().random_records(1, 1).quantize_model(sine.clone());
    let islands = islands.unwrap();
    assert!(islands.warnings().is_empty());
    assert_eq!(
        islands.kept()[0].to_string(),
        "SIN `y`: the scheme has no rule for it"
    );
    let quantizer = Quantizer::new().random_records(1, 4).scheme(One {
        unruled: Unruled::Quantize,
        ..One::default()
    });
    let quantized = quantizer.quantize_model(sine).unwrap();
    let said = quantized.warnings()[0].to_string();
    assert!(said.starts_with("no rule quantizes SIN (`y`): "), "{said}");
}

/// Weights alone need no data; with data, the outputs are compared all the same.
#[test]
fn weights_alone_need_no_records() {
    let model = network();
    let mut staged = model.clone();
    quant_core::weights_only::run(&mut staged, &Config::weights_only(QuantType::Int8)).unwrap();
    let setting = "weights int8-symmetric-channel".parse().unwrap();
    let quantized = Quantizer::new()
        .setting(setting)
        .quantize_model(model.clone())
        .unwrap();
    assert!(quantized.check().is_none() && quantized.warnings().is_empty());
    assert_eq!(*quantized.model(), staged);
    let quantizer = Quantizer::new().setting(setting).random_records(1, 2);
    let quantized = quantizer.quantize_model(model).unwrap();
    assert!(
        quantized
            .check()
            .unwrap()
            .as_ref()
            .is_ok_and(|check| !check.is_far())
    );
    let empty = built(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } } operand { name: "y" type: FLOAT32 shape { dim: 2 } }
           operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#,
    );
    let quantized = Quantizer::new().setting(setting).quantize_model(empty).unwrap();
    assert!(matches!(quantized.warnings(), [Warning::NoWeights]));
}
