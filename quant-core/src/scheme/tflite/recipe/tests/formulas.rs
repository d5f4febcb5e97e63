//! Numbers that NumPy and ai-edge-quantizer give.

use quant_numeric::round::half_even_f64;

use super::super::coding::{Range, Scales, Uniform};
use super::super::entry::{Granularity, Kind, TensorConfig};
use super::super::hessian::Hessian;
use super::super::slices::{Slices, pairwise};
use super::super::{gptq, octav, params};

/// Values that a line of NumPy makes as well: `(arange(n)*7919 % 1009 - 504) / 37` in f32.
fn values(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 37.0)
        .collect()
}

#[test]
fn sums_are_numpys() {
    for (count, bits) in [
        (7, 3_247_737_441),
        (8, 3_235_055_339),
        (15, 3_241_460_155),
        (100, 1_095_138_446),
        (128, 1_098_482_556),
        (129, 1_099_998_736),
        (1000, 1_100_126_254),
        (5000, 1_097_433_916_u32),
    ] {
        let values = values(count);
        assert_eq!(pairwise(&values).to_bits(), bits, "{count}");
        // The naive sum is near, and seldom the same.
        let naive: f64 = values.iter().map(|x| f64::from(*x)).sum();
        assert!((naive - f64::from(pairwise(&values))).abs() < 1e-2);
    }
}

#[test]
fn clips_are_the_originals() {
    let row = Slices { count: 3, inner: 300 };
    let channel = Slices { count: 4, inner: 1 };
    for (count, slices, bits, along, wanted) in [
        (900, row, 8, true, vec![0x4159_9d70_u32, 0x4159_2ee7, 0x4159_9d70]),
        (900, row, 4, true, vec![0x414f_e7f4, 0x414f_9ece, 0x414f_94ad]),
        (900, row, 2, true, vec![0x4135_8410, 0x4134_eee8, 0x4135_91d8]),
        (
            100,
            channel,
            8,
            true,
            vec![0x4159_eb5b, 0x4158_9f49, 0x4156_e487, 0x4155_29c6],
        ),
        (
            100,
            channel,
            4,
            true,
            vec![0x4153_576f, 0x4152_1563, 0x4150_67fe, 0x414f_e9eb],
        ),
        (
            100,
            channel,
            2,
            true,
            vec![0x4136_221b, 0x4137_1b94, 0x4137_ca35, 0x4136_221c],
        ),
        (200, Slices::one(200), 4, false, vec![0x414f_ded1]),
        (200, Slices::one(200), 2, false, vec![0x4135_f641]),
    ] {
        let found = octav::clip(&values(count), slices, bits, along);
        let found: Vec<u32> = found.iter().map(|clip| clip.to_bits()).collect();
        assert_eq!(found, wanted, "{slices:?} {bits}");
    }
}

const fn config(bits: u8, symmetric: bool) -> TensorConfig {
    TensorConfig {
        bits,
        symmetric,
        granularity: Granularity::Tensor,
        kind: Kind::Int,
        max_hadamard: 0,
    }
}

#[test]
fn activations_have_zero_and_a_positive_scale() {
    let of = |min, max, bits, symmetric| {
        let range = Range::Recorded { min, max, rank: 1 };
        let found = params::activation(range, config(bits, symmetric))?;
        Some((found.scale.singles()[0], found.zero_point[0]))
    };
    assert_eq!(of(-1.0, 1.55, 8, false), Some((2.55 / 255.0, -28)));
    assert_eq!(of(0.5, 2.55, 8, false), Some((2.55 / 255.0, -128)));
    assert_eq!(of(-2.55, -1.0, 8, false), Some((2.55 / 255.0, 127)));
    assert_eq!(of(0.0, 0.0, 8, false), Some((1e-9 / 255.0, -128)));
    assert_eq!(of(-3.0, 32.767, 16, true), Some((32.767 / 32767.0, 0)));
    assert_eq!(of(1.0, -1.0, 8, false), None);
    assert_eq!(of(f32::MIN, f32::MAX, 8, false), None);
    // Ties go to the even integer: 50.5 and 51.5.
    assert_eq!(of(-70.0, 30.0, 8, false).unwrap().1, 50);
}

