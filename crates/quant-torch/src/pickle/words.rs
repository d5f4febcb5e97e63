//! What stands behind the codes of instructions: counts, texts, integers.

use super::graph::{Graph, Id, Object};
use crate::error::{Error, Problem, Result};
use crate::limits::{MAX_DEPTH, MAX_LONG_BYTES, MAX_PICKLE_BYTES};
use crate::source::Input;

pub(super) fn broken(what: &str) -> Error {
    Error::new(
        "",
        Problem::Damaged(what.into()),
        "the pickle is damaged; save the checkpoint again",
    )
}

pub(super) fn too_long(what: &str) -> Error {
    Error::new(
        "",
        Problem::Limit(format!("{what} is too large")),
        "save the checkpoint without it",
    )
}

pub(super) fn counted(input: &mut Input, width: usize) -> Result<Vec<u8>> {
    let mut count = [0; 8];
    for byte in count.iter_mut().take(width) {
        *byte = input.byte()?;
    }
    let count = u64::from_le_bytes(count);
    if count > MAX_PICKLE_BYTES {
        return Err(too_long("a text"));
    }
    input.bytes(count)
}

pub(super) fn name(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| broken("a class has a name that is no UTF-8"))
}

/// An `int` from two's complement, least significant byte first.
pub(super) fn long(bytes: Vec<u8>) -> Result<Object> {
    if bytes.len() > MAX_LONG_BYTES {
        return Err(too_long("an integer"));
    }
    if bytes.len() > 8 {
        return Ok(Object::Long(bytes));
    }
    let fill = match bytes.last() {
        Some(top) if top & 0x80 != 0 => 0xff,
        _ => 0,
    };
    let mut wide = [fill; 8];
    for (to, from) in wide.iter_mut().zip(&bytes) {
        *to = *from;
    }
    Ok(Object::Int(i64::from_le_bytes(wide)))
}

pub(super) fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(broken("a dictionary has a key without a value"));
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}

/// Follows the objects in the order in which they are written, as deep as they nest.
pub(super) fn check_depth(graph: &Graph, root: Id) -> Result<()> {
    let mut seen = vec![false; graph.len()];
    let mut path = vec![vec![root].into_iter()];
    while let Some(parts) = path.last_mut() {
        let Some(id) = parts.next() else {
            path.pop();
            continue;
        };
        match seen.get_mut(id.place()) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if path.len() > MAX_DEPTH {
            return Err(Error::new(
                "",
                Problem::TooDeep { limit: MAX_DEPTH },
                "save the checkpoint without the object that does",
            ));
        }
        let parts = graph.parts(id);
        if !parts.is_empty() {
            path.push(parts.into_iter());
        }
    }
    Ok(())
}
