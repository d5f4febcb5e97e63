//! Tests of `fixed::shift`.

use quant_numeric::fixed::shift::Word;

use crate::around_powers;

/// Numbers at which rules part: around zero, halves, powers of two, both ends.
fn edges32() -> Vec<i32> {
    let mut edges = vec![
        0,
        1,
        -1,
        2,
        -2,
        3,
        -3,
        5,
        -5,
        1_610_612_735,
        123_456_789,
        -987_654_321,
    ];
    edges.extend(around_powers());
    edges.extend([i32::MAX, i32::MAX - 1, i32::MIN, i32::MIN + 1]);
    edges
}

/// Quotient to nearest; `up` says what becomes of halves.
fn nearest(x: i128, by: i128, up: impl Fn(i128) -> bool) -> i128 {
    let (floor, rest) = (x.div_euclid(by), x.rem_euclid(by));
    floor + i128::from(2 * rest > by || (2 * rest == by && up(x)))
}

#[test]
fn products_are_nearest_with_halves_up() {
    for a in edges32() {
        for b in edges32() {
            let wanted = nearest(i128::from(a) * i128::from(b), 1 << 31, |_| true);
            let wanted = wanted.min(i128::from(i32::MAX));
            assert_eq!(i128::from(a.high_product(b)), wanted, "{a} · {b}");
            let (a, b) = ((a >> 16) as i16, (b >> 16) as i16);
            let wanted = nearest(i128::from(a) * i128::from(b), 1 << 15, |_| true);
            let wanted = wanted.min(i128::from(i16::MAX));
            assert_eq!(i128::from(a.high_product(b)), wanted, "{a} · {b}");
        }
    }
}

#[test]
fn shifts_are_nearest_with_halves_away_from_zero_or_saturate() {
    for x in edges32() {
        for n in 0..32 {
            let wanted = nearest(i128::from(x), 1 << n, |x| x > 0);
            assert_eq!(i128::from(x.rounding_shift_right(n)), wanted, "{x} >> {n}");
            let wanted = (i128::from(x) << n).clamp(i128::from(i32::MIN), i128::from(i32::MAX));
            assert_eq!(i128::from(x.saturating_shift_left(n)), wanted, "{x} << {n}");
            assert_eq!(x.scaled(n as i32), x.saturating_shift_left(n));
            assert_eq!(x.scaled(-(n as i32)), x.rounding_shift_right(n));
        }
        let x = (x >> 16) as i16;
        for n in 0..16 {
            let wanted = nearest(i128::from(x), 1 << n, |x| x > 0);
            assert_eq!(i128::from(x.rounding_shift_right(n)), wanted, "{x} >> {n}");
            let wanted = (i128::from(x) << n).clamp(i128::from(i16::MIN), i128::from(i16::MAX));
            assert_eq!(i128::from(x.saturating_shift_left(n)), wanted, "{x} << {n}");
        }
    }
}

#[test]
fn means_are_away_from_zero() {
    for a in edges32() {
        for b in edges32() {
            let wanted = nearest(i128::from(a) + i128::from(b), 2, |x| x > 0);
            assert_eq!(i128::from(a.rounding_half_sum(b)), wanted, "{a}, {b}");
        }
    }
    assert_eq!(
        (1i16.rounding_half_sum(2), (-1i16).rounding_half_sum(-2)),
        (2, -2)
    );
}

#[test]
fn constants_of_16_bits_are_the_upper_half() {
    assert_eq!(i32::constant(715_827_883), 715_827_883);
    // 10922.67 and 28917.6 (e^(−1/8)·2¹⁵).
    assert_eq!(
        (i16::constant(715_827_883), i16::constant(1_895_147_668)),
        (10923, 28918)
    );
    assert_eq!(i16::constant(-1_010_580_540), -15420);
}
