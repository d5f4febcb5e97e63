//! Records: what the model is run on.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_types::records;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::MAX_ELEMENTS;
use quant_ir::value::{Data, Value};
use quant_ir::{DType, Tensor};

/// A set of records. A record is one value for each graph input.
pub trait Records: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record `index`; called once each, from several threads.
    ///
    /// # Errors
    /// The record cannot be read, or does not fit the model.
    fn get(&self, index: usize) -> Result<Vec<Value>>;
}

impl<R: Records + ?Sized> Records for &R {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        (**self).get(index)
    }
}

/// Records in memory. Arrays of `ndarray` are collected into them: each is a record of a model with one graph input.
///
/// ```
/// use ndarray::Array3;
/// use quant_core::record::{Records, SliceRecords};
///
/// let images = (0..10).map(|shade| Array3::from_elem((8, 8, 3), shade as f32 / 9.0));
/// let records: SliceRecords = images.collect();
/// assert_eq!(records.len(), 10);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SliceRecords(pub Vec<Vec<Value>>);

impl Records for SliceRecords {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        self.0
            .get(index)
            .cloned()
            .ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))
    }
}

impl FromIterator<Vec<Value>> for SliceRecords {
    fn from_iter<I: IntoIterator<Item = Vec<Value>>>(records: I) -> Self {
        Self(records.into_iter().collect())
    }
}

/// Random records: the same seed gives the same values on every machine.
///
/// Floats are uniform in −5…5, integers in 0…99, bools fair (splitmix64, seeded by seed and record).
#[derive(Clone, Debug)]
pub struct RandomRecords {
    inputs: Vec<Tensor>,
    seed: u64,
    count: usize,
}

impl RandomRecords {
    /// `count` records for a model.
    ///
    /// # Errors
    /// An input of unknown shape, or of a type that has no random values.
    pub fn new(inputs: Vec<Tensor>, seed: u64, count: usize) -> Result<Self> {
        for input in &inputs {
            shape_of(input)?;
        }
        Ok(Self { inputs, seed, count })
    }
}

impl Records for RandomRecords {
    fn len(&self) -> usize {
        self.count
    }

    #[allow(clippy::as_conversions)] // the bits that are left fit exactly
    fn get(&self, index: usize) -> Result<Vec<Value>> {
        let mut state = self.seed ^ (index as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let value = |tensor: &Tensor| {
            let shape = shape_of(tensor)?;
            let count = shape.iter().product::<usize>();
            let data = match tensor.dtype {
                DType::Float32 => Data::F32(
                    (0..count)
                        .map(|_| (next() >> 40) as f32 / (1u32 << 24) as f32 * 10.0 - 5.0)
                        .collect(),
                ),
                DType::Int32 => Data::I32((0..count).map(|_| (next() % 100) as i32).collect()),
                DType::Int64 => Data::I64((0..count).map(|_| (next() % 100) as i64).collect()),
                DType::Bool => Data::Bool((0..count).map(|_| next() % 2 == 1).collect()),
                other => {
                    return Err(Error::new(
                        Place::tensor("input", &tensor.name),
                        Problem::UnsupportedType(format!("there is no random data of type {other}")),
                        "give data from a file",
                    ));
                }
            };
            Ok(Value { shape, data })
        };
        self.inputs.iter().map(value).collect()
    }
}

/// Reads one record as text: line n holds the elements of graph input n, separated by commas or blanks.
///
/// # Errors
/// Another number of lines than inputs, of values than elements, or a word that is no number.
pub fn text_record(inputs: &[Tensor], text: &str) -> Result<Vec<Value>> {
    let lines: Vec<&str> = records::lines(text).map(|(_, line)| line).collect();
    if lines.len() != inputs.len() {
        return Err(Error::new(
            "",
            Problem::Count(format!("{} lines for {} graph inputs", lines.len(), inputs.len())),
            "write one line for each input",
        ));
    }
    let mut record = Vec::with_capacity(lines.len());
    for (number, (line, input)) in (1..).zip(lines.into_iter().zip(inputs)) {
        record.push(text_value(input, line).map_err(|error| error.within(Place::number("line", number)))?);
    }
    Ok(record)
}

fn text_value(tensor: &Tensor, line: &str) -> Result<Value> {
    let shape = shape_of(tensor)?;
    let place = Place::tensor("input", &tensor.name);
    let words: Vec<&str> = records::words(line).collect();
    let wanted = shape.iter().product::<usize>();
    if words.len() != wanted {
        let what = format!("{} values for shape {shape:?}", words.len());
        return Err(Error::new(
            place,
            Problem::Count(what),
            format!("write {wanted} values"),
        ));
    }
    let data = match tensor.dtype {
        DType::Float32 => Data::F32(parse::<f32>(&place, &words)?.into()),
        DType::Int32 => Data::I32(parse(&place, &words)?),
        DType::Int64 => Data::I64(parse(&place, &words)?),
        DType::Int16 => Data::I16(parse(&place, &words)?),
        DType::Int8 => Data::I8(parse(&place, &words)?),
        DType::Uint8 => Data::U8(parse(&place, &words)?),
        DType::Bool => Data::Bool(parse::<u8>(&place, &words)?.into_iter().map(|x| x != 0).collect()),
        other => {
            return Err(Error::new(
                place,
                Problem::UnsupportedType(format!("{other} has no text form")),
                "use a .npy file",
            ));
        }
    };
    Ok(Value { shape, data })
}

fn parse<T: std::str::FromStr>(place: &Place, words: &[&str]) -> Result<Vec<T>> {
    let one = |word: &&str| {
        let error = |_| {
            Error::new(
                place,
                Problem::Parse(format!("`{word}` is no number of its type")),
                "write plain decimals",
            )
        };
        word.parse().map_err(error)
    };
    words.iter().map(one).collect()
}

/// The shape of a graph input; −1 in the signature of the first dimension counts as 1.
fn shape_of(tensor: &Tensor) -> Result<Vec<usize>> {
    let dims: Option<Vec<usize>> = tensor.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
    let dims = dims.ok_or_else(|| {
        Error::new(
            Place::tensor("input", &tensor.name),
            Problem::Shape(format!("shape {:?} is not known", tensor.shape)),
            "fix the model's input shape",
        )
    })?;
    match dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d)) {
        Some(elements) if elements <= MAX_ELEMENTS => Ok(dims),
        _ => Err(Error::new(
            Place::tensor("input", &tensor.name),
            Problem::TooLarge {
                what: "shape",
                shape: dims,
                limit: MAX_ELEMENTS,
            },
            "use a smaller input",
        )),
    }
}
