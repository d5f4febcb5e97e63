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
