//! Products of matrices.

use super::{OUTPUTS, Random, both, finished, given, times};
use quant_kernel::integer::{Filters, Machine, Out, packed_product, product};

#[test]
fn products_of_every_shape_are_those_of_the_plain_loop() {
    let mut random = Random(1);
    let mut shapes = vec![
        (1, 1, 1),
        (3, 5, 17),
        (25, 40, 33),
        (300, 16, 8),
        (13, 8, 1024),
        (0, 3, 4),
        (2, 0, 5),
    ];
    shapes.extend((1..70).map(|n| (n % 14 + 1, n, 71 - n)));
    for (m, n, k) in shapes {
        let (weights, channels) = (random.weights(n * k), random.channels(n));
        let bytes = random.bytes(m * k);
        let zero = (random.next() % 256) as i16 - 128;
        let sum = |row: usize, column: usize| {
            let each = (0..k).map(|i| {
                (i64::from(bytes[row * k + i]) - i64::from(zero)) * i64::from(weights[column * k + i])
            });
            each.sum::<i64>() as i32
        };
        let mut scratch = Vec::new();
        for machine in Machine::all() {
            let filters = Filters::new(machine, (1, k), &weights, &channels);
            for (output, bytes) in OUTPUTS.iter().zip(both(&bytes).iter().cycle()) {
                let mut out = vec![7; m * n];
                let input = (given(bytes), zero + bytes.1);
                let room = Out::Bytes {
                    output: *output,
                    out: &mut out,
                    stride: n,
                };
                packed_product(&filters, m, input, room, &mut scratch);
                for (at, made) in out.iter().enumerate() {
                    let (row, column) = (at / n, at % n);
                    let channel = channels[column];
                    let x = times(
                        sum(row, column).wrapping_add(channel.bias),
                        channel.factor,
                        channel.halves,
                    );
                    assert_eq!(*made, finished(x, *output), "{machine:?} {m}x{n}x{k} at {at}");
                }
                let mut sums = vec![7; m * n];
                let room = Out::Sums {
                    out: &mut sums,
                    stride: n,
                };
                packed_product(&filters, m, input, room, &mut scratch);
                for (at, made) in sums.iter().enumerate() {
                    let (row, column) = (at / n, at % n);
                    let wanted = sum(row, column).wrapping_add(channels[column].bias);
                    assert_eq!(*made, wanted, "{machine:?} {m}x{n}x{k} at {at}");
                }
            }
        }
    }
}

#[test]
fn unpacked_products_are_those_of_the_plain_loop() {
    let mut random = Random(5);
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
        let (a, b) = (random.weights(m * k), random.weights(n * k));
        let mut out = vec![7; m * n];
        product(k, &a, &b, &mut out);
        for (at, sum) in out.iter().enumerate() {
            let (row, column) = (at / n, at % n);
            let each = (0..k).map(|i| i64::from(a[row * k + i]) * i64::from(b[column * k + i]));
            assert_eq!(i64::from(*sum), each.sum::<i64>(), "{m}x{n}x{k} at {at}");
        }
    }
}
