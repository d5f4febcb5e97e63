//! Sums of tensors.

use super::{OUTPUTS, Random, both, finished, given, times};
use quant_kernel::integer::{Add, Halves, Machine};

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
                let add = Add {
                    minus,
                    zeros: [zeros[0] + i32::from(a.1), zeros[1] + i32::from(b.1)],
                    left: 20,
                    factors: [factors[0].factor, factors[1].factor],
                    by: factors[2].factor,
                    output,
                };
                for machine in Machine::all() {
                    let mut out = vec![7; count];
                    add.run(machine, [given(a), given(b)], &mut out);
                    for (at, made) in out.iter().enumerate() {
                        let [p, q] = [0, 1].map(|side| {
                            let x = (i32::from(pairs[side][at]) - zeros[side]) << 20;
                            times(x, factors[side].factor, Halves::Away)
                        });
                        let sum = if minus {
                            p.wrapping_sub(q)
                        } else {
                            p.wrapping_add(q)
                        };
                        let wanted = finished(times(sum, factors[2].factor, Halves::Away), output);
                        assert_eq!(*made, wanted, "{machine:?} {count} at {at}");
                    }
                }
            }
        }
    }
}
