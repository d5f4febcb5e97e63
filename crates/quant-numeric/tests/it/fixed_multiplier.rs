//! Tests of `fixed::multiplier`.

use quant_numeric::fixed::multiplier::Multiplier;

use crate::around_powers;

/// The first multiplication rounds halves up, the shift to the right halves away from zero: a quarter of 1 is 1.
#[test]
fn products_are_rounded_twice() {
    let rows = [
        (0.5, [(1, 1), (-1, 0), (3, 2), (-3, -1), (2, 1), (0, 0)]),
        (0.875, [(1, 1), (-1, -1), (2, 2), (-2, -2), (-4, -3), (-6, -5)]),
        (0.25, [(1, 1), (2, 1), (-2, -1), (-1, 0), (6, 2), (-6, -2)]),
        (
            0.125,
            [(12, 2), (10, 1), (14, 2), (-12, -2), (-10, -1), (-14, -2)],
        ),
        (
            0.75,
            [
                (1, 1),
                (2, 2),
                (-2, -1),
                (4, 3),
                (-4, -3),
                (i32::MAX, 1_610_612_735),
            ],
        ),
        (
            3.0,
            [
                (5, 15),
                (-5, -15),
                (0, 0),
                (1 << 30, 0),
                (1 << 28, 3 << 28),
                (-1, -3),
            ],
        ),
        // What is shifted out to the left wraps.
        (
            1.5,
            [
                (1, 2),
                (-1, -1),
                (3, 5),
                (-3, -4),
                (1 << 30, -1_610_612_736),
                (2, 3),
            ],
        ),
        (
            2f64.powi(-32),
            [
                (i32::MAX, 1),
                (1 << 30, 0),
                (1, 0),
                (-1, 0),
                (i32::MIN, -1),
                (-(1 << 30), 0),
            ],
        ),
    ];
    for (real, products) in rows {
        for (x, product) in products {
            assert_eq!(Multiplier::of(real).times(x), product, "{x} · {real}");
        }
    }
}

#[test]
fn factors_are_the_nearest() {
    let three_quarters = 3 << 29;
    let rows = [
        (1.0, 1 << 30, 1),
        (0.5, 1 << 30, 0),
        (0.75, three_quarters, 0),
        (3.0, three_quarters, 2),
        // A mantissa that rounds to 1 is half of the next power.
        (0.999_999_999_9, 1 << 30, 1),
        (0.999_999_999, i32::MAX - 1, 0),
        (2f64.powi(-32), 1 << 30, -31),
        (0.999_999_999_9 * 2f64.powi(-32), 1 << 30, -31),
        (2f64.powi(-33), 0, 0),
        (0.999 * 2f64.powi(-32), 0, 0),
        (1.5 * 2f64.powi(29), three_quarters, 30),
        (2f64.powi(30), 1 << 30, 31),
    ];
    for (real, mantissa, exponent) in rows {
        assert_eq!(
            Multiplier::of(real),
            Multiplier { mantissa, exponent },
            "{real:e}"
        );
    }
}

/// Numbers at which rules part.
fn edges() -> Vec<i32> {
    let mut edges = vec![0, 1, -1, 3, -3, 100, -128, 12_345, -32_768, 987_654_321];
    edges.extend(around_powers());
    edges.extend([i32::MAX, i32::MIN, i32::MIN + 1]);
    edges
}

const REALS: [f64; 14] = [
    1.0,
    0.5,
    0.25,
    0.75,
    2.727_272_7,
    0.003,
    1e-8,
    117.25,
    0.999_999_999_9,
    1.5,
    3.0,
    0.875,
    127.9,
    2.4e-10,
];

/// x/2ⁿ to nearest; `up` says what becomes of halves.
fn nearest(x: i128, n: u32, up: bool) -> i128 {
    let (floor, rest, half) = (x >> n, x & ((1 << n) - 1), (1i128 << n) >> 1);
    floor + i128::from(n > 0 && (rest > half || (rest == half && up)))
}

#[test]
fn products_are_those_of_wide_integers() {
    for real in REALS {
        let by = Multiplier::of(real);
        for x in edges() {
            // Twice: halves of the product up, halves of the shift away from zero; to the left it wraps.
            let left = i128::from(((i64::from(x)) << by.exponent.max(0)) as i32);
            let high = nearest(left * i128::from(by.mantissa), 31, true);
            let wanted = nearest(high, (-by.exponent).max(0) as u32, high > 0);
            assert_eq!(i128::from(by.times(x)), wanted, "{x} · {real}");
            let wanted = nearest(high, (-by.exponent).max(0) as u32, true);
            assert_eq!(i128::from(by.times_up(x)), wanted, "{x} · {real}, halves up");
            // Once: halves up.
            let wanted = nearest(
                i128::from(x) * i128::from(by.mantissa),
                (31 - by.exponent) as u32,
                true,
            );
            assert_eq!(by.times_once(x), wanted as i32, "{x} · {real} once");
        }
    }
}

#[test]
fn wide_products_are_those_of_wider_integers() {
    for real in REALS {
        let by = Multiplier::of(real);
        let mantissa = nearest(i128::from(by.mantissa), 16, true).min(0x7fff);
        let wide = edges()
            .into_iter()
            .flat_map(|x| [i64::from(x), i64::from(x) << 15, i64::from(x) * 32_771]);
        for x in wide {
            let wanted = nearest(i128::from(x) * mantissa, (15 - by.exponent) as u32, true);
            assert_eq!(by.times_wide(x), wanted as i32, "{x} · {real}");
        }
    }
}

/// Where LiteRT would shift by less than nothing, x86 takes the count modulo 64.
#[test]
fn wide_products_beyond_their_factors_shift_modulo_64() {
    let times = |exponent: i32, x: i64| {
        let mantissa = 1 << 30;
        Multiplier { mantissa, exponent }.times_wide(x)
    };
    // To the right by 1, by 0 (what is added for halves is 2⁶³), by 63, by 62, by 1 again.
    assert_eq!([times(14, 3), times(14, -3)], [24_576, -24_576]);
    assert_eq!(
        [times(15, 3), times(15, 1 << 17), times(15, 1 << 18)],
        [49_152, i32::MIN, 0]
    );
    assert_eq!([times(16, 3), times(16, -3), times(17, 1 << 48)], [0, 0, 1]);
    assert_eq!(times(78, 3), 24_576);
}

#[test]
fn odd_factors_are_zero() {
    for real in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30] {
        assert_eq!(Multiplier::of(real).times(1000), 0, "{real}");
    }
    let largest = Multiplier {
        mantissa: i32::MAX,
        exponent: 30,
    };
    assert_eq!(
        (Multiplier::for_once(1e300), Multiplier::for_once(2f64.powi(30))),
        (largest, largest)
    );
    assert_eq!(Multiplier::for_once(3.0), Multiplier::of(3.0));
}
