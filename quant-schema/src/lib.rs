//! FlatBuffers schema and generated code for Circle and TFLite models.
//!
//! `schema/model.fbs` is a superset of both formats; `model_generated.rs` is made from it by
//! `tools/regenerate-schema.sh`. No generated type appears in a public signature elsewhere.
//!
//! This is the only crate with `unsafe`: that of the generated code, and [`map`], which reads a file as memory.

extern crate alloc;

mod memory;

#[allow(
    unsafe_code,
    missing_docs,
    unused_imports,
    unused_qualifications,
    mismatched_lifetime_syntaxes,
    clippy::all,
    clippy::pedantic
)]
#[rustfmt::skip]
mod model_generated;

pub use memory::{Mapping, Memory, map, zeros};
pub use model_generated::quant_schema::*;

/// Slot 5 of a `SubGraph` table as the four-byte integer that TFLite stores there.
///
/// TFLite keeps `debug_metadata_index: int = -1` in the slot in which Circle once had a one-byte
/// `data_format`; the shared schema therefore declares the slot without a type. Returns `None` when the
/// slot is absent or does not lie inside the buffer. Meaningful for files with the identifier `TFL3` only.
pub fn subgraph_slot5_i32(graph: &SubGraph<'_>) -> Option<i32> {
    let at = subgraph_slot5(graph)?;
    let bytes = graph._tab.buf().get(at..at.checked_add(4)?)?;
    Some(i32::from_le_bytes(bytes.try_into().ok()?))
}

/// Slot 5 of a `SubGraph` table as the byte (`DataFormat`) that Circle stores there.
pub fn subgraph_slot5_i8(graph: &SubGraph<'_>) -> Option<i8> {
    let at = subgraph_slot5(graph)?;
    graph._tab.buf().get(at).map(|b| i8::from_le_bytes([*b]))
}

/// Position of slot 5's value in the buffer: a vtable holds its own size, the table's size, and then one
/// 16-bit offset a slot, 0 for absent.
fn subgraph_slot5(graph: &SubGraph<'_>) -> Option<usize> {
    const SLOT: usize = 5;
    let (buf, table) = (graph._tab.buf(), graph._tab.loc());
    let u16_at = |at: usize| {
        Some(u16::from_le_bytes(
            buf.get(at..at.checked_add(2)?)?.try_into().ok()?,
        ))
    };
    let back = i32::from_le_bytes(buf.get(table..table.checked_add(4)?)?.try_into().ok()?);
    let vtable = usize::try_from(i64::try_from(table).ok()? - i64::from(back)).ok()?;
    let entry = 4 + 2 * SLOT;
    if usize::from(u16_at(vtable)?) < entry + 2 {
        return None;
    }
    match u16_at(vtable + entry)? {
        0 => None,
        offset => table.checked_add(usize::from(offset)),
    }
}
