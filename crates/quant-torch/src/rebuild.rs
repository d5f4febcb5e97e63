//! Tensors as a pickle has them: calls of the functions that rebuild them.

use crate::error::{Error, Place, Problem, Result};
use crate::limits::MAX_RANK;
use crate::pickle::{Built, Graph, Id, Object};
use crate::reference::{Reference, reference};
use crate::tensor::last_element;

/// The parts of a tensor as a pickle has them.
pub(crate) struct Rebuild {
    pub reference: Reference,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    pub requires_grad: bool,
}

fn wrong(what: &str) -> Error {
    Error::new(
        "",
        Problem::Damaged(what.into()),
        "the pickle is damaged; save the checkpoint again",
    )
}

/// The function that builds an object, when it is one of `torch._utils`.
pub(crate) fn builder<'a>(graph: &'a Graph, built: &Built) -> Option<&'a str> {
    match graph.get(built.callable) {
        Object::Global { module, name } if module == "torch._utils" => Some(name),
        _ => None,
    }
}

/// The parts of a tensor or parameter; `None` for everything else.
///
/// # Errors
/// The arguments are no tensor's, or it looks beyond its storage.
pub(crate) fn rebuild(graph: &Graph, id: Id) -> Result<Option<Rebuild>> {
    let Object::Built(built) = graph.get(id) else {
        return Ok(None);
    };
    let arguments = graph.as_items(built.arguments).unwrap_or_default();
    match builder(graph, built) {
        Some("_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            let &[data, grad, ..] = arguments else {
                return Err(wrong("a parameter lacks arguments"));
            };
            // A parameter holds a plain tensor.
            let plain = matches!(graph.get(data), Object::Built(inner) if builder(graph, inner)
                .is_some_and(|name| name.starts_with("_rebuild_tensor")));
            let rebuild = if plain { rebuild(graph, data)? } else { None };
            Ok(rebuild.map(|rebuild| Rebuild {
                requires_grad: *graph.get(grad) == Object::Bool(true),
                ..rebuild
            }))
        }
        Some("_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => {
            view(graph, arguments).map(Some)
        }
        _ => Ok(None),
    }
}

fn view(graph: &Graph, arguments: &[Id]) -> Result<Rebuild> {
    let &[storage, offset, shape, strides, ref rest @ ..] = arguments else {
        return Err(wrong("a tensor lacks arguments"));
    };
    let reference = reference(graph, storage)?.ok_or_else(|| wrong("a tensor has no storage"))?;
    let number = |id: &Id| graph.as_int(*id).and_then(|n| usize::try_from(n).ok());
    let numbers = |id: Id| -> Result<Vec<usize>> {
        // `torch.Size` stands around the tuple in some files.
        let inner = match graph.get(id) {
            Object::Built(built) => graph.as_items(built.arguments).and_then(<[Id]>::first).copied(),
            _ => Some(id),
        };
        // Counted first: many tensors may share one long tuple.
        let items = inner
            .and_then(|id| graph.as_items(id))
            .filter(|items| items.len() <= MAX_RANK);
        let numbers = items.and_then(|items| items.iter().map(number).collect());
        numbers.ok_or_else(|| wrong("a tensor has dimensions that are no numbers, or too many"))
    };
    let offset = number(&offset).ok_or_else(|| wrong("a tensor begins nowhere"))?;
    let (shape, strides) = (numbers(shape)?, numbers(strides)?);
    if shape.len() != strides.len() {
        return Err(wrong(
            "a tensor has dimensions and strides that do not go together",
        ));
    }
    let start = reference.view.map_or(0, |(start, _)| start);
    let end = reference
        .view
        .map_or(reference.count, |(start, count)| start + count);
    let last = last_element(offset, &shape, &strides).and_then(|last| (last as u64).checked_add(start));
    let fits = match last {
        Some(last) => shape.contains(&0) || last < end,
        None => false,
    };
    if !fits {
        return Err(Error::new(
            Place::storage(&reference.key),
            Problem::OutOfStorage {
                shape: shape.clone(),
                strides: strides.clone(),
            },
            "the pickle is damaged; save the checkpoint again",
        ));
    }
    Ok(Rebuild {
        offset: offset + start as usize,
        shape,
        strides,
        requires_grad: rest
            .first()
            .is_some_and(|grad| *graph.get(*grad) == Object::Bool(true)),
        reference,
    })
}
