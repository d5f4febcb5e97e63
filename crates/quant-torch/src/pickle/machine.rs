//! The pickle machine: instructions become objects, and nothing runs.

use std::collections::BTreeMap;

use super::callable;
use super::graph::{Built, Call, Graph, Id, Object};
use super::opcode as op;
use super::words::{broken, check_depth, counted, long, name, pairs, too_long};
use crate::error::{Error, Place, Problem, Result};
use crate::limits::{MAX_GLOBAL_BYTES, MAX_LONG_BYTES, MAX_PICKLE_BYTES};
use crate::source::Input;

/// A pickle that was read.
pub(crate) struct Pickled {
    /// What it builds.
    pub root: Id,
    /// Its protocol.
    pub protocol: u8,
}

/// Reads one pickle into a graph.
///
/// # Errors
/// What is no pickle, calls what is not on the list, or is too large, with its place.
pub(crate) fn read(input: &mut Input, graph: &mut Graph) -> Result<Pickled> {
    let start = input.offset();
    let mut machine = Machine {
        graph,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
        protocol: 0,
    };
    loop {
        let at = input.offset();
        if at - start > MAX_PICKLE_BYTES {
            return Err(Error::new(
                Place::Byte(at),
                Problem::Limit(format!("the pickle is longer than {MAX_PICKLE_BYTES} bytes")),
                "save tensors as tensors, not as lists",
            ));
        }
        let place = |error: Error| error.within(Place::Byte(at));
        let code = input.byte().map_err(place)?;
        if code == op::STOP {
            let root = machine.pop().map_err(place)?;
            check_depth(machine.graph, root)?;
            return Ok(Pickled {
                root,
                protocol: machine.protocol,
            });
        }
        machine.step(code, input).map_err(place)?;
    }
}

/// The state of the machine.
pub(super) struct Machine<'a> {
    pub graph: &'a mut Graph,
    pub stack: Vec<Id>,
    /// Lengths that the stack had at each mark.
    pub marks: Vec<usize>,
    pub memo: BTreeMap<u32, Id>,
    protocol: u8,
}

