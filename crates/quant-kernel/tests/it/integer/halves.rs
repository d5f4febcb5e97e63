//! Sums of 16-bit activations: as large as 32 bits hold, on every instruction set.

use super::Random;
use super::windows::{window, windows};
use quant_kernel::integer::{
    Channel, Convolution, Depthwise, Elements, Factor, Filters, Halves, Machine, Out, Output, Taps, Wide,
    packed_product,
};

const AS_THEY_ARE: Channel = Channel {
    bias: 0,
    factor: Factor {
        mantissa: 0,
        exponent: 0,
    },
    halves: Halves::Up,
};

/// Activations of 16 bits, the ends among them.
fn halves(random: &mut Random, count: usize) -> Vec<i16> {
    let one = |x: u64| match x & 7 {
        0 => i16::MIN,
        1 => i16::MAX,
        _ => (x >> 8) as i16,
    };
    (0..count).map(|_| one(random.next())).collect()
}

/// Weights of `k` columns whose sums without signs are at most 2¹⁶ − 1.
fn weights(random: &mut Random, n: usize, k: usize) -> Vec<i16> {
    let most = (65_535 / k.max(1)).min(255) as i64;
    (0..n * k)
        .map(|_| (random.next() as i64 % (2 * most + 1) - most) as i16)
        .collect()
}

#[test]
fn products_of_halves_are_exact() {
    let mut random = Random(11);
    for (m, n, k) in [(1, 1, 1), (3, 5, 17), (25, 40, 33), (13, 8, 1024), (2, 3, 257)] {
        let weights = weights(&mut random, n, k);
        let mut input = halves(&mut random, m * k);
        // The sum that is nearest to the end of 32 bits.
        input[..k]
            .iter_mut()
            .zip(&weights)
            .for_each(|(x, w)| *x = if *w > 0 { i16::MIN } else { i16::MAX });
        for machine in Machine::all() {
            let filters = Filters::new(machine, (1, k), &weights, &vec![AS_THEY_ARE; n]);
            let mut sums = vec![7; m * n];
            let out = Out::Sums {
                out: &mut sums,
                stride: n,
            };
            packed_product(&filters, m, (Elements::Halves(&input), 0), out, &mut Vec::new());
            for (at, sum) in sums.iter().enumerate() {
                let (x, w) = (&input[at / n * k..][..k], &weights[at % n * k..][..k]);
                let products = x.iter().zip(w).map(|(x, w)| i64::from(*x) * i64::from(*w));
                assert_eq!(
                    i64::from(*sum),
                    products.sum::<i64>(),
                    "{machine:?} {m}x{n}x{k} {at}"
                );
            }
        }
    }
}

