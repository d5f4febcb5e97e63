//! tanh and the logistic function in f32 as LiteRT's builds for x86-64 compute them: the rational function and the exponential
//! of Eigen's vector loops, without fused products. What no whole vector of 4 takes has another exponential, the library's.

/// Elements of a vector.
const LANES: usize = 4;

/// tanh: `(x + x³ · p(x²)) / q(x²)`, within the bounds beyond which that is ±1.
pub fn tanh(x: f32) -> f32 {
    const BOUND: f32 = 7.907_389_6;
    const ABOVE: [f32; 4] = [1.394_553_6e-8, 2.102_733_6e-5, 3.520_756_7e-3, 1.340_216_1e-1];
    const BELOW: [f32; 5] = [8.015_777e-7, 3.326_951_4e-4, 2.597_254_5e-2, 4.673_548_3e-1, 1.0];
    let x = x.clamp(-BOUND, BOUND);
    let square = x * x;
    (square * x * polynomial(square, &ABOVE) + x) / polynomial(square, &BELOW)
}

/// The logistic function of all elements, in place. `begin` is where the first one stands, in elements from the beginning of
/// an aligned buffer: vectors begin at multiples of 4 there, and what is before the first and behind the last is computed
/// alone.
pub fn logistic(values: &mut [f32], begin: usize) {
    let head = (begin.next_multiple_of(LANES) - begin).min(values.len());
    let (head, rest) = values.split_at_mut(head);
    let (vectors, tail) = rest.split_at_mut(rest.len() / LANES * LANES);
    vectors.iter_mut().for_each(|x| *x = in_vector(*x));
    head.iter_mut().chain(tail).for_each(|x| *x = alone(*x));
}

/// From where on it is 1.
const UPPER: f32 = 16.635_532;

/// `e / (1 + e)` with the exponential of the library.
fn alone(x: f32) -> f32 {
    let e = x.min(UPPER).exp();
    e / (1.0 + e)
}

/// `e / (1 + e)` with `e` the square of the exponential of half of `x`: `2^m · p(r)`, where `m` is the nearest whole number to
/// `x / (2 ln 2)` and `r` what is left, taken off in two parts.
fn in_vector(x: f32) -> f32 {
    if x < -104.0 {
        return 0.0;
    }
    let x = x.min(UPPER) * 0.5;
    let m = (x * std::f32::consts::LOG2_E + 0.5).floor();
    let r = m * 2.121_944_4e-4 + (m * -0.693_359_4 + x);
    let square = r * r;
    let even = square * 4.189_866_8e-2 + 0.499_991_42;
    let odd = square * 8.334_713e-3 + 0.166_668_77;
    let p = square * (r * odd + even) + (r + 1.0);
    let e = p * f32::from_bits(((m as i32 + 127) as u32) << 23);
    let e = e * e;
    e / (1.0 + e)
}

/// Horner's rule; the coefficient of the highest power first.
fn polynomial(x: f32, coefficients: &[f32]) -> f32 {
    coefficients
        .iter()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}
