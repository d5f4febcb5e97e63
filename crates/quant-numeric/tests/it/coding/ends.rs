//! Ends of ranges: what a float cannot hold, and the sign of a zero.

use super::{TYPES, coding};
use quant_numeric::affine::Affine;
use quant_numeric::channels::Channels;
use quant_numeric::coding::{BLOCK, Coding, Float, min_max};
use quant_types::QuantType;

#[test]
fn ends_that_a_float_cannot_hold_are_known() {
    for dtype in TYPES {
        let coding = |scale: f32| Coding {
            dtype,
            channels: Channels::one(),
            ranges: [1.0, scale]
                .map(|scale| Affine {
                    scale,
                    zero_point: 0,
                    nudged_min: 0.0,
                    nudged_max: 0.0,
                })
                .to_vec(),
        };
        let most = match dtype {
            QuantType::Uint8 => 255.0,
            QuantType::Int16 => 32767.0,
            QuantType::Int8 => 127.0,
            QuantType::Int4 => 7.0,
        };
        assert!(coding(1.0).ends_are_finite(), "{dtype}");
        assert!(coding(f32::MAX / most * 0.99).ends_are_finite(), "{dtype}");
        assert!(!coding(f32::MAX / most * 1.01).ends_are_finite(), "{dtype}");
        assert!(!coding(f32::NAN).ends_are_finite(), "{dtype}");
    }
    // The lowest float stands for infinity, as in what tools write.
    let mut lowest = coding(QuantType::Uint8, Channels::one());
    lowest.ranges[0].nudged_min = f32::MIN;
    assert!(!lowest.ends_are_finite());
}

/// Ranges go into files: a zero's sign must not depend on how the loops are cut.
#[test]
fn the_first_of_zeros_is_the_extreme() {
    let zero = |negative: bool| if negative { -0.0_f32 } else { 0.0 };
    for first in [true, false] {
        for length in [2, 31, 32, 33, 64, 100, BLOCK + 1] {
            // One of the other sign behind those of the first, at once, in the next row, and from then on.
            for others in [1..2, 1..length, length.min(32)..length] {
                let values: Vec<Float> = (0..length)
                    .map(|at| zero(first ^ others.contains(&at)).to_le_bytes())
                    .collect();
                for channels in [Channels::one(), Channels::new(1, 1)] {
                    let found = min_max(&values, channels).unwrap();
                    let bits = found.iter().flat_map(|(min, max)| [min.to_bits(), max.to_bits()]);
                    assert!(
                        bits.into_iter().all(|bits| bits == zero(first).to_bits()),
                        "{length} values, {others:?}"
                    );
                }
                let columns: Vec<Float> = values.iter().flat_map(|x| [*x, [0; 4]]).collect();
                let (min, max) = min_max(&columns, Channels::new(2, 1)).unwrap()[0];
                assert_eq!([min, max].map(f32::to_bits), [zero(first).to_bits(); 2]);
            }
        }
    }
}
