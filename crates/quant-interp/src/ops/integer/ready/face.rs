//! What an integer operator that was made ready does, and what such operators share.

use crate::ops::Call;
use crate::ops::integer::affine::Rescale;
use crate::ops::integer::operands::{self, Side};
use crate::ops::integer::profile::Profile;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_kernel::integer::{Channel, Elements, Factor, Halves, Output, as_signed};
use quant_numeric::fixed::Multiplier;

/// Where integers of an output go.
pub enum Room<'a> {
    /// Of 8 bits; of uint8 the bits.
    Bytes(&'a mut [i8]),
    /// Of 16 bits.
    Halves(&'a mut [i16]),
}

impl<'a> Room<'a> {
    /// Room for integers of 8 bits.
    ///
    /// # Errors
    /// It is for those of 16.
    pub fn bytes(self, call: &Call<'_>) -> Result<&'a mut [i8]> {
        match self {
            Self::Bytes(out) => Ok(out),
            Self::Halves(_) => Err(another_type(call)),
        }
    }

    /// Room for integers of 16 bits.
    ///
    /// # Errors
    /// It is for those of 8.
    pub fn halves(self, call: &Call<'_>) -> Result<&'a mut [i16]> {
        match self {
            Self::Halves(out) => Ok(out),
            Self::Bytes(_) => Err(another_type(call)),
        }
    }
}

fn another_type(call: &Call<'_>) -> Error {
    let problem = Problem::UnsupportedType("the output has another type than the input".into());
    Error::new(call.place(), problem, "quantize the float model again")
}

/// An operator of one output of integers whose constant inputs were packed. Threads share it.
pub trait Ready: Send + Sync {
    /// The shape of the output, from the inputs that are not packed.
    ///
    /// # Errors
    /// Inputs that do not fit.
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>>;

    /// Fills `out`, which has as many elements as [`Ready::shape`] says.
    ///
    /// # Errors
    /// Inputs that do not fit.
    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()>;
}

/// What operators need while they run, kept from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) halves: Vec<i16>,
    pub(super) words: Vec<i32>,
    pub(super) sums: Vec<i32>,
}

/// Runs an operator at once.
///
/// # Errors
/// Inputs that do not fit.
pub fn eval(call: &Call<'_>, ready: &dyn Ready) -> Result<Vec<Value>> {
    let shape = ready.shape(call)?;
    let mut data = empty(operands::output(call, 0)?.dtype);
    fill(call, ready, &shape, &mut Scratch::default(), &mut data)?;
    Ok(vec![Value { shape, data }])
}

/// No integers of a type.
fn empty(dtype: DType) -> Data {
    match dtype {
        DType::Uint8 => Data::U8(Vec::new()),
        DType::Int16 => Data::I16(Vec::new()),
        _ => Data::I8(Vec::new()),
    }
}

/// Runs an operator into a buffer; what is in it is overwritten, and it becomes one of the output's type.
///
/// # Errors
/// Inputs that do not fit.
pub fn fill(
    call: &Call<'_>,
    ready: &dyn Ready,
    shape: &[usize],
    scratch: &mut Scratch,
    data: &mut Data,
) -> Result<()> {
    let count = shape.iter().product();
    let dtype = call.op.outputs.first().map(|id| call.graph.tensor(*id).dtype);
    let wanted = empty(dtype.unwrap_or(DType::Int8));
    if std::mem::discriminant(data) != std::mem::discriminant(&wanted) {
        *data = wanted;
    }
    match data {
        Data::I8(out) => {
            out.resize(count, 0);
            ready.run(call, scratch, Room::Bytes(out))
        }
        Data::U8(out) => {
            out.resize(count, 0);
            ready.run(call, scratch, Room::Bytes(as_signed(out)))
        }
        Data::I16(out) => {
            out.resize(count, 0);
            ready.run(call, scratch, Room::Halves(out))
        }
        _ => Ok(()),
    }
}

/// The integers of an input.
pub fn elements<'a>(call: &Call<'a>, index: usize) -> Result<Elements<'a>> {
    match &call.input(index)?.data {
        Data::I8(data) => Ok(Elements::Signed(data)),
        Data::U8(data) => Ok(Elements::Unsigned(data)),
        Data::I16(data) => Ok(Elements::Halves(data)),
        // The message of any other type.
        _ => operands::integers(call, usize::MAX).map(|_| Elements::Signed(&[])),
    }
}

