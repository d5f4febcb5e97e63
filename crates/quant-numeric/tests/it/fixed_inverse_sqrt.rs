//! Tests of `fixed::inverse_sqrt`.

use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::inverse_sqrt::inverse_sqrt;

#[test]
fn roots_are_near_the_real_ones() {
    let mut worst: f64 = 0.0;
    let powers = (1..31).flat_map(|n| [(1i32 << n) - 1, 1 << n, (1 << n) + 1]);
    for x in powers.chain([3, 5, 10, 100, 12_345, i32::MAX]).filter(|x| *x > 1) {
        let Multiplier { mantissa, exponent } = inverse_sqrt(x);
        let made = f64::from(mantissa) / 2f64.powi(31 - exponent);
        worst = worst.max((made * f64::from(x).sqrt() - 1.0).abs());
    }
    assert!(worst < 2e-6, "{worst}");
    for x in [1, 0, -5] {
        assert_eq!(inverse_sqrt(x).mantissa, i32::MAX, "{x}");
    }
}