#[test]
fn windows_over_halves_are_exact() {
    let mut random = Random(12);
    let mut all = windows();
    all.push((window(5, 7, 1, 1, 3), window(6, 7, 1, 1, 3)));
    for (rows, columns) in all {
        let (batch, count) = (2, rows.output * columns.output);
        let taps = rows.size * columns.size;
        let places = |at: usize| {
            let (column, row, image) = (at % columns.output, at / columns.output % rows.output, at / count);
            (0..taps).map(move |tap| {
                let (i, j) = (tap / columns.size, tap % columns.size);
                let inside = rows.at(row, i).zip(columns.at(column, j));
                inside.map(|(y, x)| (image * rows.input + y) * columns.input + x)
            })
        };
        for (depth, n) in [(3, 5), (8, 16), (1, 33)] {
            let input = halves(&mut random, batch * rows.input * columns.input * depth);
            let filter = weights(&mut random, n, taps * depth);
            for machine in Machine::all() {
                let runs = Convolution::runs(rows.size, columns.size, columns.dilation, depth);
                let filters = Filters::new(machine, runs, &filter, &vec![AS_THEY_ARE; n]);
                let (zero, channels) = (0, depth);
                let convolution = Convolution {
                    batch,
                    rows,
                    columns,
                    channels,
                    depth,
                    zero,
                };
                let mut sums = vec![7; batch * count * n];
                let out = Out::Sums {
                    out: &mut sums,
                    stride: n,
                };
                convolution.run(&filters, (Elements::Halves(&input), 0), out, &mut Vec::new());
                for (at, sum) in sums.iter().enumerate() {
                    let w = &filter[at % n * taps * depth..];
                    let of_tap = |(tap, place): (usize, Option<usize>)| {
                        let x = place.map_or(&[][..], |place| &input[place * depth..][..depth]);
                        let products = x.iter().zip(&w[tap * depth..]);
                        products.map(|(x, w)| i64::from(*x) * i64::from(*w)).sum::<i64>()
                    };
                    let wanted: i64 = places(at / n).enumerate().map(of_tap).sum();
                    assert_eq!(
                        i64::from(*sum),
                        wanted,
                        "{machine:?} {rows:?} {columns:?} {n} {at}"
                    );
                }
            }
        }
        for (inputs, multiplier) in [(1, 1), (4, 1), (24, 1), (70, 1), (3, 2), (5, 4)] {
            let n = inputs * multiplier;
            let input = halves(&mut random, batch * rows.input * columns.input * inputs);
            let filter = weights(&mut random, taps, n);
            for machine in Machine::all() {
                let made = Taps::new(machine, [rows.size, columns.size], &filter, &vec![AS_THEY_ARE; n]);
                let depthwise = Depthwise {
                    batch,
                    rows,
                    columns,
                    multiplier,
                    zero: 0,
                };
                let mut sums = vec![7; batch * count * n];
                let out = Out::Sums {
                    out: &mut sums,
                    stride: n,
                };
                depthwise.run(&made, Elements::Halves(&input), out, &mut Vec::new());
                for (at, sum) in sums.iter().enumerate() {
                    let channel = at % n;
                    let of_tap = |(tap, place): (usize, Option<usize>)| {
                        let x = place.map_or(0, |place| input[place * inputs + channel / multiplier]);
                        i64::from(x) * i64::from(filter[tap * n + channel])
                    };
                    let wanted: i64 = places(at / n).enumerate().map(of_tap).sum();
                    assert_eq!(
                        i64::from(*sum),
                        wanted,
                        "{machine:?} {rows:?} {columns:?} {inputs}x{multiplier} {at}"
                    );
                }
            }
        }
    }
}

#[test]
fn wide_factors_are_those_of_the_plain_loop() {
    let mut random = Random(13);
    for n in [1, 3, 8, 17, 40] {
        let channels: Vec<(i64, i64, u32)> = (0..n)
            .map(|_| {
                let bias = (random.next() as i64 - (1 << 30)) << (random.next() % 20);
                let right = match random.next() % 8 {
                    0 => 46,
                    1 => u32::MAX,
                    2 => 64,
                    _ => 8 + (random.next() % 30) as u32,
                };
                (bias, (1 << 14) | (random.next() as i64 % (1 << 14)), right)
            })
            .collect();
        let mut wide = Wide::default();
        channels
            .iter()
            .for_each(|(bias, mantissa, right)| wide.push(*bias, *mantissa, *right));
        let sums: Vec<i32> = (0..5 * n).map(|_| (random.next() << 1) as i32).collect();
        let output = Output {
            zero: 3,
            low: -32768,
            high: 32_000,
        };
        let mut out = vec![7; sums.len()];
        wide.run(&sums, output, &mut out);
        for (at, (made, sum)) in out.iter().zip(&sums).enumerate() {
            let (bias, mantissa, right) = channels[at % n];
            let half = 1i64.wrapping_shl(right.wrapping_sub(1));
            let product = (bias + i64::from(*sum)).wrapping_mul(mantissa).wrapping_add(half);
            let wanted = (product.wrapping_shr(right) as i32)
                .wrapping_add(3)
                .clamp(-32768, 32_000);
            assert_eq!(i32::from(*made), wanted, "{n} {at}");
        }
    }
}
