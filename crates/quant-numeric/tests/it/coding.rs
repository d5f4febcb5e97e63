//! The fast loops against naive twins: the formulas, one value after the other, with casts that answer for every
//! float.

mod ends;

use quant_types::QuantType;

use quant_numeric::affine::{Affine, INT4_MAX, INT8_MAX, INT16_MAX, asymmetric_u8, inv_scale, symmetric};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{BLOCK, Coding, Float, floats, min_max, quantize_with_inverses};
use quant_numeric::round::half_away_f32;

const TYPES: [QuantType; 4] = [
    QuantType::Uint8,
    QuantType::Int16,
    QuantType::Int8,
    QuantType::Int4,
];

/// Lengths and how they fall apart: nothing, one, around the width of the loops, around the size of a block.
const SHAPES: [(usize, usize, usize); 18] = [
    (0, 1, 1),
    (1, 1, 1),
    (2, 2, 1),
    (7, 7, 1),
    (9, 3, 3),
    (31, 1, 31),
    (32, 1, 32),
    (33, 1, 33),
    (45, 5, 3),
    (60, 5, 3),
    (63, 9, 7),
    (24, 3, 1),
    (1023, 33, 31),
    (2 * 513, 2, 513),
    (9 * 70, 70, 1),
    (BLOCK + 1, 1, BLOCK + 1),
    (3 * (BLOCK - 1), 3, BLOCK - 1),
    (3 * (BLOCK / 2 + 3), BLOCK / 2 + 3, 1),
];

/// Deterministic numbers of all magnitudes, halves of steps among them.
fn numbers(count: usize) -> Vec<Float> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let x = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
        match state >> 28 {
            0 => x * 1e-30,
            1 => (x * 20.0).trunc() / 4.0,
            2 => -0.0,
            _ => x * 5.0,
        }
    };
    (0..count).map(next).map(f32::to_le_bytes).collect()
}

fn range(dtype: QuantType, min: f32, max: f32) -> Affine {
    match dtype {
        QuantType::Uint8 => asymmetric_u8(min, max),
        QuantType::Int16 => symmetric(min, max, INT16_MAX, 1e-8),
        QuantType::Int8 => symmetric(min, max, INT8_MAX, 1e-5),
        QuantType::Int4 => symmetric(min, max, INT4_MAX, 1e-5),
    }
}

/// Ranges that differ, some narrower than the values.
fn coding(dtype: QuantType, channels: Channels) -> Coding {
    let ranges = (0..channels.count()).map(|channel| {
        let width = 0.5 + (channel % 11) as f32;
        range(dtype, -width / 3.0, width)
    });
    Coding {
        dtype,
        channels,
        ranges: ranges.collect(),
    }
}

fn naive_integer(coding: &Coding, element: usize, x: f32, clipped: bool) -> i32 {
    let range = &coding.ranges[coding.channels.of(element)];
    let x = if clipped && !x.is_nan() {
        x.clamp(range.nudged_min, range.nudged_max)
    } else {
        x
    };
    let inv = inv_scale(range.scale);
    let symmetric = |q_max: f32| half_away_f32(x * inv).clamp(-q_max, q_max) as i32;
    match coding.dtype {
        QuantType::Uint8 => half_away_f32((x - range.nudged_min) * inv).clamp(0.0, 255.0) as i32,
        QuantType::Int16 => symmetric(32767.0),
        QuantType::Int8 => symmetric(127.0),
        QuantType::Int4 => symmetric(7.0),
    }
}

fn naive_bytes(dtype: QuantType, integers: &[i32]) -> Vec<u8> {
    match dtype {
        QuantType::Int16 => integers.iter().flat_map(|q| (*q as i16).to_le_bytes()).collect(),
        QuantType::Int4 => integers
            .chunks(2)
            .map(|pair| (pair[0] & 15) as u8 | (pair.get(1).map_or(0, |q| (q & 15) as u8) << 4))
            .collect(),
        _ => integers.iter().map(|q| *q as u8).collect(),
    }
}

fn naive_float(coding: &Coding, element: usize, q: i32) -> f32 {
    let range = &coding.ranges[coding.channels.of(element)];
    match coding.dtype {
        QuantType::Uint8 => q as f32 * range.scale + range.nudged_min,
        _ => q as f32 * range.scale,
    }
}

fn quantize(coding: &Coding, values: &[Float], clipped: bool) -> Vec<u8> {
    let mut integers = vec![0xaa; coding.bytes(values.len())];
    coding.quantize(values, clipped, &mut integers);
    integers
}

fn bits(floats: &[Float]) -> Vec<u32> {
    floats.iter().map(|x| u32::from_le_bytes(*x)).collect()
}

#[test]
fn quantize_and_fake_quantize_are_the_naive_twins() {
    for (length, count, inner) in SHAPES {
        let mut values = numbers(length);
        let extremes = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            -0.0,
        ];
        for (at, x) in extremes.into_iter().enumerate() {
            if let Some(value) = values.get_mut(at * 5 + 3) {
                *value = x.to_le_bytes();
            }
        }
        for dtype in TYPES {
            let coding = coding(dtype, Channels::new(count, inner));
            for clipped in [true, false] {
                let naive: Vec<i32> = values
                    .iter()
                    .enumerate()
                    .map(|(at, x)| naive_integer(&coding, at, f32::from_le_bytes(*x), clipped))
                    .collect();
                let got = quantize(&coding, &values, clipped);
                let same = got == naive_bytes(dtype, &naive);
                assert!(same, "{dtype}, {length} values, {count} channels");
                if !clipped {
                    continue;
                }
                for start in [0, 2, 6, BLOCK].into_iter().filter(|start| *start <= length) {
                    let mut fake = vec![[1; 4]; length - start];
                    coding.fake_quantize(&values[start..], start, &mut fake);
                    let wanted = (start..length).map(|at| naive_float(&coding, at, naive[at]).to_bits());
                    let same = bits(&fake) == wanted.collect::<Vec<_>>();
                    assert!(same, "{dtype}, {length} values, {count} channels from {start}");
                }
            }
        }
    }
}

