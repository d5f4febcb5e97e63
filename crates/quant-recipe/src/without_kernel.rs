//! Operators that recipes can write and that have no kernel: their codes, and how their options are written.

use quant_ir::Builtin;

use crate::fields as options;
use crate::fields::Write;

/// One line each, by name; `quant_case::operators::without_kernel` has their options.
const WITHOUT_KERNEL: &[(&str, Builtin, Write)] = &[
    ("BCQFullyConnected", Builtin::BCQ_FULLY_CONNECTED, |op| {
        options::write!(BCQFullyConnectedOptions: BCQFullyConnectedOptionsT {
            weights_hidden_size: options::int(op, "weights_hidden_size")?,
            fused_activation_function: options::activation(op)?,
        })
    }),
    ("BCQGather", Builtin::BCQ_GATHER, |op| {
        options::write!(BCQGatherOptions: BCQGatherOptionsT {
            input_hidden_size: options::int(op, "input_hidden_size")?,
            axis: options::int(op, "axis")?,
        })
    }),
    (
        "BidirectionalSequenceLSTM",
        Builtin::BIDIRECTIONAL_SEQUENCE_LSTM,
        |op| {
            options::write!(BidirectionalSequenceLSTMOptions: BidirectionalSequenceLSTMOptionsT {
                fused_activation_function: options::activation(op)?,
                cell_clip: options::float(op, "cell_clip")?,
                proj_clip: options::float(op, "proj_clip")?,
                merge_outputs: options::boolean(op, "merge_outputs")?,
                time_major: options::boolean(op, "time_major")?,
                asymmetric_quantize_inputs: options::boolean(op, "asymmetric_quantize_inputs")?,
            })
        },
    ),
    ("GRU", Builtin::GRU, |op| {
        options::write!(GRUOptions: GRUOptionsT {
            fused_activation_function: options::activation(op)?,
            return_sequences: options::boolean(op, "return_sequences")?,
            time_major: options::boolean(op, "time_major")?,
        })
    }),
];

/// The code of an operator, and how its options are written.
pub(super) fn find(kind: &str) -> Option<(Builtin, Write)> {
    let line = WITHOUT_KERNEL.iter().find(|(name, ..)| *name == kind);
    line.map(|(_, builtin, write)| (*builtin, *write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_without_kernel_has_one_line() {
        let table: Vec<_> = quant_case::operators::without_kernel().map(|o| o.kind).collect();
        let lines: Vec<_> = WITHOUT_KERNEL.iter().map(|(name, ..)| *name).collect();
        assert_eq!(lines, table);
    }
}
