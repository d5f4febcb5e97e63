//! Tests of `sigmoid`.

use quant_numeric::sigmoid::{logistic, tanh};

/// What is behind the last whole vector is computed alone.
fn alone(x: f32) -> f32 {
    let mut values = [x];
    logistic(&mut values, 0);
    values[0]
}

fn in_vector(x: f32) -> f32 {
    let mut values = [x; 4];
    logistic(&mut values, 0);
    values[0]
}

#[test]
fn both_are_near_the_functions() {
    for step in -4000..=4000 {
        let x = step as f32 / 200.0;
        let exact = f64::from(x).tanh();
        assert!((f64::from(tanh(x)) - exact).abs() < 3e-7, "{x}");
        let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
        for of in [alone(x), in_vector(x)] {
            assert!((f64::from(of) / exact - 1.0).abs() < 1e-6, "{x}");
        }
    }
}

#[test]
fn vectors_begin_where_the_buffer_is_aligned() {
    // One of those on which both exponentials differ.
    let x = (0..4000)
        .map(|step| step as f32 / 317.0 - 6.0)
        .find(|x| alone(*x) != in_vector(*x))
        .unwrap();
    for (begin, length, vectors) in [(0, 9, 0..8), (3, 9, 1..9), (2, 3, 0..0), (1, 7, 3..7)] {
        let mut values = vec![x; length];
        logistic(&mut values, begin);
        for (at, value) in values.into_iter().enumerate() {
            let expected = if vectors.contains(&at) {
                in_vector(x)
            } else {
                alone(x)
            };
            assert_eq!(value, expected, "{begin} {length} {at}");
        }
    }
}
