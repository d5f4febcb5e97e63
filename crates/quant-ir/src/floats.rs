//! The floats of a value, in memory that is used again.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};

use quant_schema::{FloatPages, float_pages};

/// Elements of a value: a vector, or a part of a longer one, which begins where a cache line does.
///
/// Vectors of the machine that lie across two cache lines are read and written at half the speed, and allocators mostly
/// return memory 16 bytes behind the beginning of a line. And a buffer that is used again for more elements than before is
/// not filled first ([`Self::renew`]). Large ones that are made anew lie on huge pages where the system has them.
#[derive(Default)]
pub struct Floats {
    room: Room,
    /// The part that counts; without one, all of it.
    part: Option<Range<usize>>,
}

enum Room {
    Heap(Vec<f32>),
    Pages(FloatPages),
}

impl Room {
    fn zeros(len: usize) -> Self {
        float_pages(len).map_or_else(|| Self::Heap(vec![0.0; len]), Self::Pages)
    }

    fn vector(&mut self) -> &mut Vec<f32> {
        match self {
            Self::Heap(floats) => floats,
            Self::Pages(floats) => {
                *self = Self::Heap(floats.to_vec());
                self.vector()
            }
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Deref for Room {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Heap(floats) => floats,
            Self::Pages(floats) => floats,
        }
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Heap(floats) => floats,
            Self::Pages(floats) => floats,
        }
    }
}

/// Bytes of a cache line, and of the largest vectors.
const LINE: usize = 64;

impl Floats {
    /// Makes it `len` elements of whatever value. Where there is too little memory it is allocated, for `most` elements if
    /// that is more.
    pub fn renew(&mut self, len: usize, most: usize) {
        if len + offset(&self.room) > self.room.len() {
            // The old one goes first.
            self.room = Room::default();
            self.room = Room::zeros(len.max(most) + LINE / size_of::<f32>());
        }
        let from = offset(&self.room);
        self.part = Some(from..from + len);
    }

    /// The elements as a vector, so that their number may change.
    pub fn vector(&mut self) -> &mut Vec<f32> {
        if let Some(part) = self.part.take() {
            match &mut self.room {
                Room::Heap(floats) => {
                    floats.truncate(part.end);
                    floats.drain(..part.start);
                }
                Room::Pages(floats) => self.room = Room::Heap(floats[part].to_vec()),
            }
        }
        self.room.vector()
    }

    /// The elements.
    pub fn as_slice(&self) -> &[f32] {
        self
    }

    /// Elements for which there is memory.
    pub fn capacity(&self) -> usize {
        self.room.len().saturating_sub(offset(&self.room))
    }
}

/// Elements up to the first that begins a cache line.
fn offset(room: &[f32]) -> usize {
    room.as_ptr().addr().wrapping_neg() % LINE / size_of::<f32>()
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.part {
            Some(part) => &self.room[part.clone()],
            None => &self.room,
        }
    }
}

impl DerefMut for Floats {
    fn deref_mut(&mut self) -> &mut [f32] {
        match &self.part {
            Some(part) => &mut self.room[part.clone()],
            None => &mut self.room,
        }
    }
}

impl From<Vec<f32>> for Floats {
    fn from(room: Vec<f32>) -> Self {
        Self {
            room: Room::Heap(room),
            part: None,
        }
    }
}

impl From<Floats> for Vec<f32> {
    fn from(mut floats: Floats) -> Self {
        std::mem::take(floats.vector())
    }
}

impl FromIterator<f32> for Floats {
    fn from_iter<I: IntoIterator<Item = f32>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

impl IntoIterator for Floats {
    type Item = f32;
    type IntoIter = std::vec::IntoIter<f32>;

    fn into_iter(self) -> Self::IntoIter {
        Vec::from(self).into_iter()
    }
}

impl<'a> IntoIterator for &'a Floats {
    type Item = &'a f32;
    type IntoIter = std::slice::Iter<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Floats {
    type Item = &'a mut f32;
    type IntoIter = std::slice::IterMut<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl Clone for Floats {
    fn clone(&self) -> Self {
        let Some(mut pages) = float_pages(self.len()) else {
            return self.to_vec().into();
        };
        pages.copy_from_slice(self);
        Self {
            room: Room::Pages(pages),
            part: None,
        }
    }

    fn clone_from(&mut self, other: &Self) {
        self.renew(other.len(), 0);
        self.copy_from_slice(other);
    }
}

impl PartialEq for Floats {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Floats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
