//! Sums of tensors.

use super::{OUTPUTS, Random, both, finished, given, times};
use quant_kernel::integer::{Add, Factor, Halves, Machine, Output, Scaling};

#[test]
fn sums_of_tensors_are_those_of_the_plain_loop() {
    let mut random = Random(4);
    for count in 0..71 {
        let pairs = [random.bytes(count), random.bytes(count)];
        let factors = random.channels(3);
        for (output, minus) in OUTPUTS
            .into_iter()
            .flat_map(|output| [(output, false), (output, true)])
        {
            let zeros = [
                (random.next() % 256) as i32 - 128,
                (random.next() % 256) as i32 - 128,
            ];
            let [a, b] = pairs.each_ref().map(|bytes| both(bytes));
            for (a, b) in [(&a[0], &b[0]), (&a[1], &b[0]), (&a[1], &b[1])] {
                let scaling = Scaling {
                    left: 20,
                    factors: [factors[0].factor, factors[1].factor],
                    cuts: false,
                };
                for vectors in [
                    None,
                    Some((16, once(scaling))),
                    Some((
                        8,
                        Scaling {
                            cuts: true,
                            ..scaling
                        },
                    )),
                ] {
                    let add = Add {
                        minus,
                        zeros: [zeros[0] + i32::from(a.1), zeros[1] + i32::from(b.1)],
                        scaling,
                        by: factors[2].factor,
                        output,
                        vectors,
                    };
                    for machine in Machine::all() {
                        let mut out = vec![7; count];
                        add.run(machine, [given(a), given(b)], &mut out);
                        for (at, made) in out.iter().enumerate() {
                            let of = [0, 1].map(|side| i32::from(pairs[side][at]) - zeros[side]);
                            let wanted = naive(&add, of, count, at);
                            assert_eq!(*made, wanted, "{machine:?} {vectors:?} {count} at {at}");
                        }
                    }
                }
            }
        }
    }
}

/// Bits to spare and the factor's exponent as one shift to the left.
fn once(scaling: Scaling) -> Scaling {
    let factors = scaling.factors.map(|Factor { mantissa, exponent }| Factor {
        mantissa,
        exponent: (scaling.left + exponent).clamp(0, scaling.left),
    });
    Scaling {
        left: 0,
        factors,
        cuts: false,
    }
}

/// Element `at` of `count`, of inputs less their zero points.
fn naive(add: &Add, of: [i32; 2], count: usize, at: usize) -> i8 {
    let vectors = add
        .vectors
        .filter(|(lanes, _)| at < count - count % lanes)
        .map(|(_, scaling)| scaling);
    let scaling = vectors.unwrap_or(add.scaling);
    let [p, q] = [0, 1].map(|side| {
        let (x, by) = (of[side] << scaling.left, scaling.factors[side]);
        if scaling.cuts {
            let whole = Factor {
                exponent: by.exponent.max(0),
                ..by
            };
            times(x, whole, Halves::Away) >> (-by.exponent).clamp(0, 31)
        } else {
            times(x, by, Halves::Away)
        }
    });
    let sum = if add.minus {
        p.wrapping_sub(q)
    } else {
        p.wrapping_add(q)
    };
    let sum = times(sum, add.by, Halves::Away);
    let (zero, output) = (
        add.output.zero,
        Output {
            zero: 0,
            ..add.output
        },
    );
    if vectors.is_some() {
        return finished(i32::from((sum as i16).wrapping_add(zero as i16)), output);
    }
    finished(sum, add.output)
}
