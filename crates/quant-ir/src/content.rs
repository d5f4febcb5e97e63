//! What a buffer holds.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use half::f16;
use rayon::prelude::*;

use super::Bytes;

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
    /// Floats that are computed when somebody asks for them.
    Computed(Arc<dyn Computed>),
}

/// A float as files hold it: four bytes, the lowest first.
pub type Float = [u8; 4];

/// Floats that are a function of other floats, number by number.
///
/// They need no memory beside the floats (or halves) that they come from, which may stand in a file.
pub trait Computed: fmt::Debug + Send + Sync + 'static {
    /// What they come from.
    fn source(&self) -> &Content;

    /// Makes as many floats as there are in `source`, which is that of number `start` on; `start` is even.
    fn make(&self, source: &[Float], start: usize, floats: &mut [Float]);

    /// This very type, for whoever knows it.
    fn as_any(&self) -> &dyn Any;
}

impl Content {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::Halves(bytes) => 2 * bytes.len(),
            Self::Computed(made) => made.source().len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. Those of halves and of computed floats are made for this call; [`Self::pieces`] needs less
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
            Self::Plain(bytes) => floats(bytes).map(Cow::Borrowed),
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
            Self::Computed(made) => compute(made.as_ref(), start, floats),
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
            Self::Computed(made) => made.source().release_part(start, count),
        }
    }

    /// Nobody is about to look at these bytes: the memory of a mapped file may go until somebody does.
    pub fn release(&self) {
        match self {
            Self::Plain(bytes) | Self::Halves(bytes) => bytes.release(),
            Self::Computed(made) => made.source().release(),
        }
    }
}

/// Floats as files hold them; `None` when the bytes are no whole number of floats.
fn floats(bytes: &[u8]) -> Option<&[Float]> {
    let (floats, rest) = bytes.as_chunks();
    rest.is_empty().then_some(floats)
}

fn compute(made: &dyn Computed, start: usize, floats: &mut [Float]) {
    if let Content::Plain(bytes) = made.source() {
        return made.make(&bytes.as_chunks().0[start..start + floats.len()], start, floats);
    }
    let mut source = vec![[0; 4]; PIECE.min(floats.len())];
    for (piece, floats) in floats.chunks_mut(PIECE).enumerate() {
        let (start, source) = (start + piece * PIECE, &mut source[..floats.len()]);
        made.source().fill(start, source);
        made.make(source, start, floats);
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
