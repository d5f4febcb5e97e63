//! Tensors as the groups of an HDF5 file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quant_core::ir::{Graph, Model, QuantParam, Tensor};
use quant_hdf5::{Array, Node, Type};

use super::elements;
use crate::failure::{Failure, Result};

/// The file's root: a group for each tensor with a name.
pub fn tree(model: &Model) -> Result<BTreeMap<String, Node<'_>>> {
    let mut root = BTreeMap::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for tensor in model.graphs().iter().flat_map(Graph::tensors) {
        if tensor.name.is_empty() {
            continue;
        }
        let name = tensor.name.replace('/', "_");
        if name == "." || name.contains('\0') {
            return Err(Failure::Invalid(format!(
                "tensor `{}` cannot name a group; rename it in the model",
                name.escape_default()
            )));
        }
        if let Some(other) = names.insert(name.clone(), &tensor.name) {
            return Err(Failure::Invalid(format!(
                "tensors `{other}` and `{}` would both be group `{name}`; rename one in the model",
                tensor.name
            )));
        }
        root.insert(name, Node::Group(group(model, tensor)?));
    }
    Ok(root)
}

/// What is known of one tensor.
fn group<'a>(model: &'a Model, tensor: &'a Tensor) -> Result<BTreeMap<String, Node<'a>>> {
    let mut group = BTreeMap::new();
    let mut put = |name: &str, array: Array<'a>| {
        group.insert(name.to_owned(), Node::Array(array));
    };
    if let Some(weights) = elements::elements(model, tensor)? {
        put("weights", weights);
    }
    if let Some(quant) = &tensor.quant {
        for (name, list) in floats(quant) {
            if !list.is_empty() {
                put(name, row(Type::Float(4), list.iter().map(|x| x.to_le_bytes())));
            }
        }
        if !quant.zero_point.is_empty() {
            put(
                "zero_point",
                row(Type::Int(8), quant.zero_point.iter().map(|x| x.to_le_bytes())),
            );
        }
        put(
            "quantized_dimension",
            Array {
                dtype: Type::Int(4),
                shape: Vec::new(),
                bytes: Cow::Owned(quant.quantized_dimension.to_le_bytes().to_vec()),
            },
        );
    }
    Ok(group)
}

/// The lists of floats, by name.
pub fn floats(quant: &QuantParam) -> [(&'static str, &Vec<f32>); 3] {
    [("min", &quant.min), ("max", &quant.max), ("scale", &quant.scale)]
}

/// A dataset of one axis.
fn row<'a, const N: usize>(dtype: Type, elements: impl ExactSizeIterator<Item = [u8; N]>) -> Array<'a> {
    Array {
        dtype,
        shape: vec![elements.len() as u64],
        bytes: Cow::Owned(elements.flatten().collect()),
    }
}
