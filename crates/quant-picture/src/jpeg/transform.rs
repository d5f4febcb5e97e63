//! From coefficients to samples: the inverse cosine transform in integers, eight columns at once.
//!
//! Both are factored as their papers have it (Loeffler, Ligtenberg and Moschytz 1989; Arai, Agui and Nakajima 1988). Where
//! they round is libjpeg-turbo's choice, and so are the 16 bits of the fast one, in which extreme coefficients overflow.

use super::segments::Block;
use crate::decoder::Decoder;

type Square<T> = [[T; 8]; 8];

/// The samples of a plane's blocks, `columns` of them in a row, row after row.
pub fn samples(blocks: &[Block], columns: usize, steps: &[u16; 64], decoder: Decoder) -> Vec<u8> {
    let mut samples = vec![0; blocks.len() * 64];
    let stride = columns * 8;
    let fast = fast_steps(steps);
    for (row, out) in blocks.chunks(columns).zip(samples.chunks_mut(stride * 8)) {
        for (column, block) in row.iter().enumerate() {
            let square = match decoder {
                Decoder::TensorFlow => fast_block(block, &fast),
                Decoder::Pillow => accurate_block(block, steps),
            };
            for (line, values) in out.chunks_exact_mut(stride).zip(&square) {
                line[column * 8..][..8].copy_from_slice(values);
            }
        }
    }
    samples
}

fn transposed<T: Copy>(square: &Square<T>) -> Square<T> {
    std::array::from_fn(|y| std::array::from_fn(|x| square[x][y]))
}

/// Coefficients times steps.
fn scaled<T: Copy>(block: &Block, steps: &[T; 64], times: impl Fn(i16, T) -> T) -> Square<T> {
    std::array::from_fn(|y| std::array::from_fn(|x| times(block[y * 8 + x], steps[y * 8 + x])))
}

/// Bits behind the point of the accurate transform's constants, and between its passes.
const BITS: u32 = 13;
const BETWEEN: u32 = 2;

fn accurate_block(block: &Block, steps: &[u16; 64]) -> Square<u8> {
    let steps = steps.map(i32::from);
    let square = scaled(block, &steps, |x, step| i32::from(x) * step);
    let columns = accurate(&square, BITS - BETWEEN);
    let rows = accurate(&transposed(&columns), BITS + BETWEEN + 3);
    transposed(&rows).map(|row| row.map(|x| x.wrapping_add(128).clamp(0, 255) as u8))
}

/// Lanes of 32 bits.
type Wide = [i32; 8];

fn wide(a: &Wide, b: &Wide, of: impl Fn(i32, i32) -> i32) -> Wide {
    std::array::from_fn(|i| of(a[i], b[i]))
}

/// One pass of the accurate transform, rounded by `shift` bits.
fn accurate(v: &Square<i32>, shift: u32) -> Square<i32> {
    let add = |a: &Wide, b: &Wide| wide(a, b, i32::wrapping_add);
    let sub = |a: &Wide, b: &Wide| wide(a, b, i32::wrapping_sub);
    let times = |a: &Wide, by: i32| a.map(|x| x.wrapping_mul(by));
    let both = times(&add(&v[2], &v[6]), 4433);
    let low = sub(&both, &times(&v[6], 15137));
    let high = add(&both, &times(&v[2], 6270));
    let sum = add(&v[0], &v[4]).map(|x| x << BITS);
    let difference = sub(&v[0], &v[4]).map(|x| x << BITS);
    let even = [
        add(&sum, &high),
        add(&difference, &low),
        sub(&difference, &low),
        sub(&sum, &high),
    ];

    let z1 = times(&add(&v[7], &v[1]), -7373);
    let z2 = times(&add(&v[5], &v[3]), -20995);
    let (z3, z4) = (add(&v[7], &v[3]), add(&v[5], &v[1]));
    let z5 = times(&add(&z3, &z4), 9633);
    let z3 = add(&times(&z3, -16069), &z5);
    let z4 = add(&times(&z4, -3196), &z5);
    let odd = [
        add(&times(&v[1], 12299), &add(&z1, &z4)),
        add(&times(&v[3], 25172), &add(&z2, &z3)),
        add(&times(&v[5], 16819), &add(&z2, &z4)),
        add(&times(&v[7], 2446), &add(&z1, &z3)),
    ];
    let round = |a: Wide| a.map(|x| x.wrapping_add(1 << (shift - 1)) >> shift);
    std::array::from_fn(|y| {
        round(if y < 4 {
            add(&even[y], &odd[y])
        } else {
            sub(&even[7 - y], &odd[7 - y])
        })
    })
}

/// Steps times what the fast transform leaves to them, with two bits behind the point.
fn fast_steps(steps: &[u16; 64]) -> [i16; 64] {
    // √2 · cos(k · π / 16), and 1 for 0.
    const SCALES: [f64; 8] = [
        1.0,
        1.387_039_845,
        1.306_562_965,
        1.175_875_602,
        1.0,
        0.785_694_958,
        0.541_196_100,
        0.275_899_379,
    ];
    std::array::from_fn(|at| {
        let scale = (SCALES[at / 8] * SCALES[at % 8] * 16384.0 + 0.5) as i32;
        ((i32::from(steps[at]) * scale + (1 << 11)) >> 12) as i16
    })
}

fn fast_block(block: &Block, steps: &[i16; 64]) -> Square<u8> {
    let square = scaled(block, steps, i16::wrapping_mul);
    let rows = fast(&transposed(&fast(&square)));
    transposed(&rows).map(|row| row.map(|x| ((x >> 5).clamp(-128, 127) + 128) as u8))
}

/// Lanes of 16 bits.
type Narrow = [i16; 8];

/// One pass of the fast transform, which rounds down.
fn fast(v: &Square<i16>) -> Square<i16> {
    let narrow = |a: &Narrow, b: &Narrow, of: fn(i16, i16) -> i16| std::array::from_fn(|i| of(a[i], b[i]));
    let add = |a: &Narrow, b: &Narrow| -> Narrow { narrow(a, b, i16::wrapping_add) };
    let sub = |a: &Narrow, b: &Narrow| -> Narrow { narrow(a, b, i16::wrapping_sub) };
    // By a constant with 8 bits behind the point.
    let times = |a: &Narrow, by: i16| -> Narrow {
        a.map(|x| ((i32::from(x << 2) * i32::from(by << 6)) >> 16) as i16)
    };
    let (sum, difference) = (add(&v[0], &v[4]), sub(&v[0], &v[4]));
    let high = add(&v[2], &v[6]);
    let low = sub(&times(&sub(&v[2], &v[6]), 362), &high);
    let even = [
        add(&sum, &high),
        add(&difference, &low),
        sub(&difference, &low),
        sub(&sum, &high),
    ];

    let (z13, z10) = (add(&v[5], &v[3]), sub(&v[5], &v[3]));
    let (z11, z12) = (add(&v[1], &v[7]), sub(&v[1], &v[7]));
    let z5 = times(&add(&z10, &z12), 473);
    let first = add(&z11, &z13);
    // 2.613 does not fit into 16 bits beside its point: 1.613, and once more.
    let second = sub(&add(&sub(&times(&z10, -413), &z10), &z5), &first);
    let third = sub(&times(&sub(&z11, &z13), 362), &second);
    let fourth = add(&sub(&times(&z12, 277), &z5), &third);
    [
        add(&even[0], &first),
        add(&even[1], &second),
        add(&even[2], &third),
        sub(&even[3], &fourth),
        add(&even[3], &fourth),
        sub(&even[2], &third),
        sub(&even[1], &second),
        sub(&even[0], &first),
    ]
}
