//! Which field of tf.Example an input takes, and what becomes of it.

use quant_core::ir::{DType, Tensor};
use quant_core::value::{Data, Value};
use quant_core::{Error, Place, Problem, Result as CoreResult};
use quant_picture::Picture;
use quant_picture::decode::Format;
use quant_picture::example::{Example, Feature};

use super::adapter::{Adapter, Misfit};
use super::elements;
use super::inputs::Inputs;
use super::target::{Target, convert};
use crate::failure::{Failure, Result};

/// The field that ImageNet's records have their pictures in.
const PICTURE: &str = "image/encoded";

/// The field of each graph input.
#[derive(Default)]
pub struct Fields(Vec<Field>);

struct Field {
    name: String,
    input: Tensor,
    takes: Takes,
}

/// What a field holds, and how the input takes it.
enum Takes {
    /// The file of a picture.
    Picture(Box<Target>),
    /// Elements, of which the field has as many as the input.
    Elements(Box<Adapter>, DType, usize),
}

impl Fields {
    /// The fields of a model's inputs, in a record that is like the others: the one that somebody named, else the one of the
    /// input's name, else, for a single input, the picture's.
    pub fn find(inputs: &Inputs, example: &Example<'_>, shown: &str) -> Result<Self> {
        let mut fields = Vec::new();
        for (index, input) in inputs.tensors.iter().enumerate() {
            let said = inputs.names(index).find_map(|name| inputs.prepare.field(name));
            let called = || inputs.names(index).find(|name| example.0.contains_key(name));
            let alone = || (inputs.tensors.len() == 1).then_some(PICTURE);
            let name = said.or_else(called).or_else(alone).unwrap_or(&input.name);
            let feature = example.get(name).map_err(|error| {
                let hint = format!("say which one input `{}` takes with --field", input.name);
                Failure::Invalid(format!("{shown}: {error}; {hint}"))
            })?;
            // What somebody has to say is an error of options, the rest one of data.
            let takes = takes(inputs, input, feature).map_err(|(what, hint)| {
                Failure::Invalid(format!("{shown}: field `{name}`: {what}; {hint}"))
            })??;
            fields.push(Field {
                name: name.to_owned(),
                input: input.clone(),
                takes,
            });
        }
        Ok(Self(fields))
    }

    /// Examples of a record: a batch where there is a picture, else one.
    pub fn batch(&self) -> usize {
        let pictures = self.0.iter().map(|field| match &field.takes {
            Takes::Picture(target) => target.batch(),
            Takes::Elements(..) => 1,
        });
        pictures.max().unwrap_or(1).max(1)
    }

    /// A record that begins.
    pub fn start(&self) -> Batch<'_> {
        Batch {
            fields: self,
            pictures: vec![Vec::new(); self.0.len()],
            values: vec![None; self.0.len()],
        }
    }
}

/// How an input takes a field; the outer error is one of data, the inner one of options.
fn takes(
    inputs: &Inputs,
    input: &Tensor,
    feature: &Feature<'_>,
) -> std::result::Result<Result<Takes>, (String, String)> {
    if let Feature::Bytes(values) = feature
        && let [file] = values[..]
        && Format::of(file).is_some()
    {
        return Ok(Target::new(input, &inputs.prepare).map(|target| Takes::Picture(Box::new(target))));
    }
    let shape = match elements::shape(input) {
        Ok(shape) => shape,
        Err(error) => return Ok(Err(error.into())),
    };
    let count: usize = shape.iter().product();
    let dtype = match feature {
        Feature::Floats(_) => DType::Float32,
        Feature::Ints(_) if input.dtype == DType::Float32 => DType::Uint8,
        Feature::Ints(_) => input.dtype,
        Feature::Bytes(values) => {
            let length: usize = values.iter().map(|value| value.len()).sum();
            let raw = input.dtype.bytes(count) == Some(length);
            if !raw && length == count {
                DType::Uint8
            } else {
                input.dtype
            }
        }
    };
    let adapter = Adapter::new(input, &inputs.prepare, dtype, &shape).map_err(|misfit| {
        let what = format!("it is a {} of {} values", feature.word(), feature.len());
        match misfit {
            Misfit::Shape(hint) | Misfit::Type(hint) => (what, hint.to_owned()),
            Misfit::Other(why, hint) => (format!("{what}: {why}"), hint),
        }
    })?;
    Ok(Ok(Takes::Elements(Box::new(adapter), dtype, count)))
}

