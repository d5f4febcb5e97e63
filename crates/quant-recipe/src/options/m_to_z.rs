//! How the options of operators are written: mirror_pad to while.

#![allow(clippy::as_conversions)] // a recipe that was read holds no list that is longer than its text
use quant_case::recipe::{Operation, OptionValue};
use quant_ir::Options;
use quant_ir::error::Result;

use crate::fields;

pub fn mirror_pad(op: &Operation) -> Result<Options> {
    let mode = match op.option("mode") {
        Some(OptionValue::Word(word)) if word == "SYMMETRIC" => quant_schema::MirrorPadMode::SYMMETRIC,
        _ => quant_schema::MirrorPadMode::REFLECT,
    };
    fields::write!(MirrorPadOptions: MirrorPadOptionsT { mode: mode })
}

pub fn mul(op: &Operation) -> Result<Options> {
    fields::write!(MulOptions: MulOptionsT {
        fused_activation_function: fields::activation(op)?,
    })
}

pub fn one_hot(op: &Operation) -> Result<Options> {
    fields::write!(OneHotOptions: OneHotOptionsT { axis: fields::int(op, "axis")? })
}

pub fn pack(op: &Operation) -> Result<Options> {
    // A count that is not given is that of the inputs.
    let count = match fields::int(op, "values_count")? {
        0 => op.inputs.len() as i32,
        count => count,
    };
    fields::write!(PackOptions: PackOptionsT { values_count: count, axis: fields::int(op, "axis")? })
}

pub fn reducer(op: &Operation) -> Result<Options> {
    fields::write!(ReducerOptions: ReducerOptionsT { keep_dims: fields::boolean(op, "keep_dims")? })
}

pub fn reshape(op: &Operation) -> Result<Options> {
    let new_shape = fields::ints(op, "new_shape")?;
    let new_shape = (!new_shape.is_empty()).then_some(new_shape);
    fields::write!(ReshapeOptions: ReshapeOptionsT { new_shape: new_shape })
}

pub fn resize_bilinear(op: &Operation) -> Result<Options> {
    fields::write!(ResizeBilinearOptions: ResizeBilinearOptionsT {
            align_corners: fields::boolean(op, "align_corners")?,
            half_pixel_centers: fields::boolean(op, "half_pixel_centers")?,
        }
    )
}

pub fn resize_nearest_neighbor(op: &Operation) -> Result<Options> {
    fields::write!(ResizeNearestNeighborOptions: ResizeNearestNeighborOptionsT {
            align_corners: fields::boolean(op, "align_corners")?,
            half_pixel_centers: fields::boolean(op, "half_pixel_centers")?,
        }
    )
}

pub fn reverse_sequence(op: &Operation) -> Result<Options> {
    fields::write!(ReverseSequenceOptions: ReverseSequenceOptionsT {
       seq_dim: fields::int(op, "seq_dim")?,
       batch_dim: fields::int(op, "batch_dim")?,
    })
}

pub fn rms_norm(op: &Operation) -> Result<Options> {
    fields::write!(RmsNormOptions: RmsNormOptionsT { epsilon: fields::float(op, "epsilon")? })
}

pub fn rope(op: &Operation) -> Result<Options> {
    let joined = op.option("mode") == Some(&OptionValue::Word("GPT_J".to_owned()));
    fields::write!(RoPEOptions: RoPEOptionsT {
        mode: if joined { quant_schema::RoPEMode::GPT_J } else { quant_schema::RoPEMode::GPT_NEOX },
    })
}

pub fn shape(op: &Operation) -> Result<Options> {
    let out_type = match op.option("out_type") {
        Some(OptionValue::Word(word)) if word == "INT64" => quant_schema::TensorType::INT64,
        _ => quant_schema::TensorType::INT32,
    };
    fields::write!(ShapeOptions: ShapeOptionsT { out_type: out_type })
}

pub fn softmax(op: &Operation) -> Result<Options> {
    fields::write!(SoftmaxOptions: SoftmaxOptionsT { beta: fields::float(op, "beta")? })
}

pub fn space_to_depth(op: &Operation) -> Result<Options> {
    fields::write!(SpaceToDepthOptions: SpaceToDepthOptionsT { block_size: fields::int(op, "block_size")? })
}

