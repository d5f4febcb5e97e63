//! What ONE's circle-quantizer does with each operator, to be read beside its lists.

use quant_ir::Builtin;

use crate::scheme::rule::{Backward, ConstInputs, Mixed, OutputRange, Rule, Weights};

/// The rule of an operator; [`Rule::NONE`] for those that the original does not know.
pub const fn rule(builtin: Builtin) -> Rule {
    match builtin {
        Builtin::ABS
        | Builtin::BATCH_TO_SPACE_ND
        | Builtin::DEPTH_TO_SPACE
        | Builtin::ELU
        | Builtin::EXP
        | Builtin::GELU
        | Builtin::LOCAL_RESPONSE_NORMALIZATION
        | Builtin::MEAN
        | Builtin::MIRROR_PAD
        | Builtin::PAD
        | Builtin::REDUCE_MAX
        | Builtin::REDUCE_MIN
        | Builtin::REDUCE_PROD
        | Builtin::RESIZE_BILINEAR
        | Builtin::RESIZE_NEAREST_NEIGHBOR
        | Builtin::REVERSE_SEQUENCE
        | Builtin::RSQRT
        | Builtin::SLICE
        | Builtin::SPACE_TO_BATCH_ND
        | Builtin::SPACE_TO_DEPTH
        | Builtin::SQRT
        | Builtin::SQUEEZE
        | Builtin::SUM
        | Builtin::TILE
        | Builtin::TOPK_V2 => Rule::UNARY,
        Builtin::ADD
        | Builtin::BATCH_MATMUL
        | Builtin::DIV
        | Builtin::MAXIMUM
        | Builtin::MINIMUM
        | Builtin::MUL
        | Builtin::POW
        | Builtin::SUB => Rule::BINARY,
        Builtin::ADD_N => Rule {
            known: true,
            const_inputs: ConstInputs::OwnAll,
            mixed: Mixed::All,
            ..Rule::NONE
        },
        Builtin::ARG_MAX
        | Builtin::ARG_MIN
        | Builtin::BROADCAST_TO
        | Builtin::EXPAND_DIMS
        | Builtin::REDUCE_ANY => Rule {
            known: true,
            const_inputs: ConstInputs::Own(&[0]),
            ..Rule::NONE
        },
        Builtin::AVERAGE_POOL_2D
        | Builtin::LEAKY_RELU
        | Builtin::MAX_POOL_2D
        | Builtin::NEG
        | Builtin::RELU
        | Builtin::RELU6
        | Builtin::UNIQUE => Rule {
            const_inputs: ConstInputs::Unsupported,
            ..Rule::UNARY
        },
        Builtin::CAST | Builtin::SHAPE => Rule {
            known: true,
            ..Rule::NONE
        },
        Builtin::CEIL => Rule {
            known: true,
            output: OutputRange::Integer,
            ..Rule::NONE
        },
        Builtin::CONCATENATION => Rule {
            known: true,
            const_inputs: ConstInputs::Skip,
            mixed: Mixed::All,
            backward: Backward::Concat,
            ..Rule::NONE
        },
        Builtin::CONV_2D | Builtin::FULLY_CONNECTED => Rule {
            weights: Some(Weights {
                input: 0,
                filter: 1,
                axis: 0,
                bias: 2,
                weights_only: true,
            }),
            const_inputs: ConstInputs::Skip,
            ..Rule::UNARY
        },
        Builtin::DEPTHWISE_CONV_2D => Rule {
            weights: Some(Weights {
                input: 0,
                filter: 1,
                axis: 3,
                bias: 2,
                weights_only: true,
            }),
            const_inputs: ConstInputs::Skip,
            ..Rule::UNARY
        },
        Builtin::EQUAL
        | Builtin::GREATER
        | Builtin::GREATER_EQUAL
        | Builtin::LESS
        | Builtin::LESS_EQUAL
        | Builtin::NOT_EQUAL => Rule {
            known: true,
            const_inputs: ConstInputs::Own(&[0, 1]),
            ..Rule::NONE
        },
        Builtin::FLOOR => Rule {
            output: OutputRange::Integer,
            ..Rule::UNARY
        },
        Builtin::FLOOR_DIV => Rule {
            output: OutputRange::Integer,
            ..Rule::BINARY
        },
        Builtin::FLOOR_MOD => Rule {
            known: true,
            const_inputs: ConstInputs::Own(&[0, 1]),
            output: OutputRange::Integer,
            ..Rule::NONE
        },
        Builtin::GATHER | Builtin::SPLIT_V | Builtin::STRIDED_SLICE | Builtin::UNPACK => Rule {
            forward: Some(0),
            ..Rule::UNARY
        },
        Builtin::INSTANCE_NORM => Rule {
            params: &[1, 2],
            const_inputs: ConstInputs::Skip,
            ..Rule::UNARY
        },
        Builtin::LOGICAL_AND | Builtin::LOGICAL_NOT | Builtin::LOGICAL_OR => Rule {
            known: true,
            const_inputs: ConstInputs::Skip,
            ..Rule::NONE
        },
        Builtin::LOGISTIC => Rule {
            output: OutputRange::Logistic,
            ..Rule::UNARY
        },
        Builtin::ONE_HOT => Rule {
            known: true,
            const_inputs: ConstInputs::Skip,
            mixed: Mixed::Inputs(&[2, 3]),
            backward: Backward::Inputs(&[2, 3]),
            ..Rule::NONE
        },
        Builtin::PACK => Rule {
            known: true,
            const_inputs: ConstInputs::Skip,
            mixed: Mixed::All,
            backward: Backward::All,
            ..Rule::NONE
        },
        Builtin::PADV2 => Rule {
            known: true,
            const_inputs: ConstInputs::Skip,
            mixed: Mixed::Inputs(&[0]),
            backward: Backward::PadV2,
            ..Rule::NONE
        },
        Builtin::PRELU | Builtin::RMS_NORM => Rule {
            params: &[1],
            const_inputs: ConstInputs::Skip,
            ..Rule::UNARY
        },
        Builtin::RESHAPE | Builtin::TRANSPOSE => Rule {
            backward: Backward::View,
            forward: Some(0),
            ..Rule::UNARY
        },
        Builtin::SELECT_V2 => Rule {
            known: true,
            const_inputs: ConstInputs::Own(&[1, 2]),
            ..Rule::NONE
        },
        Builtin::SOFTMAX => Rule {
            output: OutputRange::Softmax,
            ..Rule::UNARY
        },
        Builtin::SPLIT => Rule {
            known: true,
            const_inputs: ConstInputs::Own(&[1]),
            mixed: Mixed::Inputs(&[1]),
            forward: Some(1),
            ..Rule::NONE
        },
        Builtin::TANH => Rule {
            output: OutputRange::Tanh,
            ..Rule::UNARY
        },
        Builtin::TRANSPOSE_CONV => Rule {
            known: true,
            weights: Some(Weights {
                input: 2,
                filter: 1,
                axis: 0,
                bias: 3,
                weights_only: false,
            }),
            const_inputs: ConstInputs::Skip,
            mixed: Mixed::Inputs(&[2]),
            ..Rule::NONE
        },
        _ => Rule::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_the_table_of_recipes_agree_on_weights() {
        for operator in quant_case::operators::all() {
            let def = quant_interp::ops::registry::by_name(operator.kind).unwrap();
            let rule = rule(def.builtin).weights;
            let rule = rule.map(|weights| (weights.filter, weights.bias, weights.weights_only));
            let table = operator
                .weights
                .map(|weights| (weights.filter, weights.bias, weights.weights_only));
            assert_eq!(rule, table, "{}", operator.kind);
        }
    }
}
