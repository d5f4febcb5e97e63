//! Tests of `round`.

use quant_numeric::round::{half_away_f32, half_away_f64, half_even_f32};

#[test]
fn halves_go_away_from_zero() {
    let rows = [
        (0.5, 1.0),
        (-0.5, -1.0),
        (1.5, 2.0),
        (2.5, 3.0),
        (-2.5, -3.0),
        (0.499_999_97, 0.0),
    ];
    for (x, rounded) in rows {
        assert_eq!(half_away_f32(x), rounded, "{x}");
        assert_eq!(half_away_f64(f64::from(x)), f64::from(rounded), "{x}");
    }
    assert!(half_away_f32(f32::NAN).is_nan());
}

#[test]
fn halves_go_to_the_even_neighbour() {
    for (x, rounded) in [
        (0.5, 0.0),
        (1.5, 2.0),
        (2.5, 2.0),
        (-0.5, 0.0),
        (-1.5, -2.0),
        (2.6, 3.0),
    ] {
        assert_eq!(half_even_f32(x), rounded, "{x}");
    }
}
