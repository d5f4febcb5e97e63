//! The versions of operators, as TensorFlow's `op_version.cc` has them for 8-bit operands.

use std::collections::BTreeMap;

use quant_ir::{Builtin as B, DType, Graph, Model, OpId};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O};

use super::code::Constants;
use super::facts::Facts;
use super::plan::Plan;

/// The version of each operator that is quantized.
pub fn of(facts: &Facts<'_>, plan: &Plan, constants: &Constants) -> Vec<Option<i32>> {
    let version = |op: usize| {
        let rule = facts.rules[op].filter(|_| plan.quantized[op])?;
        Some(feature(facts, plan, constants, op).unwrap_or(rule.version))
    };
    (0..facts.rules.len()).map(version).collect()
}

/// The version that an operator has for its options or shapes; `None`: the one that it has for 8-bit operands.
fn feature(facts: &Facts<'_>, plan: &Plan, constants: &Constants, op: usize) -> Option<i32> {
    let graph = facts.graph();
    let operator = &graph.operators()[op];
    let shape = |at: usize| operator.input(at).map_or(&[][..], |id| &graph.tensor(id).shape);
    let dtype = |at: usize| operator.input(at).map(|id| graph.tensor(id).dtype);
    let rank = shape(0).len();
    let when = |is: bool, version: i32| is.then_some(version);
    // Operands of more than four dimensions that are of different shapes.
    let wide = shape(0) != shape(1) && rank.max(shape(1).len()) > 4;
    let coded = |at: usize| {
        constants
            .of
            .get(&(op, at))
            .map(|coded| constants.coded[*coded].dtype)
    };
    let narrow = coded(1) == Some(DType::Int4);
    match (operator.code.builtin, operator.options.builtin()) {
        (B::CONV_2D | B::DEPTHWISE_CONV_2D, _) if narrow => Some(7),
        (B::FULLY_CONNECTED, _) if narrow => Some(10),
        (B::CONV_2D, _) => when(shape(0).get(3) != shape(1).get(3), 6),
        (B::FULLY_CONNECTED, _) if operator.inputs.len() == 2 => Some(6),
        (B::FULLY_CONNECTED, O::FullyConnectedOptions(o)) => when(o.keep_num_dims, 5),
        (B::TRANSPOSE_CONV, O::TransposeConvOptions(o))
            if o.fused_activation_function != Activation::NONE =>
        {
            Some(4)
        }
        (B::TRANSPOSE_CONV, _) => when(operator.input(3).is_some(), 3),
        (B::UNIDIRECTIONAL_SEQUENCE_LSTM, O::UnidirectionalSequenceLSTMOptions(o)) => {
            when(o.diagonal_recurrent_tensors, 4)
        }
        (B::MUL, _) => when(rescales(facts, plan, constants, op)?, 3),
        (B::GATHER, _) if dtype(1) == Some(DType::Int16) => Some(6),
        (B::GATHER, O::GatherOptions(o)) => when(o.batch_dims != 0, 5),
        (B::GATHER_ND, _) => when(dtype(1) == Some(DType::Int16), 4),
        (B::TOPK_V2, _) => when(dtype(1) == Some(DType::Int16), 3),
        (B::DYNAMIC_UPDATE_SLICE, _) => when(dtype(2) == Some(DType::Int64), 2),
        (B::TRANSPOSE, _) => [(6, 8), (5, 6), (4, 4)]
            .iter()
            .find(|(over, _)| rank > *over)
            .map(|(_, version)| *version),
        (B::SLICE, _) => when(rank > 4, 5),
        (B::STRIDED_SLICE, O::StridedSliceOptions(o)) if o.offset => Some(8),
        (B::STRIDED_SLICE, O::StridedSliceOptions(o)) if o.ellipsis_mask != 0 || o.new_axis_mask != 0 => {
            Some(6)
        }
        (B::STRIDED_SLICE | B::PAD | B::PADV2, _) => when(rank > 4, 4),
        (B::RESIZE_BILINEAR, O::ResizeBilinearOptions(o)) => when(o.half_pixel_centers, 3),
        (B::RESIZE_NEAREST_NEIGHBOR, O::ResizeNearestNeighborOptions(o)) => {
            when(o.half_pixel_centers || o.align_corners, 3)
        }
        (B::MAXIMUM | B::MINIMUM | B::SUB, _) => when(wide, 3),
        (B::DIV, _) => when(wide, 2),
        (B::SPACE_TO_BATCH_ND | B::BATCH_TO_SPACE_ND, _) => when(rank != 4, 3),
        (B::SELECT, _) => when((0..3).any(|at| shape(at).len() == 5), 3),
        _ => None,
    }
}

/// Whether the product of a multiplication's scales is no less than its result's.
fn rescales(facts: &Facts<'_>, plan: &Plan, constants: &Constants, op: usize) -> Option<bool> {
    let operator = &facts.graph().operators()[op];
    let scale = |at: usize| match constants.of.get(&(op, at)) {
        Some(coded) => constants.coded[*coded].quant.scale.first().copied(),
        None => Some(plan.reads(op, at, operator.input(at)?)?.scale),
    };
    let result = operator.outputs.first().and_then(|id| plan.params[id.0])?;
    Some(scale(0)? * scale(1)? / result.scale >= 1.0)
}

/// Operators of one kind have one version, the highest: the original writes one code for each kind.
pub fn share(model: &mut Model) {
    let mut highest: BTreeMap<B, i32> = BTreeMap::new();
    let operators = model.graphs().iter().flat_map(Graph::operators);
    for code in operators.map(|operator| &operator.code) {
        let version = highest.entry(code.builtin).or_insert(code.version);
        *version = code.version.max(*version);
    }
    for graph in model.graphs_mut() {
        for op in 0..graph.operators().len() {
            let code = &graph.operators()[op].code;
            let version = highest[&code.builtin];
            if code.builtin == B::CUSTOM || code.version == version {
                continue;
            }
            // Operands stay, so that nothing can be refused.
            let changed = graph.edit(OpId(op), |operator| operator.code.version = version);
            debug_assert!(changed.is_ok());
        }
    }
}
