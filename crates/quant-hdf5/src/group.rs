//! Groups: links of the old kind (symbol tables), of the new kind, and of the new kind in heaps.

use std::collections::BTreeMap;

use crate::btree2;
use crate::error::{Error, Result};
use crate::header::{Header, kind};
use crate::heap::Heap;
use crate::source::{Budget, Bytes, Cursor, NOWHERE};

/// Levels of a tree of symbol tables; each has at least two children.
const DEEPEST: u8 = 32;

/// Links of a group: name to the address of a header. Links to other files or by path have [`NOWHERE`].
pub(crate) type Links = BTreeMap<String, u64>;

/// The links of a header; `None` when the object is no group.
pub(crate) fn links(bytes: &Bytes, header: &Header) -> Result<Option<Links>> {
    let mut links = Links::new();
    if let Some(table) = header.find(kind::SYMBOL_TABLE)? {
        let mut cursor = Cursor(table);
        let (tree, heap) = (cursor.u64()?, cursor.u64()?);
        symbol_table(bytes, tree, heap, &mut links)?;
        return Ok(Some(links));
    }
    let Some(info) = header.find(kind::LINK_INFO)? else {
        return Ok(None);
    };
    for message in header.0.iter().filter(|message| message.kind == kind::LINK) {
        let (name, address) = link(&message.body)?;
        links.insert(name, address);
    }
    let (heap, tree) = dense(info, 8)?;
    if heap != NOWHERE && tree != NOWHERE {
        let heap = Heap::open(bytes, heap)?;
        btree2::records(bytes, tree, &[5], &mut |record| {
            // The hash of the name, then the object's number.
            let (name, address) = link(&heap.object(record.get(4..).unwrap_or_default())?)?;
            links.insert(name, address);
            Ok(())
        })?;
    }
    Ok(Some(links))
}

/// Whether the object has an attribute of that name.
pub(crate) fn has_attribute(bytes: &Bytes, header: &Header, wanted: &str) -> Result<bool> {
    let mut found = false;
    for message in header.0.iter().filter(|message| message.kind == kind::ATTRIBUTE) {
        found |= !message.shared && attribute(&message.body)? == wanted.as_bytes();
    }
    if let Some(info) = header.find(kind::ATTRIBUTE_INFO)? {
        let (heap, tree) = dense(info, 2)?;
        if heap != NOWHERE && tree != NOWHERE {
            let heap = Heap::open(bytes, heap)?;
            btree2::records(bytes, tree, &[8], &mut |record| {
                let number = record.get(..8).unwrap_or_default();
                found |= attribute(&heap.object(number)?)? == wanted.as_bytes();
                Ok(())
            })?;
        }
    }
    Ok(found)
}

/// Heap and name index of a link info or attribute info message, whose highest creation order has so many bytes.
fn dense(info: &[u8], order: usize) -> Result<(u64, u64)> {
    let mut cursor = Cursor(info);
    cursor.skip(1)?;
    let flags = cursor.u8()?;
    cursor.skip(if flags & 1 == 0 { 0 } else { order })?;
    Ok((cursor.u64()?, cursor.u64()?))
}

fn link(body: &[u8]) -> Result<(String, u64)> {
    let mut cursor = Cursor(body);
    cursor.expect(&[1])?;
    let flags = cursor.u8()?;
    let kind = if flags & 8 == 0 { 0 } else { cursor.u8()? };
    cursor.skip(if flags & 4 == 0 { 0 } else { 8 } + usize::from(flags >> 4 & 1))?;
    let length = cursor.uint(1 << (flags & 3))?;
    let length = usize::try_from(length).map_err(|_| Error::damaged("a name is too long"))?;
    let name = text(cursor.bytes(length)?)?;
    let address = if kind == 0 { cursor.u64()? } else { NOWHERE };
    Ok((name, address))
}

/// The name of an attribute message; versions 1 to 3.
fn attribute(body: &[u8]) -> Result<&[u8]> {
    let mut cursor = Cursor(body);
    let version = cursor.u8()?;
    cursor.skip(1)?;
    let length = usize::from(cursor.u16()?);
    cursor.skip(4 + usize::from(version == 3))?;
    let name = cursor.bytes(length)?;
    Ok(name.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn text(bytes: &[u8]) -> Result<String> {
    let text = String::from_utf8(bytes.to_vec());
    text.map_err(|_| Error::damaged("a name is not UTF-8"))
}

fn symbol_table(bytes: &Bytes, tree: u64, heap: u64, links: &mut Links) -> Result<()> {
    let head = bytes.read(heap, 32)?;
    let mut cursor = Cursor(&head);
    cursor.expect(b"HEAP\0")?;
    cursor.skip(3)?;
    let size = cursor.u64()?;
    cursor.skip(8)?;
    let names = bytes.read(cursor.u64()?, size)?;
    symbols(bytes, &bytes.budget(), tree, DEEPEST, &names, links)
}

fn symbols(
    bytes: &Bytes,
    budget: &Budget,
    node: u64,
    depth: u8,
    names: &[u8],
    links: &mut Links,
) -> Result<()> {
    budget.spend()?;
    let head = bytes.read(node, 8)?;
    let mut cursor = Cursor(&head);
    if head.starts_with(b"SNOD") {
        cursor.skip(6)?;
        let count = u64::from(cursor.u16()?);
        let entries = bytes.read(node.saturating_add(8), count * 40)?;
        for entry in entries.as_chunks::<40>().0 {
            let mut cursor = Cursor(entry);
            let (name, header, cache) = (cursor.u64()?, cursor.u64()?, cursor.u32()?);
            let name = usize::try_from(name).ok().and_then(|at| names.get(at..));
            let name = name.and_then(|rest| rest.split(|byte| *byte == 0).next());
            let name = text(name.ok_or_else(|| Error::damaged("a name is beyond its heap"))?)?;
            // 2: a link by path.
            links.insert(name, if cache == 2 { NOWHERE } else { header });
        }
        return Ok(());
    }
    cursor.expect(b"TREE\0")?;
    let level = cursor.u8()?;
    let count = u64::from(cursor.u16()?);
    if level >= depth {
        return Err(Error::damaged("the levels of a tree do not descend"));
    }
    let rows = bytes.read(node.saturating_add(24), count * 16)?;
    for row in rows.as_chunks::<16>().0 {
        let mut cursor = Cursor(row);
        cursor.skip(8)?;
        let child = cursor.u64()?;
        symbols(bytes, budget, child, level, names, links)?;
    }
    Ok(())
}
