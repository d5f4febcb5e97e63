//! Kinds of layers that can be quantized.

/// What a quantizable layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Conv2D`.
    Conv2d,
    /// `Conv3D`.
    Conv3d,
    /// `DepthwiseConv2dNative`.
    Depthwise,
    /// `Conv2DBackpropInput`.
    Deconvolution,
    /// `MatMul`.
    MatMul,
    /// `BatchMatMul`, `BatchMatMulV2`.
    BatchMatMul,
    /// `AvgPool`.
    AvgPool,
}

impl Kind {
    /// The kind of an operator of TensorFlow.
    pub fn of(op: &str) -> Option<Self> {
        Some(match op {
            "Conv2D" => Self::Conv2d,
            "Conv3D" => Self::Conv3d,
            "DepthwiseConv2dNative" => Self::Depthwise,
            "Conv2DBackpropInput" => Self::Deconvolution,
            "MatMul" => Self::MatMul,
            "BatchMatMul" | "BatchMatMulV2" => Self::BatchMatMul,
            "AvgPool" => Self::AvgPool,
            _ => return None,
        })
    }

    /// Whether its weights may have a scale for each output channel, which then is the default.
    pub fn channel_wise(self) -> bool {
        matches!(
            self,
            Self::Conv2d | Self::Conv3d | Self::Depthwise | Self::Deconvolution
        )
    }

    /// Whether it has weights.
    pub fn weights(self) -> bool {
        self != Self::AvgPool
    }
}

/// Operators whose inputs `tensor_quantize` may name.
pub const TENSOR_QUANTIZE: [&str; 4] = ["MaxPool", "Add", "AddV2", "AvgPool"];

/// A node of a graph, as a configuration sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its operator.
    pub op: String,
    /// Its kind, when this very node can be quantized.
    pub kind: Option<Kind>,
}

impl Layer {
    /// A node whose kind is that of its operator.
    pub fn new(name: impl Into<String>, op: impl Into<String>) -> Self {
        let op = op.into();
        Self {
            name: name.into(),
            kind: Kind::of(&op),
            op,
        }
    }
}
