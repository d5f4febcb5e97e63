//! Writing: superblock of version 0, groups with symbol tables, contiguous datasets. Every libhdf5 reads such files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use crate::datatype::{self, Type};
use crate::error::{Error, Problem, Result};
use crate::source::NOWHERE;
use crate::superblock::SIGNATURE;

/// Names in a symbol node (2 · leaf K).
const SYMBOLS: usize = 8;
/// Children of a tree node (2 · internal K).
const CHILDREN: usize = 32;
/// Bytes of the superblock.
const SUPERBLOCK: u64 = 96;

/// Elements of a dataset.
#[derive(Clone, Debug)]
pub struct Array<'a> {
    /// What they are.
    pub dtype: Type,
    /// Elements along each axis; none for a scalar.
    pub shape: Vec<u64>,
    /// The elements, row-major, little-endian.
    pub bytes: Cow<'a, [u8]>,
}

/// What a group holds under a name.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// A group.
    Group(BTreeMap<String, Node<'a>>),
    /// A dataset.
    Array(Array<'a>),
}

/// Writes a file with this root group.
///
/// # Errors
/// A name that is empty, `.`, or has a `/` or NUL; elements that do not fit their shape and type; more than 32 axes;
/// what `out` says.
pub fn write(root: &BTreeMap<String, Node<'_>>, out: &mut dyn Write) -> Result<()> {
    let mut data = Vec::new();
    arrays(root, &mut data)?;
    let elements: u64 = data.iter().map(|bytes| padded(bytes.len())).sum();
    let mut tables = Tables {
        base: SUPERBLOCK + elements,
        bytes: Vec::new(),
        next_data: SUPERBLOCK,
    };
    let root = tables.group(root)?;
    let mut front = SIGNATURE.to_vec();
    // Versions, widths of addresses and lengths, K of symbol nodes and of tree nodes, flags.
    front.extend([
        0,
        0,
        0,
        0,
        0,
        8,
        8,
        0,
        (SYMBOLS / 2) as u8,
        0,
        (CHILDREN / 2) as u8,
        0,
        0,
        0,
        0,
        0,
    ]);
    // Base, free space, end, driver.
    for address in [0, NOWHERE, tables.base + tables.bytes.len() as u64, NOWHERE] {
        front.extend(address.to_le_bytes());
    }
    front.extend(root.entry(0));
    out.write_all(&front).map_err(Error::io)?;
    for bytes in data {
        out.write_all(bytes).map_err(Error::io)?;
        out.write_all(&[0; 8][..padded(bytes.len()) as usize - bytes.len()])
            .map_err(Error::io)?;
    }
    out.write_all(&tables.bytes).map_err(Error::io)
}

fn padded(length: usize) -> u64 {
    length.next_multiple_of(8) as u64
}

/// The elements of all datasets, in the order in which [`Tables`] meets them.
fn arrays<'a>(group: &'a BTreeMap<String, Node<'_>>, data: &mut Vec<&'a [u8]>) -> Result<()> {
    for (name, node) in group {
        if name.is_empty() || name == "." || name.contains(['/', '\0']) {
            return Err(Error::new(
                Problem::Name(name.clone()),
                "take one that is not empty nor a point, without / and NUL",
            ));
        }
        match node {
            Node::Group(group) => arrays(group, data).map_err(|error| error.within(name))?,
            Node::Array(array) => {
                let elements = array.shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d));
                let size = elements
                    .zip(array.dtype.size())
                    .and_then(|(n, size)| n.checked_mul(size as u64));
                if size != Some(array.bytes.len() as u64) || array.shape.len() > 32 {
                    let what = format!(
                        "{} bytes are no {} of shape {:?}",
                        array.bytes.len(),
                        array.dtype,
                        array.shape
                    );
                    return Err(
                        Error::new(Problem::Mismatch(what), "give shape and elements that fit").within(name),
                    );
                }
                data.push(&array.bytes);
            }
        }
    }
    Ok(())
}

/// Everything but elements; it stands behind them.
struct Tables {
    /// Address of the first byte.
    base: u64,
    bytes: Vec<u8>,
    /// Address of the next dataset's elements.
    next_data: u64,
}

/// An object's header; of a group also its tree and its heap.
struct Object {
    header: u64,
    tables: Option<(u64, u64)>,
}

impl Object {
    /// Its entry in a symbol table.
    fn entry(&self, name: u64) -> Vec<u8> {
        let mut entry = name.to_le_bytes().to_vec();
        entry.extend(self.header.to_le_bytes());
        entry.extend(u64::from(self.tables.is_some()).to_le_bytes());
        let (tree, heap) = self.tables.unwrap_or_default();
        entry.extend(tree.to_le_bytes());
        entry.extend(heap.to_le_bytes());
        entry
    }
}

impl Tables {
    /// Appends bytes, filled up to `room`; gives their address.
    fn put(&mut self, bytes: &[u8], room: usize) -> u64 {
        let address = self.base + self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        let filled = self.bytes.len() + room.saturating_sub(bytes.len());
        self.bytes.resize(filled.next_multiple_of(8), 0);
        address
    }