/// The elements of a field as bytes of a type.
fn bytes(feature: &Feature<'_>, dtype: DType) -> CoreResult<Vec<u8>> {
    let ints = |values: &[i64]| -> Option<Vec<u8>> {
        macro_rules! all {
            ($type:ty) => {
                values
                    .iter()
                    .map(|x| <$type>::try_from(*x).ok().map(<$type>::to_le_bytes))
                    .collect::<Option<Vec<_>>>()?
                    .concat()
            };
        }
        Some(match dtype {
            DType::Int64 => all!(i64),
            DType::Int32 => all!(i32),
            DType::Int16 => all!(i16),
            DType::Int8 => all!(i8),
            DType::Uint8 => all!(u8),
            DType::Bool => values.iter().map(|x| u8::from(*x != 0)).collect(),
            _ => return None,
        })
    };
    match feature {
        Feature::Bytes(values) => Ok(values.concat()),
        Feature::Floats(values) if dtype == DType::Float32 => {
            Ok(values.iter().flat_map(|x| x.to_le_bytes()).collect())
        }
        Feature::Ints(values) => ints(values).ok_or_else(|| {
            let what = format!("an integer is no {dtype}");
            Error::invalid("", what, "write integers of the input's type, or float_list")
        }),
        Feature::Floats(_) => Err(Error::invalid(
            "",
            format!("it is a float_list, in the first record it was {dtype}"),
            "write one type in all records",
        )),
    }
}

/// A record that grows by examples.
pub struct Batch<'a> {
    fields: &'a Fields,
    pictures: Vec<Vec<Picture>>,
    values: Vec<Option<Value>>,
}

impl Batch<'_> {
    /// Adds an example.
    pub fn add(&mut self, example: &Example<'_>) -> CoreResult<()> {
        for (index, field) in self.fields.0.iter().enumerate() {
            let place = || Place::from(format!("field `{}`", field.name).as_str());
            let feature = example.get(&field.name).map_err(convert)?;
            match &field.takes {
                Takes::Picture(target) => {
                    let file = example.bytes(&field.name).map_err(convert)?;
                    let picture = target.decode(file).map_err(|error| error.within(place()))?;
                    self.pictures[index].push(picture);
                }
                Takes::Elements(adapter, dtype, count) => {
                    let bytes = bytes(feature, *dtype).map_err(|error| error.within(place()))?;
                    if dtype.bytes(*count) != Some(bytes.len()) {
                        let what = format!(
                            "{} values in {} bytes; input `{}` takes {count} of {dtype}",
                            feature.len(),
                            bytes.len(),
                            field.input.name
                        );
                        return Err(Error::new(
                            place(),
                            Problem::Count(what),
                            "write as many as the input takes",
                        ));
                    }
                    self.values[index] = Some(adapter.value(bytes));
                }
            }
        }
        Ok(())
    }

    /// The values of all inputs.
    pub fn finish(self) -> CoreResult<Vec<Value>> {
        let all = self.fields.0.iter().zip(self.pictures).zip(self.values);
        let value = |((field, pictures), value): ((&Field, Vec<Picture>), Option<Value>)| match &field.takes {
            Takes::Picture(target) => target.value(&pictures),
            Takes::Elements(..) => Ok(value.unwrap_or(Value {
                shape: Vec::new(),
                data: Data::F32(Vec::new().into()),
            })),
        };
        all.map(value).collect()
    }
}
