//! Float operators between pairs of `QuantizeLinear` and `DequantizeLinear`.
//!
//! Nodes mark the tensors that they want quantized ([`mark`]); then each gets its pair, in the order of the marks
//! ([`emit`]), and the biases theirs ([`bias`]).

mod bias;
mod emit;
mod mark;
mod marking;
mod params;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::Result;

use super::draft::{Draft, MICROSOFT};
use super::options::Options;
use super::params::Params;
use super::ranges::{Ranges, settled};
pub(super) use emit::{floats, integers};
use mark::{Bias, Marks};
pub(super) use params::{Quantized, activations};

/// What is known while a model is quantized.
pub(super) struct Qdq<'a> {
    pub draft: &'a mut Draft,
    pub options: &'a Options,
    /// Parameters of activations, of those with a range.
    pub activations: BTreeMap<String, Quantized>,
    pub marks: Marks,
    pub biases: Vec<(String, Bias)>,
    pub bias_names: BTreeSet<String>,
    /// Numbers of the quantized nodes that read a tensor, one for each time.
    pub receivers: BTreeMap<String, Vec<usize>>,
    /// Parameters of marked initializers.
    pub constants: BTreeMap<String, Quantized>,
    /// Names of scale and zero point of what has been quantized.
    pub done: BTreeMap<String, Done>,
}

/// What stands in the graph for a quantized tensor's parameters.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub scale: String,
    pub zero_point: String,
    pub params: Vec<Params>,
}

/// Quantizes a graph.
pub(super) fn quantize(draft: &mut Draft, ranges: &Ranges, options: &Options) -> Result<()> {
    let ranges = settled(draft, ranges, options);
    let mut qdq = Qdq {
        activations: activations(&ranges, options),
        draft,
        options,
        marks: Marks::default(),
        biases: Vec::new(),
        bias_names: BTreeSet::new(),
        receivers: BTreeMap::new(),
        constants: BTreeMap::new(),
        done: BTreeMap::new(),
    };
    for at in 0..qdq.draft.nodes.len() {
        let Some(wired) = qdq.draft.nodes.get(at) else {
            continue;
        };
        if !options.takes(wired.node.op(), wired.node.name()) {
            continue;
        }
        qdq.visit(at)?;
        let inputs = qdq.draft.nodes.get(at).map(|wired| wired.inputs.clone());
        for input in inputs.unwrap_or_default() {
            qdq.receivers.entry(input).or_default().push(at);
        }
    }
    qdq.constants()?;
    qdq.adjust()?;
    qdq.emit()?;
    if options.quantize_bias {
        qdq.emit_biases()?;
    }
    if !options.pair_to_weight {
        qdq.draft.clean();
    }
    if options.contrib {
        qdq.draft.model.set_opset(MICROSOFT, 1);
    }
    Ok(())
}
