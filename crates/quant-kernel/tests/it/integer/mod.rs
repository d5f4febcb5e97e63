//! Integer kernels against plain loops over wider integers, on every instruction set of the machine.

mod halves;
mod product;
mod sums;
mod windows;

use quant_kernel::integer::{Channel, Elements, Factor, Halves, Output};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Elements, the ends among them.
    fn bytes(&mut self, count: usize) -> Vec<i8> {
        let byte = |x: u64| match x & 15 {
            0 => i8::MIN,
            1 => i8::MAX,
            _ => (x >> 8) as i8,
        };
        (0..count).map(|_| byte(self.next())).collect()
    }

    fn weights(&mut self, count: usize) -> Vec<i16> {
        (0..count).map(|_| (self.next() % 511) as i16 - 255).collect()
    }

    /// Channels whose factors are small, large, halves, and nothing; of one list in three they are floats.
    fn channels(&mut self, count: usize) -> Vec<Channel> {
        if self.next().is_multiple_of(3) {
            return (0..count).map(|_| self.float()).collect();
        }
        let one = |random: &mut Self| {
            let exponent = match random.next() % 8 {
                0 => 3,
                1 => 0,
                2 => -31,
                3 => 33,
                _ => -((random.next() % 14) as i32),
            };
            let mantissa = match random.next() % 8 {
                0 => 1 << 30,
                1 => i32::MAX,
                2 => 0,
                _ => (1 << 30) + (random.next() % (1 << 30)) as i32,
            };
            let bias = match random.next() % 8 {
                0 => i32::MAX,
                1 => i32::MIN,
                _ => (random.next() % 40_000) as i32 - 20_000,
            };
            let halves = match random.next() % 2 {
                0 => Halves::Up,
                _ => Halves::Away,
            };
            Channel {
                bias,
                factor: Factor { mantissa, exponent },
                halves,
            }
        };
        (0..count).map(|_| one(self)).collect()
    }
}

impl Random {
    fn float(&mut self) -> Channel {
        let factor: f32 = match self.next() % 8 {
            0 => 0.0,
            1 => 300.0,
            2 => 0.5,
            3 => 1.0 / 256.0,
            _ => (self.next() % 100_000) as f32 * 1e-7,
        };
        Channel {
            bias: match self.next() % 8 {
                0 => i32::MAX,
                1 => i32::MIN,
                _ => (self.next() % 40_000) as i32 - 20_000,
            },
            factor: Factor {
                mantissa: factor.to_bits().cast_signed(),
                exponent: 0,
            },
            halves: Halves::Even,
        }
    }
}

/// Quotient to nearest.
fn nearest(x: i128, by: i128, up: bool) -> i128 {
    let (floor, rest) = (x.div_euclid(by), x.rem_euclid(by));
    floor + i128::from(2 * rest > by || (2 * rest == by && up))
}

#[expect(clippy::disallowed_methods, reason = "the rule that it checks")]
fn times(x: i32, factor: Factor, halves: Halves) -> i32 {
    if halves == Halves::Even {
        // The product of two floats has as many digits as a double.
        let product = f64::from(x as f32) * f64::from(f32::from_bits(factor.mantissa.cast_unsigned()));
        return (product as f32).round_ties_even().clamp(-32768.0, 32767.0) as i32;
    }
    let left = factor.exponent.max(0).unsigned_abs();
    let x = x.wrapping_mul(1i32.checked_shl(left).unwrap_or(0));
    let high = nearest(i128::from(x) * i128::from(factor.mantissa), 1 << 31, true);
    let right = (-factor.exponent).max(0);
    nearest(high, 1 << right, halves == Halves::Up || high > 0) as i32
}

fn finished(x: i32, output: Output) -> i8 {
    x.wrapping_add(output.zero).max(output.low).min(output.high) as i8
}

const OUTPUTS: [Output; 3] = [
    Output {
        zero: 3,
        low: -128,
        high: 127,
    },
    Output {
        zero: -128,
        low: -128,
        high: 20,
    },
    // Of uint8.
    Output {
        zero: 128,
        low: 10,
        high: 255,
    },
];

/// The same bytes as both types, as integers: signed bytes with their top bit turned are the unsigned ones 128 above.
fn both(bytes: &[i8]) -> [(Vec<u8>, i16); 2] {
    let unsigned = bytes.iter().map(|x| (*x as u8) ^ 128).collect();
    [(bytes.iter().map(|x| *x as u8).collect(), 0), (unsigned, 128)]
}

fn given(bytes: &(Vec<u8>, i16)) -> Elements<'_> {
    match bytes.1 {
        0 => Elements::Signed(pulp::bytemuck::cast_slice(&bytes.0)),
        _ => Elements::Unsigned(&bytes.0),
    }
}
