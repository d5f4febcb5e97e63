//! Each kernel against its naive twin: the same chain of fused multiply-adds, one element after the other.

#![allow(clippy::disallowed_methods)] // the naive twins fuse as the kernels do

mod parts;
mod windows;

use pulp::Arch;
use quant_kernel::{Clamp, Packed, Range, elementwise, product};

/// The instruction sets that this machine has.
fn arches() -> Vec<Arch> {
    let mut all = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    all.extend(pulp::x86::V3::try_new().map(Arch::V3));
    all.push(Arch::new());
    all
}

/// Values of both signs, some of them zero.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count)
        .map(|i| (((i + seed) * 7919 % 1009) as f32 - 500.0) / 250.0)
        .map(|x| if x.abs() < 0.1 { 0.0 } else { x })
        .collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

fn assert_range(range: Range, out: &[f32], what: &str) {
    assert_eq!(range.checked(out), Range::of(out), "{what}");
}

const CLAMPS: [Clamp; 2] = [Clamp::NONE, Clamp { low: 0.0, high: 6.0 }];

fn naive_product(n: usize, k: usize, weights: &[f32], bias: &[f32], clamp: Clamp, input: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    for row in input.chunks_exact(k.max(1)) {
        for channel in 0..n {
            let filter = &weights[channel * k..(channel + 1) * k];
            let sum = row
                .iter()
                .zip(filter)
                .fold(bias[channel], |sum, (x, w)| x.mul_add(*w, sum));
            out.push(sum.clamp(clamp.low, clamp.high));
        }
    }
    out
}

#[test]
fn separate_products_are_rounded_before_they_are_added() {
    for arch in arches() {
        for (m, n, k) in [(1, 1, 1), (1, 300, 20), (3, 40, 7), (14, 33, 50)] {
            let (weights, bias, input) = (values(n * k, 1), values(n, 2), values(m * k, 3));
            let packed = Packed::with(arch, n, k, &weights, Some(&bias)).separate();
            let mut out = vec![9.0; m * n];
            let range = product(&packed, CLAMPS[1], &input, &mut out, 2);
            for (row, out) in input.chunks_exact(k).zip(out.chunks_exact(n)) {
                for (channel, out) in out.iter().enumerate() {
                    let filter = &weights[channel * k..(channel + 1) * k];
                    let sum = row.iter().zip(filter).fold(0.0, |sum, (x, w)| sum + x * w);
                    assert_eq!(
                        *out,
                        (sum + bias[channel]).clamp(0.0, 6.0),
                        "{arch:?} {m} {n} {k}"
                    );
                }
            }
            assert_range(range, &out, "separate");
        }
    }
}

#[test]
fn products_of_every_shape_have_the_bits_of_the_plain_loop() {
    for arch in arches() {
        for (m, n, k) in [
            (1, 1, 1),
            (1, 40, 7),
            (1, 128, 6),
            (1, 300, 20),
            (2, 16, 3),
            (5, 17, 9),
            (13, 33, 5),
            (25, 32, 8),
            (40, 65, 70),
            (100, 3, 2),
        ] {
            for clamp in CLAMPS {
                let (weights, bias, input) = (values(n * k, 1), values(n, 2), values(m * k, 3));
                let packed = Packed::with(arch, n, k, &weights, Some(&bias));
                let plain = naive_product(n, k, &weights, &bias, clamp, &input);
                for threads in [1, 2, 7] {
                    let mut out = vec![9.0; m * n];
                    let range = product(&packed, clamp, &input, &mut out, threads);
                    assert_eq!(bits(&out), bits(&plain), "{arch:?} {m} {n} {k} {threads}");
                    assert_range(range, &out, "product");
                }
            }
        }
    }
}

#[test]
fn elementwise_has_the_bits_of_the_plain_loop() {
    use elementwise::Binary;
    let plain = |what, x: f32, y: f32| match what {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
    };
    for length in [0, 1, 15, 16, 17, 100, 40_000] {
        let (a, b) = (values(length, 11), values(length, 12));
        for what in [Binary::Add, Binary::Sub, Binary::Mul] {
            for clamp in CLAMPS {
                let expected: Vec<f32> = a
                    .iter()
                    .zip(&b)
                    .map(|(x, y)| plain(what, *x, *y).clamp(clamp.low, clamp.high))
                    .collect();
                let mut out = vec![9.0; length];
                let range = elementwise::binary(what, clamp, &a, &b, &mut out, 2);
                assert_eq!(out, expected, "{what:?} {length}");
                assert_range(range, &out, "binary");
            }
        }
        let mut out = vec![9.0; length];
        assert_range(elementwise::clamp(CLAMPS[1], &a, &mut out, 2), &out, "clamp");
        assert_eq!(out, a.iter().map(|x| x.clamp(0.0, 6.0)).collect::<Vec<_>>());
    }
}

#[test]
fn nan_and_infinities_pass_and_do_not_spoil_the_range() {
    let mut input = values(40 * 20, 13);
    (input[3], input[105], input[777]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    let weights = values(33 * 20, 14);
    for arch in arches() {
        let packed = Packed::with(arch, 33, 20, &weights, None);
        let plain = naive_product(33, 20, &weights, &[0.0; 33], Clamp::NONE, &input);
        let mut out = vec![9.0; plain.len()];
        let range = product(&packed, Clamp::NONE, &input, &mut out, 1);
        assert!(
            out.iter()
                .zip(&plain)
                .all(|(a, b)| a == b || (a.is_nan() && b.is_nan())),
            "{arch:?}"
        );
        assert_range(range, &out, "product");
    }
    let mut out = vec![0.0; input.len()];
    let range = elementwise::clamp(CLAMPS[1], &input, &mut out, 1);
    assert!(out[3].is_nan());
    assert_range(range, &out, "clamp");
}
