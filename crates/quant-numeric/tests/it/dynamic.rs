//! Tests of `dynamic`.

use quant_numeric::dynamic::{asymmetric, symmetric, symmetric_in_f64};
use quant_numeric::round::half_away_f64;

/// Rows of every length, of both signs and of one, with halves.
fn rows() -> Vec<Vec<f32>> {
    let mut seed = 1u64;
    let mut next = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let mut rows = Vec::new();
    for length in 1..=70 {
        let row: Vec<f32> = (0..length).map(|_| next()).collect();
        rows.push(row.iter().map(|x| x.abs()).collect());
        rows.push(row.iter().map(|x| -x.abs()).collect());
        rows.push(
            row.iter()
                .map(|x| (x * 254.0).trunc() / 2.0)
                .chain([127.0])
                .collect(),
        );
        rows.push(row);
    }
    rows
}

/// The formulas of the head, in f64 where that is exact.
#[test]
fn symmetric_is_its_formula() {
    for row in rows() {
        let mut q = vec![0; row.len()];
        let scale = symmetric(&row, &mut q);
        let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if most == 0.0 {
            assert_eq!((scale, q), (1.0, vec![0; row.len()]));
            continue;
        }
        assert_eq!(scale, most / 127.0);
        for (x, q) in row.iter().zip(&q) {
            let exact = f64::from((127.0 / most) * x);
            assert!(
                half_away_f64(exact) == f64::from(*q) && q.abs() <= 127,
                "{row:?}: {x} is {q}"
            );
        }
    }
}

#[test]
fn asymmetric_is_its_formula() {
    for row in rows() {
        let mut q = vec![0; row.len()];
        let (scale, zero) = asymmetric(&row, &mut q);
        let low = row.iter().fold(0.0f32, |low, x| low.min(*x));
        let high = row.iter().fold(0.0f32, |high, x| high.max(*x));
        if low == high {
            assert_eq!((scale, zero), (1.0, 0));
            continue;
        }
        assert_eq!(scale, (f64::from(high - low) / 255.0) as f32);
        let exact = -128.0 - f64::from(low) / (f64::from(high - low) / 255.0);
        assert!((f64::from(zero) - exact).abs() <= 0.500_001, "{zero} {exact}");
        for (x, q) in row.iter().zip(&q) {
            let exact = f64::from(zero) + half_away_f64(f64::from((1.0 / f64::from(scale)) as f32 * x));
            assert_eq!(exact.clamp(-128.0, 127.0), f64::from(*q), "{row:?}: {x}");
        }
    }
}

/// What LiteRT 2.3.0 gave for these rows.
#[test]
fn vectors_round_otherwise_than_the_rest_of_a_row() {
    // The factor is 1: the product is the element.
    let row: Vec<f32> = [0.499_999_97; 8]
        .into_iter()
        .chain([0.499_999_97, 127.0])
        .collect();
    let mut q = vec![0; row.len()];
    assert_eq!(symmetric(&row, &mut q), 1.0);
    assert_eq!(q, [1, 1, 1, 1, 1, 1, 1, 1, 0, 127]);
    // The factor is infinite.
    let row: Vec<f32> = [1e-38, -1e-38].into_iter().cycle().take(10).collect();
    let mut q = vec![0; row.len()];
    symmetric(&row, &mut q);
    assert_eq!(q, [127, -127, 127, -127, 127, -127, 127, -127, -127, -127]);
    let row: Vec<f32> = [5e-38, -3e-38, 0.0].into_iter().cycle().take(11).collect();
    let mut q = vec![0; row.len()];
    assert_eq!(asymmetric(&row, &mut q).1, -32);
    assert_eq!(q, [127, 127, 127, 127, 127, 127, 127, 127, 0, 127, -128]);
}

#[test]
fn four_bit_rows_are_not_clamped() {
    for row in rows() {
        let (mut q, mut same) = (vec![0; row.len()], vec![0; row.len()]);
        let (a, b) = (symmetric_in_f64(&row, &mut q), symmetric(&row, &mut same));
        assert!((a - b).abs() <= a * 1e-6, "{a} {b}");
        assert!(
            q.iter().zip(&same).all(|(q, same)| (q - same).abs() <= 1),
            "{row:?}"
        );
    }
    let mut q = [5i16; 3];
    assert_eq!((symmetric_in_f64(&[0.0; 3], &mut q), q), (1.0, [0; 3]));
}
