//! Tests of `half`.

use ::half::f16;
use quant_numeric::coding::{BLOCK, Float};
use quant_numeric::half::{HALF_MAX, bits, halves};

fn wanted(x: f32) -> u16 {
    if x.is_nan() {
        return 0x7e00 | u16::from(x.is_sign_negative()) << 15;
    }
    f16::from_f32(x.clamp(-HALF_MAX, HALF_MAX)).to_bits()
}

#[test]
fn every_half_and_the_floats_around_each_tie() {
    for half in 0..0x7bff_u16 {
        let (low, high) = (f16::from_bits(half).to_f32(), f16::from_bits(half + 1).to_f32());
        let tie = f32::midpoint(low, high);
        let near = |x: f32| [x.to_bits().wrapping_sub(1), x.to_bits(), x.to_bits() + 1].map(f32::from_bits);
        for x in [low, tie, high].into_iter().flat_map(near) {
            for x in [x, -x] {
                assert_eq!(bits(x), wanted(x), "{x:e}");
            }
        }
    }
}

#[test]
fn what_no_half_can_hold() {
    let rows = [
        (65504.0, 0x7bff),
        (65519.996, 0x7bff),
        (65520.0, 0x7bff),
        (-65536.0, 0xfbff),
        (f32::MAX, 0x7bff),
        (f32::INFINITY, 0x7bff),
        (f32::NEG_INFINITY, 0xfbff),
        (f32::NAN, 0x7e00),
        (-f32::NAN, 0xfe00),
        (f32::from_bits(0x7f80_0001), 0x7e00),
        (0.0, 0),
        (-0.0, 0x8000),
        (f32::from_bits(1), 0),
        (2.980_232_2e-8, 0),
        (2.980_232_6e-8, 1),
    ];
    for (x, half) in rows {
        assert_eq!(bits(x), half, "{x:e}");
    }
}

#[test]
fn tensors_are_taken_value_by_value() {
    for count in [0, 1, 7, 33, BLOCK - 1, BLOCK + 9] {
        let number = |i: usize| ((i * 7919 % 4093) as f32 - 2000.0) * 1.7f32.powi(i as i32 % 60 - 40);
        let values: Vec<Float> = (0..count).map(|i| number(i).to_le_bytes()).collect();
        let mut got = vec![[0; 2]; count];
        halves(&values, &mut got);
        let naive = (0..count).map(|i| wanted(number(i)).to_le_bytes());
        assert!(got.iter().copied().eq(naive), "{count}");
    }
}
