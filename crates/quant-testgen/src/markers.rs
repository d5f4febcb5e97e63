//! Types that stand for a model, a granularity, a quantized type and a stage.
//!
//! A generated test names its case by these types, so that a case that cannot exist does not compile:
//!
//! ```compile_fail,E0277
//! use quant_testgen::markers::{Exists, Int16, Layer, Quantization};
//! fn case<G: Exists<T, S>, T, S>() {}
//! case::<Layer, Int16, Quantization>();
//! ```
//!
//! ```
//! use quant_testgen::markers::{Channel, Exists, Int16, Quantization};
//! fn case<G: Exists<T, S>, T, S>() {}
//! case::<Channel, Int16, Quantization>();
//! ```
//!
//! Those of addTFLiteTest and addRecipeTest stand in [`tflite`], those of addOnnxTest in [`onnx`]. Words of a package's own get markers of their own: `value_tests!` makes them where it stands.

pub use quant_case::row::RowKind;
use quant_case::{Granularity, Method, QuantType};
pub use quant_case::{Stage, Word};

pub mod onnx;
pub mod tflite;

use crate::results::{FakeWeights, IntegerWeights, Named, Quantized, Range};

/// A model of the list; `value_tests!` makes one for each folder of goldens.
pub trait ModelMarker {
    /// The folder of the package that holds list and trees.
    const ROOT: &'static str;
    /// The model's name in the list.
    const NAME: &'static str;
    /// The directive of its folder of goldens: `Test`, `QConf`, `Onnx`, or `TFLite` for addRecipeTest, too.
    const KIND: RowKind;
    /// The words that its list may use: [`One`]'s, or those that the package has declared beside them.
    type Words;
}

/// The words of ONE.
#[derive(Clone, Copy, Debug)]
pub struct One;

/// A granularity.
pub trait GranularityMarker {
    /// Its word.
    const WORD: Word;
}

/// A quantized type.
pub trait TypeMarker {
    /// Its word.
    const WORD: Word;
}

/// A device that checkpoints are quantized for.
pub trait DeviceMarker: sealed::Sealed {
    /// The device.
    const VALUE: quant_case::Device;
}

/// How a checkpoint's factors come about.
pub trait MethodMarker: sealed::Sealed {
    /// The method.
    const VALUE: Method;
}

/// A stage.
pub trait StageMarker {
    /// The stage.
    const VALUE: Stage;
    /// What it makes of a tensor.
    type Tensor: Into<Named>;
}

/// The granularity goes together with the type `T` and the stage `S`, among the words `W`.
#[diagnostic::on_unimplemented(
    message = "there is no such test: ({Self}, {T}, {S})",
    label = "this granularity, type and stage do not go together",
    note = "layer-wise quantization supports only uint8; int8 and int4 are for weights-only quantization, which is channel-wise",
    note = "TensorFlow Lite has no layer-wise float16 and no channel-wise uint8",
    note = "of ONNX models, matmul_4bits and matmul_8bits go together with blocks, all other types with layer and channel",
    note = "a combination of your own is declared in build.rs, with `.test(…)`"
)]
pub trait Exists<T, S, W = One> {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! markers {
    ($($marker:ident: $axis:ident = $value:expr, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub struct $marker;
            markers!(@is $axis $marker $value);
        )+
    };
    (@is GranularityMarker $marker:ident $value:expr) => {
        impl GranularityMarker for $marker { const WORD: Word = $value; }
    };
    (@is TypeMarker $marker:ident $value:expr) => {
        impl TypeMarker for $marker { const WORD: Word = $value; }
    };
    (@is DeviceMarker $marker:ident $value:expr) => {
        impl sealed::Sealed for $marker {}
        impl DeviceMarker for $marker { const VALUE: quant_case::Device = $value; }
    };
    (@is MethodMarker $marker:ident $value:expr) => {
        impl sealed::Sealed for $marker {}
        impl MethodMarker for $marker { const VALUE: Method = $value; }
    };
}

markers! {
    Layer: GranularityMarker = Word::of_granularity(Granularity::Layer), "One scale for a weight tensor.";
    Channel: GranularityMarker = Word::of_granularity(Granularity::Channel), "One scale for each output channel.";
    Uint8: TypeMarker = Word::of_type(QuantType::Uint8), "Asymmetric, 0…255.";
    Int16: TypeMarker = Word::of_type(QuantType::Int16), "Symmetric, −32767…32767.";
    Int8: TypeMarker = Word::of_type(QuantType::Int8), "Symmetric, −127…127; weights only.";
    Int4: TypeMarker = Word::of_type(QuantType::Int4), "Symmetric, −7…7; weights only.";
    Max78000: DeviceMarker = quant_case::Device::Max78000, "MAX78000.";
    Max78002: DeviceMarker = quant_case::Device::Max78002, "MAX78002.";
    Ascend: DeviceMarker = quant_case::Device::Ascend, "Ascend, by AMCT's flows.";
    Qat: MethodMarker = Method::Qat, "Powers of two, or FakeQuant's ranges, as training left them.";
    Calibrate: MethodMarker = Method::Calibrate, "By calibration (AMCT).";
    Convert: MethodMarker = Method::Convert, "From a record (AMCT).";
    Avgmax: MethodMarker = Method::Avgmax, "The mean of the rows' extremes.";
    Max: MethodMarker = Method::Max, "The largest weight.";
    Stddev: MethodMarker = Method::Stddev, "Two standard deviations around the mean.";
    Scale: MethodMarker = Method::Scale, "The constant 0.85.";
}

macro_rules! stages {
    ($($marker:ident makes $made:ty, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub struct $marker;
            impl StageMarker for $marker {
                const VALUE: Stage = Stage::$marker;
                type Tensor = $made;
            }
        )+
    };
}

stages! {
    FakeQuantization makes FakeWeights, "Weights quantized and dequantized again.";
    RecordMinmax makes Range, "Ranges of float activations over the records.";
    Quantization makes Quantized, "The quantized model.";
    WoQuantization makes IntegerWeights, "Weights quantized, activations float.";
}

/// Markers of types, and which of them go together with what.
macro_rules! types {
    ($axis:ident: $($marker:ident: $(($granularity:ident $stage:ident))+, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub struct $marker;
            impl $crate::markers::TypeMarker for $marker {
                const WORD: $crate::markers::Word = $crate::markers::Word::new($axis::$marker.word());
            }
            $( impl<W> $crate::markers::Exists<$marker, $stage, W> for $granularity {} )+
        )+
    };
}
pub(crate) use types;

macro_rules! exist {
    ($(($granularity:ty, $dtype:ty, $stage:ty))+) => {
        $(
            impl<W> Exists<$dtype, $stage, W> for $granularity {}
        )+
    };
}

exist! {
    (Layer, Uint8, FakeQuantization)
    (Layer, Uint8, RecordMinmax)
    (Layer, Uint8, Quantization)
    (Channel, Uint8, FakeQuantization)
    (Channel, Uint8, RecordMinmax)
    (Channel, Uint8, Quantization)
    (Channel, Int16, FakeQuantization)
    (Channel, Int16, RecordMinmax)
    (Channel, Int16, Quantization)
    (Channel, Int4, WoQuantization)
    (Channel, Int8, WoQuantization)
    (Channel, Int16, WoQuantization)
}
