//! Tests of `nudge`.

use quant_numeric::nudge::choose;

#[test]
fn the_end_with_the_smaller_error_decides() {
    // (min, max) → zero point in 0…255; scale is (max − min) / 255.
    let rows = [
        ((0.0, 2.0), 0),
        ((-2.0, 0.0), 255),
        // 127.5 rounds away from zero, from either end.
        ((-1.0, 1.0), 128),
        ((-1.0, 254.0), 1),
        ((-254.0, 1.0), 254),
        // 50.5 and its neighbours.
        ((-50.5, 204.5), 51),
        ((-50.499_999_9, 204.5), 50),
        ((-70.0, 30.0), 179),
        ((-1e-300, 1.0), 0),
        ((-1.0, 1e-300), 255),
    ];
    for ((min, max), zero_point) in rows {
        let (scale, found) = choose(min, max, 0, 255);
        assert_eq!((scale, found), ((max - min) / 255.0, zero_point), "{min}…{max}");
    }
    assert_eq!(choose(0.0, 0.0, 0, 255), (0.0, 0));
    // Without the lowest integer.
    assert_eq!(choose(-1.0, 1.0, 1, 255), (2.0 / 254.0, 128));
    assert_eq!(choose(-1.0, 1.0, -127, 127), (2.0 / 254.0, 0));
}

/// Ends of ranges as f32, and what NumPy's f64 make of them: the bits of the scale, and the zero point. The first 14 were
/// searched for: the two ends give different integers.
const OF_NUMPY: &[(u32, u32, u64, i64)] = &[
    (0xc002_8337, 0x4002_8337, 0x3f90_60c7_a7a7_a7a8, 127),
    (0xbfb6_ccb8, 0x3fe7_8bd8, 0x3f89_ff88_8888_8889, 112),
    (0xbfd2_66d0, 0x41ff_1ca9, 0x3fc0_d506_6666_6666, 13),
    (0xc11f_52f8, 0x411f_52f8, 0x3fb3_fe5d_5d5d_5d5d, 128),
    (0xc1b8_20f3, 0x41b8_20f3, 0x3fc7_1b39_9999_999a, 127),
    (0xc09d_5b6a, 0x409d_5b6a, 0x3fa3_bf2c_6c6c_6c6c, 128),
    (0xc0c0_a056, 0x4160_bb0f, 0x3fb4_24d8_7878_7878, 77),
    (0xc063_2030, 0x415b_039c, 0x3fb1_4e08_8888_8889, 52),
    (0xc18f_6b41, 0x3ffe_f790, 0x3fb3_ff56_9696_9697, 229),
    (0xc135_6b8b, 0x4135_6b8b, 0x3fb6_c435_9595_9596, 127),
    (0xc1b2_4a17, 0x41b2_4a17, 0x3fc6_5fa2_8282_8283, 127),
    (0xc1a2_1de3, 0x41a2_1de3, 0x3fc4_5814_7474_7474, 128),
    (0xc05f_2da4, 0x3f37_9b90, 0x3f90_e22a_aaaa_aaab, 211),
    (0xc185_9449, 0x4185_9449, 0x3fc0_c34c_6c6c_6c6c, 128),
    (0xbfd7_3a12, 0x3f85_30bc, 0x3f85_dc89_6969_6969, 158),
    (0xbd8a_6991, 0x3e60_41c9, 0x3f52_69d2_eaea_eaeb, 60),
    (0xbf7f_a4ef, 0x401a_5826, 0x3f8b_638f_c7c7_c7c8, 75),
    (0xc00f_1998, 0x402c_08bb, 0x3f93_c5eb_1b1b_1b1b, 116),
    (0xbe75_bfcb, 0x4038_8a05, 0x3f89_15d6_0c0c_0c0c, 20),
    (0xbd80_237d, 0x4000_539d, 0x3f80_9b32_4f4f_4f4f, 8),
];

#[test]
fn an_independent_program_finds_the_same() {
    for (min, max, scale, zero_point) in OF_NUMPY {
        let [min, max] = [min, max].map(|bits| f64::from(f32::from_bits(*bits)));
        let found = choose(min, max, 0, 255);
        assert_eq!((found.0.to_bits(), found.1), (*scale, *zero_point), "{min}…{max}");
    }
}

#[test]
fn zero_points_are_integers_of_the_type() {
    let mut state = 7u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = |shift: u32| f64::from((state >> shift) as u16) / 65536.0;
        let (min, max) = (-part(16) * 10f64.powi((state >> 60) as i32 - 8), part(32));
        let (scale, zero_point) = choose(min, max, 0, 255);
        assert!((0..=255).contains(&zero_point));
        // Zero is an integer, and the ends are at most half a step beyond the range.
        if scale > 0.0 {
            let ends = [0.0 - zero_point as f64, 255.0 - zero_point as f64].map(|q| q * scale);
            let slack = 0.500_001 * scale;
            assert!(
                (ends[0] - min).abs() <= slack && (ends[1] - max).abs() <= slack,
                "{min}…{max}"
            );
        }
    }
}