/// Scale and zero point of both ends, where these are of 8 bits and the input's zero point leaves room in 16.
pub fn ends(call: &Call<'_>) -> Result<Option<(Side, Side)>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let short = |side: Side| matches!(side.dtype, DType::Int8 | DType::Uint8);
    Ok((short(x) && short(y) && x.zero.unsigned_abs() < 1 << 14).then_some((x, y)))
}

/// Channels as kernels take them; nothing where one has a rule that is not done in vectors.
pub fn channels(bias: &[i64], rescales: &[Rescale]) -> Option<Vec<Channel>> {
    let one = |(bias, rescale): (&i64, &Rescale)| {
        let (by, halves) = match rescale {
            // Kernels shift by fewer bits than a word has.
            Rescale::Twice(by) | Rescale::Up(by) if by.exponent > 31 => return None,
            Rescale::Twice(by) => (by, Halves::Away),
            Rescale::Up(by) => (by, Halves::Up),
            Rescale::Even(by) if by.is_finite() && *by >= 0.0 => {
                return Some(Channel {
                    bias: *bias as i32,
                    factor: Factor {
                        mantissa: by.to_bits().cast_signed(),
                        exponent: 0,
                    },
                    halves: Halves::Even,
                });
            }
            _ => return None,
        };
        Some(Channel {
            bias: *bias as i32,
            factor: factor(*by),
            halves,
        })
    };
    bias.iter().zip(rescales).map(one).collect()
}

/// A factor as kernels take it.
pub fn factor(by: Multiplier) -> Factor {
    Factor {
        mantissa: by.mantissa,
        exponent: by.exponent,
    }
}

/// What becomes of rescaled sums.
pub fn output(y: Side, (low, high): (i32, i32)) -> Output {
    Output {
        zero: y.zero,
        low,
        high,
    }
}

/// Channels of the image: of the value, or, before there is one, of the tensor in the model.
pub(super) fn inputs(call: &Call<'_>) -> Option<usize> {
    if let Some(value) = call.optional(0) {
        return value.shape.last().copied();
    }
    let id = call.op.inputs.first().copied().flatten()?;
    usize::try_from(*call.graph.tensor(id).shape.last()?).ok()
}

pub(super) fn same_channels(call: &Call<'_>, found: usize, packed: usize) -> Result<()> {
    if found == packed {
        return Ok(());
    }
    let problem = Problem::Shape(format!("the input has {found} channels, the model says {packed}"));
    Err(Error::new(call.place(), problem, "give as many"))
}

/// How the sums of each output are rescaled.
pub fn rescales(
    call: &Call<'_>,
    profile: Profile,
    (x, y): (Side, Side),
    outputs: usize,
    wide: bool,
    per_channel: bool,
) -> Result<Vec<Rescale>> {
    let scales = operands::filter(call, 1, outputs)?.0;
    let real = |scale: &f32| f64::from(x.scale) * f64::from(*scale) / f64::from(y.scale);
    // The product of the scales in f32 (`GetQuantizedConvolutionMultipler`).
    let one = |scale: &f32| f64::from(x.scale * scale) / f64::from(y.scale);
    let rescale = |scale: &f32| match (x.dtype, profile) {
        (_, Profile::LitertReference | Profile::One | Profile::Onert) => Rescale::Real(real(scale)),
        // A bias of 64 bits takes the reference kernel.
        (DType::Int16, _) if wide => Rescale::Real(real(scale)),
        (_, Profile::Xnnpack | Profile::Onnxruntime) => Rescale::even(x, *scale, y),
        (_, Profile::Litert) if per_channel => Rescale::Up(Multiplier::of(real(scale))),
        (_, Profile::Litert) => Rescale::Up(Multiplier::of(one(scale))),
    };
    Ok(scales.iter().map(rescale).collect())
}
