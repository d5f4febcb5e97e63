//! A file in pieces: what the FlatBuffer says about the model, and behind it the bytes of its buffers.
//!
//! A FlatBuffer is usually built in one block of memory. Here only its tables are; the vectors of bytes that
//! buffers hold, which are nearly all of the file, follow them, and are taken from the model when they are
//! written. Offsets in a FlatBuffer point forward, so this is a FlatBuffer like any other.

use std::convert::Infallible;

use crate::error::{Error, Problem, Result};
use crate::limits::MAX_FLATBUFFER_BYTES;
use crate::{FileFormat, Model};

use super::layout::{ALIGN, Data, Layout};
use super::{appended, check, write};

/// A model as a file that is not written yet.
pub struct Export<'m> {
    /// The tables.
    head: Vec<u8>,
    /// What follows, in the order of the file.
    parts: Vec<Part<'m>>,
    /// What stands behind the model: where, and the bytes.
    appended: Option<(u64, Vec<u8>)>,
    len: u64,
}

/// Bytes behind the tables.
struct Part<'m> {
    /// Where they begin; before that there are zeros.
    at: u64,
    /// A vector inside the FlatBuffer begins with its length.
    vector: bool,
    data: Data<'m>,
}

impl<'m> Export<'m> {
    /// Prepares a file in `format`. The same model gives the same bytes.
    ///
    /// Buffers that were beyond the FlatBuffer stay there; all large ones go there when the FlatBuffer would
    /// outgrow its 2 GiB.
    ///
    /// # Errors
    /// `Invalid`: the model contradicts itself, so that no import would take the file. `Unsupported`: it has operators,
    /// types or details that `format` does not have. `Limit`: what cannot go beyond the FlatBuffer is larger than 2 GiB.
    pub fn new(model: &'m Model, format: FileFormat) -> Result<Self> {
        check::model(model)?;
        let mut file = Self::within(model, format, MAX_FLATBUFFER_BYTES as u64)?;
        if let Some(appended) = &model.appended {
            let at = file.len.next_multiple_of(ALIGN as u64);
            let bytes = appended::rebased(appended, at)?.unwrap_or_else(|| appended.to_vec());
            file.len = at + bytes.len() as u64;
            file.appended = Some((at, bytes));
        }
        Ok(file)
    }

    /// The same, with a FlatBuffer of at most `limit` bytes, where a file may have 2 GiB.
    pub fn within(model: &'m Model, format: FileFormat, limit: u64) -> Result<Self> {
        let mut spill = false;
        // Offsets of what is beyond the FlatBuffer stand inside it, and depend on its length. The length does not
        // depend on them, so a first pass with placeholders finds it.
        let mut layout = Layout::behind(1);
        let mut file = Self::pass(model, format, spill, &mut layout)?;
        if file.len > limit {
            spill = true;
            layout = Layout::behind(1);
            file = Self::pass(model, format, spill, &mut layout)?;
        }
        if file.len > limit {
            return Err(Error::new(
                "file",
                Problem::TooMany {
                    what: "bytes beside large buffers".to_owned(),
                    found: file.len,
                    limit,
                },
                format!("a FlatBuffer holds at most {limit}"),
            ));
        }
        if layout.externals.is_empty() {
            return Ok(file);
        }
        layout = Layout::behind(file.len);
        file = Self::pass(model, format, spill, &mut layout)?;
        for data in layout.externals {
            file.push(file.len.next_multiple_of(ALIGN as u64), false, data);
        }
        Ok(file)
    }

    /// The FlatBuffer, without what is beyond it.
    fn pass(model: &'m Model, format: FileFormat, spill: bool, layout: &mut Layout<'m>) -> Result<Self> {
        let mut head = write::tables(model, format, spill, layout)?;
        let mut file = Self {
            len: head.len() as u64,
            head: Vec::new(),
            parts: Vec::new(),
            appended: None,
        };
        for (from_end, data) in std::mem::take(&mut layout.vectors) {
            let length = size_of::<u32>() as u64;
            let at = (file.len + length).next_multiple_of(ALIGN as u64) - length;
            file.push(at, true, data);
            let field = head.len().saturating_sub(from_end);
            // A file that is too long for this is refused, or written again with other vectors.
            let offset = (at - field as u64) as u32;
            if let Some(place) = head.get_mut(field..field + size_of::<u32>()) {
                place.copy_from_slice(&offset.to_le_bytes());
            }
        }
        file.head = head;
        Ok(file)
    }

    fn push(&mut self, at: u64, vector: bool, data: Data<'m>) {
        let length = if vector { size_of::<u32>() as u64 } else { 0 };
        self.len = at + length + data.len();
        self.parts.push(Part { at, vector, data });
    }

    /// Bytes of the file.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Never: a file without tables is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Hands the bytes of the file to `take`, in order. Pieces are of any size; memory of a mapped file that they
    /// come from is given back.
    ///
    /// # Errors
    /// The first of `take`.
    pub fn pieces<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        take(&self.head)?;
        let mut at = self.head.len() as u64;
        for part in &self.parts {
            let gap = part.at.saturating_sub(at).min(ALIGN as u64) as usize;
            take(&vec![0; gap])?;
            let length = part.data.len();
            if part.vector {
                take(&(length as u32).to_le_bytes())?;
            }
            match part.data {
                Data::Bytes(bytes) => take(bytes)?,
                Data::Content(content) => content.pieces(&mut take)?,
            }
            at = part.at + if part.vector { 4 } else { 0 } + length;
        }
        if let Some((start, bytes)) = &self.appended {
            take(&vec![0; start.saturating_sub(at).min(ALIGN as u64) as usize])?;
            take(bytes)?;
        }
        Ok(())
    }
}

/// Writes a file in `format` into memory: [`Export`] in one piece.
///
/// # Errors
/// As [`Export::new`].
pub fn export(model: &Model, format: FileFormat) -> Result<Vec<u8>> {
    let file = Export::new(model, format)?;
    let mut bytes = Vec::with_capacity(file.len as usize);
    let Ok(()) = file.pieces(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<(), Infallible>(())
    });
    Ok(bytes)
}
