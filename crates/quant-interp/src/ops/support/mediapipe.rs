//! What MediaPipe's operators of landmarks and crops share.

use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::flexbuffers;

/// Refuses all versions but the second: the first has other options and other arithmetic.
pub fn second_version(call: &Call<'_>) -> Result<()> {
    match call.op.code.version {
        2 => Ok(()),
        version => Err(Error::new(
            call.place(),
            Problem::NoKernel(format!("version {version} of it has no kernel")),
            "use a model with version 2",
        )),
    }
}

/// Numbers of the custom options. One that is not there is 0, as for FlexBuffers' own reader.
pub struct Options<'a, 'c>(pub &'c Call<'a>);

impl Options<'_, '_> {
    fn find(&self, key: &str) -> Option<flexbuffers::Element<'_>> {
        flexbuffers::find(self.0.op.custom_options.as_deref().unwrap_or_default(), key)
    }

    fn wrong(&self, key: &str, what: &str) -> Error {
        Error::new(
            self.0.place(),
            Problem::Missing(format!("its custom options have no `{key}` that is {what}")),
            "give the map that MediaPipe writes, in FlexBuffers' format",
        )
    }

    /// Any number.
    pub fn float(&self, key: &str) -> Result<f32> {
        let number = self.find(key).map_or(Some(0.0), |element| element.float());
        number
            .map(|x| x as f32)
            .ok_or_else(|| self.wrong(key, "a number"))
    }

    /// A number above 0.
    pub fn positive(&self, key: &str) -> Result<f32> {
        let number = self.float(key).ok().filter(|x| *x > 0.0 && x.is_finite());
        number.ok_or_else(|| self.wrong(key, "above 0"))
    }

    /// A whole number, 0 or above.
    pub fn index(&self, key: &str) -> Result<usize> {
        let number = self.find(key).map_or(Some(0), |element| element.int());
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| self.wrong(key, "a number of 0 or above"))
    }

    /// A size: above 0.
    pub fn size(&self, key: &str) -> Result<usize> {
        let size = self.index(key).ok().filter(|size| *size > 0);
        size.ok_or_else(|| self.wrong(key, "above 0"))
    }

    /// At least one whole number, 0 or above.
    pub fn indices(&self, key: &str) -> Result<Vec<usize>> {
        let list = self.find(key).and_then(|element| element.ints());
        let list = list.and_then(|list| {
            let numbers = list.into_iter().map(|number| usize::try_from(number).ok());
            numbers.collect::<Option<Vec<_>>>()
        });
        let list = list.filter(|list| !list.is_empty());
        list.ok_or_else(|| self.wrong(key, "a vector of numbers of landmarks"))
    }
}

/// What the first two rows of a matrix of 4 × 4 (input `at`) make of a place in a plane: factors of x and y, and a shift.
pub fn plane(call: &Call<'_>, at: usize) -> Result<[(f32, f32, f32); 2]> {
    let (shape, matrix) = call.f32(at)?;
    match matrix {
        &[a, b, _, c, d, e, _, f, ..] if matrix.len() == 16 => Ok([(a, b, c), (d, e, f)]),
        _ => Err(Error::new(
            call.place(),
            Problem::InputShape {
                index: at,
                found: shape.to_vec(),
                expected: None,
            },
            "give a matrix [1, 4, 4]",
        )),
    }
}

/// The place that [`plane`]'s rows make of a place.
pub fn moved([first, second]: [(f32, f32, f32); 2], x: f32, y: f32) -> (f32, f32) {
    let one = |(a, b, c): (f32, f32, f32)| a * x + b * y + c;
    (one(first), one(second))
}
