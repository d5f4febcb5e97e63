//! The list of operators with a kernel.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::OpDef;
use super::ready::Prepare;
use quant_ir::{Builtin, OpCode};

/// Every operator definition.
pub static OPS: &[&OpDef] = &[
    &super::abs::DEF,
    &super::add::DEF,
    &super::add_n::DEF,
    &super::arg_max::DEF,
    &super::arg_min::DEF,
    &super::ascend_quant::DEF,
    &super::assign_variable::DEF,
    &super::atan2::DEF,
    &super::average_pool2d::DEF,
    &super::batch_matmul::DEF,
    &super::batch_to_space_nd::DEF,
    &super::bitwise_xor::DEF,
    &super::broadcast_args::DEF,
    &super::broadcast_to::DEF,
    &super::bucketize::DEF,
    &super::call_once::DEF,
    &super::cast::DEF,
    &super::ceil::DEF,
    &super::complex_abs::DEF,
    &super::concatenation::DEF,
    &super::conv2d::DEF,
    &super::conv3d::DEF,
    &super::conv3d_transpose::DEF,
    &super::convolution2d_transpose_bias::DEF,
    &super::cos::DEF,
    &super::cumsum::DEF,
    &super::densify::DEF,
    &super::depth_to_space::DEF,
    &super::depthwise_conv2d::DEF,
    &super::dequantize::DEF,
    &super::div::DEF,
    &super::dynamic_update_slice::DEF,
    &super::elu::DEF,
    &super::embedding_lookup::DEF,
    &super::equal::DEF,
    &super::exp::DEF,
    &super::expand_dims::DEF,
    &super::fake_quant::DEF,
    &super::fill::DEF,
    &super::floor::DEF,
    &super::floor_div::DEF,
    &super::floor_mod::DEF,
    &super::fully_connected::DEF,
    &super::gather::DEF,
    &super::gather_nd::DEF,
    &super::gelu::DEF,
    &super::greater::DEF,
    &super::greater_equal::DEF,
    &super::hard_swish::DEF,
    &super::if_op::DEF,
    &super::imag::DEF,
    &super::instance_norm::DEF,
    &super::l2_normalization::DEF,
    &super::l2_pool2d::DEF,
    &super::landmarks2_transform_matrix::DEF,
    &super::leaky_relu::DEF,
    &super::less::DEF,
    &super::less_equal::DEF,
    &super::local_response_normalization::DEF,
    &super::log::DEF,
    &super::log_softmax::DEF,
    &super::logical_and::DEF,
    &super::logical_not::DEF,
    &super::logical_or::DEF,
    &super::logistic::DEF,
    &super::lstm::DEF,
    &super::matrix_diag::DEF,
    &super::matrix_set_diag::DEF,
    &super::max_pool2d::DEF,
    &super::max_pooling_with_argmax2d::DEF,
    &super::max_unpooling2d::DEF,
    &super::maximum::DEF,
    &super::mean::DEF,
    &super::minimum::DEF,
    &super::mirror_pad::DEF,
    &super::mul::DEF,
    &super::neg::DEF,
    &super::non_max_suppression_v4::DEF,
    &super::non_max_suppression_v5::DEF,
    &super::not_equal::DEF,
    &super::one_hot::DEF,
    &super::pack::DEF,
    &super::pad::DEF,
    &super::padv2::DEF,
    &super::pow::DEF,
    &super::prelu::DEF,
    &super::quantize::DEF,
    &super::range::DEF,
    &super::rank::DEF,
    &super::read_variable::DEF,
    &super::real::DEF,
    &super::reduce_all::DEF,
    &super::reduce_any::DEF,
    &super::reduce_max::DEF,
    &super::reduce_min::DEF,
    &super::reduce_prod::DEF,
    &super::relu6::DEF,
    &super::relu::DEF,
    &super::relu_0_to_1::DEF,
    &super::relu_n1_to_1::DEF,
    &super::reshape::DEF,
    &super::resize_bilinear::DEF,
    &super::resize_nearest_neighbor::DEF,
    &super::reverse_sequence::DEF,
    &super::reverse_v2::DEF,
    &super::rfft2d::DEF,
    &super::right_shift::DEF,
    &super::rms_norm::DEF,
    &super::rnn::DEF,
    &super::rope::DEF,
    &super::round::DEF,
    &super::rsqrt::DEF,
    &super::segment_sum::DEF,
    &super::scatter_nd::DEF,
    &super::select::DEF,
    &super::select_v2::DEF,
    &super::shape::DEF,
    &super::sign::DEF,
    &super::sin::DEF,
    &super::slice::DEF,
    &super::softmax::DEF,
    &super::space_to_batch_nd::DEF,
    &super::space_to_depth::DEF,
    &super::sparse_to_dense::DEF,
    &super::split::DEF,
    &super::split_v::DEF,
    &super::sqrt::DEF,
    &super::square::DEF,
    &super::squared_difference::DEF,
    &super::squeeze::DEF,
    &super::stablehlo_composite::DEF,
    &super::strided_slice::DEF,
    &super::sub::DEF,
    &super::sum::DEF,
    &super::svdf::DEF,
    &super::tanh::DEF,
    &super::tile::DEF,
    &super::topk_v2::DEF,
    &super::transform_landmarks::DEF,
    &super::transform_tensor_bilinear::DEF,
    &super::transpose::DEF,
    &super::transpose_conv::DEF,
    &super::unidirectional_sequence_lstm::DEF,
    &super::unidirectional_sequence_rnn::DEF,
    &super::unique::DEF,
    &super::unpack::DEF,
    &super::var_handle::DEF,
    &super::where_op::DEF,
    &super::while_op::DEF,
    &super::zeros_like::DEF,
];

