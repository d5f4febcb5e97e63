//! Records in arrays of `ndarray`.

use quant_ir::ndarray::{self, ArrayBase, ArrayView, ArrayViewD, Axis, Dimension};

use quant_ir::Element;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

use super::{Records, SliceRecords};

/// Records in arrays: one array for each graph input, whose first axis counts the records.
///
/// A record is what the other axes hold. It may leave out the model's batch of 1: for an input of shape [1, 8, 8, 3], 100
/// records are an array of shape [100, 8, 8, 3] or [100, 1, 8, 8, 3].
///
/// ```
/// use ndarray::{Array2, Array4};
/// use quant_core::record::{ArrayRecords, Records};
///
/// let images = Array4::<f32>::zeros((100, 8, 8, 3));
/// let lengths = Array2::<i32>::zeros((100, 1));
/// let records = ArrayRecords::new(images.view())?.and(lengths.view())?;
/// assert_eq!(records.len(), 100);
/// assert_eq!(records.get(7)?[0].shape, [8, 8, 3]);
/// # Ok::<(), quant_core::Error>(())
/// ```
pub struct ArrayRecords<'a> {
    inputs: Vec<Box<dyn Rows + 'a>>,
    len: usize,
}

/// An array whose first axis counts, whatever its elements are.
trait Rows: Sync {
    fn row(&self, index: usize) -> Option<Value>;
}

impl<T: Element> Rows for ArrayViewD<'_, T> {
    fn row(&self, index: usize) -> Option<Value> {
        (index < self.len_of(Axis(0))).then(|| Value::from(self.index_axis(Axis(0), index)))
    }
}

impl<'a> ArrayRecords<'a> {
    /// The records of the first graph input. [`Self::and`] adds those of the next.
    ///
    /// # Errors
    /// An array without axes.
    pub fn new<T: Element, D: Dimension>(array: ArrayView<'a, T, D>) -> Result<Self> {
        let records = Self {
            len: array.shape().first().copied().unwrap_or_default(),
            inputs: Vec::new(),
        };
        records.and(array)
    }

    /// The records of one graph input more.
    ///
    /// # Errors
    /// An array without axes, or with another number of records.
    pub fn and<T: Element, D: Dimension>(mut self, array: ArrayView<'a, T, D>) -> Result<Self> {
        let place = || format!("array of graph input {}", self.inputs.len());
        match array.shape().first() {
            None => Err(Error::new(
                place(),
                Problem::Shape("it has no axes".into()),
                "let the first axis count the records",
            )),
            Some(len) if *len != self.len => Err(Error::new(
                place(),
                Problem::Count(format!("{len} records, the first input has {}", self.len)),
                "give every input the same number",
            )),
            Some(_) => {
                self.inputs.push(Box::new(array.into_dyn()));
                Ok(self)
            }
        }
    }
}

impl Records for ArrayRecords<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        let rows: Option<_> = self.inputs.iter().map(|array| array.row(index)).collect();
        rows.ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))
    }
}

/// Arrays one by one: each is a record of a model with one graph input.
impl<T, S, D> FromIterator<ArrayBase<S, D>> for SliceRecords
where
    T: Element,
    S: ndarray::Data<Elem = T>,
    D: Dimension,
{
    fn from_iter<I: IntoIterator<Item = ArrayBase<S, D>>>(arrays: I) -> Self {
        Self(arrays.into_iter().map(|array| vec![Value::from(array)]).collect())
    }
}
