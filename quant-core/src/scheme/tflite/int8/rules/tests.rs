//! The table of operators.

use super::*;
use quant_ir::{OpCode, Options};

fn operator(builtin: Builtin) -> Operator {
    Operator::new(
        OpCode::builtin(builtin),
        Vec::new(),
        Vec::new(),
        Options::default(),
    )
}

#[test]
fn operators_are_found_by_code() {
    for (builtin, rule) in RULES {
        assert_eq!(rule_of(&operator(*builtin), false), Some(*rule), "{builtin}");
    }
    for builtin in [
        B::SIN,
        B::COS,
        B::NEG,
        B::SQUARE,
        B::ELU,
        B::CAST,
        B::CUSTOM,
        B::INSTANCE_NORM,
        B(9999),
    ] {
        assert_eq!(rule_of(&operator(builtin), false), None, "{builtin}");
    }
}

#[test]
fn kernels_that_copy_give_their_results_other_scales_in_the_original_only() {
    for builtin in [B::REVERSE_V2, B::EMBEDDING_LOOKUP] {
        let result = |compat| rule_of(&operator(builtin), compat).unwrap().result;
        assert_ne!(result(false), Scale::Own);
        assert_eq!(result(true), Scale::Own);
    }
}

#[test]
fn versions_depend_on_options() {
    let mut op = operator(B::TRANSPOSE_CONV);
    assert_eq!(Version::TransposeConv.of(&op), 2);
    op.inputs = vec![None, None, None, Some(quant_ir::TensorId(0))];
    assert_eq!(Version::TransposeConv.of(&op), 3);
    let mut op = operator(B::FULLY_CONNECTED);
    assert_eq!(Version::FullyConnected.of(&op), 4);
    let mut options = quant_schema::FullyConnectedOptionsT::default();
    options.keep_num_dims = true;
    op.options = Options::new(BuiltinOptionsT::FullyConnectedOptions(Box::new(options)));
    assert_eq!(Version::FullyConnected.of(&op), 5);
    let mut op = operator(B::RESIZE_BILINEAR);
    assert_eq!(Version::Resize.of(&op), 2);
    let mut options = quant_schema::ResizeBilinearOptionsT::default();
    options.half_pixel_centers = true;
    op.options = Options::new(BuiltinOptionsT::ResizeBilinearOptions(Box::new(options)));
    assert_eq!(Version::Resize.of(&op), 3);
}
