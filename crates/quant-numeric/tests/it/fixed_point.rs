//! Tests of `fixed::point`.

use quant_numeric::fixed::point::{exp_of_negative, ln, logistic, one_over_one_plus, reciprocal, tanh};

fn real32(x: i32, n: u32) -> f64 {
    f64::from(x) / 2f64.powi(31 - n as i32)
}

/// Numbers all over the range of a word, dense around zero.
fn words() -> impl Iterator<Item = i32> {
    let steps = (-4000..=4000).map(|k: i32| k * 536_870);
    let powers = (0..31).flat_map(|n| [1 << n, -(1 << n), (1 << n) - 1, 1 - (1 << n)]);
    steps.chain(powers).chain([i32::MAX, i32::MIN + 1])
}

/// The largest difference of a function from the real one, in units of the last place of a word of `bits`.
fn farthest(bits: u32, values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let far = values
        .map(|(made, wanted)| (made - wanted).abs())
        .fold(0.0, f64::max);
    far * 2f64.powi(bits as i32)
}

#[test]
fn functions_of_32_bits_are_near_the_real_ones() {
    for n in [3, 4, 5, 6] {
        let negatives = words().filter(|x| *x <= 0);
        let exp = negatives.map(|x| (real32(exp_of_negative(x, n), 0), real32(x, n).exp()));
        // A polynomial of degree 4 on −⅛ … ⅛: its next term is (1/8)^5/120 = 2.5e-7, 545 units.
        assert!(farthest(31, exp) < 600.0, "exp, {n}");
        let all = words().map(|x| (real32(logistic(x, n), 0), 1.0 / (1.0 + (-real32(x, n)).exp())));
        assert!(farthest(31, all) < 600.0, "logistic, {n}");
    }
    for n in [3, 4] {
        let all = words().map(|x| (real32(tanh(x, n), 0), real32(x, n).tanh()));
        assert!(farthest(31, all) < 1200.0, "tanh, {n}");
    }
    let all = words().filter(|x| *x >= 0);
    let all = all.map(|x| (real32(one_over_one_plus(x), 0), 1.0 / (1.0 + real32(x, 0))));
    assert!(farthest(31, all) < 40.0, "1/(1+x)");
}

#[test]
fn functions_of_16_bits_are_near_the_real_ones() {
    let real = |x: i16, n: i32| f64::from(x) / 2f64.powi(15 - n);
    let all = || (i16::MIN + 1..=i16::MAX).step_by(7);
    let logistics = all().map(|x| (real(logistic(x, 3), 0), 1.0 / (1.0 + (-real(x, 3)).exp())));
    assert!(farthest(15, logistics) < 8.0);
    let tanhs = all().map(|x| (real(tanh(x, 3), 0), real(x, 3).tanh()));
    assert!(farthest(15, tanhs) < 16.0);
}

#[test]
fn logarithms_are_near_the_real_ones() {
    // What LogSoftmax asks for: sums in Q12, logarithms in Q5.
    let sums = (0..19).flat_map(|n| {
        [
            1i32 << (n + 19).min(30),
            3 << (n + 18).min(28),
            (5 << 17) + (n << 20),
        ]
    });
    let sums = sums.filter(|sum| *sum >= 1 << 19);
    let all = sums.map(|x| (real32(ln(x, 12, 5), 5), real32(x, 12).ln()));
    assert!(farthest(26, all) < 20.0);
}

#[test]
fn reciprocals_are_near_the_real_ones() {
    for x in [1, 2, 3, 7, 100, 255, 65_535, i32::MAX] {
        let (mantissa, bits) = reciprocal(x, 31);
        let made = real32(mantissa, 0) * 2f64.powi(-bits);
        let wanted = 1.0 / f64::from(x);
        assert!((made / wanted - 1.0).abs() < 1e-8, "{x}: {made} {wanted}");
    }
}

#[test]
fn ends_are_exact() {
    assert_eq!(
        (exp_of_negative(0, 5), exp_of_negative(i32::MIN, 6)),
        (i32::MAX, 0)
    );
    assert_eq!((logistic(0, 4), tanh(0, 4)), (1 << 30, 0));
    for x in words().filter(|x| *x != i32::MIN) {
        assert_eq!(
            logistic(-x, 4),
            if x == 0 {
                1 << 30
            } else {
                i32::MAX - logistic(x, 4)
            },
            "{x}"
        );
        assert_eq!(tanh(-x, 4), -tanh(x, 4), "{x}");
    }
}