#[test]
fn scales_of_blocks_are_halves_of_eight_bits() {
    assert_eq!(params::block_scale(0.1, false), 0.100_097_656);
    assert_eq!(params::block_scale(1.0e-12, true), 0.0);
    assert_eq!(params::block_scale(1.0e-12, false), 2.0_f32.powi(-24));
    assert_eq!(params::block_scale(1.0e6, true), f32::INFINITY);
    assert_eq!(params::block_scale(1.0e6, false), 65280.0);
}

#[test]
fn packed_integers_are_those_of_the_type() {
    let integers: Vec<i16> = vec![-2, 1, 0, -1, 1];
    let wide: Vec<i64> = integers.iter().map(|q| i64::from(*q)).collect();
    for dtype in [
        quant_ir::DType::Int2,
        quant_ir::DType::Int4,
        quant_ir::DType::Int8,
        quant_ir::DType::Int16,
    ] {
        assert_eq!(params::pack(dtype, &integers), dtype.encode(&wide), "{dtype}");
    }
}

/// GPTQ as the paper has it: after each column, all columns behind it make up for the error.
fn naive(weights: &[f32], columns: usize, scale: f32, inverse: &[f64]) -> Vec<i16> {
    let mut weights: Vec<f64> = weights.iter().map(|x| f64::from(*x)).collect();
    let mut integers = vec![0; weights.len()];
    for row in 0..weights.len() / columns {
        for column in 0..columns {
            let at = row * columns + column;
            let q = (weights[at] / f64::from(scale)).clamp(-7.0, 7.0);
            integers[at] = half_even_f64(q) as i16;
            let error = (weights[at] - f64::from(integers[at]) * f64::from(scale))
                / inverse[column * columns + column];
            for later in column + 1..columns {
                weights[row * columns + later] -= error * inverse[column * columns + later];
            }
        }
    }
    integers
}

#[test]
fn gptq_is_the_naive_one() {
    // 70 columns: a second block of columns is reached.
    let (rows, columns) = (3, 70);
    let x = values(columns * 200);
    let mut hessian = vec![0.0; columns * columns];
    for row in x.chunks(columns) {
        for i in 0..columns {
            for j in 0..columns {
                hessian[i * columns + j] += f64::from(row[i]) * f64::from(row[j]) / 100.0;
            }
        }
    }
    let mut damped = hessian.clone();
    let mean = (0..columns).map(|i| damped[i * columns + i]).sum::<f64>() / columns as f64;
    (0..columns).for_each(|i| damped[i * columns + i] += 0.01 * mean);
    let inverse = gauss(damped, columns);
    let weights: Vec<f32> = values(rows * columns).iter().map(|x| x / 14.0).collect();
    let scale = 1.0 / 7.0;
    let uniform = Uniform {
        bits: 4,
        signed: true,
        symmetric: true,
        narrow: true,
        scale: Scales::Single(vec![scale]),
        zero_point: vec![0],
        axis: None,
        block: 0,
        hadamard: None,
        rank: 2,
        data: None,
    };
    let hessian = Hessian {
        size: columns,
        values: hessian,
        samples: 200,
    };
    let found = gptq::quantize(&weights, Slices::one(weights.len()), &uniform, &hessian).unwrap();
    let wanted = naive(&weights, columns, scale, &inverse);
    let near: Vec<i16> = params::integers(&weights, Slices::one(weights.len()), &uniform);
    assert_ne!(found, near, "errors move something");
    assert_eq!(found, wanted);
}

/// The inverse by elimination.
fn gauss(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    (0..n).for_each(|i| inverse[i * n + i] = 1.0);
    for pivot in 0..n {
        let by = a[pivot * n + pivot];
        for j in 0..n {
            a[pivot * n + j] /= by;
            inverse[pivot * n + j] /= by;
        }
        for row in (0..n).filter(|row| *row != pivot) {
            let by = a[row * n + pivot];
            for j in 0..n {
                a[row * n + j] -= by * a[pivot * n + j];
                inverse[row * n + j] -= by * inverse[pivot * n + j];
            }
        }
    }
    inverse
}
