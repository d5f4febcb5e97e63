//! Values as arrays of `ndarray`, and arrays as values.
//!
//! ```
//! use ndarray::{ArrayD, array};
//! use quant_ir::value::Value;
//!
//! let columns = array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
//! let value = Value::from(columns.t()); // row-major, whatever the strides of the view
//! assert_eq!(value.shape, [3, 2]);
//! assert_eq!(value.as_f32(), Some(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0][..]));
//! assert_eq!(value.view::<f32>().unwrap()[[2, 1]], 6.0);
//!
//! let back: ArrayD<f32> = value.into_array()?;
//! assert_eq!(back, columns.t().into_dyn());
//! # Ok::<(), quant_ir::Error>(())
//! ```

use half::f16;
use ndarray::{ArrayBase, ArrayD, ArrayViewD, Dimension, IxDyn};

use crate::DType;
use crate::error::{Error, Problem, Result};
use crate::value::{Data, Value};

mod sealed {
    /// Types outside have no place in [`super::Data`].
    pub trait Sealed {}
}

/// A Rust type that the elements of a [`Value`] have.
pub trait Element: Copy + Send + Sync + sealed::Sealed + 'static {
    /// The element type of a tensor that holds it.
    const DTYPE: DType;

    /// Elements as data.
    fn wrap(elements: Vec<Self>) -> Data;

    /// The elements of data of this type.
    fn elements(data: &Data) -> Option<&[Self]>;

    /// The same, taken out; data of another type comes back.
    ///
    /// # Errors
    /// The data, when it is of another type.
    fn into_elements(data: Data) -> Result<Vec<Self>, Data>;
}

macro_rules! elements {
    ($($rust:ty = $variant:ident $dtype:ident),+ $(,)?) => {$(
        impl sealed::Sealed for $rust {}

        impl Element for $rust {
            const DTYPE: DType = DType::$dtype;

            fn wrap(elements: Vec<Self>) -> Data {
                Data::$variant(elements.into())
            }

            fn elements(data: &Data) -> Option<&[Self]> {
                match data {
                    Data::$variant(elements) => Some(elements),
                    _ => None,
                }
            }

            fn into_elements(data: Data) -> Result<Vec<Self>, Data> {
                match data {
                    Data::$variant(elements) => Ok(elements.into()),
                    other => Err(other),
                }
            }
        }
    )+};
}

elements! {
    f32 = F32 Float32,
    f16 = F16 Float16,
    i64 = I64 Int64,
    i32 = I32 Int32,
    i16 = I16 Int16,
    i8 = I8 Int8,
    u8 = U8 Uint8,
    bool = Bool Bool,
    [f32; 2] = C64 Complex64,
}

/// Row-major, whatever the strides of the array. An array that owns its elements in that order gives them away.
impl<T, S, D> From<ArrayBase<S, D>> for Value
where
    T: Element,
    S: ndarray::Data<Elem = T>,
    D: Dimension,
{
    fn from(array: ArrayBase<S, D>) -> Self {
        let shape = array.shape().to_vec();
        let (array, count) = (array.into_owned(), shape.iter().product::<usize>());
        let elements = if array.is_standard_layout() {
            let (mut elements, start) = array.into_raw_vec_and_offset();
            elements.truncate(start.unwrap_or(0) + count);
            elements.drain(..start.unwrap_or(0));
            elements
        } else {
            array.iter().copied().collect()
        };
        Self {
            shape,
            data: T::wrap(elements),
        }
    }
}

impl Value {
    /// The elements as an array, where they stand; `None` when they are of another type, or do not fill the shape.
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        ArrayViewD::from_shape(IxDyn(&self.shape), T::elements(&self.data)?).ok()
    }

    /// The elements as an array that owns them.
    ///
    /// # Errors
    /// `Invalid`: they are of another type, or do not fill the shape.
    pub fn into_array<T: Element>(self) -> Result<ArrayD<T>> {
        let found = self.dtype();
        let elements = T::into_elements(self.data).map_err(|_| {
            Error::new(
                "value",
                Problem::Type(format!("its elements are {found}, not {}", T::DTYPE)),
                "ask for an array of its type",
            )
        })?;
        let count = elements.len();
        ArrayD::from_shape_vec(IxDyn(&self.shape), elements).map_err(|_| {
            Error::new(
                "value",
                Problem::Count(format!("{count} elements do not fill shape {:?}", self.shape)),
                "give as many elements as the shape has",
            )
        })
    }
}
