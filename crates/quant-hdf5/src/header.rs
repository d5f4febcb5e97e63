//! Object headers, versions 1 and 2, as lists of messages.

use crate::checksum;
use crate::error::{Error, Problem, Result};
use crate::source::{Bytes, Cursor};

/// Kinds of messages that are looked at.
pub(crate) mod kind {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const FILL_VALUE: u16 = 0x05;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const EXTERNAL: u16 = 0x07;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) kind: u16,
    /// Whether the message is in another place, which `body` only names.
    pub(crate) shared: bool,
    pub(crate) body: Vec<u8>,
}

/// A header's messages.
#[derive(Clone, Debug)]
pub(crate) struct Header(pub(crate) Vec<Message>);

impl Header {
    /// Reads the header at an address, with all its continuations.
    pub(crate) fn read(bytes: &Bytes, address: u64) -> Result<Self> {
        let front = bytes.read_up_to(address, 64)?;
        if front.starts_with(b"OHDR") {
            Self::read_v2(bytes, address, &front)
        } else {
            Self::read_v1(bytes, address, &front)
        }
    }

    fn read_v1(bytes: &Bytes, address: u64, front: &[u8]) -> Result<Self> {
        let mut cursor = Cursor(front);
        let version = cursor.u8()?;
        if version != 1 {
            return Err(Error::damaged(format!("there is no object at {address:#x}")));
        }
        cursor.skip(1 + 2 + 4)?;
        let size = cursor.u32()?;
        let mut messages = Vec::new();
        let mut blocks = vec![(address.saturating_add(16), u64::from(size))];
        let budget = bytes.budget();
        while let Some((start, size)) = blocks.pop() {
            budget.spend()?;
            let block = bytes.read(start, size)?;
            let mut cursor = Cursor(&block);
            while cursor.0.len() >= 8 {
                let kind = cursor.u16()?;
                let size = cursor.u16()?;
                let flags = cursor.u8()?;
                cursor.skip(3)?;
                let body = cursor.bytes(usize::from(size))?.to_vec();
                add(&mut messages, &mut blocks, kind, flags, body)?;
            }
        }
        Ok(Self(messages))
    }

    fn read_v2(bytes: &Bytes, address: u64, front: &[u8]) -> Result<Self> {
        let mut cursor = Cursor(front);
        cursor.skip(4)?;
        let version = cursor.u8()?;
        if version != 2 {
            return Err(Error::new(
                Problem::Version {
                    what: "object header",
                    version,
                },
                "write the file with h5py",
            ));
        }
        let flags = cursor.u8()?;
        cursor.skip(if flags & 0x20 == 0 { 0 } else { 16 } + if flags & 0x10 == 0 { 0 } else { 4 })?;
        let size = cursor.uint(1 << (flags & 3))?;
        let head = (front.len() - cursor.0.len()) as u64;
        let ordered = flags & 4 != 0;
        let mut messages = Vec::new();
        // Each block with what stands before its messages; the checksum is behind them.
        let mut blocks = vec![(address, head.saturating_add(size).saturating_add(4))];
        let mut before = head as usize;
        let budget = bytes.budget();
        while let Some((start, size)) = blocks.pop() {
            budget.spend()?;
            let block = bytes.read(start, size)?;
            let end = block.len().saturating_sub(4);
            checksum::verify(&block, end)?;
            let inner = block.get(before..end).unwrap_or_default();
            let mut cursor = Cursor(inner);
            let least = if ordered { 6 } else { 4 };
            while cursor.0.len() >= least {
                let kind = u16::from(cursor.u8()?);
                let size = cursor.u16()?;
                let flags = cursor.u8()?;
                cursor.skip(least - 4)?;
                let body = cursor.bytes(usize::from(size))?.to_vec();
                add(&mut messages, &mut blocks, kind, flags, body)?;
            }
            before = 4;
        }
        Ok(Self(messages))
    }

    /// The first message of a kind, when it is in this place.
    pub(crate) fn find(&self, kind: u16) -> Result<Option<&[u8]>> {
        let Some(message) = self.0.iter().find(|message| message.kind == kind) else {
            return Ok(None);
        };
        if message.shared {
            return Err(Error::new(
                Problem::Unsupported("a message shared between objects (a committed type)".into()),
                "write plain datasets with h5py",
            ));
        }
        Ok(Some(&message.body))
    }
}

fn add(
    messages: &mut Vec<Message>,
    blocks: &mut Vec<(u64, u64)>,
    kind: u16,
    flags: u8,
    body: Vec<u8>,
) -> Result<()> {
    if kind == kind::CONTINUATION {
        let mut cursor = Cursor(&body);
        blocks.push((cursor.u64()?, cursor.u64()?));
        return Ok(());
    }
    messages.push(Message {
        kind,
        shared: flags & 2 != 0,
        body,
    });
    Ok(())
}