pub fn sparse_to_dense(op: &Operation) -> Result<Options> {
    fields::write!(SparseToDenseOptions: SparseToDenseOptionsT {
        validate_indices: fields::boolean(op, "validate_indices")?,
    })
}

pub fn split(op: &Operation) -> Result<Options> {
    fields::write!(SplitOptions: SplitOptionsT { num_splits: fields::int(op, "num_splits")? })
}

pub fn split_v(op: &Operation) -> Result<Options> {
    fields::write!(SplitVOptions: SplitVOptionsT { num_splits: fields::int(op, "num_splits")? })
}

pub fn squeeze(op: &Operation) -> Result<Options> {
    let squeeze_dims = fields::ints(op, "squeeze_dim")?;
    fields::write!(SqueezeOptions: SqueezeOptionsT { squeeze_dims: Some(squeeze_dims) })
}

pub fn strided_slice(op: &Operation) -> Result<Options> {
    fields::write!(StridedSliceOptions: StridedSliceOptionsT {
       begin_mask: fields::int(op, "begin_mask")?,
       end_mask: fields::int(op, "end_mask")?,
       ellipsis_mask: fields::int(op, "ellipsis_mask")?,
       new_axis_mask: fields::int(op, "new_axis_mask")?,
       shrink_axis_mask: fields::int(op, "shrink_axis_mask")?,
       offset: fields::boolean(op, "offset")?,
    })
}

pub fn sub(op: &Operation) -> Result<Options> {
    fields::write!(SubOptions: SubOptionsT {
        fused_activation_function: fields::activation(op)?,
    })
}

pub fn svdf(op: &Operation) -> Result<Options> {
    fields::write!(SVDFOptions: SVDFOptionsT {
        rank: fields::int(op, "rank")?,
        fused_activation_function: fields::activation(op)?,
        asymmetric_quantize_inputs: fields::boolean(op, "asymmetric_quantize_inputs")?,
    })
}

pub fn transpose_conv(op: &Operation) -> Result<Options> {
    fields::write!(TransposeConvOptions: TransposeConvOptionsT {
            padding: fields::padding(op)?,
            stride_w: fields::int(op, "stride_w")?,
            stride_h: fields::int(op, "stride_h")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn unidirectional_sequence_lstm(op: &Operation) -> Result<Options> {
    fields::write!(UnidirectionalSequenceLSTMOptions: UnidirectionalSequenceLSTMOptionsT {
        fused_activation_function: fields::activation(op)?,
        cell_clip: fields::float(op, "cell_clip")?,
        proj_clip: fields::float(op, "proj_clip")?,
        time_major: fields::boolean(op, "time_major")?,
        asymmetric_quantize_inputs: fields::boolean(op, "asymmetric_quantize_inputs")?,
    })
}

pub fn unidirectional_sequence_rnn(op: &Operation) -> Result<Options> {
    fields::write!(SequenceRNNOptions: SequenceRNNOptionsT {
        time_major: fields::boolean(op, "time_major")?,
        fused_activation_function: fields::activation(op)?,
        asymmetric_quantize_inputs: fields::boolean(op, "asymmetric_quantize_inputs")?,
    })
}

pub fn unique(op: &Operation) -> Result<Options> {
    let idx_out_type = match op.option("idx_out_type") {
        Some(OptionValue::Word(word)) if word == "INT64" => quant_schema::TensorType::INT64,
        _ => quant_schema::TensorType::INT32,
    };
    fields::write!(UniqueOptions: UniqueOptionsT { idx_out_type: idx_out_type })
}

pub fn unpack(op: &Operation) -> Result<Options> {
    // A number that is not given is that of the outputs.
    let num = match fields::int(op, "num")? {
        0 => op.outputs.len() as i32,
        num => num,
    };
    fields::write!(UnpackOptions: UnpackOptionsT { num: num, axis: fields::int(op, "axis")? })
}

pub fn while_op(op: &Operation) -> Result<Options> {
    fields::write!(WhileOptions: WhileOptionsT {
        cond_subgraph_index: fields::int(op, "cond_subgraph_index")?,
        body_subgraph_index: fields::int(op, "body_subgraph_index")?,
    })
}
