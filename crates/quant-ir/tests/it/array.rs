//! Tests of `array`.

use half::f16;
use ndarray::{Array2, Axis, array, s};
use quant_ir::Element;
use quant_ir::value::Value;

#[test]
fn every_layout_becomes_row_major() {
    let whole = Array2::from_shape_fn((3, 4), |(row, column)| (10 * row + column) as i32);
    let mut cut = whole.clone();
    cut.slice_axis_inplace(Axis(0), (1..3).into());
    let fortran = whole.t().as_standard_layout().reversed_axes().into_owned();
    assert!(!fortran.is_standard_layout());
    for (value, wanted) in [
        (Value::from(whole.clone()), whole.clone()),
        (Value::from(whole.view()), whole.clone()),
        (Value::from(fortran), whole.clone()),
        (Value::from(cut.clone()), cut),
        (
            Value::from(whole.slice(s![..;2, ..;-1])),
            whole.slice(s![..;2, ..;-1]).into_owned(),
        ),
        (Value::from(whole.slice(s![1..1, ..])), Array2::zeros((0, 4))),
    ] {
        assert!(value.is_whole());
        assert_eq!(value.view::<i32>().unwrap(), wanted.view().into_dyn());
        assert_eq!(value.clone().into_array::<i32>().unwrap(), wanted.into_dyn());
    }
}

#[test]
fn another_type_or_size_is_no_array() {
    let value = Value::from(array![1.0f32, 2.0]);
    assert_eq!(value.view::<i32>(), None);
    let error = value.clone().into_array::<i32>().unwrap_err().to_string();
    assert_eq!(
        error,
        "value: its elements are float32, not int32; ask for an array of its type"
    );
    let broken = Value {
        shape: vec![3],
        ..value
    };
    assert_eq!(broken.view::<f32>(), None);
    let error = broken.into_array::<f32>().unwrap_err().to_string();
    assert_eq!(
        error,
        "value: 2 elements do not fill shape [3]; give as many elements as the shape has"
    );
}

#[test]
fn every_type_has_its_word() {
    fn check<T: Element + PartialEq + std::fmt::Debug>(x: T) {
        let value = Value::from(ndarray::arr0(x));
        assert_eq!((value.dtype(), value.shape.as_slice()), (T::DTYPE, &[][..]));
        assert_eq!(value.into_array::<T>().unwrap(), ndarray::arr0(x).into_dyn());
    }
    check(1.5f32);
    check(f16::from_f32(1.5));
    check(-1i64);
    check(-1i32);
    check(-1i16);
    check(-1i8);
    check(1u8);
    check(true);
    check([1.0f32, -1.0]);
}
