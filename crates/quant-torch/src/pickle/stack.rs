//! The stack of the pickle machine, its marks and its memo.

use super::graph::{Id, Object};
use super::machine::Machine;
use super::words::{broken, too_long};
use crate::error::Result;
use crate::limits::MAX_MEMO;

impl Machine<'_> {
    pub(super) fn top(&self) -> Result<Id> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(bottom..).and_then(<[Id]>::last);
        top.copied()
            .ok_or_else(|| broken("an object is wanted where there is none"))
    }

    pub(super) fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    pub(super) fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>>>()?;
        items.reverse();
        Ok(items)
    }

    pub(super) fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self
            .marks
            .pop()
            .ok_or_else(|| broken("a mark is wanted where there is none"))?;
        if mark > self.stack.len() {
            return Err(broken("a mark lies above the stack"));
        }
        Ok(self.stack.split_off(mark))
    }

    pub(super) fn remember(&mut self, key: u32) -> Result<()> {
        let top = self.top()?;
        if self.memo.len() >= MAX_MEMO {
            return Err(too_long("the memo"));
        }
        self.memo.insert(key, top);
        Ok(())
    }

    pub(super) fn recall(&mut self, key: u32) -> Result<()> {
        let id = self.memo.get(&key).copied();
        let id = id.ok_or_else(|| broken(&format!("memo {key} was never set")))?;
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn append(&mut self, items: Vec<Id>) -> Result<()> {
        let top = self.top()?;
        match self.graph.get_mut(top)? {
            Object::List(list) => list.extend(items),
            Object::Built(built) if built.entries.is_empty() && built.state.is_none() => {
                built.appended.extend(items);
            }
            _ => return Err(broken("something is appended to what is no list")),
        }
        Ok(())
    }

    pub(super) fn add_items(&mut self) -> Result<()> {
        let items = self.pop_mark()?;
        let top = self.top()?;
        match self.graph.get_mut(top)? {
            Object::Set(set) => set.extend(items),
            _ => return Err(broken("something is added to what is no set")),
        }
        Ok(())
    }

    pub(super) fn set_items(&mut self, entries: Vec<(Id, Id)>) -> Result<()> {
        let top = self.top()?;
        match self.graph.get_mut(top)? {
            Object::Dict(dict) => dict.extend(entries),
            Object::Built(built) if built.state.is_none() => built.entries.extend(entries),
            _ => return Err(broken("an entry is set in what is no dictionary")),
        }
        Ok(())
    }

    pub(super) fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let top = self.top()?;
        match self.graph.get_mut(top)? {
            Object::Built(built) if built.state.is_none() => built.state = Some(state),
            _ => return Err(broken("a state is given to what takes none")),
        }
        Ok(())
    }
}
