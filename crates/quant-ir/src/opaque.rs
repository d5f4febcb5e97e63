//! Parts of a model that are carried, not read: generated schema objects behind a closed door.

use quant_schema as schema;

/// The options of an operator, every field of the file kept.
///
/// Each operator that has a kernel reads and writes its own view of them (see `quant_interp::ops`).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub(crate) first: schema::BuiltinOptionsT,
    pub(crate) second: schema::BuiltinOptions2T,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            first: schema::BuiltinOptionsT::NONE,
            second: schema::BuiltinOptions2T::NONE,
        }
    }
}

impl Options {
    /// Options of a builtin operator.
    pub fn new(first: schema::BuiltinOptionsT) -> Self {
        Self {
            first,
            second: schema::BuiltinOptions2T::NONE,
        }
    }

    /// Options of one of the newer operators.
    pub fn newer_kind(second: schema::BuiltinOptions2T) -> Self {
        Self {
            first: schema::BuiltinOptionsT::NONE,
            second,
        }
    }

    /// The fields that the operator has as options; `NONE` when it has none, or newer ones.
    pub fn builtin(&self) -> &schema::BuiltinOptionsT {
        &self.first
    }

    /// The same, to change them.
    pub fn builtin_mut(&mut self) -> &mut schema::BuiltinOptionsT {
        &mut self.first
    }

    /// The fields of the newer operators.
    pub fn newer(&self) -> &schema::BuiltinOptions2T {
        &self.second
    }

    /// The activation fused into the operator, for those that can have one.
    pub fn fused_activation(&self) -> schema::ActivationFunctionType {
        use schema::BuiltinOptionsT as O;
        match &self.first {
            O::Conv2DOptions(o) => o.fused_activation_function,
            O::DepthwiseConv2DOptions(o) => o.fused_activation_function,
            O::Conv3DOptions(o) => o.fused_activation_function,
            O::TransposeConvOptions(o) => o.fused_activation_function,
            O::FullyConnectedOptions(o) => o.fused_activation_function,
            O::Pool2DOptions(o) => o.fused_activation_function,
            O::ConcatenationOptions(o) => o.fused_activation_function,
            O::AddOptions(o) => o.fused_activation_function,
            O::SubOptions(o) => o.fused_activation_function,
            O::MulOptions(o) => o.fused_activation_function,
            O::DivOptions(o) => o.fused_activation_function,
            O::L2NormOptions(o) => o.fused_activation_function,
            O::InstanceNormOptions(o) => o.fused_activation_function,
            _ => schema::ActivationFunctionType::NONE,
        }
    }
}

/// A part of the file that no stage reads, kept as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque<T>(pub(crate) T);

impl<T> Opaque<T> {
    /// What it is.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Keeps a part of a file.
    pub fn new(part: T) -> Self {
        Self(part)
    }
}
