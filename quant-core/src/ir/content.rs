//! What a buffer holds.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Bytes;
use crate::numeric::coding::{self, Coding, Float};

/// Floats that are made at once when the bytes of a fake-quantized constant are asked for piece by piece.
const PIECE: usize = 1 << 20;

/// The bytes of a buffer; clones share them.
#[derive(Clone)]
pub enum Content {
    /// As they are.
    Plain(Bytes),
    /// The floats of a fake-quantized constant.
    FakeQuantized(Arc<FakeQuantized>),
}

/// Floats that are all multiples of a scale, kept as the integers that they stand for.
///
/// They take a quarter (uint8) or half (int16) of the memory, and stage 3 has nothing left to compute.
#[derive(Debug)]
pub struct FakeQuantized {
    /// The integers, as bytes.
    pub integers: Bytes,
    /// How many.
    pub count: usize,
    /// What they stand for.
    pub coding: Coding,
}

impl Content {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::FakeQuantized(fake) => 4 * fake.count,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. Those of fake-quantized floats are made for this call; [`Self::pieces`] needs less memory.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Plain(bytes) => Cow::Borrowed(bytes),
            Self::FakeQuantized(fake) => Cow::Owned(fake.floats().into_flattened()),
        }
    }

    /// The bytes as floats; `None` when they are no whole number of floats.
    pub fn floats(&self) -> Option<Cow<'_, [Float]>> {
        match self {
            Self::Plain(bytes) => coding::floats(bytes).map(Cow::Borrowed),
            Self::FakeQuantized(fake) => Some(Cow::Owned(fake.floats())),
        }
    }

    /// Hands the bytes to `take`, in order, in one piece or in several.
    ///
    /// # Errors
    /// The first of `take`.
    pub fn pieces<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let fake = match self {
            Self::Plain(bytes) => return take(bytes),
            Self::FakeQuantized(fake) => fake,
        };
        let mut floats = vec![[0; 4]; PIECE.min(fake.count)];
        for start in (0..fake.count).step_by(PIECE) {
            let piece = &mut floats[..PIECE.min(fake.count - start)];
            fake.coding.dequantize(&fake.integers, start, piece);
            take(piece.as_flattened())?;
        }
        Ok(())
    }

    /// Nobody is about to look at these bytes: the memory of a mapped file may go until somebody does.
    pub fn release(&self) {
        match self {
            Self::Plain(bytes) => bytes.release(),
            Self::FakeQuantized(fake) => fake.integers.release(),
        }
    }
}

impl FakeQuantized {
    /// The integers, when quantizing the floats with `coding` would make the very same ones: it is the coding that
    /// they stand for the floats with, and the floats are numbers (a range wider than the largest float has ends
    /// that are none).
    pub fn integers_for(&self, coding: &Coding) -> Option<Bytes> {
        (self.coding == *coding && coding.ends_are_finite()).then(|| self.integers.clone())
    }

    fn floats(&self) -> Vec<Float> {
        let mut floats = vec![[0; 4]; self.count];
        self.coding.dequantize(&self.integers, 0, &mut floats);
        floats
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Plain(bytes.into())
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.bytes() == other.bytes()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::affine::asymmetric_u8;
    use crate::numeric::channels::Channels;
    use quant_case::QuantType;

    #[test]
    fn pieces_make_the_bytes() {
        for count in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 7] {
            let integers: Vec<u8> = (0..count).map(|i| (i % 253) as u8).collect();
            let coding = Coding {
                dtype: QuantType::Uint8,
                channels: Channels::new(3, 1),
                ranges: vec![
                    asymmetric_u8(-1.0, 2.0),
                    asymmetric_u8(0.0, 3.0),
                    asymmetric_u8(-5.0, 0.0),
                ],
            };
            let fake = Content::FakeQuantized(Arc::new(FakeQuantized {
                integers: integers.into(),
                count,
                coding,
            }));
            let mut pieced = Vec::new();
            let done: Result<(), ()> = fake.pieces(|piece| {
                pieced.extend_from_slice(piece);
                Ok(())
            });
            assert_eq!(done, Ok(()));
            assert!(pieced == *fake.bytes(), "{count}");
            assert_eq!(fake.len(), pieced.len());
            assert!(fake == Content::from(pieced), "{count}");
        }
    }
}
