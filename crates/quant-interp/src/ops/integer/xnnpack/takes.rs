//! Which operators on 8-bit integers LiteRT's delegate for XNNPACK takes (`xnnpack_delegate.cc`), of those that XNNPACK
//! computes otherwise than LiteRT's own kernels.

use quant_ir::{Builtin, DType, Graph, Operator, QuantParam, Tensor, TensorId};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as Options, Padding};

/// The most dimensions of a tensor in XNNPACK.
const MOST_DIMENSIONS: usize = 6;

/// Whether the delegate takes an operator that reads or makes integers, and computes it otherwise.
pub fn takes(graph: &Graph, op: &Operator) -> bool {
    let Some(y) = op.outputs.first().map(|id| graph.tensor(*id)) else {
        return false;
    };
    let node = Node { graph, op };
    let x = |at: usize| node.tensor(at);
    let one = |at: usize| x(at).is_some_and(is_activation);
    let alike = |at: usize| one(at) && is_activation(y) && x(at).is_some_and(|x| x.dtype == y.dtype);
    let ratio = |at: usize| x(at).map_or(0.0, |x| scale(x) / scale(y));
    match op.code.builtin {
        Builtin::ADD | Builtin::SUB => {
            let near = |at| (1.0 / 1024.0..256.0).contains(&ratio(at));
            alike(0) && alike(1) && node.few_dimensions() && node.clamps() && near(0) && near(1)
        }
        Builtin::MUL => {
            let product = x(0).map_or(0.0, scale) * x(1).map_or(0.0, scale) / scale(y);
            let near = (1.0 / 65536.0..256.0).contains(&product);
            alike(0) && alike(1) && node.few_dimensions() && node.clamps() && near
        }
        Builtin::CONV_2D => alike(0) && node.clamps() && node.weights(1, y.dtype, 0) && node.bias(2),
        Builtin::DEPTHWISE_CONV_2D => {
            alike(0) && node.clamps() && node.weights(1, y.dtype, 3) && node.bias(2)
        }
        Builtin::FULLY_CONNECTED => {
            let bias = node.id(2).is_none() || node.bias(2);
            alike(0) && node.clamps() && node.weights(1, y.dtype, 0) && bias
        }
        Builtin::TRANSPOSE_CONV => {
            let bias = node.id(3).is_none() || node.bias(3);
            let given = node.is_constant(0) && node.weights(1, y.dtype, 0) && bias;
            alike(2) && node.clamps() && given && node.covers(y)
        }
        Builtin::BATCH_MATMUL => {
            let symmetric = x(1).and_then(|x| x.quant.as_ref()).is_some_and(is_symmetric);
            alike(0) && alike(1) && y.dtype == DType::Int8 && symmetric
        }
        Builtin::MAX_POOL_2D => alike(0) && node.clamps() && node.pools(),
        Builtin::MEAN | Builtin::SUM => {
            let axes = x(1).is_some_and(|axes| axes.shape.len() < 2 && axes.dtype == DType::Int32);
            alike(0) && axes && node.is_constant(1)
        }
        Builtin::RESIZE_BILINEAR => alike(0) && node.is_constant(1),
        Builtin::LOGISTIC | Builtin::TANH => alike(0) && node.few_dimensions(),
        Builtin::ELU => alike(0) && node.few_dimensions() && y.dtype == DType::Int8,
        Builtin::LEAKY_RELU => alike(0) && node.few_dimensions() && node.leaks(ratio(0)),
        Builtin::DEQUANTIZE => {
            one(0) && !node.is_constant(0) && node.few_dimensions() && y.dtype == DType::Float32
        }
        Builtin::QUANTIZE => {
            let float = x(0).is_some_and(|x| x.dtype == DType::Float32);
            let near = (1.0 / 256.0..=128.0).contains(&ratio(0));
            is_activation(y) && node.few_dimensions() && (float || (alike(0) && near))
        }
        _ => false,
    }
}

/// An operator in its graph.
struct Node<'a> {
    graph: &'a Graph,
    op: &'a Operator,
}

impl<'a> Node<'a> {
    fn id(&self, at: usize) -> Option<TensorId> {
        self.op.inputs.get(at).copied().flatten()
    }

