//! A graph input that takes pictures.

use half::f16;
use quant_core::ir::{DType, Tensor};
use quant_core::numeric::slice::quantize_with;
use quant_core::value::{Data, Value};
use quant_core::{Error, Problem, Result as CoreResult};
use quant_picture::{Kind, Picture, Preparation, prepare};

use super::elements;
use super::prepare::{Layout, Prepare};
use crate::failure::{Failure, Result};

/// How numbers become those of an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element {
    /// Floats stay floats.
    Float,
    /// Floats of 16 bits.
    Half,
    /// Integers that stand for reals: scale, zero point, and the type.
    Quantized(f32, i64, DType),
}

impl Element {
    /// How reals become the elements of an input; `None` for an input that holds no reals.
    pub fn of(input: &Tensor) -> Option<Self> {
        match input.dtype {
            DType::Float32 => return Some(Self::Float),
            DType::Float16 => return Some(Self::Half),
            _ => {}
        }
        let quant = input.quant.as_ref()?;
        let integer = matches!(input.dtype, DType::Uint8 | DType::Int8 | DType::Int16);
        let ([scale], true) = (&quant.scale[..], integer) else {
            return None;
        };
        let zero_point = quant.zero_point.first().copied().unwrap_or_default();
        (scale.is_finite() && *scale > 0.0).then_some(Self::Quantized(*scale, zero_point, input.dtype))
    }

    /// Reals as elements: integers are the nearest, halves away from zero, as QUANTIZE has them.
    pub fn encode(self, reals: Vec<f32>) -> Data {
        let (scale, zero_point, dtype) = match self {
            Self::Float => return Data::F32(reals.into()),
            Self::Half => return Data::F16(reals.into_iter().map(f16::from_f32).collect()),
            Self::Quantized(scale, zero_point, dtype) => (scale, zero_point, dtype),
        };
        let to = |x: f32, low, high| quantize_with(x, scale, zero_point, low, high);
        match dtype {
            DType::Uint8 => Data::U8(reals.iter().map(|x| to(*x, 0, 255) as u8).collect()),
            DType::Int8 => Data::I8(reals.iter().map(|x| to(*x, -128, 127) as i8).collect()),
            _ => Data::I16(reals.iter().map(|x| to(*x, -32768, 32767) as i16).collect()),
        }
    }
}

/// What a graph input wants of a picture.
pub struct Target {
    shape: Vec<usize>,
    width: usize,
    height: usize,
    channels: usize,
    layout: Layout,
    /// `None`: bytes as they are.
    element: Option<Element>,
    preparation: Preparation,
}

impl Target {
    /// The input `input`, with pictures prepared as somebody said.
    pub fn new(input: &Tensor, prepare: &Prepare) -> Result<Self> {
        let wrong = |what: String, hint: &str| {
            Err(Failure::Invalid(format!(
                "input `{}`: {what}; {hint}",
                input.name
            )))
        };
        let shape = elements::shape(input)?;
        let open = input.shape_signature.as_ref().unwrap_or(&input.shape);
        let [_, first, second, third] = shape[..] else {
            let what = format!("pictures have four axes with their batch, the input's shape is {shape:?}");
            return wrong(what, "give its values as .npy, .npz, .h5 or .txt");
        };
        let picture = |channels: usize| matches!(channels, 1 | 3);
        let layout = prepare.layout().or_else(|| {
            let first = picture(first).then_some(Layout::Nchw);
            picture(third).then_some(Layout::Nhwc).or(first)
        });
        let (height, width, channels) = match layout {
            Some(Layout::Nchw) => (second, third, first),
            _ => (first, second, third),
        };
        let (Some(layout), true) = (layout, picture(channels)) else {
            let what = format!("pictures have 1 channel or 3, the input's shape is {shape:?}");
            return wrong(what, "give its values as .npy or .npz, or say --layout");
        };
        if open.iter().skip(1).any(|d| *d < 0) {
            let what = format!("its signature {open:?} leaves the size of pictures open");
            return wrong(
                what,
                &format!("say it with --shape, as in --shape {}=1,224,224,3", input.name),
            );
        }
        let preparation = prepare.preparation()?;
        let checked = preparation.check(channels);
        checked.map_err(|error| Failure::Usage(error.to_string()))?;
        let element = match (Element::of(input), prepare.normalizes()) {
            (Some(element), true) => Some(element),
            // As cameras and full-integer models have it.
            (_, false) if input.dtype == DType::Uint8 => None,
            (Some(_), false) => {
                return Err(Failure::Usage(format!(
                    "input `{}` takes {}, and pixels are 0…255: say how they become its numbers as in training, with \
                     --preset mobilenet (−1…1), --preset imagenet-pytorch, --scale 1/255 (0…1), or --scale 1 (0…255)",
                    input.name, input.dtype
                )));
            }
            (None, _) => {
                let what = format!(
                    "pictures become float32 or quantized integers, the input takes {}",
                    input.dtype
                );
                return wrong(what, "give its values as .npy");
            }
        };
        Ok(Self {
            shape,
            width,
            height,
            channels,
            layout,
            element,
            preparation,
        })
    }

    /// Pictures of one record.
    pub fn batch(&self) -> usize {
        self.shape[0]
    }

    /// The pixels of a picture's file.
    pub fn decode(&self, file: &[u8]) -> CoreResult<Picture> {
        self.preparation.decode(file).map_err(convert)
    }

    /// The record of these pictures; where there are fewer than a batch, the last one fills it.
    pub fn value(&self, pictures: &[Picture]) -> CoreResult<Value> {
        let mut all = Data::F32(Vec::new().into());
        for at in 0..self.batch() {
            let Some(picture) = pictures.get(at).or(pictures.last()) else {
                break;
            };
            let one = self.one(picture).map_err(convert)?;
            all = if at == 0 {
                one
            } else {
                all.concat(one).unwrap_or(Data::F32(Vec::new().into()))
            };
        }
        Ok(Value {
            shape: self.shape.clone(),
            data: all,
        })
    }

    fn one(&self, picture: &Picture) -> quant_picture::Result<Data> {
        let Self {
            width,
            height,
            channels,
            ..
        } = *self;
        let first = self.layout == Layout::Nchw;
        Ok(match self.element {
            None => {
                let bytes = self.preparation.bytes_of(picture, width, height, channels)?;
                Data::U8(if first {
                    prepare::channels_first(&bytes, channels)
                } else {
                    bytes
                })
            }
            Some(element) => {
                let reals = self.preparation.floats_of(picture, width, height, channels)?;
                element.encode(if first {
                    prepare::channels_first(&reals, channels)
                } else {
                    reals
                })
            }
        })
    }
}

/// An error of a picture among those of the quantizer.
pub fn convert(error: quant_picture::Error) -> Error {
    let problem = match error.kind() {
        Kind::Invalid => Problem::Invalid(error.what().to_owned()),
        Kind::Unsupported | Kind::Limit => Problem::Unsupported(error.what().to_owned()),
        Kind::Io => Problem::Io(error.what().to_owned()),
    };
    let hint = error.hint().to_owned();
    Error::new("", problem, hint).caused_by(error)
}
