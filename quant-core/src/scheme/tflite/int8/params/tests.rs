//! The formulas at their edges.

use super::*;

fn int8(params: Params) -> (f32, i64) {
    assert_eq!(params.dtype, DType::Int8);
    (params.scale, params.zero_point)
}

#[test]
fn activations() {
    // (min, max) → (scale, zero point)
    let rows = [
        ((-1.0, 1.0), (2.0 / 255.0, -1)),
        // 0 is joined.
        ((1.0, 5.1), (5.1 / 255.0, -128)),
        ((-5.1, -1.0), (5.1 / 255.0, 127)),
        ((0.0, 255.0), (1.0, -128)),
        ((-255.0, 0.0), (1.0, 127)),
        // Halves go away from zero: −128 + 128.5, −128 + 0.5.
        ((-128.5, 126.5), (1.0, 1)),
        ((-127.5, 127.5), (1.0, -1)),
        ((-0.5, 254.5), (1.0, -128)),
        // −128 + 178.5 in numbers, but the scale is a little above 100 / 255: all in f32 it would be 51.
        ((-70.0, 30.0), (100.0 / 255.0, 50)),
        // What was never above 0 has the smallest normal float for a maximum.
        ((-255.0, f32::MIN_POSITIVE), (1.0, 127)),
        // Next to nothing is widened by 1e-6 on each side.
        ((0.0, 0.0), (7.843_137e-9, 0)),
        ((0.0, 5e-7), (9.803_921e-9, -26)),
        // A width of 1e-6 in f32 is less in f64 by its rounding.
        ((0.0, 1.1e-6), (1.1e-6 / 255.0, -128)),
    ];
    for ((min, max), (scale, zero_point)) in rows {
        assert_eq!(int8(activation(min, max)), (scale, zero_point), "{min}…{max}");
    }
}

/// What was never above 0 has the smallest normal float for a maximum, and so has what was always 0.
#[test]
fn activations_of_zeros_have_a_scale_that_runtimes_take() {
    for max in [0.0, f32::MIN_POSITIVE] {
        assert_eq!(int8(recorded(0.0, max, false)), (1.0 / 255.0, -128));
        assert_eq!(recorded(0.0, max, true), activation(0.0, max));
    }
    for compat in [false, true] {
        assert_eq!(recorded(0.0, 5e-7, compat), activation(0.0, 5e-7));
    }
}

#[test]
fn constants() {
    let rows = [
        ((-1.0, 1.0), (2.0 / 255.0, -1)),
        ((2.0, 2.0), (2.0 / 255.0, -128)),
        ((0.0, 0.0), (3.921_568_4e-9, 0)),
        // The wider end stays.
        ((-8e-7, 0.0), (5.098_039_3e-9, 29)),
        ((0.0, 8e-7), (5.098_039_3e-9, -30)),
        // The lowest float stands for "no value" in masks.
        ((f32::MIN, 0.0), (f32::MAX / 255.0, 127)),
    ];
    for ((min, max), (scale, zero_point)) in rows {
        assert_eq!(int8(constant(min, max)), (scale, zero_point), "{min}…{max}");
    }
    let steps = constant(-127.5, 127.5).steps();
    let rows = [
        (-127.5, -128),
        (127.5, 127),
        (0.0, -1),
        (0.5, -1),
        (1.5, 1),
        (f32::NEG_INFINITY, -128),
    ];
    for (x, q) in rows {
        assert_eq!(steps.quantize(x), q, "{x}");
    }
}

#[test]
fn filters() {
    for (largest, scale) in [
        (127.0, 1.0),
        (2.0, 4.0 / 254.0),
        (0.0, 3.937_008e-9),
        (5e-7, 3.937_008e-9),
    ] {
        assert_eq!(filter_scale(largest), scale, "{largest}");
    }
    assert_eq!((tensor_inverse(2.0), tensor_inverse(0.0)), (63.5, 0.0));
    // (largest, scale) → divided by the scale in the original, and here
    let rows = [
        ((1.0, filter_scale(1.0)), (false, false)),
        ((1.0, 0.1), (true, true)),
        // Raised to ten times what it was, which is no more than 1e-3.
        ((0.01, 7.9e-4), (false, true)),
        ((1e-7, filter_scale(1e-7)), (false, true)),
    ];
    for ((largest, scale), (compat, ours)) in rows {
        let divided = |compat| is_divided(largest, scale, compat);
        assert_eq!(
            (divided(true), divided(false)),
            (compat, ours),
            "{largest} {scale}"
        );
    }
    let steps = divided(0.5);
    for (x, q) in [(0.25, 1), (-0.25, -1), (0.24, 0), (100.0, 127), (-100.0, -127)] {
        assert_eq!(steps.quantize(x), q, "{x}");
    }
}

#[test]
fn biases() {
    let rows = [
        ((1.0, 0.5), 2),
        ((0.25, 0.5), 1),
        ((-0.25, 0.5), -1),
        ((1.0, 0.0), 0),
        ((3e9, 1.0), i32::MAX),
        ((-3e9, 1.0), -i32::MAX),
        // In f32, where 0.1 / 0.3 and 0.1 · (1 / 0.3) need not be one.
        ((16_777_217.0, 1.0), 16_777_216),
    ];
    for ((x, scale), q) in rows {
        assert_eq!(bias(x, scale), q, "{x} {scale}");
    }
}

#[test]
fn biases_that_are_too_large_raise_the_scales() {
    // 2³⁰ − 1 steps fit a channel; one scale for all is raised by them already.
    let fits = 1_073_741_823.0_f64;
    for (steps, channels, tensor) in [(fits / 2.0, false, false), (fits * 2.0, true, true)] {
        let largest = (steps * 0.25) as f32;
        assert_eq!(raised(largest, 0.25, 0.5, true).is_some(), channels, "{steps}");
        assert_eq!(raised(largest, 0.25, 0.5, false).is_some(), tensor, "{steps}");
    }
    let (bias, filter) = raised(4.0, 1e-12, 0.5, true).unwrap();
    assert_eq!(bias, (4.0 / fits) as f32);
    assert_eq!(filter, (4.0 / fits / 0.5) as f32);
    // A product below what a float holds.
    assert!(raised(1.0, 0.0, 0.5, false).is_some());
    assert_eq!(raised(0.0, 0.0, 0.5, false), None);
}

#[test]
fn states() {
    let rows = [
        ((-1.2, 1.4), 1, 1),
        ((-1.0, 0.5), 0, 0),
        ((0.0, 4.0), 2, 2),
        // The kernel cannot compute with powers below 0.
        ((-0.3, 0.2), -1, 0),
        ((-0.1, 0.1), -3, 0),
    ];
    for ((min, max), compat, ours) in rows {
        let scale = |power: i32| (f64::from(power).exp2() / 32768.0) as f32;
        assert_eq!(cell(min, max, true), Params::int16(scale(compat)), "{min}…{max}");
        assert_eq!(cell(min, max, false), Params::int16(scale(ours)), "{min}…{max}");
    }
    assert!(cell(0.0, 0.0, true).scale > 0.0);
    assert_eq!((int16_scale(32767.0), int16_scale(0.0)), (1.0, 1.0));
    assert_eq!((time_scale(512.0), time_scale(0.0)), (1.0, 1.0));
    assert_eq!(layer_norm_bias(1024.0), 1.0);
}
