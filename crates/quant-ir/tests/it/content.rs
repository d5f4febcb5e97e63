//! Tests of `content`.

use half::f16;
use quant_ir::{Computed, Content, Float};
use std::any::Any;
use std::sync::Arc;

/// Each float and its number.
#[derive(Debug)]
struct Counted(Content);

impl Computed for Counted {
    fn source(&self) -> &Content {
        &self.0
    }

    fn make(&self, source: &[Float], start: usize, floats: &mut [Float]) {
        for (number, (from, to)) in (start..).zip(source.iter().zip(floats)) {
            *to = (f32::from_le_bytes(*from) + number as f32).to_le_bytes();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Floats that a piece has.
const PIECE: usize = 1 << 20;

#[test]
fn pieces_make_the_bytes() {
    for count in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 7] {
        let source: Vec<u8> = (0..count)
            .flat_map(|i| ((i % 253) as f32 / 50.0 - 2.0).to_le_bytes())
            .collect();
        let halves = source.as_chunks().0.iter();
        let halves = halves.flat_map(|x| f16::from_f32(f32::from_le_bytes(*x)).to_le_bytes());
        let halves = Content::Halves(halves.collect::<Vec<_>>().into());
        let counted = |source| Content::Computed(Arc::new(Counted(source)));
        for (made, plain) in [
            (halves.clone(), halves.bytes().into_owned()),
            (
                counted(source.clone().into()),
                counted(source.into()).bytes().into_owned(),
            ),
            (
                counted(halves.clone()),
                counted(halves.bytes().into_owned().into()).bytes().into_owned(),
            ),
        ] {
            let mut pieced = Vec::new();
            let done: Result<(), ()> = made.pieces(|piece| {
                pieced.extend_from_slice(piece);
                Ok(())
            });
            assert_eq!(done, Ok(()));
            assert!(pieced == *made.bytes() && pieced == plain, "{count}");
            assert_eq!(made.len(), pieced.len());
            assert!(made == Content::from(pieced), "{count}");
        }
    }
}