/// The lowest code that a definition can have; codes below zero are Circle's own.
const FIRST: i32 = -32;

/// The definitions of builtin operators, at the places of their codes.
static BY_CODE: LazyLock<Vec<Option<&OpDef>>> = LazyLock::new(|| {
    let builtin = || OPS.iter().filter(|def| def.builtin != Builtin::CUSTOM);
    let places = builtin().filter_map(|def| place(def.builtin)).max();
    let mut table = vec![None; places.map_or(0, |last| last + 1)];
    for def in builtin() {
        if let Some(place) = place(def.builtin) {
            table[place] = Some(*def);
        }
    }
    table
});

/// All definitions by their names in recipes; those of custom operators are named by their codes.
static BY_NAME: LazyLock<BTreeMap<&str, &OpDef>> =
    LazyLock::new(|| OPS.iter().map(|def| (def.name, *def)).collect());

fn place(builtin: Builtin) -> Option<usize> {
    let above = builtin.0.checked_sub(FIRST)?;
    usize::try_from(above).ok()
}

/// The definition of a builtin operator.
pub fn find(builtin: Builtin) -> Option<&'static OpDef> {
    BY_CODE.get(place(builtin)?).copied().flatten()
}

/// The definition of an operator; a custom one is found by the name of its code.
pub fn definition(code: &OpCode) -> Option<&'static OpDef> {
    match code.builtin {
        Builtin::CUSTOM => {
            let def = by_name(code.custom.as_deref()?)?;
            (def.builtin == Builtin::CUSTOM).then_some(def)
        }
        builtin => find(builtin),
    }
}

/// How an operator is made ready, when it can be.
pub fn prepare(builtin: Builtin) -> Option<Prepare> {
    Some(match builtin {
        Builtin::ADD => super::add::PREPARE,
        Builtin::AVERAGE_POOL_2D => super::average_pool2d::PREPARE,
        Builtin::CONV_2D => super::conv2d::PREPARE,
        Builtin::CONV_3D => super::conv3d::PREPARE,
        Builtin::DEPTHWISE_CONV_2D => super::depthwise_conv2d::PREPARE,
        Builtin::FULLY_CONNECTED => super::fully_connected::PREPARE,
        Builtin::MAX_POOL_2D => super::max_pool2d::PREPARE,
        Builtin::MUL => super::mul::PREPARE,
        Builtin::PAD => super::pad::PREPARE,
        Builtin::PADV2 => super::padv2::PREPARE,
        Builtin::RELU_0_TO_1 => super::relu_0_to_1::PREPARE,
        Builtin::RELU => super::relu::PREPARE,
        Builtin::RELU6 => super::relu6::PREPARE,
        Builtin::RELU_N1_TO_1 => super::relu_n1_to_1::PREPARE,
        Builtin::SUB => super::sub::PREPARE,
        _ => return None,
    })
}

/// The definition of an operator by its name in recipes.
pub fn by_name(name: &str) -> Option<&'static OpDef> {
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_operator_has_a_definition_and_only_one() {
        for operator in quant_case::operators::all() {
            assert_eq!(
                OPS.iter().filter(|def| def.name == operator.kind).count(),
                1,
                "{}",
                operator.kind
            );
        }
        assert_eq!(OPS.len(), quant_case::operators::all().count());
    }

    #[test]
    fn every_definition_is_found_by_its_code() {
        for def in OPS {
            let code = OpCode {
                custom: (def.builtin == Builtin::CUSTOM).then(|| def.name.to_owned()),
                ..OpCode::builtin(def.builtin)
            };
            let found = definition(&code).map(|found| found.name);
            assert_eq!(found, Some(def.name));
            // A name of a builtin operator is no custom code.
            let custom = OpCode {
                custom: Some(def.name.to_owned()),
                ..OpCode::builtin(Builtin::CUSTOM)
            };
            assert_eq!(definition(&custom).is_some(), def.builtin == Builtin::CUSTOM);
        }
        for code in [i32::MIN, FIRST - 1, FIRST, i32::MAX] {
            assert!(find(Builtin(code)).is_none(), "{code}");
        }
        assert!(find(Builtin::CUSTOM).is_none());
    }

    #[test]
    fn recipes_take_the_same_numbers_of_inputs() {
        for operator in quant_case::operators::all() {
            assert_eq!(
                by_name(operator.kind).unwrap().inputs,
                operator.inputs,
                "{}",
                operator.kind
            );
        }
    }
}
