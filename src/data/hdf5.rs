//! HDF5 files: `/value/<record>/<input>`, both numbered from 0.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use quant_core::ir::{DType, Tensor};
use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};
use quant_hdf5::{Dataset, ErrorKind, Group, Location, Type};

use super::adapter::{Adapter, Misfit};
use super::elements;
use super::inputs::Inputs;
use super::prepare::Prepare;
use crate::failure::{Failure, Result};

/// Records in an HDF5 file; each is read when its turn comes.
pub struct Hdf5Records {
    path: PathBuf,
    file: quant_hdf5::File,
    records: Vec<Location>,
    inputs: Vec<Tensor>,
    /// Names of inputs, and what is done with other types; without it both are refused, as ONE does.
    more: Option<(Vec<Vec<String>>, Prepare)>,
    /// The group `value` has an attribute `rawData`: elements are bytes as the inputs take them, of any type and shape.
    raw: bool,
}

impl Hdf5Records {
    /// Opens the file and finds its records.
    pub fn open(path: &Path, inputs: Vec<Tensor>) -> Result<Self> {
        Self::of(path, inputs, None)
    }

    /// The same, with inputs by name, and of other types and orders of axes.
    pub fn prepared(path: &Path, inputs: Inputs) -> Result<Self> {
        let names = |index| inputs.names(index).map(str::to_owned).collect();
        let names = (0..inputs.tensors.len()).map(names).collect();
        Self::of(path, inputs.tensors, Some((names, inputs.prepare)))
    }

