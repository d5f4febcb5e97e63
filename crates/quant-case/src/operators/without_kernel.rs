//! Operators that recipes can write and that nothing runs or quantizes. A model carries them with their options.
//!
//! Whoever writes the kernel moves the entry to one of the other tables, and takes the line out of `quant-core`'s
//! `recipe/carried.rs`.

use super::schema::{
    ACTIVATION, Activations, FieldKind, OperatorSchema, OptionField, boolean, float, int, unary,
};

const fn carried(kind: &'static str, inputs: (usize, usize)) -> OperatorSchema {
    OperatorSchema {
        inputs,
        activations: Activations::Inputs(&[]),
        ..unary(kind)
    }
}

/// These operators, by name.
pub(super) const TABLE: &[OperatorSchema] = &[
    OperatorSchema {
        options: "bcq_fully_connected_options",
        fields: &[int("weights_hidden_size", 0), ACTIVATION],
        ..carried("BCQFullyConnected", (5, 5))
    },
    OperatorSchema {
        options: "bcq_gather_options",
        fields: &[int("input_hidden_size", 0), int("axis", 0)],
        ..carried("BCQGather", (4, 4))
    },
    OperatorSchema {
        options: "bidirectional_sequence_lstm_options",
        fields: &[
            ACTIVATION,
            float("cell_clip", 0.0),
            float("proj_clip", 0.0),
            boolean("merge_outputs"),
            yes("time_major"),
            boolean("asymmetric_quantize_inputs"),
        ],
        ..carried("BidirectionalSequenceLSTM", (48, 48))
    },
    OperatorSchema {
        options: "gru_options",
        fields: &[ACTIVATION, boolean("return_sequences"), boolean("time_major")],
        ..carried("GRU", (6, 6))
    },
];

/// A bool that is true unless the recipe says otherwise.
const fn yes(name: &'static str) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Bool(true),
    }
}
