//! OCTAV: where clipping weights costs as much as it saves in the rounding of those that are not clipped
//! (arXiv 2206.06501, equation 6), by iteration.

use super::slices::Slices;

/// Steps, at most.
const STEPS: usize = 10;
/// Differences that are none: NumPy's `allclose`.
const RELATIVE: f32 = 1e-5;
const ABSOLUTE: f32 = 1e-8;

/// Where to clip each slice of symmetric integers of so many bits.
///
/// The original computes the denominator in f64 when slices run along a dimension (`along`), else in f32.
pub fn clip(values: &[f32], slices: Slices, bits: u8, along: bool) -> Vec<f32> {
    let size = slices.size(values.len());
    // 4^−b/3: what rounding costs, in squares of the clip.
    let rounding = (f64::from(-2 * i32::from(bits)).exp2() / 3.0) as f32;
    let rounded = if along {
        f64::from(rounding) * size as f64
    } else {
        f64::from(rounding * size as f32)
    };
    let mut clip = vec![1.0_f32; slices.count];
    for _ in 0..STEPS {
        let above = slices.sums(values, |slice, value| value >= clip[slice]);
        let below = slices.sums(values, |slice, value| value <= -clip[slice]);
        let step = above.iter().zip(&below).map(|((above, many), (below, more))| {
            let clipped = (many + more) as f32 * (1.0 - rounding);
            (above - below) / (f64::from(clipped) + rounded) as f32
        });
        let step: Vec<f32> = step.collect();
        let close = |(old, new): (&f32, &f32)| (old - new).abs() <= ABSOLUTE + RELATIVE * new.abs();
        let done = clip.iter().zip(&step).all(close);
        clip = step;
        if done {
            break;
        }
    }
    clip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_where_both_errors_meet() {
        // A spike of 40 among small values: rounding 1000 of them costs 1.3·clip², clipping it (40 − clip)².
        let mut values: Vec<f32> = (0..1000)
            .map(|i| ((i * 37 % 201) as f32 - 100.0) / 100.0)
            .collect();
        values[17] = 40.0;
        let slices = Slices::one(values.len());
        let clip = clip(&values, slices, 4, true)[0];
        assert!((17.0..18.0).contains(&clip), "{clip}");
        // The expected square error, with that clip and with others.
        let error = |clip: f64| {
            let clipped = values
                .iter()
                .map(|x| (f64::from(x.abs()) - clip).max(0.0).powi(2))
                .sum::<f64>();
            let inside = values.iter().filter(|x| f64::from(x.abs()) < clip).count() as f64;
            clipped + inside * clip * clip / 256.0 / 3.0
        };
        let best = error(f64::from(clip));
        assert!(best < error(f64::from(clip) * 1.3) && best < error(f64::from(clip) / 1.3));
        // Nothing to clip in zeros.
        assert_eq!(super::clip(&[0.0; 8], Slices::one(8), 8, false), [0.0]);
    }
}
