//! Pillow's resize of pictures of bytes: a pass over rows, then one over columns, each with coefficients in fixed point of
//! 22 bits and rounded to bytes (`libImaging/Resample.c` of Pillow 13, whose order of operations this keeps).

use std::f64::consts::PI;

use crate::picture::Picture;

/// Bits of the fraction of a coefficient: 32, less 8 of a pixel, less 2 for sums beyond it.
const PRECISION: u32 = 32 - 8 - 2;

/// A filter: half of its width, and its weights.
pub struct Kernel {
    support: f64,
    weight: fn(f64) -> f64,
}

pub const BOX: Kernel = Kernel {
    support: 0.5,
    weight: |x| f64::from(u8::from(x > -0.5 && x <= 0.5)),
};

pub const BILINEAR: Kernel = Kernel {
    support: 1.0,
    weight: |x| {
        let x = x.abs();
        if x < 1.0 { 1.0 - x } else { 0.0 }
    },
};

pub const HAMMING: Kernel = Kernel {
    support: 1.0,
    weight: |x| {
        let x = x.abs();
        if x == 0.0 {
            return 1.0;
        }
        if x >= 1.0 {
            return 0.0;
        }
        let x = x * PI;
        // The constants are single there.
        x.sin() / x * (f64::from(0.54_f32) + f64::from(0.46_f32) * x.cos())
    },
};

pub const BICUBIC: Kernel = Kernel {
    support: 2.0,
    weight: |x| {
        const A: f64 = -0.5;
        let x = x.abs();
        if x < 1.0 {
            ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
        } else if x < 2.0 {
            (((x - 5.0) * x + 8.0) * x - 4.0) * A
        } else {
            0.0
        }
    },
};

pub const LANCZOS: Kernel = Kernel {
    support: 3.0,
    weight: |x| {
        if (-3.0..3.0).contains(&x) {
            sinc(x) * sinc(x / 3.0)
        } else {
            0.0
        }
    },
};

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * PI;
    x.sin() / x
}

/// The pixels that one pixel of the result is made of: the first of them, and the weight of each.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// The taps of every pixel along an axis.
fn taps(from: usize, to: usize, kernel: &Kernel) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    // A filter grows with the pixels that it averages, and never shrinks.
    let filter_scale = scale.max(1.0);
    let support = kernel.support * filter_scale;
    let inv_scale = 1.0 / filter_scale;
    let one = f64::from(1 << PRECISION);
    let tap = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        let first = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(from);
        let offset = |x: usize| ((x + first) as f64 - center + 0.5) * inv_scale;
        let mut weights: Vec<f64> = (0..end - first).map(|x| (kernel.weight)(offset(x))).collect();
        let sum: f64 = weights.iter().sum();
        if sum != 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= sum);
        }
        // To the nearest, halves away from zero, by a cast that cuts off.
        let fixed = |weight: &f64| (weight * one + 0.5_f64.copysign(*weight)) as i32;
        Taps {
            first,
            weights: weights.iter().map(fixed).collect(),
        }
    };
    (0..to).map(tap).collect()
}

/// A sum in fixed point, half added before, as a byte.
fn byte(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// The picture in another size.
pub fn resample(picture: &Picture, width: usize, height: usize, kernel: &Kernel) -> Picture {
    let across = |picture: &Picture| match picture.width {
        same if same == width => picture.clone(),
        from => across(picture, &taps(from, width, kernel)),
    };
    let down = |picture: &Picture| match picture.height {
        same if same == height => picture.clone(),
        from => down(picture, &taps(from, height, kernel)),
    };
    // Which pass is the first shows in the last bit, as bytes are rounded between them. Rows were always the first before
    // Pillow 13; now columns are where the height loses more than twice of what the width does.
    let lost = |from: usize, to: usize| from as i64 - to as i64;
    let (rows, columns) = (lost(picture.height, height), lost(picture.width, width));
    if rows > 0 && rows > 2 * columns {
        across(&down(picture))
    } else {
        down(&across(picture))
    }
}

/// Rows in another length.
fn across(picture: &Picture, taps: &[Taps]) -> Picture {
    let channels = picture.channels;
    let mut data = Vec::with_capacity(picture.height * taps.len() * channels);
    for row in picture.data.chunks_exact(picture.width * channels) {
        for tap in taps {
            let pixels = row[tap.first * channels..].chunks_exact(channels);
            let mut sums = [1 << (PRECISION - 1); 3];
            for (pixel, weight) in pixels.zip(&tap.weights) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += i32::from(*value) * weight;
                }
            }
            data.extend(sums.iter().take(channels).map(|sum| byte(*sum)));
        }
    }
    Picture {
        width: taps.len(),
        data,
        ..*picture
    }
}

/// Columns in another length.
fn down(picture: &Picture, taps: &[Taps]) -> Picture {
    let length = picture.width * picture.channels;
    let mut data = Vec::with_capacity(length * taps.len());
    let mut sums = vec![0; length];
    for tap in taps {
        sums.fill(1 << (PRECISION - 1));
        let rows = picture.data[tap.first * length..].chunks_exact(length);
        for (row, weight) in rows.zip(&tap.weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += i32::from(*value) * weight;
            }
        }
        data.extend(sums.iter().map(|sum| byte(*sum)));
    }
    Picture {
        height: taps.len(),
        data,
        ..*picture
    }
}

/// The pixels that stand at the centres. Positions are sums, as Pillow's affine transform adds them up.
pub fn nearest(picture: &Picture, width: usize, height: usize) -> Picture {
    let places = |from: usize, to: usize| -> Vec<usize> {
        let step = from as f64 / to as f64;
        let mut at = step * 0.5;
        let mut next = || {
            let place = (at as usize).min(from - 1);
            at += step;
            place
        };
        (0..to).map(|_| next()).collect()
    };
    let columns = places(picture.width, width);
    let channels = picture.channels;
    let mut data = Vec::with_capacity(width * height * channels);
    for row in places(picture.height, height) {
        let row = &picture.data[row * picture.width * channels..];
        data.extend(columns.iter().flat_map(|x| &row[x * channels..][..channels]));
    }
    Picture {
        width,
        height,
        channels,
        data,
    }
}
