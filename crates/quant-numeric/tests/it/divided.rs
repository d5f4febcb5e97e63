//! Tests of `divided`.

use quant_numeric::channels::Channels;
use quant_numeric::coding::Float;
use quant_numeric::divided::{Steps, quantize};
use quant_numeric::round::half_away_f64;

#[test]
fn halves_go_away_from_zero_after_the_zero_point() {
    let steps = Steps {
        scale: 0.5,
        zero_point: -3,
        low: -128,
        high: 127,
    };
    let rows = [
        (0.0, -3),
        (0.25, -3),
        (-0.25, -4),
        (1.75, 1),
        (1e30, 127),
        (-1e30, -128),
        (f32::NAN, 0),
        (f32::INFINITY, 127),
    ];
    for (x, q) in rows {
        assert_eq!(steps.quantize(x), q, "{x}");
    }
}

#[test]
fn loops_are_single_values() {
    let rows = [
        (0.5, -3, -128, 127),
        (0.1, 200, 0, 255),
        (1e-3, 0, -127, 127),
        (3e38, 1, -8, 7),
    ];
    for (scale, zero_point, low, high) in rows {
        let steps = Steps {
            scale,
            zero_point,
            low,
            high,
        };
        let special = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            -0.0,
            f32::MIN_POSITIVE,
        ];
        let ties = (-600..600).map(|i| ((f64::from(i) + 0.5 - zero_point as f64) * scale) as f32);
        let near = |x: f32| [x.next_down(), x, x.next_up()];
        let values: Vec<Float> = ties.flat_map(near).chain(special).map(f32::to_le_bytes).collect();
        let mut integers = vec![0; values.len()];
        quantize(&values, Channels::one(), &[steps], &mut integers);
        let single = values
            .iter()
            .map(|x| steps.quantize(f32::from_le_bytes(*x)) as u8);
        assert!(integers.iter().copied().eq(single), "{scale} {zero_point}");
    }
}

#[test]
fn every_value_is_taken_with_its_own_channel() {
    for (count, inner, repeats) in [(1, 1, 70_000), (3, 1, 30_001), (5, 7, 2003), (2, 40_000, 1)] {
        let channels = Channels::new(count, inner);
        let steps: Vec<Steps> = (0..count)
            .map(|channel| Steps {
                scale: 0.01 * (1.0 + channel as f64),
                zero_point: channel as i64 - 1,
                low: -127,
                high: 127,
            })
            .collect();
        let values: Vec<Float> = (0..count * inner * repeats)
            .map(|i| ((i * 37 % 1009) as f32 / 400.0 - 1.2).to_le_bytes())
            .collect();
        let mut integers = vec![0; values.len()];
        quantize(&values, channels, &steps, &mut integers);
        let naive = values.iter().enumerate().map(|(i, x)| {
            let steps = steps[channels.of(i)];
            let q = f64::from(f32::from_le_bytes(*x)) / steps.scale + steps.zero_point as f64;
            half_away_f64(q).clamp(-127.0, 127.0) as i8 as u8
        });
        assert!(integers.iter().copied().eq(naive), "{count} {inner}");
    }
}
