//! Operators that keep values or call other graphs, and custom ones that recipes name like builtin ones.

use super::schema::{ACTIVATION, OperatorSchema, boolean, float, int, pair, unary};

/// The operators of this module, by name.
pub const TABLE: &[OperatorSchema] = &[
    unary("AscendQuant"),
    OperatorSchema {
        inputs: (2, 2),
        ..unary("AssignVariable")
    },
    OperatorSchema {
        options: "call_once_options",
        fields: &[int("init_subgraph_index", 0)],
        inputs: (0, 0),
        ..unary("CallOnce")
    },
    OperatorSchema {
        inputs: (3, 3),
        ..unary("Convolution2DTransposeBias")
    },
    OperatorSchema {
        options: "if_options",
        fields: &[int("then_subgraph_index", 0), int("else_subgraph_index", 0)],
        inputs: (1, usize::MAX),
        ..unary("If")
    },
    unary("Landmarks2TransformMatrix"),
    OperatorSchema {
        options: "lstm_options",
        fields: &[ACTIVATION, float("cell_clip", 0.0), float("proj_clip", 0.0)],
        inputs: (5, 24),
        ..unary("LSTM")
    },
    unary("MaxPoolingWithArgmax2D"),
    pair("MaxUnpooling2D"),
    unary("ReadVariable"),
    OperatorSchema {
        options: "rnn_options",
        fields: &[ACTIVATION, boolean("asymmetric_quantize_inputs")],
        inputs: (5, 5),
        ..unary("RNN")
    },
    OperatorSchema {
        inputs: (0, usize::MAX),
        ..unary("StableHLOComposite")
    },
    pair("TransformLandmarks"),
    pair("TransformTensorBilinear"),
    OperatorSchema {
        options: "unidirectional_sequence_lstm_options",
        fields: &[
            ACTIVATION,
            float("cell_clip", 0.0),
            float("proj_clip", 0.0),
            boolean("time_major"),
            boolean("asymmetric_quantize_inputs"),
        ],
        inputs: (20, 24),
        ..unary("UnidirectionalSequenceLSTM")
    },
    OperatorSchema {
        options: "sequence_rnn_options",
        fields: &[
            boolean("time_major"),
            ACTIVATION,
            boolean("asymmetric_quantize_inputs"),
        ],
        inputs: (5, 5),
        ..unary("UnidirectionalSequenceRNN")
    },
    OperatorSchema {
        inputs: (0, 0),
        ..unary("VarHandle")
    },
    OperatorSchema {
        options: "while_options",
        fields: &[int("cond_subgraph_index", 0), int("body_subgraph_index", 0)],
        inputs: (1, usize::MAX),
        ..unary("While")
    },
];
