//! Convolutions in Eigen's order against what Eigen 3.4.0 computes: g++ -O3 for x86-64, `setCpuCacheSizes(32768, 262144,
//! 2097152)`, row-major filters times column-major patches as TensorFlow Lite multiplies them.

use quant_kernel::eigen::Filters;
use quant_kernel::{Clamp, Convolution, Range, Window};

/// For a number of output channels, FNV-1a over the bytes of the products of all [`PIXELS`] and [`DEPTHS`].
const EIGEN: [(usize, u32); 17] = [
    (1, 0x2fb1_b4bb),
    (2, 0x37a3_3b8c),
    (3, 0x0237_4a9a),
    (4, 0x5024_5946),
    (5, 0x0e4e_4162),
    (7, 0xea36_ac01),
    (8, 0x8f85_4004),
    (9, 0x9a89_3627),
    (11, 0xe26c_80c4),
    (12, 0x3949_bf2b),
    (13, 0x8cc0_189f),
    (16, 0xdf32_aa0b),
    (17, 0xc403_dc46),
    (20, 0x6589_6b3e),
    (24, 0xaaae_4bde),
    (31, 0x16a4_9ae4),
    (64, 0xcd86_a20e),
];
const PIXELS: [usize; 9] = [1, 2, 3, 4, 5, 7, 8, 13, 40];
const DEPTHS: [usize; 22] = [
    1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 18, 27, 31, 64, 100, 679, 680, 681, 700, 1361, 2304,
];

/// −1…1, as a linear congruential generator makes them.
fn values(count: usize, state: &mut u32) -> Vec<f32> {
    let mut next = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn window(output: usize, size: usize, stride: usize, before: usize, input: usize) -> Window {
    Window {
        output,
        before,
        stride,
        dilation: 1,
        size,
        input,
    }
}

fn matrix(pixels: usize, inputs: usize) -> Convolution {
    Convolution {
        batch: 1,
        rows: window(pixels, 1, 1, 0, pixels),
        columns: window(1, 1, 1, 0, 1),
        inputs,
    }
}

#[test]
fn products_have_the_bits_of_eigen() {
    for (n, eigen) in EIGEN {
        let mut hash = 0x811c_9dc5_u32;
        for (pixels, k) in PIXELS.iter().flat_map(|pixels| DEPTHS.map(|k| (*pixels, k))) {
            let mut state = (n * 10007 + pixels * 101 + k) as u32;
            let (weights, input) = (values(n * k, &mut state), values(k * pixels, &mut state));
            let filters = Filters::new(n, k, &weights, None);
            let mut out = vec![9.0; n * pixels];
            let range = filters.convolve(&matrix(pixels, k), Clamp::NONE, &input, &mut out, 1 + pixels % 3);
            assert_eq!(range.checked(&out), Range::of(&out), "{n} {pixels} {k}");
            for byte in out.iter().flat_map(|x| x.to_le_bytes()) {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        }
        assert_eq!(hash, eigen, "{n} channels");
    }
}

#[test]
fn windows_are_products_of_their_patches() {
    let shapes = [
        (window(5, 3, 1, 1, 5), window(4, 3, 2, 1, 7)),
        (window(2, 2, 3, 0, 5), window(9, 1, 1, 0, 9)),
    ];
    for ((rows, columns), (n, inputs)) in shapes.into_iter().zip([(7, 3), (13, 5)]) {
        let shape = Convolution {
            batch: 2,
            rows,
            columns,
            inputs,
        };
        let k = rows.size * columns.size * inputs;
        let mut state = 1;
        let input = values(2 * rows.input * columns.input * inputs, &mut state);
        let (weights, bias) = (values(n * k, &mut state), values(n, &mut state));
        let mut patches = Vec::new();
        for (image, y, x) in (0..2 * rows.output * columns.output).map(|at| {
            let row = at / columns.output;
            (row / rows.output, row % rows.output, at % columns.output)
        }) {
            for (i, j) in (0..rows.size).flat_map(|i| (0..columns.size).map(move |j| (i, j))) {
                for channel in 0..inputs {
                    let place = rows.at(y, i).zip(columns.at(x, j));
                    patches.push(place.map_or(0.0, |(y, x)| {
                        input[((image * rows.input + y) * columns.input + x) * inputs + channel]
                    }));
                }
            }
        }
        let filters = Filters::new(n, k, &weights, Some(&bias));
        let clamp = Clamp {
            low: -0.5,
            high: 0.75,
        };
        let pixels = patches.len() / k;
        let (mut out, mut plain) = (vec![9.0; n * pixels], vec![9.0; n * pixels]);
        filters.convolve(&shape, clamp, &input, &mut out, 2);
        let bare = Filters::new(n, k, &weights, None);
        bare.convolve(&matrix(pixels, k), Clamp::NONE, &patches, &mut plain, 1);
        for (plain, bias) in plain.iter_mut().zip(bias.iter().cycle()) {
            *plain = (*plain + bias).clamp(-0.5, 0.75);
        }
        assert_eq!(out, plain);
    }
}
