//! The error function, which the standard library lacks.

/// 2/√π · ∫₀ˣ exp(−t²) dt, by the series 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, whose terms have one sign.
pub fn erf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    // Beyond, 1 − erf is less than half of the last bit.
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > sum.abs() * (f64::EPSILON / 2.0) {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// The ends of the pieces of [`erfc_f32`], and their numerators and denominators, from the constant on.
const NEAR: ([f32; 5], [f32; 6]) = (
    [
        0.128_379_17,
        -0.325_042_1,
        -0.028_481_75,
        -0.005_770_270_2,
        -0.000_023_763_017,
    ],
    [
        1.0,
        0.397_917_2,
        0.065_022_25,
        0.005_081_306,
        0.000_132_494_74,
        -0.000_003_960_228_2,
    ],
);
const ABOUT_ONE: ([f32; 7], [f32; 7]) = (
    [
        -0.002_362_118_6,
        0.414_856_1,
        -0.372_207_88,
        0.318_346_62,
        -0.110_894_695,
        0.035_478_305,
        -0.002_166_375_5,
    ],
    [
        1.0,
        0.106_420_88,
        0.540_397_94,
        0.071_828_656,
        0.126_171_22,
        0.013_637_084,
        0.011_984_5,
    ],
);
const FAR: ([f32; 8], [f32; 9]) = (
    [
        -0.009_864_944,
        -0.693_858_56,
        -10.558_626,
        -62.375_33,
        -162.396_67,
        -184.605_09,
        -81.287_44,
        -9.814_329,
    ],
    [
        1.0,
        19.651_272,
        137.657_76,
        434.565_9,
        645.387_27,
        429.008_15,
        108.635,
        6.570_249_6,
        -0.060_424_414,
    ],
);
const FARTHER: ([f32; 7], [f32; 8]) = (
    [
        -0.009_864_943,
        -0.799_283_27,
        -17.757_956,
        -160.636_38,
        -637.566_47,
        -1_025.095_1,
        -483.519_2,
    ],
    [
        1.0,
        30.338_06,
        325.792_5,
        1_536.729_6,
        3_199.858_2,
        2_553.050_3,
        474.528_53,
        -22.440_952,
    ],
);

/// 1 − erf(x) in f32, with the very last bits of `erfcf` in glibc below 2.41, which LiteRT calls: rational functions of Sun's
/// fdlibm in four pieces.
pub fn erfc_f32(x: f32) -> f32 {
    let of = |above: &[f32], below: &[f32], x: f32| {
        let sum = |factors: &[f32]| factors.iter().rev().fold(0.0, |sum, factor| factor + x * sum);
        sum(above) / sum(below)
    };
    // erf of 1, nearly.
    let one = 0.845_062_9;
    let far = x.abs();
    if far.is_nan() {
        return x;
    }
    if far < 0.84375 {
        if far < 2f32.powi(-26) {
            return 1.0 - x;
        }
        let y = of(&NEAR.0, &NEAR.1, x * x);
        if x < 0.25 {
            return 1.0 - (x + x * y);
        }
        return 0.5 - (x * y + (x - 0.5));
    }
    if far < 1.25 {
        let y = of(&ABOUT_ONE.0, &ABOUT_ONE.1, far - 1.0);
        return if x >= 0.0 { 1.0 - one - y } else { 1.0 + (one + y) };
    }
    if far >= 28.0 || x <= -6.0 {
        return if x > 0.0 { 0.0 } else { 2.0 };
    }
    let inverse = 1.0 / (far * far);
    let y = if far < 2.857_142_8 {
        of(&FAR.0, &FAR.1, inverse)
    } else {
        of(&FARTHER.0, &FARTHER.1, inverse)
    };
    // The square of the upper bits has no rounding.
    let upper = f32::from_bits(far.to_bits() & 0xffff_e000);
    let tail = (-upper * upper - 0.5625).exp() * ((upper - far) * (upper + far) + y).exp() / far;
    if x > 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLIBC: [(u32, u32); 32] = [
        (0xc00b_4774, 0x3fff_bba3),
        (0xc00a_62d1, 0x3fff_b6f8),
        (0xc063_574e, 0x3fff_fffc),
        (0xc094_8ee6, 0x4000_0000),
        (0xbf9d_2b73, 0x3ff5_716c),
        (0xbf8b_e17c, 0x3ff0_5ac1),
        (0xbf7b_8700, 0x3fea_ebcc),
        (0xbf93_b162, 0x3ff2_d9f6),
        (0xbebb_582f, 0x3fb2_9503),
        (0x3e63_300b, 0x3f40_f29f),
        (0xbed3_1639, 0x3fb8_5688),
        (0xbf46_12d8, 0x3fdc_f218),
        (0x3f13_ead0, 0x3ed3_e451),
        (0x3ed2_0007, 0x3f0f_d77a),
        (0x3e93_65dd, 0x3f2f_14be),
        (0x3f26_9565, 0x3eb7_0274),
        (0x3f99_5939, 0x3db8_c154),
        (0x3f70_e09e, 0x3e3b_b22d),
        (0x3f99_74d7, 0x3db8_4ac3),
        (0x3f5b_7f05, 0x3e66_b4e4),
        (0x4018_7292, 0x3a46_04d8),
        (0x3fa0_3ee6, 0x3d9c_f914),
        (0x4003_8b62, 0x3b6f_5755),
        (0x3fc9_a04d, 0x3cd4_30c4),
        (0x409b_5d5f, 0x2ce7_f5ff),
        (0x40f9_ecd9, 0x1192_834d),
        (0x40bf_2614, 0x2409_0ee3),
        (0x403c_c08f, 0x37fe_8a0e),
        (0x3214_dac7, 0x3f80_0000),
        (0xb20e_4f26, 0x3f80_0000),
        (0x31ed_082a, 0x3f80_0000),
        (0xb135_9555, 0x3f80_0000),
    ];

    /// Values that `erfcf` of glibc 2.36 gives, some of them beside the nearest number.
    #[test]
    fn the_complement_has_the_bits_of_glibc() {
        for (x, bits) in GLIBC {
            let x = f32::from_bits(x);
            assert_eq!(erfc_f32(x).to_bits(), bits, "{x}");
        }
        let steps = (-700..700).map(|at| at as f32 / 100.0);
        for x in steps.filter(|x| x.abs() < 5.0) {
            let (near, exact) = (f64::from(erfc_f32(x)), 1.0 - erf(f64::from(x)));
            assert!(
                (near - exact).abs() < 2e-7 * exact + 1e-13,
                "{x}: {near}, {exact}"
            );
        }
        assert_eq!([erfc_f32(-9.0), erfc_f32(30.0)], [2.0, 0.0]);
        assert!(erfc_f32(f32::NAN).is_nan());
    }

    #[test]
    fn values_of_the_tables() {
        let rows = [
            (0.0, 0.0),
            (0.1, 0.112_462_916_018_284_9),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (3.0, 0.999_977_909_503_001_4),
            (f64::INFINITY, 1.0),
        ];
        for (x, y) in rows {
            assert!((erf(x) - y).abs() < 1e-14, "{x}: {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
        }
        assert_eq!(erf(6.1), 1.0);
        assert!(erf(f64::NAN).is_nan());
    }
}
