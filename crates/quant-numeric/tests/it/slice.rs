//! Tests of `slice`.

use quant_numeric::affine::inv_scale;
use quant_numeric::slice::{
    clip, dequantize_symmetric, dequantize_u8, quantize_symmetric, quantize_u8, quantize_with, whole,
};

#[test]
fn whole_numbers_are_cast() {
    for x in (-(1 << 21)..=1 << 21)
        .map(|x| x as f32)
        .chain([-0.0, f32::NAN, -f32::NAN])
    {
        assert_eq!(whole(x), x as i32, "{x}");
    }
}

#[test]
fn parameters_that_are_given() {
    // (x, zero point) → integer of scale 0.5 in −10…20
    let rows = [
        ((1.0, 3), 5),
        ((-1.0, 3), 1),
        ((0.25, 3), 4),
        ((-0.25, 3), 2),
        ((100.0, 3), 20),
        ((-100.0, 3), -10),
        ((f32::NAN, 3), 0),
    ];
    for ((x, zero_point), q) in rows {
        assert_eq!(quantize_with(x, 0.5, zero_point, -10, 20), q, "{x}");
    }
    // The sum with the zero point is rounded in f64, not the product in f32.
    assert_eq!(quantize_with(1.0, 1.0, 1 << 40, 0, i64::MAX), (1 << 40) + 1);
}

#[test]
fn integers_back_to_reals() {
    assert_eq!(
        [0, 1, 255].map(|q| dequantize_u8(q, 0.5, -3.0)),
        [-3.0, -2.5, 124.5]
    );
    assert_eq!(
        [-7, 0, 5].map(|q| dequantize_symmetric(q, 0.25)),
        [-1.75, 0.0, 1.25]
    );
}

#[test]
fn clipping_leaves_what_is_within() {
    let rows = [
        (-2.0, -1.0),
        (-1.0, -1.0),
        (0.5, 0.5),
        (3.0, 3.0),
        (3.5, 3.0),
        (f32::INFINITY, 3.0),
        (f32::NEG_INFINITY, -1.0),
    ];
    for (x, wanted) in rows {
        assert_eq!(clip(x, -1.0, 3.0), wanted, "{x}");
    }
    assert!(clip(f32::NAN, -1.0, 3.0).is_nan());
    // A zero keeps its sign at a bound of the other one.
    assert_eq!(clip(-0.0, 0.0, 1.0).to_bits(), (-0.0_f32).to_bits());
    assert_eq!(clip(0.0, -1.0, -0.0).to_bits(), 0.0_f32.to_bits());
}

#[test]
fn int8_of_the_specification() {
    // scale 8/127: 1 → 15.875 → 16, −5 → −79.375 → −79, 8 → 127.
    let inv = inv_scale(8.0 / 127.0);
    let got: Vec<i32> = [1.0, -5.0, 8.0, 9.0]
        .map(|x| quantize_symmetric(x, inv, 127))
        .to_vec();
    assert_eq!(got, [16, -79, 127, 127]);
}

#[test]
fn uint8_clamps_at_both_ends() {
    let inv = inv_scale(0.5);
    let got = [-10.0, -1.0, -0.75, 0.0, 200.0].map(|x| quantize_u8(x, -1.0, inv));
    assert_eq!(got, [0, 0, 1, 2, 255]);
}