#[test]
fn given_inverses_are_multiplied_with() {
    for (length, count, inner) in SHAPES {
        let (values, channels) = (numbers(length), Channels::new(count, inner));
        let inverses: Vec<f32> = (0..count).map(|channel| 127.0 / (1.1 + channel as f32)).collect();
        let mut got = vec![0; length];
        quantize_with_inverses(QuantType::Int8, channels, &inverses, &values, &mut got);
        let naive = values.iter().enumerate().map(|(at, x)| {
            let q = half_away_f32(f32::from_le_bytes(*x) * inverses[channels.of(at)]);
            q.clamp(-127.0, 127.0) as i8 as u8
        });
        assert!(got.iter().copied().eq(naive), "{length} values, {count} channels");
    }
}

#[test]
fn every_half_goes_away_from_zero() {
    // Every float next to a half, in steps of one: what vector units do not round as C does.
    let coding = Coding {
        dtype: QuantType::Int16,
        channels: Channels::one(),
        ranges: vec![symmetric(-32767.0, 32767.0, INT16_MAX, 1e-8)],
    };
    let near = |half: f32| [half.next_down(), half, half.next_up()];
    let values: Vec<f32> = (-32768i16..=32767)
        .flat_map(|q| near(f32::from(q) + 0.5))
        .collect();
    let floats: Vec<Float> = values.iter().map(|x| x.to_le_bytes()).collect();
    let got = quantize(&coding, &floats, true);
    for (x, q) in values.iter().zip(got.as_chunks().0) {
        let (x, q) = (f64::from(*x), i16::from_le_bytes(*q));
        let wanted = x.signum() * (x.abs() + 0.5).floor();
        assert_eq!(f64::from(q), wanted.clamp(-32767.0, 32767.0), "{x}");
    }
}

#[test]
fn min_max_is_the_naive_twin() {
    for (length, count, inner) in SHAPES {
        let (values, channels) = (numbers(length), Channels::new(count, inner));
        let mut naive = vec![None; count];
        for (at, x) in values.iter().enumerate() {
            let x = f32::from_le_bytes(*x);
            let (min, max) = naive[channels.of(at)].unwrap_or((x, x));
            naive[channels.of(at)] = Some((x.min(min), x.max(max)));
        }
        let naive: Vec<_> = naive
            .into_iter()
            .map(|range| range.unwrap_or((0.0, 0.0)))
            .collect();
        assert_eq!(
            min_max(&values, channels),
            Some(naive),
            "{length} values, {count} channels"
        );
    }
}

#[test]
fn min_max_refuses_what_no_scale_can_hold() {
    let wrong = [
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
    ];
    for length in [1, 31, 33, 70, BLOCK + 3] {
        for at in [0, length / 2, length - 1] {
            for channels in [
                Channels::one(),
                Channels::new(length, 1),
                Channels::new(1, length),
            ] {
                for x in wrong {
                    let mut values = numbers(length);
                    values[at] = x.to_le_bytes();
                    assert_eq!(min_max(&values, channels), None, "{x} at {at} of {length}");
                    values[at] = f32::MAX.next_down().to_le_bytes();
                    assert!(min_max(&values, channels).is_some());
                }
            }
        }
    }
}

#[test]
fn fake_quantized_values_quantize_to_the_integers_they_stand_for() {
    let widths = [0.0, 1e-38, 1e-9, 1e-5, 0.003, 0.1, 1.0, 3.3, 255.0, 1e10, 1e37];
    for dtype in TYPES {
        for (low, high) in widths.iter().flat_map(|low| widths.map(|high| (-low, high))) {
            for (low, high) in [(low, high), (high / 2.0, high), (low, low / 2.0)] {
                let coding = Coding {
                    dtype,
                    channels: Channels::one(),
                    ranges: vec![range(dtype, low, high)],
                };
                let q_max = match dtype {
                    QuantType::Uint8 => 255,
                    QuantType::Int16 => INT16_MAX,
                    QuantType::Int8 => INT8_MAX,
                    QuantType::Int4 => INT4_MAX,
                };
                let q_min = if dtype == QuantType::Uint8 { 0 } else { -q_max };
                let integers: Vec<i32> = (q_min..=q_max).collect();
                let values: Vec<Float> = integers
                    .iter()
                    .map(|q| naive_float(&coding, 0, *q).to_le_bytes())
                    .collect();
                let integers = naive_bytes(dtype, &integers);
                let mut fake = vec![[0; 4]; values.len()];
                coding.fake_quantize(&values, 0, &mut fake);
                assert!(bits(&fake) == bits(&values), "{dtype} {low}…{high}");
                for clipped in [true, false] {
                    let again = quantize(&coding, &values, clipped);
                    assert!(again == integers, "{dtype} {low}…{high}");
                }
            }
        }
    }
}

#[test]
fn bytes_of_no_whole_number_of_floats() {
    assert!(floats(&[0; 7]).is_none());
    assert_eq!(floats(&[0; 8]).map(<[Float]>::len), Some(2));
}
