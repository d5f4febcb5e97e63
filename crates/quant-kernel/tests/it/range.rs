//! Ranges against the plain loop.

use quant_kernel::{Range, min_max};

#[test]
fn finite_sees_every_place() {
    for length in 0..40 {
        let mut values = vec![f32::MAX; length];
        assert!(Range::finite(&values));
        for at in 0..length {
            for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                values[at] = wrong;
                assert!(!Range::finite(&values), "{length} {at}");
            }
            values[at] = f32::MIN;
        }
    }
}

#[test]
fn agrees_with_the_plain_loop() {
    let mut values = Vec::new();
    for length in 0..200 {
        let plain = min_max(values.iter().copied());
        let fast = Range::of(&values).map(|range| (range.min, range.max));
        assert_eq!(fast, plain, "{length}");
        values.push(match length % 23 {
            7 => f32::NAN,
            11 => f32::MIN,
            n => (n as f32 - 9.5) * length as f32,
        });
    }
    assert_eq!(Range::of(&[f32::NAN, f32::MIN]), None);
    let zero = Range::of(&[-0.0; 40]).unwrap();
    assert!(zero.min.is_sign_positive() && zero.max.is_sign_positive());
    assert_eq!(
        Range::of(&[f32::NEG_INFINITY, 1.0]).unwrap().min,
        f32::NEG_INFINITY
    );
}
