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
        let wanted = Some(*rule).filter(|_| unfit(*builtin).is_none());
        assert_eq!(rule_of(&operator(*builtin), false), wanted, "{builtin}");
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
    for builtin in [B::REVERSE_V2, B::EMBEDDING_LOOKUP, B::ONE_HOT, B::SPARSE_TO_DENSE] {
        let result = |compat| rule_of(&operator(builtin), compat).unwrap().result;
        assert_ne!(result(false), Scale::Own);
        assert_eq!(result(true), Scale::Own);
    }
}

#[test]
fn what_kernels_get_wrong_stays_float_here() {
    for builtin in [B::REVERSE_SEQUENCE, B::SCATTER_ND] {
        assert!(
            unfit(builtin).is_some() && rule_of(&operator(builtin), true).is_some(),
            "{builtin}"
        );
    }
}
