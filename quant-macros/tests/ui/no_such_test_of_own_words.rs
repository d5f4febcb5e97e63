//! A combination of own words that the build script does not declare, written by hand.

use quant_testgen::markers::{Channel, Exists, Quantization};

quant_macros::value_tests_of!(no_such_test_of_own_words, stages = { calibration: quant_testgen::results::Range });

fn case<G: Exists<T, S, __Words>, T, S>() {}

fn main() {
    case::<Group32, Fp8, Calibration>();
    case::<Group32, Fp8, Quantization>();
    case::<Channel, Fp8, Calibration>();
}
