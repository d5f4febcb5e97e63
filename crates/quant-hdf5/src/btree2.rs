//! B-trees of version 2: all records, in order.

use crate::checksum;
use crate::error::{Error, Result};
use crate::source::{Budget, Bytes, Cursor};

/// Levels that a tree may have; the widest files have three.
const DEEPEST: u16 = 16;

/// What the header says.
struct Tree<'a> {
    bytes: &'a Bytes,
    budget: Budget,
    node_size: u64,
    record_size: usize,
    /// Bytes of a node's count of records.
    count_width: usize,
    /// For each level, most records and the bytes of the count of all records below.
    levels: Vec<(u64, usize)>,
}

/// The bytes that a number up to `limit` takes.
fn width(limit: u64) -> usize {
    limit.checked_ilog2().unwrap_or(0) as usize / 8 + 1
}

/// Hands on each record of the tree at an address; `take` gets the record's bytes.
pub(crate) fn records(
    bytes: &Bytes,
    address: u64,
    types: &[u8],
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let head = bytes.read(address, 38)?;
    checksum::verify(&head, 34)?;
    let mut cursor = Cursor(&head);
    cursor.expect(b"BTHD\0")?;
    if !types.contains(&cursor.u8()?) {
        return Err(Error::damaged("a tree holds records of another kind"));
    }
    let node_size = u64::from(cursor.u32()?);
    let record_size = usize::from(cursor.u16()?);
    let depth = cursor.u16()?;
    cursor.skip(2)?;
    let root = cursor.u64()?;
    let count = u64::from(cursor.u16()?);
    if record_size == 0 || depth > DEEPEST || node_size < 16 {
        return Err(Error::damaged("the header of a tree makes no sense"));
    }
    if count == 0 {
        return Ok(());
    }
    let leaf = (node_size - 10) / record_size as u64;
    let count_width = width(leaf);
    let mut levels = vec![(leaf, 0)];
    let mut all = leaf;
    for _ in 0..depth {
        let below = levels.last().map_or(0, |level| level.1);
        let pointer = (8 + count_width + below) as u64;
        let most = node_size.saturating_sub(10 + pointer) / (record_size as u64 + pointer);
        all = (most.saturating_add(1)).saturating_mul(all).saturating_add(most);
        levels.push((most, width(all)));
    }
    let tree = Tree {
        bytes,
        budget: bytes.budget(),
        node_size,
        record_size,
        count_width,
        levels,
    };
    tree.node(root, count, depth, take)
}

impl Tree<'_> {
    fn node(
        &self,
        address: u64,
        count: u64,
        depth: u16,
        take: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.budget.spend()?;
        let most = self.levels.get(usize::from(depth)).map_or(0, |level| level.0);
        if count > most {
            return Err(Error::damaged("a node of a tree has more records than fit"));
        }
        let node = self.bytes.read(address, self.node_size)?;
        let mut cursor = Cursor(&node);
        cursor.expect(if depth == 0 { b"BTLF\0" } else { b"BTIN\0" })?;
        cursor.skip(1)?;
        let records = cursor.bytes(count as usize * self.record_size)?;
        let mut children = Vec::new();
        if depth > 0 {
            let below = self.levels.get(usize::from(depth) - 1).map_or(0, |level| level.1);
            for _ in 0..=count {
                let child = (cursor.u64()?, cursor.uint(self.count_width)?);
                cursor.skip(below)?;
                children.push(child);
            }
        }
        checksum::verify(&node, node.len() - cursor.0.len())?;
        let mut children = children.into_iter();
        for record in records.chunks(self.record_size) {
            if let Some((address, count)) = children.next() {
                self.node(address, count, depth - 1, take)?;
            }
            take(record)?;
        }
        match children.next() {
            Some((address, count)) => self.node(address, count, depth - 1, take),
            None => Ok(()),
        }
    }
}
