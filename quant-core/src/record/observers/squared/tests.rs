//! The naive twin quantizes the values themselves, in the middles of their bins.

use super::*;
use crate::record::observer::Observer;
use crate::record::wire::{Reader, Writer};

fn observed(values: &[f32]) -> SquaredError {
    let mut observer = SquaredError::new(Range::of(values).unwrap());
    for record in values.chunks(500) {
        observer.add(observer.sample(record, Range::of(record).unwrap()));
    }
    observer
}

/// The range and its error, over every value, one after the other.
fn twin(values: &[f32]) -> Range {
    let (low, high) = (
        values.iter().copied().fold(f32::INFINITY, f32::min),
        values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
    );
    let width = (f64::from(high) - f64::from(low)) / 2048.0;
    let middle = |x: &f32| {
        let bin = ((f64::from(*x) - f64::from(low)) / width).floor().min(2047.0);
        f64::from(low) + (bin + 0.5) * width
    };
    let middles: Vec<f64> = values.iter().map(middle).collect();
    let (min, max) = (f64::from(low).min(0.0), f64::from(high).max(0.0));
    let mut best = (f64::INFINITY, 0.0, 0.0);
    for far in 0..41 {
        for near in 0..11 {
            let (far, near) = (1.0 - f64::from(far) * 0.02, 1.0 - f64::from(near) * 0.1);
            let (a, b) = if max >= -min {
                (min * near, max * far)
            } else {
                (min * far, max * near)
            };
            let scale = (b - a) / 255.0;
            let nearest = |x: f64| {
                if x < 0.0 {
                    (x - 0.5).ceil()
                } else {
                    (x + 0.5).floor()
                }
            };
            let zero = nearest(-a / scale);
            let mut sum = 0.0;
            for x in &middles {
                let q = (nearest(x / scale) + zero).clamp(0.0, 255.0);
                sum += (x - (q - zero) * scale).powi(2);
            }
            if sum < best.0 * (1.0 - 1e-9) {
                best = (sum, a, b);
            }
        }
    }
    Range {
        min: if best.1 == min { low } else { best.1 as f32 },
        max: if best.2 == max { high } else { best.2 as f32 },
    }
}

fn values(shift: f32, outlier: f32) -> Vec<f32> {
    let mut state = 5u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    (0..3000)
        .map(|at| {
            let normal = (0..6).map(|_| next()).sum::<f32>() - 3.0 + shift;
            if at == 77 { outlier } else { normal }
        })
        .collect()
}

#[test]
fn it_is_the_twin() {
    let mut cut = 0;
    let rows = [
        (0.0, 4.0),
        (0.0, -7.2),
        (1.0, 9.0),
        (-1.0, -12.0),
        (5.0, 5.0),
        (0.0, 300.0),
    ];
    for (shift, outlier) in rows {
        let values = values(shift, outlier);
        let range = observed(&values).range().unwrap();
        assert_eq!(range, twin(&values), "{shift}, {outlier}");
        cut += usize::from(range != Range::of(&values).unwrap());
    }
    assert!((2..rows.len()).contains(&cut), "{cut} of them are cut");
}

#[test]
fn parts_are_the_whole_and_come_back_from_bytes() {
    let values_of_all = values(0.5, 7.0);
    let whole = observed(&values_of_all);
    let (front, back) = values_of_all.split_at(1500);
    let part = |values: &[f32]| {
        let mut observer = SquaredError::new(Range::of(&values_of_all).unwrap());
        observer.add(observer.sample(values, Range::of(values).unwrap()));
        observer
    };
    let mut merged = part(back);
    merged.merge(part(front));
    assert_eq!(merged, whole);
    let mut out = Writer::default();
    whole.store(&mut out);
    assert_eq!(SquaredError::load(&mut Reader::new(&out.0)).unwrap(), whole);
}

#[test]
fn what_has_no_width_stays() {
    for x in [0.0, 2.5, -1.0] {
        assert_eq!(observed(&[x; 3]).range(), Some(Range { min: x, max: x }));
    }
}
