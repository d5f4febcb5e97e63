//! Arrays of a file as a graph input takes them: other types, bytes of pictures, channels elsewhere.

use half::f16;
use quant_core::ir::{DType, Tensor};
use quant_core::record::record_shape;
use quant_core::value::{Data, Value};
use quant_picture::Preparation;

use super::elements;
use super::prepare::{Layout, Prepare};
use super::target::Element;
use crate::failure::Failure;

/// What becomes of the arrays of one input. They all have one type and shape.
pub struct Adapter {
    /// What the file has.
    dtype: DType,
    /// The shape of a record's value, as the input takes it.
    shape: Vec<usize>,
    /// Elements change: how reals become the input's, and what they were before.
    element: Option<(Element, Option<Preparation>)>,
    /// Axes of the file's array that change places: batch, channels and pixels.
    transpose: Option<[usize; 3]>,
    /// Where channels are in the value: how many, and elements from one to the next; `None` without such an axis.
    channels: Option<(usize, usize)>,
    bgr: bool,
}

/// Why an array does not fit, with the way out.
#[derive(Debug, PartialEq)]
pub enum Misfit {
    /// Its shape.
    Shape(&'static str),
    /// Its type.
    Type(&'static str),
    /// What is said of it.
    Other(String, String),
}

/// What fits, or why it does not.
pub type Fit<T> = Result<T, Misfit>;

/// The types whose numbers are reals for an input of floats.
fn is_real(dtype: DType) -> bool {
    matches!(dtype, DType::Float32 | DType::Float64 | DType::Float16)
}

impl Adapter {
    /// Arrays of the type `dtype` and the axes `dims`, without the one that counts the records, for an input.
    pub fn new(input: &Tensor, prepare: &Prepare, dtype: DType, dims: &[usize]) -> Fit<Self> {
        let (shape, transpose) = shape(input, prepare.layout(), dims)?;
        let channels = channels(&shape);
        let normalizes = prepare.normalizes();
        let usage = |error: Failure| Misfit::Other(error.to_string(), "change the options".to_owned());
        let element = match Element::of(input) {
            // Bytes of a quantized input are what they are, unless somebody says what they stand for.
            Some(element) if normalizes && (is_real(dtype) || dtype == DType::Uint8) => {
                let preparation = prepare.preparation().map_err(usage)?;
                let count = channels.map_or(1, |(count, _)| count);
                preparation
                    .check(count)
                    .map_err(|error| Misfit::Other(error.what().to_owned(), error.hint().to_owned()))?;
                Some((element, Some(preparation)))
            }
            _ if dtype == input.dtype => None,
            Some(element) if is_real(dtype) => Some((element, None)),
            Some(_) if dtype == DType::Uint8 => {
                return Err(Misfit::Type(
                    "say how bytes become its numbers as in training, with --scale 1/255, --preset NAME, or --scale 1 (0…255)",
                ));
            }
            _ => return Err(Misfit::Type("convert the array with astype")),
        };
        Ok(Self {
            dtype,
            shape,
            element,
            transpose,
            channels,
            bgr: prepare.bgr(),
        })
    }

    /// The value of the bytes of a record, little-endian.
    pub fn value(&self, bytes: Vec<u8>) -> Value {
        let mut data = match &self.element {
            None => elements::decode(self.dtype, bytes),
            Some(_) => Data::F32(reals(self.dtype, &bytes).into()),
        };
        if let Some(axes) = self.transpose {
            data = data.gather(places(axes));
        }
        if let (true, Some((3, inner))) = (self.bgr, self.channels) {
            data = data.gather(swapped(data.len(), inner));
        }
        if let (Some((element, preparation)), Data::F32(reals)) = (&self.element, &mut data) {
            let (count, inner) = self.channels.unwrap_or((1, 1));
            // Channels were counted when this was made.
            let done = preparation
                .as_ref()
                .map(|preparation| preparation.normalize(reals, count, inner));
            debug_assert!(!matches!(done, Some(Err(_))));
            data = element.encode(std::mem::take(reals).into());
        }
        Value {
            shape: self.shape.clone(),
            data,
        }
    }
}

/// The shape of the value, and the transpose that leads there.
type Shaped = (Vec<usize>, Option<[usize; 3]>);

fn shape(input: &Tensor, layout: Option<Layout>, dims: &[usize]) -> Fit<Shaped> {
    // The axes of a picture, behind a batch that may be there.
    let picture = match dims {
        [batch, axes @ ..] if axes.len() == 3 => Some((*batch, axes)),
        axes if axes.len() == 3 => Some((1, axes)),
        _ => None,
    };
    let moved = |to: Layout| {
        let (batch, axes) = picture?;
        let (moved, axes) = match to {
            Layout::Nhwc => ([axes[1], axes[2], axes[0]], [batch, axes[0], axes[1] * axes[2]]),
            Layout::Nchw => ([axes[2], axes[0], axes[1]], [batch, axes[0] * axes[1], axes[2]]),
        };
        let with_batch = if dims.len() == 4 {
            [&[batch][..], &moved].concat()
        } else {
            moved.to_vec()
        };
        Some((record_shape(input, &with_batch)?, Some(axes)))
    };
    let same = || Some((record_shape(input, dims)?, None));
    let found = match layout {
        Some(Layout::Nchw) => moved(Layout::Nhwc).or_else(same),
        Some(Layout::Nhwc) => same().or_else(|| moved(Layout::Nchw)),
        None => same(),
    };
    found.ok_or_else(|| {
        let hint = if layout.is_none() && moved(Layout::Nhwc).is_some() {
            "if its channels stand before rows and columns, add --layout nchw"
        } else if layout.is_none() && moved(Layout::Nchw).is_some() {
            "if its channels stand behind rows and columns, add --layout nhwc"
        } else {
            "let the first axis count the records, and the others fit the input"
        };
        Misfit::Shape(hint)
    })
}

/// The axis of the channels in a value of four axes: the last one with 1 or 3, else the second.
fn channels(shape: &[usize]) -> Option<(usize, usize)> {
    let [_, first, height, last] = shape else {
        return None;
    };
    if matches!(last, 1 | 3) || !matches!(first, 1 | 3) {
        return Some((*last, 1));
    }
    Some((*first, height * last))
}

/// Places of a transpose of the last two of three axes.
fn places([outer, rows, columns]: [usize; 3]) -> impl Iterator<Item = usize> {
    (0..outer * columns).flat_map(move |at| {
        let (block, column) = (at / columns, at % columns);
        (0..rows).map(move |row| (block * rows + row) * columns + column)
    })
}

/// Places with the first and the last of three channels exchanged.
fn swapped(count: usize, inner: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |at| match at / inner % 3 {
        0 => at + 2 * inner,
        1 => at,
        _ => at - 2 * inner,
    })
}

/// Numbers as single floats.
fn reals(dtype: DType, bytes: &[u8]) -> Vec<f32> {
    match dtype {
        DType::Float64 => {
            let all = bytes.as_chunks().0;
            all.iter().map(|x| f64::from_le_bytes(*x) as f32).collect()
        }
        DType::Float16 => {
            let all = bytes.as_chunks().0;
            all.iter().map(|x| f16::from_le_bytes(*x).to_f32()).collect()
        }
        DType::Uint8 => bytes.iter().map(|x| f32::from(*x)).collect(),
        _ => {
            let all = bytes.as_chunks().0;
            all.iter().map(|x| f32::from_le_bytes(*x)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_move_both_ways() {
        // Two channels of 1 × 3 pixels.
        let first = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
        let last = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        let bytes = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let value = |input: Vec<i32>, layout, dims: &[usize], values: &[f32]| {
            let prepare = Prepare::with_layout(layout);
            let input = Tensor::new("x", DType::Float32, input);
            let adapter = Adapter::new(&input, &prepare, DType::Float32, dims)?;
            Ok::<_, Misfit>(adapter.value(bytes(values)))
        };
        let nhwc = Ok(Value::f32(vec![1, 1, 3, 2], last.to_vec()));
        let nchw = Ok(Value::f32(vec![1, 2, 1, 3], first.to_vec()));
        for dims in [&[2, 1, 3][..], &[1, 2, 1, 3]] {
            assert_eq!(value(vec![1, 1, 3, 2], Some(Layout::Nchw), dims, &first), nhwc);
            assert_eq!(value(vec![1, 2, 1, 3], Some(Layout::Nchw), dims, &first), nchw);
            let misfit = value(vec![1, 1, 3, 2], None, dims, &first).unwrap_err();
            assert!(matches!(misfit, Misfit::Shape(hint) if hint.contains("--layout nchw")));
        }
        assert_eq!(
            value(vec![1, 2, 1, 3], Some(Layout::Nhwc), &[1, 3, 2], &last),
            nchw
        );
        assert_eq!(
            value(vec![1, 1, 3, 2], Some(Layout::Nhwc), &[1, 3, 2], &last),
            nhwc
        );
    }

    #[test]
    fn an_input_of_halves_takes_floats_of_any_width() {
        let input = Tensor::new("x", DType::Float16, vec![1, 2]);
        let wanted = Ok(Value {
            shape: vec![1, 2],
            data: Data::F16(vec![f16::from_f32(0.1), f16::from_f32(-2.0)]),
        });
        let bytes = |dtype| -> Vec<u8> {
            match dtype {
                DType::Float16 => [0.1, -2.0].map(|x| f16::from_f32(x).to_le_bytes()).concat(),
                DType::Float32 => [0.1_f32, -2.0].map(f32::to_le_bytes).concat(),
                _ => [0.1_f64, -2.0].map(f64::to_le_bytes).concat(),
            }
        };
        for dtype in [DType::Float16, DType::Float32, DType::Float64] {
            let adapter = Adapter::new(&input, &Prepare::with_layout(None), dtype, &[2]);
            assert_eq!(
                adapter.map(|adapter| adapter.value(bytes(dtype))),
                wanted,
                "{dtype}"
            );
        }
    }

    #[test]
    fn blue_and_red_change_places() {
        assert_eq!(swapped(6, 1).collect::<Vec<_>>(), [2, 1, 0, 5, 4, 3]);
        assert_eq!(swapped(6, 2).collect::<Vec<_>>(), [4, 5, 2, 3, 0, 1]);
    }
}
