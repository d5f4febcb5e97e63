//! What is told of one tensor.

use quant_core::ir::{Content, Graph, Model, OpId, QuantDetails, QuantParam, Tensor};
use serde_json::{Value, json};

use crate::size;

/// A tensor, with what the graph says about it.
pub struct Facts<'a> {
    /// Its number.
    pub number: usize,
    /// What it is called everywhere.
    pub label: String,
    /// Itself.
    pub tensor: &'a Tensor,
    /// Bytes of a constant, as stored; none for an activation.
    pub stored: Option<usize>,
    /// The operator that makes it.
    pub producer: Option<OpId>,
    /// Operators that read it.
    pub readers: Vec<OpId>,
}

/// Those of a graph, in its order.
pub fn all<'a>(model: &'a Model, graph: &'a Graph) -> Vec<Facts<'a>> {
    let named = graph.tensors().iter().zip(graph.labels());
    let facts = named.zip(graph.ids());
    facts
        .map(|((tensor, label), id)| Facts {
            number: id.0,
            label,
            tensor,
            stored: model.content(tensor).map(Content::len),
            producer: graph.producer(id),
            readers: graph.readers(id).to_vec(),
        })
        .collect()
}

impl Facts<'_> {
    /// Bytes of its elements: as stored, or what an activation takes; none for open shapes and types of no size.
    pub fn bytes(&self) -> Option<usize> {
        let elements = || self.tensor.dtype.bytes(self.tensor.elements()?);
        self.stored.or_else(elements)
    }

    /// Its shape; −1 where the signature leaves a dimension open.
    pub fn shape(&self) -> String {
        let shape = self.tensor.shape_signature.as_ref().unwrap_or(&self.tensor.shape);
        let unknown = self.tensor.shape.is_empty() && !self.tensor.has_rank && self.stored.is_none();
        if unknown {
            "[]?".to_owned()
        } else {
            format!("{shape:?}")
        }
    }

    /// The size for a person.
    pub fn size(&self) -> String {
        self.bytes()
            .map_or("–".to_owned(), |bytes| size::short(bytes as u64))
    }

    /// Its parameters, or its recorded range.
    pub fn parameters(&self) -> String {
        let Some(quant) = &self.tensor.quant else {
            return "–".to_owned();
        };
        match (
            &quant.details,
            quant.scale.as_slice(),
            quant.zero_point.as_slice(),
        ) {
            (Some(QuantDetails::Custom(_)), ..) => "custom".to_owned(),
            (Some(QuantDetails::Mx { axis }), ..) => format!("mx, axis {axis}"),
            (Some(QuantDetails::Blockwise { block_size, .. }), ..) => format!("blocks of {block_size}"),
            (None, [], _) => range(quant),
            (None, [scale], zero) => {
                format!("scale {scale}, zero point {}", zero.first().copied().unwrap_or(0))
            }
            (None, scales, _) => format!("{} scales, axis {}", scales.len(), quant.quantized_dimension),
        }
    }

    /// Everything.
    pub fn json(&self) -> Value {
        let quant = self.tensor.quant.as_ref();
        json!({
            "index": self.number,
            "name": self.tensor.name,
            "label": self.label,
            "type": self.tensor.dtype.word(),
            "shape": self.tensor.shape,
            "shape_signature": self.tensor.shape_signature,
            "variable": self.tensor.is_variable,
            "constant": self.stored.is_some(),
            "bytes": self.bytes(),
            "producer": self.producer.map(|op| op.0),
            "readers": self.readers.iter().map(|op| op.0).collect::<Vec<_>>(),
            "scale": quant.map(|quant| &quant.scale),
            "zero_point": quant.map(|quant| &quant.zero_point),
            "min": quant.map(|quant| &quant.min),
            "max": quant.map(|quant| &quant.max),
            "quantized_dimension": quant.map(|quant| quant.quantized_dimension),
        })
    }
}

fn range(quant: &QuantParam) -> String {
    match (quant.min.as_slice(), quant.max.as_slice()) {
        ([min], [max]) => format!("range {min} … {max}"),
        ([], _) | (_, []) => "–".to_owned(),
        (min, _) => format!("{} ranges, axis {}", min.len(), quant.quantized_dimension),
    }
}