impl Machine<'_> {
    fn step(&mut self, code: u8, input: &mut Input) -> Result<()> {
        let object = match code {
            op::PROTO => {
                self.protocol = input.byte()?;
                if self.protocol > 5 {
                    return Err(Error::new(
                        "",
                        Problem::Version(format!("pickle protocol {} is unknown", self.protocol)),
                        "save with pickle_protocol=2",
                    ));
                }
                return Ok(());
            }
            op::FRAME => return input.array::<8>().map(drop),
            op::MARK => {
                self.marks.push(self.stack.len());
                return Ok(());
            }
            op::POP => {
                // As CPython does: a mark on top goes instead.
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                    return Ok(());
                }
                return self.pop().map(drop);
            }
            op::POP_MARK => return self.pop_mark().map(drop),
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
                return Ok(());
            }
            op::BINPUT => return self.remember(u32::from(input.byte()?)),
            op::LONG_BINPUT => return self.remember(u32::from_le_bytes(input.array()?)),
            op::MEMOIZE => return self.remember(self.memo.len() as u32),
            op::BINGET => return self.recall(u32::from(input.byte()?)),
            op::LONG_BINGET => return self.recall(u32::from_le_bytes(input.array()?)),
            op::APPEND => {
                let item = self.pop()?;
                return self.append(vec![item]);
            }
            op::APPENDS => {
                let items = self.pop_mark()?;
                return self.append(items);
            }
            op::ADDITEMS => return self.add_items(),
            op::SETITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                return self.set_items(vec![(key, value)]);
            }
            op::SETITEMS => {
                let pairs = pairs(&self.pop_mark()?)?;
                return self.set_items(pairs);
            }
            op::BUILD => return self.build(),
            op::NONE => Object::None,
            op::NEWTRUE => Object::Bool(true),
            op::NEWFALSE => Object::Bool(false),
            op::BININT => Object::Int(i64::from(i32::from_le_bytes(input.array()?))),
            op::BININT1 => Object::Int(i64::from(input.byte()?)),
            op::BININT2 => Object::Int(i64::from(u16::from_le_bytes(input.array()?))),
            op::LONG1 => {
                let count = u64::from(input.byte()?);
                long(input.bytes(count)?)?
            }
            op::LONG4 => {
                let count = u64::from(u32::from_le_bytes(input.array()?));
                if count > MAX_LONG_BYTES as u64 {
                    return Err(too_long("an integer"));
                }
                long(input.bytes(count)?)?
            }
            op::BINFLOAT => Object::Float(f64::from_be_bytes(input.array()?)),
            op::BINSTRING | op::SHORT_BINSTRING => {
                Object::OldText(counted(input, if code == op::BINSTRING { 4 } else { 1 })?)
            }
            op::BINUNICODE | op::SHORT_BINUNICODE | op::BINUNICODE8 => {
                let width = match code {
                    op::BINUNICODE => 4,
                    op::BINUNICODE8 => 8,
                    _ => 1,
                };
                let text = String::from_utf8(counted(input, width)?);
                Object::Text(text.map_err(|_| broken("a text is no UTF-8"))?)
            }
            op::BINBYTES => Object::Bytes(counted(input, 4)?),
            op::SHORT_BINBYTES => Object::Bytes(counted(input, 1)?),
            op::BINBYTES8 => Object::Bytes(counted(input, 8)?),
            op::BYTEARRAY8 => Object::ByteArray(counted(input, 8)?),
            op::EMPTY_LIST => Object::List(Vec::new()),
            op::LIST => Object::List(self.pop_mark()?),
            op::EMPTY_TUPLE => Object::Tuple(Vec::new()),
            op::TUPLE => Object::Tuple(self.pop_mark()?),
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => {
                let count = usize::from(code - op::TUPLE1) + 1;
                Object::Tuple(self.pop_many(count)?)
            }
            op::EMPTY_DICT => Object::Dict(Vec::new()),
            op::DICT => Object::Dict(pairs(&self.pop_mark()?)?),
            op::EMPTY_SET => Object::Set(Vec::new()),
            op::FROZENSET => Object::FrozenSet(self.pop_mark()?),
            op::GLOBAL => {
                let module = name(input.line(MAX_GLOBAL_BYTES)?)?;
                let name = name(input.line(MAX_GLOBAL_BYTES)?)?;
                Object::Global { module, name }
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.graph.as_text(module), self.graph.as_text(name)) {
                    // It is written back as two lines.
                    (Some(module), Some(name))
                        if module.len().max(name.len()) <= MAX_GLOBAL_BYTES
                            && !module.contains('\n')
                            && !name.contains('\n') =>
                    {
                        Object::Global {
                            module: module.into(),
                            name: name.into(),
                        }
                    }
                    _ => return Err(broken("a class is named by what is no name")),
                }
            }
            op::REDUCE | op::NEWOBJ | op::NEWOBJ_EX => self.call(code)?,
            op::BINPERSID => Object::Persistent(self.pop()?),
            code if op::OLD.contains(&code) => {
                return Err(Error::new(
                    "",
                    Problem::Instruction(format!(
                        "`{}` is an instruction of pickle protocol 0 or 1",
                        char::from(code)
                    )),
                    "save with pickle_protocol=2",
                ));
            }
            code if op::OUTSIDE.contains(&code) => {
                return Err(Error::new(
                    "",
                    Problem::Instruction(format!("instruction {code:#04x} points out of the file")),
                    "save with pickle_protocol=2",
                ));
            }
            code => return Err(broken(&format!("{code:#04x} is no pickle instruction"))),
        };
        let id = self.graph.add(object)?;
        self.stack.push(id);
        Ok(())
    }

    fn call(&mut self, code: u8) -> Result<Object> {
        let keywords = if code == op::NEWOBJ_EX {
            Some(self.pop()?)
        } else {
            None
        };
        let arguments = self.pop()?;
        let callable = self.pop()?;
        if !matches!(self.graph.get(arguments), Object::Tuple(_)) {
            return Err(broken("a call has arguments that are no tuple"));
        }
        let Object::Global { module, name } = self.graph.get(callable) else {
            return Err(broken("something is called that is no function"));
        };
        let call = match (code, keywords) {
            (op::REDUCE, _) if callable::allows(module, name) => Call::Function,
            (op::REDUCE, _) => {
                return Err(Error::new(
                    "",
                    Problem::ForbiddenCall {
                        module: module.clone(),
                        name: name.clone(),
                    },
                    "do not trust this file; a checkpoint from a source you trust can be loaded in Python and \
                     saved without that object",
                ));
            }
            (_, Some(keywords)) => Call::NewWithKeywords(keywords),
            _ => Call::New,
        };
        Ok(Object::Built(Box::new(Built {
            call,
            callable,
            arguments,
            appended: Vec::new(),
            entries: Vec::new(),
            state: None,
        })))
    }
}
