//! A part of an image by itself, of which another window tells where it ends.

use super::windows::windows;
use super::{CLAMPS, arches, bits, values};
use quant_kernel::{Convolution, Depthwise, Filter, Packed, Range, Window};

/// The window over rows `from..to` of the output alone, and the rows of the image that it needs.
fn part(window: Window, from: usize, to: usize) -> (Window, std::ops::Range<usize>) {
    let taps = (from..to).flat_map(|y| (0..window.size).filter_map(move |tap| window.at(y, tap)));
    let (first, last) = (taps.clone().min(), taps.max());
    let read = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
    // Padding before, of which a part has less.
    let part = Window {
        output: to - from,
        before: window.before + read.start - from * window.stride,
        input: read.len(),
        ..window
    };
    (part, read)
}

/// Makes an image in parts of so many rows.
fn in_parts(
    rows: Window,
    height: usize,
    (line, row): (usize, usize),
    out: &mut [f32],
    mut run: impl FnMut(Window, std::ops::Range<usize>, &mut [f32]) -> Range,
) -> Range {
    let mut range = Range::EMPTY;
    for from in (0..rows.output).step_by(height) {
        let to = rows.output.min(from + height);
        let (window, read) = part(rows, from, to);
        let made = run(
            window,
            read.start * line..read.end * line,
            &mut out[from * row..to * row],
        );
        range = range.join(made);
    }
    range
}

#[test]
fn parts_of_an_image_have_the_bits_of_the_whole() {
    let plain = |window: &Window| window.dilation == 1 && window.stride <= window.size;
    let clamp = CLAMPS[1];
    for (number, rows) in windows().into_iter().filter(plain).enumerate() {
        for columns in windows().into_iter().skip(number % 5).step_by(5) {
            let (channels, n) = (3 + 8 * (number % 4), 5 + 7 * number);
            let taps = rows.size * columns.size;
            let input = values(rows.input * columns.input * channels, 4);
            let (weights, bias) = (values(n * taps * channels, 5), values(n.max(channels), 6));
            let convolution = |rows| Convolution {
                batch: 1,
                rows,
                columns,
                inputs: channels,
            };
            let depthwise = |rows| Depthwise {
                rows,
                columns,
                channels,
            };
            let filter = Filter {
                weights: &weights[..taps * channels],
                bias: &bias[..channels],
                fused: true,
            };
            for arch in arches() {
                let packed = Packed::with(arch, n, taps * channels, &weights, Some(&bias[..n]));
                let (line, places) = (columns.input * channels, rows.output * columns.output);
                let mut whole = [vec![9.0; places * n], vec![9.0; places * channels]];
                let ranges = [
                    convolution(rows).run(&packed, clamp, &input, &mut whole[0], 1),
                    depthwise(rows).run_with(arch, filter, clamp, &input, &mut whole[1], 1),
                ];
                for height in (1..=rows.output).take(5) {
                    let mut made = [vec![8.0; places * n], vec![8.0; places * channels]];
                    let [first, second] = &mut made;
                    let found = [
                        in_parts(
                            rows,
                            height,
                            (line, columns.output * n),
                            first,
                            |rows, read, out| convolution(rows).run(&packed, clamp, &input[read], out, 1),
                        ),
                        in_parts(
                            rows,
                            height,
                            (line, columns.output * channels),
                            second,
                            |rows, read, out| {
                                depthwise(rows).run_with(arch, filter, clamp, &input[read], out, 1)
                            },
                        ),
                    ];
                    assert_eq!(
                        made.each_ref().map(|x| bits(x)),
                        whole.each_ref().map(|x| bits(x)),
                        "{arch:?} {rows:?} {height}"
                    );
                    assert_eq!(found, ranges, "{arch:?} {rows:?} {height}");
                }
            }
        }
    }
}