    fn group(&mut self, group: &BTreeMap<String, Node<'_>>) -> Result<Object> {
        // A heap begins with the empty name.
        let mut names = vec![0; 8];
        let mut entries = Vec::new();
        for (name, node) in group {
            let object = match node {
                Node::Group(group) => self.group(group)?,
                Node::Array(array) => self.array(array)?,
            };
            let offset = names.len() as u64;
            names.extend(name.as_bytes());
            names.resize((names.len() + 1).next_multiple_of(8), 0);
            entries.push((offset, object.entry(offset)));
        }
        // Nodes of the lowest level, each with the name that is its last.
        let mut level: Vec<(u64, u64)> = Vec::new();
        for entries in entries.chunks(SYMBOLS) {
            let mut node = b"SNOD\x01\0".to_vec();
            node.extend((entries.len() as u16).to_le_bytes());
            entries.iter().for_each(|(_, entry)| node.extend(entry));
            let last = entries.last().map_or(0, |entry| entry.0);
            level.push((self.put(&node, 8 + 40 * SYMBOLS), last));
        }
        let mut depth = 0;
        let tree = loop {
            level = self.tree_level(&level, depth);
            depth += 1;
            if let [(root, _)] = level[..] {
                break root;
            }
        };
        let segment = self.put(&names, 0);
        let mut heap = b"HEAP\0\0\0\0".to_vec();
        // Size, no free space, address.
        for number in [names.len() as u64, 1, segment] {
            heap.extend(number.to_le_bytes());
        }
        let heap = self.put(&heap, 0);
        let mut table = tree.to_le_bytes().to_vec();
        table.extend(heap.to_le_bytes());
        let header = self.header(&[(0x11, 0, table)]);
        Ok(Object {
            header,
            tables: Some((tree, heap)),
        })
    }

    /// Tree nodes over children, each of which comes with the name that is its last; the same of the nodes.
    fn tree_level(&mut self, children: &[(u64, u64)], depth: u8) -> Vec<(u64, u64)> {
        let room = 24 + 8 * (2 * CHILDREN + 1);
        let start = self.base + self.bytes.len() as u64;
        let groups: Vec<_> = if children.is_empty() {
            vec![children]
        } else {
            children.chunks(CHILDREN).collect()
        };
        let mut nodes = Vec::with_capacity(groups.len());
        let mut before = 0;
        let address = |number: usize| start + (number * room) as u64;
        for (number, group) in groups.iter().enumerate() {
            let mut node = b"TREE\0".to_vec();
            node.push(depth);
            node.extend((group.len() as u16).to_le_bytes());
            let left = number.checked_sub(1).map_or(NOWHERE, address);
            let right = if number + 1 < groups.len() {
                address(number + 1)
            } else {
                NOWHERE
            };
            for number in [left, right, before] {
                node.extend(number.to_le_bytes());
            }
            for (child, last) in *group {
                node.extend(child.to_le_bytes());
                node.extend(last.to_le_bytes());
                before = *last;
            }
            nodes.push((self.put(&node, room), before));
        }
        nodes
    }

    fn array(&mut self, array: &Array<'_>) -> Result<Object> {
        let size = array.bytes.len();
        let address = if size == 0 { NOWHERE } else { self.next_data };
        self.next_data += padded(size);
        let mut space = vec![1, array.shape.len() as u8, 0, 0, 0, 0, 0, 0];
        array.shape.iter().for_each(|d| space.extend(d.to_le_bytes()));
        let mut layout = vec![3, 1];
        layout.extend(address.to_le_bytes());
        layout.extend((size as u64).to_le_bytes());
        let messages = [
            (0x01, 0, space),
            (0x03, 1, datatype::message(&array.dtype)?),
            // The usual fill value, written late and only when it is set.
            (0x05, 1, vec![2, 2, 2, 1, 0, 0, 0, 0]),
            (0x08, 0, layout),
        ];
        Ok(Object {
            header: self.header(&messages),
            tables: None,
        })
    }

    /// An object header of these messages: kind, flags, body.
    fn header(&mut self, messages: &[(u16, u8, Vec<u8>)]) -> u64 {
        let mut body = Vec::new();
        for (kind, flags, message) in messages {
            let size = message.len().next_multiple_of(8);
            body.extend(kind.to_le_bytes());
            body.extend((size as u16).to_le_bytes());
            body.extend([*flags, 0, 0, 0]);
            body.extend(message);
            body.resize(body.len() + size - message.len(), 0);
        }
        let mut header = vec![1, 0];
        header.extend((messages.len() as u16).to_le_bytes());
        header.extend(1_u32.to_le_bytes());
        header.extend((body.len() as u32).to_le_bytes());
        header.extend([0; 4]);
        header.extend(body);
        self.put(&header, 0)
    }
}
