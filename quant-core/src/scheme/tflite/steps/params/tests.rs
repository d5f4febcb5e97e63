//! Each formula at its ties and edges.

use super::*;

#[test]
fn the_zero_point_is_computed_in_f32() {
    // −70…30 is a tie: 50.5 in f32, a little more in f64.
    let parameters = |min, max| {
        let quant = activation(DType::Int8, min, max);
        (quant.scale[0], quant.zero_point[0], quant.min[0], quant.max[0])
    };
    assert_eq!(parameters(-70.0, 30.0), (100.0 / 255.0, 51, -70.0, 30.0));
    // Zero is joined on either side.
    assert_eq!(parameters(1.0, 5.1), (5.1 / 255.0, -128, 0.0, 5.1));
    assert_eq!(parameters(-5.1, -1.0), (5.1 / 255.0, 127, -5.1, 0.0));
    // Nothing but zeros; what the original starts its maximum with; a range of which 255 steps are nothing.
    assert_eq!(parameters(0.0, 0.0), (0.0, -128, 0.0, 0.0));
    assert_eq!(parameters(0.0, f32::MIN_POSITIVE).1, -128);
    assert_eq!(parameters(-1e-44, 1e-44).1, -128);
}

#[test]
fn sixteen_bits_are_symmetric() {
    let quant = activation(DType::Int16, -0.5, 2.0);
    assert_eq!((quant.scale[0], quant.zero_point[0]), (2.0 / 32767.0, 0));
    assert_eq!(activation(DType::Int16, 1.0, 3.0).min, [0.0]);
    assert_eq!(activation(DType::Int16, 0.0, 0.0).scale, [0.0]);
}

#[test]
fn fixed_parameters() {
    let of = |fixed: Fixed, dtype| {
        let quant = fixed.of(dtype);
        (quant.scale[0], quant.zero_point[0])
    };
    assert_eq!(of(Fixed::UNIT, DType::Int8), (0.003_906_25, -128));
    assert_eq!(of(Fixed::TANH, DType::Int8), (0.007_812_5, 0));
    assert_eq!(of(Fixed::LOG_SOFTMAX, DType::Int8), (0.062_5, 127));
    assert_eq!(of(Fixed::TANH, DType::Int16), (1.0 / 32768.0, 0));
}

#[test]
fn zeros_have_a_scale_of_their_own() {
    assert_eq!(channel(0.0), (0.0, 0.0));
    assert_eq!(tensor(0.0), (1.0, 0.0));
    assert_eq!(wide(0.0, INT16_MAX), (0.0, 0.0));
    assert_eq!(channel(254.0), (2.0, 0.5));
    assert_eq!(tensor(254.0), (2.0, 0.5));
    assert_eq!(wide(512.0, TEN_BITS), (1.0, 1.0));
}

#[test]
fn reciprocals_of_channels_are_not_those_of_their_scales() {
    // 127 / h and 1 / (h / 127) are other floats for some h.
    let differ = (1..1000).map(|h| h as f32 / 100.0).filter(|h| {
        let (scale, inverse) = channel(*h);
        inverse != reciprocal(scale)
    });
    assert!(differ.count() > 100);
}

#[test]
fn cell_states_have_scales_of_powers_of_two() {
    let rows = [
        (0.0, 1.0),
        (0.3, 1.0),
        (1.0, 1.0),
        (1.000_1, 2.0),
        (7.9, 8.0),
        (513.0, 1024.0),
        (5000.0, 1024.0),
    ];
    for (half, power) in rows {
        assert_eq!(cell_scale(half), power / 32768.0, "{half}");
    }
}

#[test]
fn biases_round_half_away_and_stay_within_their_type() {
    assert_eq!(
        [0.5, -0.5, 1.5, 2.4].map(|x| bias(x, 1.0, DType::Int32)),
        [1, -1, 2, 2]
    );
    let max = i64::from(i32::MAX);
    assert_eq!(
        [3e9, -3e9, f32::MAX].map(|x| bias(x, 1.0, DType::Int32)),
        [max, -max, max]
    );
    assert_eq!(
        [3e9, 1e30, -1e30].map(|x| bias(x, 1.0, DType::Int64)),
        [3_000_000_000, i64::MAX, -i64::MAX]
    );
    // Without a scale nothing is left of it.
    assert_eq!(bias(5.0, reciprocal(0.0), DType::Int32), 0);
}

#[test]
fn filters_are_enlarged_from_half_of_int32_on() {
    // A scale of 1 · 1: half of 2147483647 is the first value that does not fit.
    let half = 0.5 * f64::from(i32::MAX);
    let below = (half as f32).next_down();
    assert_eq!(enlarged_channel(127.0, 1.0, below), None);
    let wanted = enlarged_channel(127.0, 1.0, half as f32).unwrap();
    assert!((wanted - 127.0).abs() < 1e-4, "{wanted}");
    assert_eq!(
        enlarged_channel(0.0, 1.0, -1.0),
        Some((2.0 / f64::from(i32::MAX) * 127.0) as f32)
    );
    // An empty channel without a bias: the original comes to 0 for it.
    assert_eq!(enlarged_channel(0.0, 1.0, 0.0), Some(0.0));
    assert_eq!(enlarged_tensor(127.0, 1.0, below), None);
    assert_eq!(
        enlarged_tensor(127.0, 1.0, 4e9),
        Some((8e9 / f64::from(i32::MAX) * 127.0) as f32)
    );
    // With one scale the bias is divided in f32, where 2147483647 is 2147483648.
    assert_eq!(
        enlarged_tensor(127.0, 1.0, half as f32).is_some(),
        half as f32 / 2_147_483_648.0 >= 0.5
    );
}

#[test]
fn requantized_integers() {
    let again =
        |q, scale: f32, zero_point| quantized(value(q, 0.5, 10), reciprocal(scale), zero_point, DType::Int8);
    assert_eq!(again(11, 1.0, 0), 1);
    assert_eq!(again(9, 1.0, 0), -1);
    assert_eq!(again(127, 0.25, -128), 106);
    assert_eq!(again(-128, 0.1, 5), -128);
    assert_eq!(quantized(f32::NEG_INFINITY, 1.0, 3, DType::Int8), -128);
    assert_eq!(quantized(f32::INFINITY, 1.0, 0, DType::Int16), 32767);
    assert_eq!(quantized(f32::NEG_INFINITY, 1.0, 0, DType::Int16), -32767);
}
