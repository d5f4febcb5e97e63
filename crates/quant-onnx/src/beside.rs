//! Elements that stand in files beside a model: read into it, and written out of it.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Bytes, Result};
use quant_protobuf::message::{Message, Value};

use crate::external::External;
use crate::model::Model;
use crate::tensor::TensorProto;
use quant_protobuf::array::Elements;

impl Model {
    /// The files beside the model that its tensors need, as paths from its folder.
    ///
    /// # Errors
    /// Those of [`External::of`].
    pub fn external_files(&self) -> Result<BTreeSet<String>> {
        let mut inner = Vec::new();
        for node in &self.graph.nodes {
            tensors_of(&node.0, &mut inner);
        }
        self.functions()
            .for_each(|function| tensors_of(function, &mut inner));
        let mut locations = BTreeSet::new();
        for tensor in self.graph.initializers.iter().chain(&inner) {
            if let Some(external) = tensor.external()? {
                locations.insert(external.location);
            }
        }
        Ok(locations)
    }

    /// Takes the elements that stand in these files into the model; they are shared, not copied. Tensors of other files stay.
    ///
    /// # Errors
    /// `Malformed`: a file is too short.
    pub fn attach(&mut self, files: &BTreeMap<String, Bytes>) -> Result<()> {
        for tensor in &mut self.graph.initializers {
            attach(tensor, files)?;
        }
        for node in &mut self.graph.nodes {
            attach_within(&mut node.0, files)?;
        }
        attach_within(&mut self.message, files)
    }

    /// Moves the elements of initializers of at least `least` bytes into one file of that name beside the model, which is
    /// returned in pieces; each begins at a multiple of 4096.
    pub fn externalize(&mut self, location: &str, least: usize) -> Vec<(usize, Bytes)> {
        let mut at = 0usize;
        let mut pieces = Vec::new();
        for tensor in &mut self.graph.initializers {
            let Ok(array) = tensor.tensor() else {
                continue;
            };
            let Elements::Numbers(bytes) = array.elements else {
                continue;
            };
            if bytes.len() < least {
                continue;
            }
            let external = External {
                location: location.to_owned(),
                offset: at,
                length: Some(bytes.len()),
            };
            tensor.set_external(&external);
            pieces.push((at, bytes.clone()));
            at = at.saturating_add(bytes.len()).next_multiple_of(4096);
        }
        pieces
    }
}

/// Whether a message looks like a tensor whose elements stand elsewhere. Messages are told by where they stand; what has
/// `external_data` is a tensor.
fn is_external(message: &Message) -> bool {
    message.int(14) == 1 && message.messages(13).any(|entry| entry.text(1) == "location")
}

/// Tensors within attributes, in subgraphs and functions.
fn tensors_of(message: &Message, out: &mut Vec<TensorProto>) {
    for field in &message.fields {
        if let Value::Message(inner) = &field.value {
            if is_external(inner) {
                out.push(TensorProto(inner.clone()));
            } else {
                tensors_of(inner, out);
            }
        }
    }
}

fn attach_within(message: &mut Message, files: &BTreeMap<String, Bytes>) -> Result<()> {
    for field in &mut message.fields {
        if let Value::Message(inner) = &mut field.value {
            if is_external(inner) {
                let mut tensor = TensorProto(std::mem::take(inner));
                let result = attach(&mut tensor, files);
                *inner = tensor.0;
                result?;
            } else {
                attach_within(inner, files)?;
            }
        }
    }
    Ok(())
}

fn attach(tensor: &mut TensorProto, files: &BTreeMap<String, Bytes>) -> Result<()> {
    let Some(external) = tensor.external()? else {
        return Ok(());
    };
    let Some(file) = files.get(&external.location) else {
        return Ok(());
    };
    let part = external
        .part(file)
        .map_err(|error| error.within(tensor.place()))?;
    tensor.set_raw(part);
    Ok(())
}