    fn tensor(&self, at: usize) -> Option<&'a Tensor> {
        self.id(at).map(|id| self.graph.tensor(id))
    }

    fn is_constant(&self, at: usize) -> bool {
        self.id(at).is_some_and(|id| {
            let given = self.graph.producer(id).is_none() && !self.graph.is_input(id);
            given && !self.graph.tensor(id).is_variable
        })
    }

    fn few_dimensions(&self) -> bool {
        let inputs = self.op.inputs.iter().flatten();
        inputs
            .map(|id| self.graph.tensor(*id))
            .all(|tensor| tensor.shape.len() <= MOST_DIMENSIONS)
    }

    /// Whether a fused activation is one that it clamps by.
    fn clamps(&self) -> bool {
        let function = match &self.op.options.builtin() {
            Options::AddOptions(options) => options.fused_activation_function,
            Options::SubOptions(options) => options.fused_activation_function,
            Options::MulOptions(options) => options.fused_activation_function,
            Options::Conv2DOptions(options) => options.fused_activation_function,
            Options::DepthwiseConv2DOptions(options) => options.fused_activation_function,
            Options::FullyConnectedOptions(options) => options.fused_activation_function,
            Options::Pool2DOptions(options) => options.fused_activation_function,
            Options::TransposeConvOptions(options) => options.fused_activation_function,
            _ => Activation::NONE,
        };
        [
            Activation::NONE,
            Activation::RELU,
            Activation::RELU6,
            Activation::RELU_N1_TO_1,
        ]
        .contains(&function)
    }
    /// Whether an input is a filter that goes with activations of a type, its scales along a dimension when it has several.
    fn weights(&self, at: usize, activations: DType, dimension: i32) -> bool {
        let Some(tensor) = self.tensor(at).filter(|_| self.is_constant(at)) else {
            return false;
        };
        let Some(quant) = &tensor.quant else {
            return false;
        };
        let of_channels = quant.scale.len() > 1;
        match tensor.dtype {
            DType::Int8 if of_channels => {
                activations == DType::Int8 && quant.quantized_dimension == dimension && is_symmetric(quant)
            }
            DType::Int8 => activations == DType::Int8 && is_symmetric(quant),
            // Of the operators that have them only FULLY_CONNECTED comes this far: rows of whole bytes, those of 2 bits with a
            // scale each.
            DType::Int4 | DType::Int2 => {
                let size = |dim: Option<&i32>| dim.and_then(|dim| usize::try_from(*dim).ok());
                let each = if tensor.dtype == DType::Int4 { 2 } else { 4 };
                let whole = size(tensor.shape.last()).is_some_and(|depth| depth.is_multiple_of(each));
                let rows =
                    tensor.dtype == DType::Int4 || size(tensor.shape.first()) == Some(quant.scale.len());
                let dense = self.op.code.builtin == Builtin::FULLY_CONNECTED;
                activations == DType::Int8 && dense && whole && rows && is_symmetric(quant)
            }
            DType::Uint8 => activations == DType::Uint8 && is_activation(tensor),
            _ => false,
        }
    }

    /// Whether an input is a bias of 32 bits.
    fn bias(&self, at: usize) -> bool {
        let tensor = self.tensor(at).filter(|_| self.is_constant(at));
        tensor.is_some_and(|tensor| {
            let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty());
            let symmetric = quant.is_some_and(|quant| quant.quantized_dimension == 0 && is_symmetric(quant));
            tensor.dtype == DType::Int32 && symmetric
        })
    }

    /// Whether strides of TRANSPOSE_CONV are no longer than its filter, which is no longer than the output where that is not cut.
    fn covers(&self, y: &Tensor) -> bool {
        let Options::TransposeConvOptions(options) = &self.op.options.builtin() else {
            return false;
        };
        let sizes = self.tensor(1).and_then(|filter| filter.shape.get(1..3));
        let (Some(sizes), Some(image)) = (sizes, y.shape.get(1..3)) else {
            return false;
        };
        let strides = [options.stride_h, options.stride_w];
        if options.padding == Padding::SAME {
            strides.iter().zip(sizes).all(|(stride, size)| stride <= size)
        } else {
            sizes.iter().zip(image).all(|(size, image)| size <= image)
        }
    }

    /// Whether windows of a pool lie without gaps.
    fn pools(&self) -> bool {
        let Options::Pool2DOptions(options) = &self.op.options.builtin() else {
            return false;
        };
        let gaps = options.stride_h > options.filter_height || options.stride_w > options.filter_width;
        !gaps && options.stride_h > 0 && options.stride_w > 0
    }

    /// Whether a slope below zero is within the steps that XNNPACK has for it.
    fn leaks(&self, above: f32) -> bool {
        let Options::LeakyReluOptions(options) = &self.op.options.builtin() else {
            return false;
        };
        let below = above * options.alpha;
        let near = (-127.996_09..=128.0).contains(&below) && below.abs() >= 1.0 / 256.0;
        options.alpha.is_normal() && (1.0 / 256.0..=128.0).contains(&above) && near
    }
}

/// Whether a tensor has one scale and zero point, and 8 bits.
fn is_activation(tensor: &Tensor) -> bool {
    let quant = tensor.quant.as_ref();
    let one = quant.is_some_and(|quant| {
        let zeros = quant.zero_point.len();
        let zeros = zeros == 1 || (zeros == 0 && tensor.dtype == DType::Int8);
        quant.scale.len() == 1 && zeros && quant.quantized_dimension == 0
    });
    one && matches!(tensor.dtype, DType::Int8 | DType::Uint8)
}

fn is_symmetric(quant: &QuantParam) -> bool {
    quant.zero_point.iter().all(|zero| *zero == 0)
}

/// The only scale of a tensor.
fn scale(tensor: &Tensor) -> f32 {
    let quant = tensor.quant.as_ref();
    quant
        .and_then(|quant| quant.scale.first())
        .copied()
        .unwrap_or(0.0)
}