    fn of(path: &Path, inputs: Vec<Tensor>, more: Option<(Vec<Vec<String>>, Prepare)>) -> Result<Self> {
        let fail = |error: std::io::Error| Failure::io(path, &error);
        let source = File::open(path).map_err(fail)?;
        if source.metadata().map_err(fail)?.is_dir() {
            return Err(fail(std::io::ErrorKind::IsADirectory.into()));
        }
        for input in &inputs {
            elements::shape(input)?;
        }
        let find = || {
            let file = quant_hdf5::File::open(Mutex::new(source))?;
            let root = file.root()?;
            if root.names().all(|name| name != "value") {
                let what = "there is no group `value`";
                return Err(quant_hdf5::Error::new(
                    quant_hdf5::Problem::Invalid(what.into()),
                    "write each input as /value/RECORD/INPUT",
                ));
            }
            let value = root.group("value")?;
            let raw = value.has_attribute("rawData")?;
            let numbers = 0..value.names().len();
            let records: quant_hdf5::Result<Vec<_>> =
                numbers.map(|n| numbered(&value, n, "record")).collect();
            let records = records?;
            Ok((file, records, raw))
        };
        let (file, records, raw) = find().map_err(|error: quant_hdf5::Error| error.within(path.display()))?;
        if records.is_empty() {
            return Err(Failure::Invalid(format!(
                "{}: it does not contain any record; write groups /value/0, /value/1, …",
                path.display()
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            records,
            inputs,
            more,
            raw,
        })
    }

    fn record(&self, place: &Location) -> CoreResult<Vec<Value>> {
        let group = self.file.group_at(place).map_err(convert)?;
        let count = group.names().len();
        if count != self.inputs.len() {
            return Err(Error::new(
                group.path(),
                Problem::Count(format!(
                    "wrong number of inputs: {count}, the model has {}",
                    self.inputs.len()
                )),
                "write one dataset for each input, named 0, 1, …",
            ));
        }
        let value = |(index, input): (usize, &Tensor)| {
            let mut names = self.more.iter().flat_map(|(names, _)| &names[index]);
            let called = names.find(|name| group.names().any(|member| member == *name));
            let dataset = match called {
                Some(name) => group.dataset(name),
                None => numbered(&group, index, "input").and_then(|_| group.dataset(&index.to_string())),
            };
            let dataset = dataset.map_err(convert)?;
            self.value(input, &dataset)
                .map_err(|error| error.within(dataset.path()))
        };
        self.inputs.iter().enumerate().map(value).collect()
    }

    fn value(&self, input: &Tensor, dataset: &Dataset<'_>) -> CoreResult<Value> {
        let mut shape = elements::shape(input)?;
        if let Some((_, prepare)) = self.more.as_ref().filter(|_| !self.raw)
            && (prepare.changes() || dtype(dataset.dtype()) != Some(input.dtype))
        {
            return adapted(input, prepare, dataset);
        }
        if !self.raw {
            shape = checked(input, dataset, &shape)?;
        }
        // Memory is taken for what the model says, not for what the file does.
        let size = elements::bytes(input.dtype, &shape).unwrap_or(usize::MAX);
        if dataset.size() != Some(size) {
            let found = dataset
                .size()
                .map_or("too many".to_owned(), |size| size.to_string());
            return Err(Error::new(
                "",
                Problem::Count(format!("{found} bytes; input `{}` takes {size}", input.name)),
                "write the bytes of the input's elements",
            ));
        }
        let bytes = dataset.read(size).map_err(convert)?;
        Ok(Value {
            shape,
            data: elements::decode(input.dtype, bytes),
        })
    }
}

/// The value of a dataset of another type, or with something to be done before.
fn adapted(input: &Tensor, prepare: &Prepare, dataset: &Dataset<'_>) -> CoreResult<Value> {
    let wrong = |what: String, hint: String| {
        let takes = format!(
            "input `{}` takes {} of shape {:?}",
            input.name, input.dtype, input.shape
        );
        Error::new("", Problem::Shape(format!("{what}; {takes}")), hint)
    };
    let dims: Option<Vec<usize>> = dataset.shape().iter().map(|d| usize::try_from(*d).ok()).collect();
    let dims = dims.unwrap_or_default();
    let dtype = dtype(dataset.dtype()).ok_or_else(|| {
        let what = format!("wrong input type: {}", dataset.dtype());
        wrong(what, "convert the array with astype".to_owned())
    })?;
    let adapter = Adapter::new(input, prepare, dtype, &dims).map_err(|misfit| match misfit {
        Misfit::Shape(hint) => wrong(format!("input shape mismatch: {dims:?}"), hint.to_owned()),
        Misfit::Type(hint) => wrong(format!("wrong input type: {}", dataset.dtype()), hint.to_owned()),
        Misfit::Other(what, hint) => wrong(what, hint),
    })?;
    // The shape fits the input's, so that memory is taken for what the model says.
    let size = elements::bytes(dtype, &dims).unwrap_or(usize::MAX);
    Ok(adapter.value(dataset.read(size).map_err(convert)?))
}
/// The member of that number of a group whose members are 0, 1, … without a gap.
fn numbered(group: &Group<'_>, number: usize, what: &str) -> quant_hdf5::Result<Location> {
    let found = group.locate(&number.to_string());
    if !matches!(&found, Err(error) if error.kind() == ErrorKind::Invalid) {
        return found;
    }
    // Names are sorted as text: 1, 10, 2.
    let first = group
        .names()
        .min_by_key(|name| (name.parse().unwrap_or(u64::MAX), *name));
    let error = quant_hdf5::Error::new(
        quant_hdf5::Problem::Invalid(format!(
            "there is no {what} `{number}`, the first is `{}`",
            first.unwrap_or_default()
        )),
        "number records and inputs from 0, without a gap",
    );
    Err(error.within(group.path()))
}

/// The shape of a dataset that fits an input: of its type and its shape, of any size where its signature leaves one
/// open.
fn checked(input: &Tensor, dataset: &Dataset<'_>, shape: &[usize]) -> CoreResult<Vec<usize>> {
    let takes = || {
        format!(
            "input `{}` takes {} of shape {:?}",
            input.name, input.dtype, input.shape
        )
    };
    let wrong = |what: String, hint: &str| {
        Err(Error::new(
            "",
            Problem::Shape(format!("{what}; {}", takes())),
            hint,
        ))
    };
    if dtype(dataset.dtype()) != Some(input.dtype) {
        let what = format!("wrong input type: {}", dataset.dtype());
        return wrong(what, "convert the array with astype");
    }
    let found = dataset.shape();
    if found.len() != shape.len() {
        return wrong(
            format!("input rank mismatch: shape {found:?}"),
            "reshape the array",
        );
    }
    let open = input.shape_signature.as_ref().unwrap_or(&input.shape);
    let fits = |((found, shape), open): ((&u64, &usize), Option<&i32>)| {
        let found = usize::try_from(*found).ok()?;
        (found == *shape || open.is_some_and(|open| *open < 0) && found > 0).then_some(found)
    };
    let open = open.iter().map(Some).chain(std::iter::repeat(None));
    let dims: Option<Vec<usize>> = found.iter().zip(shape).zip(open).map(fits).collect();
    match dims {
        Some(dims) => Ok(dims),
        None => wrong(
            format!("input shape mismatch: {found:?}"),
            "reshape or crop the array",
        ),
    }
}

/// The element type of a dataset.
fn dtype(dtype: &Type) -> Option<DType> {
    Some(match dtype {
        Type::Float(2) => DType::Float16,
        Type::Float(4) => DType::Float32,
        Type::Float(8) => DType::Float64,
        Type::Int(4) => DType::Int32,
        Type::Int(8) => DType::Int64,
        Type::Int(2) => DType::Int16,
        Type::Int(1) => DType::Int8,
        Type::Uint(1) => DType::Uint8,
        Type::Bool => DType::Bool,
        _ => return None,
    })
}

fn convert(error: quant_hdf5::Error) -> Error {
    let text = error.to_string();
    let problem = match error.kind() {
        ErrorKind::Invalid => Problem::Invalid(text),
        ErrorKind::Unsupported => Problem::Unsupported(text),
        ErrorKind::Io => Problem::Io(text),
    };
    Error::new("", problem, "").caused_by(error)
}

impl Records for Hdf5Records {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let place = self
            .records
            .get(index)
            .ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))?;
        self.record(place)
            .map_err(|error| error.within(self.path.display()))
    }
}
