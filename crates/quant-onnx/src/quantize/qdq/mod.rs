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
mod state;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::Result;

use super::activations::activations;
use super::draft::{Draft, MICROSOFT};
use super::options::Options;
use super::ranges::{Ranges, settled};
use mark::Marks;
use state::Qdq;

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
