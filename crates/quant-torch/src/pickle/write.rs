//! Objects as a pickle, with the instructions that CPython's pickler writes for protocol 2 in the same order,
//! so that what it wrote comes out byte for byte.

use super::graph::{Built, Call, Graph, Id, Object};
use super::opcode as op;
use crate::error::{Error, Problem, Result};
use crate::limits::MAX_DEPTH;

/// Entries that CPython sets in one instruction.
const BATCH: usize = 1000;

/// The pickle of an object and all that it holds.
///
/// # Errors
/// Objects nest too deep.
pub(crate) fn write(graph: &Graph, root: Id, protocol: u8) -> Result<Vec<u8>> {
    let mut writer = Writer {
        graph,
        bytes: vec![op::PROTO, protocol.max(2)],
        memo: vec![None; graph.len()],
        remembered: 0,
    };
    writer.save(root, 0)?;
    writer.bytes.push(op::STOP);
    Ok(writer.bytes)
}

struct Writer<'a> {
    graph: &'a Graph,
    bytes: Vec<u8>,
    /// By the object's place in the graph.
    memo: Vec<Option<u32>>,
    remembered: u32,
}

impl Writer<'_> {
    fn save(&mut self, id: Id, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(
                "",
                Problem::TooDeep { limit: MAX_DEPTH },
                "save the checkpoint without the object that does",
            ));
        }
        if let Some(key) = self.memo.get(id.place()).copied().flatten() {
            self.numbered(op::BINGET, op::LONG_BINGET, key);
            return Ok(());
        }
        let graph = self.graph;
        match graph.get(id) {
            Object::None => self.bytes.push(op::NONE),
            Object::Bool(value) => self.bytes.push(if *value { op::NEWTRUE } else { op::NEWFALSE }),
            Object::Int(value) => integer(&mut self.bytes, *value),
            Object::Long(bytes) => self.counted(op::LONG1, op::LONG4, bytes),
            Object::Float(value) => {
                self.bytes.push(op::BINFLOAT);
                self.bytes.extend(value.to_be_bytes());
            }
            Object::Text(text) => {
                self.bytes.push(op::BINUNICODE);
                self.bytes.extend((text.len() as u32).to_le_bytes());
                self.bytes.extend(text.as_bytes());
                self.memoize(id);
            }
            Object::OldText(bytes) => {
                self.counted(op::SHORT_BINSTRING, op::BINSTRING, bytes);
                self.memoize(id);
            }
            Object::Bytes(bytes) => {
                self.counted(op::SHORT_BINBYTES, op::BINBYTES, bytes);
                self.memoize(id);
            }
            Object::ByteArray(bytes) => {
                self.bytes.push(op::BYTEARRAY8);
                self.bytes.extend((bytes.len() as u64).to_le_bytes());
                self.bytes.extend(bytes);
                self.memoize(id);
            }
            Object::Global { module, name } => {
                self.bytes.push(op::GLOBAL);
                for part in [module, name] {
                    self.bytes.extend(part.as_bytes());
                    self.bytes.push(b'\n');
                }
                self.memoize(id);
            }
            Object::Tuple(items) => self.tuple(id, items, depth)?,
            Object::List(items) => {
                self.bytes.push(op::EMPTY_LIST);
                self.memoize(id);
                self.append(items, depth, false)?;
            }
            Object::Dict(entries) => {
                self.bytes.push(op::EMPTY_DICT);
                self.memoize(id);
                self.set_items(entries, depth, false)?;
            }
            Object::Set(items) => {
                self.bytes.push(op::EMPTY_SET);
                self.memoize(id);
                for batch in items.chunks(BATCH) {
                    self.bytes.push(op::MARK);
                    self.all(batch, depth)?;
                    self.bytes.push(op::ADDITEMS);
                }
            }
            Object::FrozenSet(items) => {
                self.bytes.push(op::MARK);
                self.all(items, depth)?;
                self.bytes.push(op::FROZENSET);
                self.memoize(id);
            }
            Object::Persistent(name) => {
                self.save(*name, depth + 1)?;
                self.bytes.push(op::BINPERSID);
            }
            Object::Built(built) => self.built(id, built, depth)?,
        }
        Ok(())
    }

    fn all(&mut self, items: &[Id], depth: usize) -> Result<()> {
        items.iter().try_for_each(|item| self.save(*item, depth + 1))
    }

    fn tuple(&mut self, id: Id, items: &[Id], depth: usize) -> Result<()> {
        let marked = items.len() > 3;
        if items.is_empty() {
            self.bytes.push(op::EMPTY_TUPLE);
            return Ok(());
        }
        if marked {
            self.bytes.push(op::MARK);
        }
        self.all(items, depth)?;
        // A tuple that holds itself, through a list, stands already.
        if let Some(key) = self.memo.get(id.place()).copied().flatten() {
            if marked {
                self.bytes.push(op::POP_MARK);
            } else {
                self.bytes.extend(items.iter().map(|_| op::POP));
            }
            self.numbered(op::BINGET, op::LONG_BINGET, key);
            return Ok(());
        }
        self.bytes.push(match items.len() {
            1 => op::TUPLE1,
            2 => op::TUPLE2,
            3 => op::TUPLE3,
            _ => op::TUPLE,
        });
        self.memoize(id);
        Ok(())
    }

    fn built(&mut self, id: Id, built: &Built, depth: usize) -> Result<()> {
        self.save(built.callable, depth + 1)?;
        self.save(built.arguments, depth + 1)?;
        match built.call {
            Call::Function => self.bytes.push(op::REDUCE),
            Call::New => self.bytes.push(op::NEWOBJ),
            Call::NewWithKeywords(keywords) => {
                self.save(keywords, depth + 1)?;
                self.bytes.push(op::NEWOBJ_EX);
            }
        }
        self.memoize(id);
        self.append(&built.appended, depth, true)?;
        self.set_items(&built.entries, depth, true)?;
        if let Some(state) = built.state {
            self.save(state, depth + 1)?;
            self.bytes.push(op::BUILD);
        }
        Ok(())
    }

    /// `by_iterator`: CPython walks a plain list by its length, and the items of another object until they end,
    /// which cuts batches at other places.
    fn append(&mut self, items: &[Id], depth: usize, by_iterator: bool) -> Result<()> {
        for (n, batch) in items.chunks(BATCH).enumerate() {
            if let ([item], true) = (batch, n == 0 || by_iterator) {
                self.save(*item, depth + 1)?;
                self.bytes.push(op::APPEND);
            } else {
                self.bytes.push(op::MARK);
                self.all(batch, depth)?;
                self.bytes.push(op::APPENDS);
            }
        }
        Ok(())
    }

    fn set_items(&mut self, entries: &[(Id, Id)], depth: usize, by_iterator: bool) -> Result<()> {
        for (n, batch) in entries.chunks(BATCH).enumerate() {
            let single = batch.len() == 1 && (n == 0 || by_iterator);
            if !single {
                self.bytes.push(op::MARK);
            }
            for (key, value) in batch {
                self.save(*key, depth + 1)?;
                self.save(*value, depth + 1)?;
            }
            self.bytes.push(if single { op::SETITEM } else { op::SETITEMS });
        }
        // A plain dictionary is asked again after each full batch.
        if !by_iterator && !entries.is_empty() && entries.len().is_multiple_of(BATCH) {
            self.bytes.extend([op::MARK, op::SETITEMS]);
        }
        Ok(())
    }

    fn memoize(&mut self, id: Id) {
        self.numbered(op::BINPUT, op::LONG_BINPUT, self.remembered);
        if let Some(memo) = self.memo.get_mut(id.place()) {
            *memo = Some(self.remembered);
        }
        self.remembered += 1;
    }

    fn numbered(&mut self, short: u8, long: u8, number: u32) {
        if let Ok(number) = u8::try_from(number) {
            self.bytes.extend([short, number]);
        } else {
            self.bytes.push(long);
            self.bytes.extend(number.to_le_bytes());
        }
    }

    fn counted(&mut self, short: u8, long: u8, bytes: &[u8]) {
        if let Ok(count) = u8::try_from(bytes.len()) {
            self.bytes.extend([short, count]);
        } else {
            self.bytes.push(long);
            self.bytes.extend((bytes.len() as u32).to_le_bytes());
        }
        self.bytes.extend(bytes);
    }
}

/// The shortest instruction for an `int`.
fn integer(bytes: &mut Vec<u8>, value: i64) {
    if let Ok(value) = u8::try_from(value) {
        bytes.extend([op::BININT1, value]);
    } else if let Ok(value) = u16::try_from(value) {
        bytes.push(op::BININT2);
        bytes.extend(value.to_le_bytes());
    } else if let Ok(value) = i32::try_from(value) {
        bytes.push(op::BININT);
        bytes.extend(value.to_le_bytes());
    } else {
        // Two's complement without the bytes that only repeat the sign.
        let all = value.to_le_bytes();
        let mut count = all.len();
        while count > 1 {
            let (top, next) = (all[count - 1], all[count - 2]);
            if !(top == 0 && next < 0x80 || top == 0xff && next >= 0x80) {
                break;
            }
            count -= 1;
        }
        bytes.extend([op::LONG1, count as u8]);
        bytes.extend(&all[..count]);
    }
}
