//! Convolutions.

use super::{OUTPUTS, Random, both, finished, given, times};
use quant_kernel::Window;
use quant_kernel::integer::{Convolution, Depthwise, Filters, Machine, Out, Taps};

/// A window of `size` elements moved over `input` ones, with padding before as given and after as it comes.
pub fn window(input: usize, size: usize, stride: usize, dilation: usize, before: usize) -> Window {
    let reach = (size - 1) * dilation + 1;
    Window {
        output: (input + 2 * before - reach) / stride + 1,
        before,
        stride,
        dilation,
        size,
        input,
    }
}

/// Rows, columns.
pub fn windows() -> Vec<(Window, Window)> {
    vec![
        (window(1, 1, 1, 1, 0), window(5, 1, 1, 1, 0)),
        (window(5, 3, 1, 1, 1), window(7, 3, 1, 1, 1)),
        (window(6, 3, 2, 1, 1), window(9, 3, 2, 1, 0)),
        (window(9, 2, 1, 2, 1), window(8, 4, 3, 2, 2)),
        (window(7, 5, 1, 1, 2), window(6, 5, 1, 1, 2)),
        (window(4, 1, 1, 1, 0), window(5, 2, 2, 1, 0)),
        (window(5, 1, 2, 1, 0), window(6, 1, 2, 1, 0)),
        (window(2, 3, 1, 1, 2), window(3, 2, 1, 3, 3)),
    ]
}

#[test]
fn convolutions_are_those_of_the_plain_loop() {
    let mut random = Random(2);
    for (rows, columns) in windows() {
        for (groups, depth, n) in [(1, 3, 5), (1, 8, 16), (3, 2, 4), (2, 5, 20), (1, 1, 33)] {
            let (batch, inputs) = (2, groups * depth);
            let bytes = random.bytes(batch * rows.input * columns.input * inputs);
            let zero = (random.next() % 256) as i16 - 128;
            let k = rows.size * columns.size * depth;
            let weights = random.weights(groups * n * k);
            let channels = random.channels(groups * n);
            let stride = groups * n;
            let positions = batch * rows.output * columns.output;
            let wanted = |at: usize, channel: usize| {
                let (column, row) = (at % columns.output, at / columns.output % rows.output);
                let image = at / columns.output / rows.output;
                let mut sum = channels[channel].bias;
                for (i, j) in (0..rows.size).flat_map(|i| (0..columns.size).map(move |j| (i, j))) {
                    let Some((y, x)) = rows.at(row, i).zip(columns.at(column, j)) else {
                        continue;
                    };
                    for d in 0..depth {
                        let from =
                            ((image * rows.input + y) * columns.input + x) * inputs + channel / n * depth + d;
                        let weight = weights[channel * k + (i * columns.size + j) * depth + d];
                        sum =
                            sum.wrapping_add((i32::from(bytes[from]) - i32::from(zero)) * i32::from(weight));
                    }
                }
                sum
            };
            let sums: Vec<i32> = (0..positions * stride)
                .map(|at| wanted(at / stride, at % stride))
                .collect();
            let mut scratch = Vec::new();
            for machine in Machine::all() {
                for (output, bytes) in OUTPUTS.iter().zip(both(&bytes).iter().cycle()) {
                    let convolution = Convolution {
                        batch,
                        rows,
                        columns,
                        channels: inputs,
                        depth,
                        zero: zero + bytes.1,
                    };
                    let runs = Convolution::runs(rows.size, columns.size, columns.dilation, depth);
                    let mut out = vec![7; positions * stride];
                    for group in 0..groups {
                        let of = group * n..(group + 1) * n;
                        let weights = &weights[group * n * k..][..n * k];
                        let filters = Filters::new(machine, runs, weights, &channels[of]);
                        let out = Out::Bytes {
                            output: *output,
                            out: &mut out[group * n..],
                            stride,
                        };
                        convolution.run(&filters, (given(bytes), group * depth), out, &mut scratch);
                    }
                    for (at, (made, sum)) in out.iter().zip(&sums).enumerate() {
                        let wanted = finished(
                            times(*sum, channels[at % stride].factor, channels[at % stride].halves),
                            *output,
                        );
                        assert_eq!(
                            *made, wanted,
                            "{machine:?} {rows:?} {columns:?} {groups} {depth} {n} at {at}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn depthwise_convolutions_are_those_of_the_plain_loop() {
    let mut random = Random(3);
    for (rows, columns) in windows() {
        for (inputs, multiplier) in [
            (1, 1),
            (4, 1),
            (8, 1),
            (16, 1),
            (24, 1),
            (70, 1),
            (3, 2),
            (5, 4),
            (12, 1),
            (2, 1),
        ] {
            let (batch, n) = (2, inputs * multiplier);
            let bytes = random.bytes(batch * rows.input * columns.input * inputs);
            let zero = (random.next() % 256) as i16 - 128;
            let filter = random.weights(rows.size * columns.size * n);
            let channels = random.channels(n);
            let wanted = |at: usize| {
                let (channel, at) = (at % n, at / n);
                let (column, row) = (at % columns.output, at / columns.output % rows.output);
                let image = at / columns.output / rows.output;
                let mut sum = channels[channel].bias;
                for (i, j) in (0..rows.size).flat_map(|i| (0..columns.size).map(move |j| (i, j))) {
                    if let Some((y, x)) = rows.at(row, i).zip(columns.at(column, j)) {
                        let from =
                            ((image * rows.input + y) * columns.input + x) * inputs + channel / multiplier;
                        let weight = filter[(i * columns.size + j) * n + channel];
                        sum =
                            sum.wrapping_add((i32::from(bytes[from]) - i32::from(zero)) * i32::from(weight));
                    }
                }
                sum
            };
            let sums: Vec<i32> = (0..batch * rows.output * columns.output * n)
                .map(wanted)
                .collect();
            let mut scratch = Vec::new();
            for machine in Machine::all() {
                let taps = Taps::new(machine, [rows.size, columns.size], &filter, &channels);
                for (output, bytes) in OUTPUTS.iter().zip(both(&bytes).iter().cycle()) {
                    let depthwise = Depthwise {
                        batch,
                        rows,
                        columns,
                        multiplier,
                        zero: zero + bytes.1,
                    };
                    let mut out = vec![7; sums.len()];
                    let room = Out::Bytes {
                        output: *output,
                        out: &mut out,
                        stride: n,
                    };
                    depthwise.run(&taps, given(bytes), room, &mut scratch);
                    for (at, (made, sum)) in out.iter().zip(&sums).enumerate() {
                        let wanted = finished(
                            times(*sum, channels[at % n].factor, channels[at % n].halves),
                            *output,
                        );
                        assert_eq!(
                            *made, wanted,
                            "{machine:?} {rows:?} {columns:?} {inputs}x{multiplier} at {at}"
                        );
                    }
                }
            }
        }
    }
}
