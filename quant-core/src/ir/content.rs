//! What a buffer holds.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use half::f16;
use rayon::prelude::*;

use super::Bytes;
use crate::numeric::coding::{self, Coding, Float};

/// Floats in a piece, 4 MiB.
const PIECE: usize = 1 << 20;

/// Floats that a task widens.
const TASK: usize = 1 << 16;

/// The bytes of a buffer; clones share them.
#[derive(Clone)]
pub enum Content {
    /// As they are.
    Plain(Bytes),
    /// Floats, kept as the halves that the file has of them.
    Halves(Bytes),
    /// The floats of a fake-quantized constant.
    FakeQuantized(Arc<FakeQuantized>),
}

/// Floats that become integers and floats again when somebody asks for them.
///
/// They need no memory beside the floats (or halves) that they come from, which may stand in a file, and stage 3 makes
/// its integers of those.
#[derive(Debug)]
pub struct FakeQuantized {
    /// The floats before.
    source: Content,
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
            Self::Halves(bytes) => 2 * bytes.len(),
            Self::FakeQuantized(fake) => fake.source.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. Those of halves and of fake-quantized floats are made for this call; [`Self::pieces`] needs less
    /// memory.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Plain(bytes) => Cow::Borrowed(bytes),
            _ => Cow::Owned(self.made().into_flattened()),
        }
    }

    /// The bytes as floats; `None` when they are no whole number of floats.
    pub fn floats(&self) -> Option<Cow<'_, [Float]>> {
        match self {
            Self::Plain(bytes) => coding::floats(bytes).map(Cow::Borrowed),
            _ => Some(Cow::Owned(self.made())),
        }
    }

    /// All floats. Whoever has them does not need what they come from.
    fn made(&self) -> Vec<Float> {
        let mut floats = vec![[0; 4]; self.len() / size_of::<Float>()];
        self.fill(0, &mut floats);
        self.release();
        floats
    }

    /// The floats from number `start` on.
    fn fill(&self, start: usize, floats: &mut [Float]) {
        match self {
            Self::Plain(bytes) => floats.copy_from_slice(&bytes.as_chunks().0[start..start + floats.len()]),
            Self::Halves(bytes) => {
                let halves = &bytes.as_chunks().0[start..start + floats.len()];
                let tasks = halves.par_chunks(TASK).zip(floats.par_chunks_mut(TASK));
                tasks.for_each(|(halves, floats)| {
                    for (half, float) in halves.iter().zip(floats) {
                        *float = f16::from_le_bytes(*half).to_f32().to_le_bytes();
                    }
                });
            }
            Self::FakeQuantized(fake) => fake.fill(start, floats),
        }
    }

    /// Hands the bytes to `take`, in order, in pieces. Memory of a mapped file is given back behind each.
    ///
    /// # Errors
    /// The first of `take`.
    pub fn pieces<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if let Self::Plain(bytes) = self {
            for piece in bytes.chunks(4 * PIECE) {
                take(piece)?;
                bytes.share(piece).release();
            }
            return Ok(());
        }
        let count = self.len() / size_of::<Float>();
        let mut floats = vec![[0; 4]; PIECE.min(count)];
        for start in (0..count).step_by(PIECE) {
            let floats = &mut floats[..PIECE.min(count - start)];
            self.fill(start, floats);
            self.release_part(start, floats.len());
            take(floats.as_flattened())?;
        }
        Ok(())
    }

    /// The memory of `count` floats from number `start` on may go.
    fn release_part(&self, start: usize, count: usize) {
        let part = |bytes: &Bytes, size: usize| {
            let part = bytes.get(size * start..size * (start + count));
            part.map(|part| bytes.share(part)).iter().for_each(Bytes::release);
        };
        match self {
            Self::Plain(bytes) => part(bytes, 4),
            Self::Halves(bytes) => part(bytes, 2),
            Self::FakeQuantized(fake) => fake.source.release_part(start, count),
        }
    }

    /// Nobody is about to look at these bytes: the memory of a mapped file may go until somebody does.
    pub fn release(&self) {
        match self {
            Self::Plain(bytes) | Self::Halves(bytes) => bytes.release(),
            Self::FakeQuantized(fake) => fake.source.release(),
        }
    }
}

impl FakeQuantized {
    /// What `coding` makes of this, which holds floats.
    pub fn new(source: Content, coding: Coding) -> Self {
        Self { source, coding }
    }

    /// What quantizing the floats with `coding` makes, without making the fake-quantized ones; `None` when it is not
    /// the coding that they have been through, or when they are no numbers (a range wider than the largest float has
    /// ends that are none).
    pub fn quantize(&self, coding: &Coding) -> Option<Content> {
        let same = self.coding == *coding && coding.ends_are_finite();
        let source = Some(&self.source).filter(|_| same)?;
        Some(Content::quantized(coding, &source.floats()?, true))
    }

    fn fill(&self, start: usize, floats: &mut [Float]) {
        if let Content::Plain(bytes) = &self.source {
            let source = &bytes.as_chunks().0[start..start + floats.len()];
            return self.coding.fake_quantize(source, start, floats);
        }
        let mut source = vec![[0; 4]; PIECE.min(floats.len())];
        for (piece, floats) in floats.chunks_mut(PIECE).enumerate() {
            let (start, source) = (start + piece * PIECE, &mut source[..floats.len()]);
            self.source.fill(start, source);
            self.coding.fake_quantize(source, start, floats);
        }
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
            let halves = source.as_chunks().0.iter();
            let halves = halves.flat_map(|x| f16::from_f32(f32::from_le_bytes(*x)).to_le_bytes());
            let halves = Content::Halves(halves.collect::<Vec<_>>().into());
            let fake = |source| Content::FakeQuantized(Arc::new(FakeQuantized::new(source, coding.clone())));
            for (made, plain) in [
                (halves.clone(), halves.bytes().into_owned()),
                (
                    fake(source.clone().into()),
                    fake(source.into()).bytes().into_owned(),
                ),
                (
                    fake(halves.clone()),
                    fake(halves.bytes().into_owned().into()).bytes().into_owned(),
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
}
