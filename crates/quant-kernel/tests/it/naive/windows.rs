//! The kernels whose windows slide over images.

use super::{CLAMPS, arches, assert_range, bits, naive_product, values};
use quant_kernel::{Convolution, Depthwise, Filter, Packed, Pool, Window};

/// Windows of many sizes, over images of many sizes.
pub(super) fn windows() -> Vec<Window> {
    let mut windows = Vec::new();
    for same in [true, false] {
        for (input, size, stride, dilation) in [
            (1_usize, 1, 1, 1),
            (5, 3, 1, 1),
            (6, 3, 2, 1),
            (7, 3, 2, 1),
            (9, 3, 1, 2),
            (8, 2, 2, 1),
            (9, 5, 3, 1),
            (2, 3, 1, 1),
            (40, 3, 1, 1),
            (4, 3, 1, 7),
        ] {
            let reach = (size - 1) * dilation + 1;
            let output = match input.checked_sub(reach) {
                _ if same => input.div_ceil(stride),
                Some(room) => room / stride + 1,
                None => continue,
            };
            let padding = ((output - 1) * stride + reach).saturating_sub(input);
            windows.push(Window {
                output,
                before: if same { padding / 2 } else { 0 },
                stride,
                dilation,
                size,
                input,
            });
        }
    }
    windows
}

#[test]
fn convolutions_have_the_bits_of_the_plain_loop() {
    for (number, rows) in windows().into_iter().enumerate() {
        for columns in windows().into_iter().skip(number % 3).step_by(3) {
            let (batch, inputs, n) = (2, 1 + number % 5, 5 + 3 * number);
            let k = rows.size * columns.size * inputs;
            let input = values(batch * rows.input * columns.input * inputs, 4);
            let (weights, bias) = (values(n * k, 5), values(n, 6));
            let mut gathered = Vec::new();
            for (image, y, x) in cells(batch, rows, columns) {
                for (tap_y, tap_x) in (0..rows.size).flat_map(|y| (0..columns.size).map(move |x| (y, x))) {
                    match (rows.at(y, tap_y), columns.at(x, tap_x)) {
                        (Some(y), Some(x)) => {
                            let at = ((image * rows.input + y) * columns.input + x) * inputs;
                            gathered.extend_from_slice(&input[at..at + inputs]);
                        }
                        _ => gathered.resize(gathered.len() + inputs, 0.0),
                    }
                }
            }
            let plain = naive_product(n, k, &weights, &bias, CLAMPS[1], &gathered);
            let convolution = Convolution {
                batch,
                rows,
                columns,
                inputs,
            };
            for (arch, threads) in arches().into_iter().zip([1, 2, 7]) {
                let packed = Packed::with(arch, n, k, &weights, Some(&bias));
                let mut out = vec![9.0; plain.len()];
                let range = convolution.run(&packed, CLAMPS[1], &input, &mut out, threads);
                assert_eq!(bits(&out), bits(&plain), "{arch:?} {convolution:?} {threads}");
                assert_range(range, &out, "convolution");
            }
        }
    }
}

fn cells(batch: usize, rows: Window, columns: Window) -> impl Iterator<Item = (usize, usize, usize)> {
    let places = (0..rows.output).flat_map(move |y| (0..columns.output).map(move |x| (y, x)));
    (0..batch).flat_map(move |image| places.clone().map(move |(y, x)| (image, y, x)))
}

#[test]
fn depthwise_convolutions_have_the_bits_of_the_plain_loop() {
    for rows in windows() {
        for columns in windows() {
            for channels in [1, 3, 16, 35] {
                let batch = 2;
                let input = values(batch * rows.input * columns.input * channels, 7);
                let (weights, bias) = (
                    values(rows.size * columns.size * channels, 8),
                    values(channels, 9),
                );
                for fused in [true, false] {
                    let mut plain = Vec::new();
                    for (image, y, x) in cells(batch, rows, columns) {
                        for channel in 0..channels {
                            let mut sum = if fused { bias[channel] } else { 0.0 };
                            for (tap_y, tap_x) in
                                (0..rows.size).flat_map(|y| (0..columns.size).map(move |x| (y, x)))
                            {
                                if let (Some(y), Some(x)) = (rows.at(y, tap_y), columns.at(x, tap_x)) {
                                    let at =
                                        ((image * rows.input + y) * columns.input + x) * channels + channel;
                                    let weight = weights[(tap_y * columns.size + tap_x) * channels + channel];
                                    sum = if fused {
                                        input[at].mul_add(weight, sum)
                                    } else {
                                        sum + input[at] * weight
                                    };
                                }
                            }
                            if !fused {
                                sum += bias[channel];
                            }
                            plain.push(sum.clamp(0.0, 6.0));
                        }
                    }
                    let depthwise = Depthwise {
                        rows,
                        columns,
                        channels,
                    };
                    let filter = Filter {
                        weights: &weights,
                        bias: &bias,
                        fused,
                    };
                    for (arch, threads) in arches().into_iter().zip([1, 2, 7]) {
                        let mut out = vec![9.0; plain.len()];
                        let range = depthwise.run_with(arch, filter, CLAMPS[1], &input, &mut out, threads);
                        assert_eq!(bits(&out), bits(&plain), "{arch:?} {depthwise:?} {threads}");
                        assert_range(range, &out, "depthwise");
                    }
                }
            }
        }
    }
}

#[test]
fn pooling_has_the_bits_of_the_plain_loop() {
    for (max, rows) in [true, false]
        .into_iter()
        .flat_map(|max| windows().into_iter().map(move |rows| (max, rows)))
    {
        for (columns, channels) in windows().into_iter().zip([1, 3, 16, 35].into_iter().cycle()) {
            let input = values(2 * rows.input * columns.input * channels, 10);
            let mut plain = Vec::new();
            for (image, y, x) in cells(2, rows, columns) {
                for channel in 0..channels {
                    let places = rows
                        .inside(y)
                        .flat_map(|y| columns.inside(x).map(move |x| (y, x)));
                    let at =
                        |(y, x)| input[((image * rows.input + y) * columns.input + x) * channels + channel];
                    let elements: Vec<f32> = places.map(at).collect();
                    let value = if max {
                        elements
                            .iter()
                            .copied()
                            .fold(f32::MIN, |max, x| if x > max { x } else { max })
                    } else {
                        elements.iter().fold(0.0, |sum, x| sum + x) / elements.len() as f32
                    };
                    plain.push(value.clamp(0.0, 6.0));
                }
            }
            let pool = Pool {
                max,
                rows,
                columns,
                channels,
            };
            let mut out = vec![9.0; plain.len()];
            let range = pool.run(CLAMPS[1], &input, &mut out, 2);
            assert_eq!(bits(&out), bits(&plain), "{pool:?}");
            assert_range(range, &out, "pool");
        }
    }
}
