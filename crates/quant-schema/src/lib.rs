//! FlatBuffers schema and generated code for Circle and TFLite models.
//!
//! `schema/model.fbs` is a superset of both formats; `model_generated.rs` is made from it by
//! `tools/regenerate-schema.sh`. No generated type appears in a public signature elsewhere.
//!
//! This is the only crate with `unsafe`: that of the generated code, and that of [`map`], which reads a file as memory, and of [`FloatPages`].

extern crate alloc;

mod fields;
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

pub use memory::{FloatPages, Mapping, Memory, float_pages, map, zeros};
pub use model_generated::quant_schema::*;

use flatbuffers::Table;

/// The value of a slot as four bytes, wherever the verifier saw fewer; `None` when the slot is absent or its value does
/// not lie inside the buffer.
///
/// Two slots hold four bytes in TFLite (`debug_metadata_index` of `SubGraph`, `external_buffer` of `Tensor`) and one in
/// Circle; which it is says the identifier of the file.
pub fn slot_i32(table: &Table<'_>, slot: usize) -> Option<i32> {
    let at = value(table, slot)?;
    let bytes = table.buf().get(at..at.checked_add(4)?)?;
    Some(i32::from_le_bytes(bytes.try_into().ok()?))
}

/// The value of a slot as one byte.
pub fn slot_i8(table: &Table<'_>, slot: usize) -> Option<i8> {
    let at = value(table, slot)?;
    table.buf().get(at).map(|b| i8::from_le_bytes([*b]))
}

/// The first slot that a table of the file has a value in and that this schema does not know. `name` is the schema's
/// name of the table; of a table that it does not name, nothing is known.
pub fn unknown_slot(table: &Table<'_>, name: &str) -> Option<usize> {
    let known = fields::SLOTS.iter().find(|(table, _)| *table == name);
    let known = known.map_or(0, |(_, slots)| *slots);
    // A vtable has at most 2¹⁵ entries.
    let slots = vtable(table).map_or(0, |(_, size)| size.saturating_sub(4) / 2);
    (known..slots).find(|slot| value(table, *slot).is_some())
}

/// Position and size of the vtable.
fn vtable(table: &Table<'_>) -> Option<(usize, usize)> {
    let (buf, at) = (table.buf(), table.loc());
    let back = i32::from_le_bytes(buf.get(at..at.checked_add(4)?)?.try_into().ok()?);
    let vtable = usize::try_from(i64::try_from(at).ok()? - i64::from(back)).ok()?;
    Some((vtable, usize::from(u16_at(buf, vtable)?)))
}

/// Position of a slot's value in the buffer: a vtable holds its own size, the table's size, and then one 16-bit offset
/// a slot, 0 for absent.
fn value(table: &Table<'_>, slot: usize) -> Option<usize> {
    let (vtable, size) = vtable(table)?;
    let entry = slot.checked_mul(2)?.checked_add(4)?;
    if size < entry.checked_add(2)? {
        return None;
    }
    match u16_at(table.buf(), vtable.checked_add(entry)?)? {
        0 => None,
        offset => table.loc().checked_add(usize::from(offset)),
    }
}

fn u16_at(buf: &[u8], at: usize) -> Option<u16> {
    let bytes = buf.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}
