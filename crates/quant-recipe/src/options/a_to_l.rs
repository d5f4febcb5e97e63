//! How the options of operators are written: add to lstm.

use quant_case::recipe::Operation;
use quant_ir::Options;
use quant_ir::error::Result;

use crate::fields;

pub fn add(op: &Operation) -> Result<Options> {
    fields::write!(AddOptions: AddOptionsT {
        fused_activation_function: fields::activation(op)?,
    })
}

pub fn arg_max(op: &Operation) -> Result<Options> {
    fields::write!(ArgMaxOptions: ArgMaxOptionsT { output_type: fields::output_type(op) })
}

pub fn arg_min(op: &Operation) -> Result<Options> {
    fields::write!(ArgMinOptions: ArgMinOptionsT { output_type: fields::output_type(op) })
}

pub fn average_pool_2d(op: &Operation) -> Result<Options> {
    fields::write!(Pool2DOptions: Pool2DOptionsT {
            padding: fields::padding(op)?,
            stride_w: fields::int(op, "stride_w")?,
            stride_h: fields::int(op, "stride_h")?,
            filter_width: fields::int(op, "filter_width")?,
            filter_height: fields::int(op, "filter_height")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn batch_matmul(op: &Operation) -> Result<Options> {
    fields::write!(BatchMatMulOptions: BatchMatMulOptionsT {
            adjoint_lhs: fields::boolean(op, "adjoint_lhs")?,
            adjoint_rhs: fields::boolean(op, "adjoint_rhs")?,
        }
    )
}

pub fn bucketize(op: &Operation) -> Result<Options> {
    fields::write!(BucketizeOptions: BucketizeOptionsT { boundaries: Some(fields::floats(op, "boundaries")?) })
}

pub fn call_once(op: &Operation) -> Result<Options> {
    fields::write!(CallOnceOptions: CallOnceOptionsT {
        init_subgraph_index: fields::int(op, "init_subgraph_index")?,
    })
}

pub fn cast(op: &Operation) -> Result<Options> {
    fields::write!(CastOptions: CastOptionsT {
        in_data_type: fields::dtype(op, "in_data_type")?,
        out_data_type: fields::dtype(op, "out_data_type")?,
    })
}

pub fn concatenation(op: &Operation) -> Result<Options> {
    fields::write!(ConcatenationOptions: ConcatenationOptionsT {
            axis: fields::int(op, "axis")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn conv_2d(op: &Operation) -> Result<Options> {
    fields::write!(Conv2DOptions: Conv2DOptionsT {
            padding: fields::padding(op)?,
            stride_w: fields::int(op, "stride_w")?,
            stride_h: fields::int(op, "stride_h")?,
            dilation_w_factor: fields::int(op, "dilation_w_factor")?,
            dilation_h_factor: fields::int(op, "dilation_h_factor")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn conv_3d(op: &Operation) -> Result<Options> {
    fields::write!(Conv3DOptions: Conv3DOptionsT {
            padding: fields::padding(op)?,
            stride_d: fields::int(op, "stride_d")?,
            stride_w: fields::int(op, "stride_w")?,
            stride_h: fields::int(op, "stride_h")?,
            dilation_d_factor: fields::int(op, "dilation_d_factor")?,
            dilation_w_factor: fields::int(op, "dilation_w_factor")?,
            dilation_h_factor: fields::int(op, "dilation_h_factor")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn cumsum(op: &Operation) -> Result<Options> {
    fields::write!(CumsumOptions: CumsumOptionsT {
       exclusive: fields::boolean(op, "exclusive")?,
       reverse: fields::boolean(op, "reverse")?,
    })
}

pub fn depth_to_space(op: &Operation) -> Result<Options> {
    fields::write!(DepthToSpaceOptions: DepthToSpaceOptionsT { block_size: fields::int(op, "block_size")? })
}

pub fn depthwise_conv_2d(op: &Operation) -> Result<Options> {
    fields::write!(DepthwiseConv2DOptions: DepthwiseConv2DOptionsT {
            padding: fields::padding(op)?,
            stride_w: fields::int(op, "stride_w")?,
            stride_h: fields::int(op, "stride_h")?,
            depth_multiplier: fields::int(op, "depth_multiplier")?,
            dilation_w_factor: fields::int(op, "dilation_w_factor")?,
            dilation_h_factor: fields::int(op, "dilation_h_factor")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn div(op: &Operation) -> Result<Options> {
    fields::write!(DivOptions: DivOptionsT {
        fused_activation_function: fields::activation(op)?,
    })
}

pub fn fake_quant(op: &Operation) -> Result<Options> {
    fields::write!(FakeQuantOptions: FakeQuantOptionsT {
        min: fields::float(op, "min")?,
        max: fields::float(op, "max")?,
        num_bits: fields::int(op, "num_bits")?,
        narrow_range: fields::boolean(op, "narrow_range")?,
    })
}

pub fn fully_connected(op: &Operation) -> Result<Options> {
    fields::write!(FullyConnectedOptions: FullyConnectedOptionsT {
            fused_activation_function: fields::activation(op)?,
            keep_num_dims: fields::boolean(op, "keep_num_dims")?,
        }
    )
}

pub fn gather(op: &Operation) -> Result<Options> {
    fields::write!(GatherOptions: GatherOptionsT {
       axis: fields::int(op, "axis")?,
       batch_dims: fields::int(op, "batch_dims")?,
    })
}

pub fn gelu(op: &Operation) -> Result<Options> {
    fields::write!(GeluOptions: GeluOptionsT { approximate: fields::boolean(op, "approximate")? })
}

pub fn if_op(op: &Operation) -> Result<Options> {
    fields::write!(IfOptions: IfOptionsT {
        then_subgraph_index: fields::int(op, "then_subgraph_index")?,
        else_subgraph_index: fields::int(op, "else_subgraph_index")?,
    })
}

pub fn instance_norm(op: &Operation) -> Result<Options> {
    fields::write!(InstanceNormOptions: InstanceNormOptionsT {
            epsilon: fields::float(op, "epsilon")?,
            fused_activation_function: fields::activation(op)?,
        }
    )
}

pub fn l2_normalization(op: &Operation) -> Result<Options> {
    fields::write!(L2NormOptions: L2NormOptionsT { fused_activation_function: fields::activation(op)? })
}

pub fn leaky_relu(op: &Operation) -> Result<Options> {
    fields::write!(LeakyReluOptions: LeakyReluOptionsT { alpha: fields::float(op, "alpha")? })
}

pub fn local_response_normalization(op: &Operation) -> Result<Options> {
    fields::write!(LocalResponseNormalizationOptions: LocalResponseNormalizationOptionsT {
            radius: fields::int(op, "radius")?,
            bias: fields::float(op, "bias")?,
            alpha: fields::float(op, "alpha")?,
            beta: fields::float(op, "beta")?,
        }
    )
}

pub fn lstm(op: &Operation) -> Result<Options> {
    fields::write!(LSTMOptions: LSTMOptionsT {
        fused_activation_function: fields::activation(op)?,
        cell_clip: fields::float(op, "cell_clip")?,
        proj_clip: fields::float(op, "proj_clip")?,
    })
}
