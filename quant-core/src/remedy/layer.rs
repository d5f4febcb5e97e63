//! Layers: convolutions and products whose weights are constants.

use quant_ir::{Builtin, DType, Model, OpId};

/// A dimension as a size.
pub fn size(d: i32) -> usize {
    usize::try_from(d).unwrap_or(0)
}

/// What kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CONV_2D, weights `[out, height, width, in]`.
    Convolution,
    /// DEPTHWISE_CONV_2D, weights `[1, height, width, out]`.
    Depthwise,
    /// FULLY_CONNECTED, weights `[out, in]`.
    Dense,
    /// TRANSPOSE_CONV, weights `[out, height, width, in]`.
    Transposed,
}

/// A layer with float weights.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its operator.
    pub op: OpId,
    /// Its kind.
    pub kind: Kind,
    /// The shape of the weights.
    pub shape: Vec<usize>,
}

impl Layer {
    /// The layer of an operator, if it is one.
    pub fn of(model: &Model, op: OpId) -> Option<Self> {
        let graph = model.main();
        let operator = graph.operator(op);
        let (kind, rank) = match operator.code.builtin {
            Builtin::CONV_2D => (Kind::Convolution, 4),
            Builtin::DEPTHWISE_CONV_2D => (Kind::Depthwise, 4),
            Builtin::FULLY_CONNECTED => (Kind::Dense, 2),
            Builtin::TRANSPOSE_CONV => (Kind::Transposed, 4),
            _ => return None,
        };
        let weights = operator.input(1)?;
        let tensor = graph.tensor(weights);
        let fits = tensor.dtype == DType::Float32 && model.is_const(tensor) && tensor.shape.len() == rank;
        let shape: Vec<usize> = tensor.shape.iter().map(|d| size(*d)).collect();
        (fits && operator.outputs.len() == 1 && shape.iter().product::<usize>() > 0).then_some(Self {
            op,
            kind,
            shape,
        })
    }

    /// All layers of the main graph.
    pub fn all(model: &Model) -> Vec<Self> {
        let count = model.main().operators().len();
        (0..count).filter_map(|op| Self::of(model, OpId(op))).collect()
    }

    /// Which operand has the image, or the rows.
    pub fn data(&self) -> usize {
        if self.kind == Kind::Transposed { 2 } else { 0 }
    }

    /// Which operand is the bias.
    pub fn bias(&self) -> usize {
        if self.kind == Kind::Transposed { 3 } else { 2 }
    }

    /// How many channels it makes.
    pub fn outputs(&self) -> usize {
        self.shape[self.axis()]
    }

    /// The dimension of the weights that counts its output channels.
    pub fn axis(&self) -> usize {
        if self.kind == Kind::Depthwise { 3 } else { 0 }
    }

    /// The output channel that a weight belongs to.
    pub fn output_of(&self, at: usize) -> usize {
        let inner: usize = self.shape[self.axis() + 1..].iter().product();
        at / inner % self.outputs()
    }

    /// The channel, of so many that the layer reads, that a weight is multiplied with.
    pub fn input_of(&self, at: usize, channels: usize) -> usize {
        match self.kind {
            Kind::Depthwise => at % self.outputs() / (self.outputs() / channels).max(1),
            // Rows of a flattened image have the channels again and again.
            _ => at % self.shape[self.shape.len() - 1] % channels,
        }
    }

    /// Whether it can read so many channels one by one, the last dimension of an image (or, `flat`, rows of many of them).
    pub fn reads(&self, channels: usize, flat: bool) -> bool {
        let last = self.shape[self.shape.len() - 1];
        match self.kind {
            Kind::Convolution | Kind::Transposed => !flat && last == channels,
            Kind::Depthwise => !flat && last.is_multiple_of(channels),
            Kind::Dense => last.is_multiple_of(channels),
        }
    }
}
