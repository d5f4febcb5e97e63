//! Integer kernels against plain loops over wider integers.

use quant_kernel::integer;

/// Integers all over the range of 8-bit ones less a zero point, the ends among them.
fn integers(count: usize, seed: u64) -> Vec<i16> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match state >> 60 {
            0 => 255,
            1 => -255,
            _ => ((state >> 40) % 511) as i16 - 255,
        }
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn products_of_every_shape_are_those_of_the_plain_loop() {
    for (m, n, k) in [
        (1, 1, 1),
        (2, 4, 16),
        (3, 5, 17),
        (5, 9, 1),
        (4, 8, 1024),
        (7, 3, 33),
        (0, 3, 4),
        (2, 0, 5),
        (2, 3, 0),
    ] {
        let (a, b) = (integers(m * k, 1), integers(n * k, 2));
        let mut out = vec![7; m * n];
        integer::product(k, &a, &b, &mut out);
        for (at, sum) in out.iter().enumerate() {
            let (row, column) = (at / n, at % n);
            let wanted: i64 = (0..k)
                .map(|i| i64::from(a[row * k + i]) * i64::from(b[column * k + i]))
                .sum();
            assert_eq!(i64::from(*sum), wanted, "{m}x{n}x{k} at {at}");
        }
    }
}

#[test]
fn depthwise_sums_are_those_of_the_plain_loop() {
    for (channels, taps, pixels) in [(1, 9, 3), (5, 4, 2), (16, 9, 4), (33, 1, 1), (8, 25, 0)] {
        let input = integers(channels * 6, 3);
        let filter = integers(channels * taps, 4);
        let places: Vec<Option<usize>> = (0..taps * pixels)
            .map(|at| (at % 7 != 3).then_some(at % 6))
            .collect();
        let mut sums = vec![7; channels * pixels];
        integer::depthwise(channels, &input, &filter, &places, &mut sums);
        for (at, sum) in sums.iter().enumerate() {
            let (pixel, channel) = (at / channels, at % channels);
            let product = |tap: usize| {
                let place = places[pixel * taps + tap]?;
                Some(
                    i64::from(input[place * channels + channel])
                        * i64::from(filter[tap * channels + channel]),
                )
            };
            let wanted: i64 = (0..taps).filter_map(product).sum();
            assert_eq!(
                i64::from(*sum),
                wanted,
                "{channels} channels, {taps} taps, at {at}"
            );
        }
    }
}
