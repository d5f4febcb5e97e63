//! How a pickle names the storage of a tensor: the tuple `('storage', class, key, location, count[, view])`.

use crate::dtype::DType;
use crate::error::{Error, Problem, Result};
use crate::pickle::{Graph, Id, Object};

/// A storage as a tensor names it.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The tuple.
    pub tuple: Id,
    /// Type of the elements.
    pub dtype: DType,
    /// Name of the storage.
    pub key: String,
    /// How many elements the whole storage has.
    pub count: u64,
    /// Where in the storage a view begins, in elements (legacy format alone), and how many it has.
    pub view: Option<(u64, u64)>,
}

impl Reference {
    /// Bytes of the whole storage.
    pub fn size(&self) -> Result<u64> {
        self.count
            .checked_mul(self.dtype.size())
            .ok_or_else(|| wrong("a storage has too many elements"))
    }
}

fn wrong(what: &str) -> Error {
    Error::new(
        "",
        Problem::Damaged(what.into()),
        "the pickle is damaged; save the checkpoint again",
    )
}

/// What a persistent object stands for; `None` when it is the source code of a module, which the legacy format may keep.
pub(crate) fn reference(graph: &Graph, persistent: Id) -> Result<Option<Reference>> {
    let Object::Persistent(tuple) = graph.get(persistent) else {
        return Err(wrong("a tensor has no storage"));
    };
    let Object::Tuple(items) = graph.get(*tuple) else {
        return Err(wrong(
            "something outside of the pickle is named that is no storage",
        ));
    };
    let kind = items.first().and_then(|kind| graph.as_text(*kind));
    if kind == Some("module") {
        return Ok(None);
    }
    let (Some("storage"), &[_, class, key, _, count, ref view @ ..]) = (kind, items.as_slice()) else {
        return Err(wrong(
            "something outside of the pickle is named that is no storage",
        ));
    };
    let Object::Global { module, name } = graph.get(class) else {
        return Err(wrong("a storage has no class"));
    };
    let torch = module == "torch" || module.starts_with("torch.");
    let dtype = DType::from_class(name).filter(|_| torch).ok_or_else(|| {
        let what = format!("the class of a storage is `{module}.{name}`");
        Error::new(
            "",
            Problem::Type(what),
            "convert the tensor to another type before saving",
        )
    })?;
    let key = graph.as_text(key).ok_or_else(|| wrong("a storage has no name"))?;
    let number = |id: Id| graph.as_int(id).and_then(|n| u64::try_from(n).ok());
    let count = number(count).ok_or_else(|| wrong("a storage has no count of elements"))?;
    let view = match view.first().map(|view| (graph.get(*view), graph.as_items(*view))) {
        None | Some((Object::None, _)) => None,
        Some((_, Some(&[_, offset, size]))) => match (number(offset), number(size)) {
            (Some(offset), Some(size)) if offset.checked_add(size).is_some_and(|end| end <= count) => {
                Some((offset, size))
            }
            _ => return Err(wrong("a view lies outside of its storage")),
        },
        Some(_) => return Err(wrong("a view of a storage is none")),
    };
    Ok(Some(Reference {
        tuple: *tuple,
        dtype,
        key: key.to_owned(),
        count,
        view,
    }))
}
