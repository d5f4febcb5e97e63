//! Tests of `affine`.

use quant_numeric::affine::{MIN_SCALE_8BIT, MIN_SCALE_16BIT, asymmetric_u8, symmetric};

#[test]
fn asymmetric_ranges() {
    // (min, max) → (scale, zero point, nudged min, nudged max)
    let rows = [
        ((-7.0, 8.0), (15.0 / 255.0, 119, -7.0, 8.0)),
        (
            (-1.0, 254.5),
            (255.5 / 255.0, 1, -255.5 / 255.0, 254.0 * 255.5 / 255.0),
        ),
        ((1.0, 5.1), (5.1 / 255.0, 0, 0.0, 5.1)),
        ((-5.1, -1.0), (5.1 / 255.0, 255, -5.1, 0.0)),
        ((0.0, 0.0), (1e-5, 0, 0.0, 255e-5)),
        ((-1e-6, 0.0), (1e-5, 0, 0.0, 255e-5)),
        ((-1e-4, 1e-4), (1e-5, 10, -1e-4, 245e-5)),
    ];
    for ((min, max), (scale, zero_point, nudged_min, nudged_max)) in rows {
        let got = asymmetric_u8(min, max);
        let near = |got: f32, wanted: f32| (got - wanted).abs() <= wanted.abs() * 1e-6;
        assert!(near(got.scale, scale), "{min}…{max}: {got:?}");
        assert_eq!(got.zero_point, zero_point, "{min}…{max}");
        assert!(near(got.nudged_min, nudged_min), "{min}…{max}: {got:?}");
        assert!(near(got.nudged_max, nudged_max), "{min}…{max}: {got:?}");
    }
}

#[test]
fn symmetric_ranges() {
    assert_eq!(symmetric(-5.0, 8.0, 127, MIN_SCALE_8BIT).scale, 8.0 / 127.0);
    assert_eq!(symmetric(-9.0, 8.0, 127, MIN_SCALE_8BIT).scale, 9.0 / 127.0);
    assert_eq!(symmetric(0.0, 0.0, 32767, MIN_SCALE_16BIT).scale, 1e-8);
    let range = symmetric(1.0, 2.0, 7, MIN_SCALE_8BIT);
    assert_eq!(
        (range.nudged_min, range.nudged_max, range.zero_point),
        (-2.0, 2.0, 0)
    );
}
