//! Tests of `multiples`.

use quant_numeric::multiples::{Rows, dequantize, extremes, quantize};
use quant_numeric::round::half_even_f32;

#[test]
fn rows_are_the_definition() {
    let values: Vec<f32> = (0..997u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as f32 / 4_194_304.0 - 1.0)
        .collect();
    for (channels, inner) in [(1, 1), (7, 1), (7, 3), (1, 5), (997, 1), (2, 499)] {
        let rows = Rows { channels, inner };
        let channel = |place: usize| place / inner % channels;
        let scales: Vec<f32> = (0..channels).map(|c| 0.004 + c as f32 * 1e-4).collect();
        let integers = quantize(&values, &scales, rows, [-128, 127]);
        let back = dequantize(&integers, &scales, rows);
        let found = extremes(&values, rows);
        for (place, x) in values.iter().enumerate() {
            let scale = scales[channel(place)];
            let q = half_even_f32(x / scale).clamp(-128.0, 127.0);
            assert_eq!((f32::from(integers[place]), back[place]), (q, q * scale));
            let (most, least) = found[channel(place)];
            assert!((least..=most).contains(x));
        }
        let held = |end: f32| values.contains(&end);
        assert!(found.iter().all(|(most, least)| held(*most) && held(*least)));
    }
    assert_eq!(
        quantize(
            &[f32::NAN, 1e30, -1e30],
            &[1.0],
            Rows {
                channels: 1,
                inner: 1
            },
            [-8, 7]
        )[1..],
        [7, -8]
    );
}
