//! Operators: one file each, one registry line each.
//!
//! An operator file has, in this order: its options, the shape rule, reading and writing the options, the
//! float kernel, the quantization rule, its tests. [`registry::OPS`] lists the definitions.

mod abs;
mod add;
mod add_n;
mod arg_max;
mod arg_min;
mod assign_variable;
mod atan2;
mod average_pool2d;
mod batch_matmul;
mod batch_to_space_nd;
mod bitwise_xor;
mod broadcast_args;
mod broadcast_to;
mod bucketize;
mod call_once;
mod cast;
mod ceil;
mod complex_abs;
mod concatenation;
mod conv2d;
mod conv3d;
mod conv3d_transpose;
mod convolution2d_transpose_bias;
mod cos;
mod cumsum;
mod densify;
mod depth_to_space;
mod depthwise_conv2d;
mod dequantize;
mod div;
mod dynamic_update_slice;
mod elu;
mod embedding_lookup;
mod equal;
mod exp;
mod expand_dims;
mod fake_quant;
mod fill;
mod floor;
mod floor_div;
mod floor_mod;
mod fully_connected;
mod gather;
mod gather_nd;
mod gelu;
mod greater;
mod greater_equal;
mod hard_swish;
mod if_op;
mod imag;
mod instance_norm;
mod l2_normalization;
mod l2_pool2d;
mod landmarks2_transform_matrix;
mod leaky_relu;
mod less;
mod less_equal;
mod local_response_normalization;
mod log;
mod log_softmax;
mod logical_and;
mod logical_not;
mod logical_or;
mod logistic;
mod lstm;
mod matrix_diag;
mod matrix_set_diag;
mod max_pool2d;
mod max_pooling_with_argmax2d;
mod max_unpooling2d;
mod maximum;
mod mean;
mod minimum;
mod mirror_pad;
mod mul;
mod neg;
mod non_max_suppression_v4;
mod non_max_suppression_v5;
mod not_equal;
mod one_hot;
mod pack;
mod pad;
mod padv2;
mod pow;
mod prelu;
mod quantize;
mod range;
mod rank;
mod read_variable;
pub mod ready;
mod real;
mod reduce_all;
mod reduce_any;
mod reduce_max;
mod reduce_min;
mod reduce_prod;
pub mod registry;
mod relu;
mod relu6;
mod relu_0_to_1;
mod relu_n1_to_1;
mod reshape;
mod resize_bilinear;
mod resize_nearest_neighbor;
mod reverse_sequence;
mod reverse_v2;
mod rfft2d;
mod right_shift;
mod rms_norm;
mod rope;
mod round;
mod rsqrt;
mod scatter_nd;
mod segment_sum;
mod select;
mod select_v2;
mod shape;
mod sign;
mod sin;
mod slice;
mod softmax;
mod space_to_batch_nd;
mod space_to_depth;
mod sparse_to_dense;
mod split;
mod split_v;
mod sqrt;
mod square;
mod squared_difference;
mod squeeze;
mod stablehlo_composite;
mod strided_slice;
mod sub;
mod sum;
mod support;
mod svdf;
mod tanh;
mod tile;
mod topk_v2;
mod transform_landmarks;
mod transform_tensor_bilinear;
mod transpose;
mod transpose_conv;
mod unidirectional_sequence_lstm;
mod unique;
mod unpack;
mod var_handle;
mod where_op;
mod while_op;
mod zeros_like;

pub use quant_ir::place;
pub use quant_kernel::Window;
pub use ready::{Prepare, Ready};
pub use registry::{definition, find, prepare};
pub use support::padding::window;
pub use support::places::steps as steps_of;

use crate::Run;
use quant_ir::error::{Error, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, Graph, Model, Operator};

/// What the quantizer knows of an operator.
pub struct OpDef {
    /// Its code.
    pub builtin: Builtin,
    /// Its name in recipes, as in `Conv2D`.
    pub name: &'static str,
    /// Fewest and most inputs.
    pub inputs: (usize, usize),
    /// Shapes of the outputs, from the inputs and options; none when only running the operator tells.
    pub shape: fn(&Call<'_>) -> Result<Vec<Vec<usize>>>,
    /// The float kernel: values of the outputs, and behind them the new values of its variable inputs.
    pub eval: fn(&Call<'_>) -> Result<Vec<Value>>,
}

/// One execution of one operator.
pub struct Call<'a> {
    /// The model, for constants' names and other graphs.
    pub model: &'a Model,
    /// The graph that the operator stands in.
    pub graph: &'a Graph,
    /// The operator.
    pub op: &'a Operator,
    /// Values of the inputs; `None` for absent ones.
    pub inputs: Vec<Option<&'a Value>>,
    /// The run: variables, and graphs that may be called.
    pub run: &'a Run<'a>,
}

impl<'a> Call<'a> {
    /// The operator as errors name it: its code and first output.
    pub fn place(&self) -> String {
        place(self.graph, self.op)
    }

    /// The value of a required input.
    pub fn input(&self, index: usize) -> Result<&'a Value> {
        self.inputs.get(index).copied().flatten().ok_or_else(|| {
            Error::invalid(
                self.place(),
                format!("input {index} is missing"),
                "give the operator all its inputs",
            )
        })
    }

    /// The value of an optional input.
    pub fn optional(&self, index: usize) -> Option<&'a Value> {
        self.inputs.get(index).copied().flatten()
    }

    /// A required float input: shape and elements.
    pub fn f32(&self, index: usize) -> Result<(&'a [usize], &'a [f32])> {
        let value = self.input(index)?;
        let data = value.as_f32().ok_or_else(|| {
            Error::unsupported(
                self.place(),
                format!("input {index} is {}, the kernel takes float32", value.dtype()),
                "record and quantize start from a float model",
            )
        })?;
        Ok((&value.shape, data))
    }

    /// A required integer input of one element (an axis, a depth).
    pub fn int(&self, index: usize) -> Result<i64> {
        let list = self.ints(index)?;
        let &[value] = list.as_slice() else {
            return Err(Error::invalid(
                self.place(),
                format!("input {index} has {} elements", list.len()),
                "give one number",
            ));
        };
        Ok(value)
    }

    /// A required integer input, widened (axes, paddings, shapes).
    pub fn ints(&self, index: usize) -> Result<Vec<i64>> {
        let value = self.input(index)?;
        value.to_i64().ok_or_else(|| {
            Error::invalid(
                self.place(),
                format!("input {index} is {}, not an integer tensor", value.dtype()),
                "give int32 or int64",
            )
        })
    }
}

/// Refuses an operator with more inputs than its definition knows: the kernel would leave them out. Those that are
/// missing are told by whoever reads them, since optional ones may be absent at the end.
pub fn check_inputs(graph: &Graph, op: &Operator, def: &OpDef) -> Result<()> {
    let most = def.inputs.1;
    let found = op.inputs.len();
    if found <= most {
        return Ok(());
    }
    Err(Error::unsupported(
        place(graph, op),
        format!("it has {found} inputs, it takes {most}"),
        "convert the model with operators of TensorFlow Lite or Circle",
    ))
}
