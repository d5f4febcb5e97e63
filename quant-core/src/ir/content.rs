//! What a buffer holds.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Bytes;
use crate::numeric::coding::{self, Coding, Float};

/// Floats in a piece, 4 MiB.
const PIECE: usize = 1 << 20;

/// The bytes of a buffer; clones share them.
#[derive(Clone)]
pub enum Content {
    /// As they are.
    Plain(Bytes),
    /// The floats of a fake-quantized constant.
    FakeQuantized(Arc<FakeQuantized>),
}

/// Floats that become integers and floats again when somebody asks for them.
///
/// They need no memory beside the floats that they come from, which may stand in a file, and stage 3 makes its
/// integers of those.
#[derive(Debug)]
pub struct FakeQuantized {
    /// The floats before.
    source: Bytes,
    coding: Coding,
}

impl Content {
    /// The integers that `coding` makes of floats (see [`Coding::quantize`]).
    pub fn quantized(coding: &Coding, floats: &[Float], clipped: bool) -> Self {
        let mut integers = quant_schema::zeros(coding.bytes(floats.len()));
        coding.quantize(floats, clipped, &mut integers);
        Self::Plain(Bytes::new(integers))
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::FakeQuantized(fake) => size_of_val(fake.source()),
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

    /// Hands the bytes to `take`, in order, in pieces. Memory of a mapped file is given back behind each.
    ///
    /// # Errors
    /// The first of `take`.
    pub fn pieces<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Plain(bytes) => {
                for piece in bytes.chunks(4 * PIECE) {
                    take(piece)?;
                    bytes.share(piece).release();
                }
            }
            Self::FakeQuantized(fake) => {
                let source = fake.source();
                let mut floats = vec![[0; 4]; PIECE.min(source.len())];
                for (piece, source) in source.chunks(PIECE).enumerate() {
                    let floats = &mut floats[..source.len()];
                    fake.coding.fake_quantize(source, piece * PIECE, floats);
                    fake.source.share(source.as_flattened()).release();
                    take(floats.as_flattened())?;
                }
            }
        }
        Ok(())
    }

    /// Nobody is about to look at these bytes: the memory of a mapped file may go until somebody does.
    pub fn release(&self) {
        match self {
            Self::Plain(bytes) => bytes.release(),
            Self::FakeQuantized(fake) => fake.source.release(),
        }
    }
}

impl FakeQuantized {
    /// What `coding` makes of these bytes, which are floats.
    pub fn new(source: Bytes, coding: Coding) -> Self {
        Self { source, coding }
    }

    /// What quantizing the floats with `coding` makes, without making the floats; `None` when it is not the coding
    /// that they have been through, or when they are no numbers (a range wider than the largest float has ends that
    /// are none).
    pub fn quantize(&self, coding: &Coding) -> Option<Content> {
        let same = self.coding == *coding && coding.ends_are_finite();
        same.then(|| Content::quantized(coding, self.source(), true))
    }

    fn source(&self) -> &[Float] {
        self.source.as_chunks().0
    }

    fn floats(&self) -> Vec<Float> {
        let mut floats = vec![[0; 4]; self.source().len()];
        self.coding.fake_quantize(self.source(), 0, &mut floats);
        // Whoever has the floats does not need what they come from.
        self.source.release();
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
            let source: Vec<u8> = (0..count)
                .flat_map(|i| ((i % 253) as f32 / 50.0 - 2.0).to_le_bytes())
                .collect();
            let coding = Coding {
                dtype: QuantType::Uint8,
                channels: Channels::new(3, 1),
                ranges: vec![
                    asymmetric_u8(-1.0, 2.0),
                    asymmetric_u8(0.0, 3.0),
                    asymmetric_u8(-5.0, 0.0),
                ],
            };
            let fake = FakeQuantized::new(source.into(), coding);
            let fake = Content::FakeQuantized(Arc::new(fake));
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
