//! SAME and VALID padding, as TensorFlow Lite computes them.

use quant_schema::Padding;

use crate::error::{Error, Result};

/// A window that slides along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Positions it takes.
    pub output: usize,
    /// Elements of padding before the first input element.
    pub before: usize,
    /// Step between positions.
    pub stride: usize,
    /// Step between the window's elements.
    pub dilation: usize,
    /// Elements of the window.
    pub size: usize,
    /// Elements of the input.
    pub input: usize,
}

impl Window {
    /// A window of `size` elements, `dilation` apart, moved by `stride` over `input` elements.
    ///
    /// SAME: `output = ceil(input / stride)`; VALID: `output = ceil((input − reach + 1) / stride)` with
    /// `reach = (size − 1) · dilation + 1`. Padding is split with the smaller half before.
    ///
    /// # Errors
    /// A stride, dilation or size that is not positive, or a window larger than the input without padding.
    /// The caller adds the place.
    pub fn new(padding: Padding, input: usize, size: usize, stride: i32, dilation: i32) -> Result<Self> {
        let wrong =
            |what: String| Error::invalid("", what, "give positive strides, dilations and sizes that fit");
        let positive = |x: i32| usize::try_from(x).ok().filter(|x| *x > 0);
        let (Some(stride), Some(dilation)) = (positive(stride), positive(dilation)) else {
            return Err(wrong(format!(
                "stride {stride} or dilation {dilation} is not positive"
            )));
        };
        let reach = size
            .checked_sub(1)
            .and_then(|n| n.checked_mul(dilation))
            .map(|n| n + 1);
        let Some(reach) = reach else {
            return Err(wrong(format!("window of {size} elements")));
        };
        let output = match padding {
            Padding::SAME => input.div_ceil(stride),
            Padding::VALID => (input + 1)
                .checked_sub(reach)
                .map_or(0, |room| room.div_ceil(stride)),
            _ => {
                return Err(Error::invalid(
                    "",
                    format!("padding {} is neither SAME nor VALID", padding.0),
                    "convert the model again",
                ));
            }
        };
        if output == 0 {
            return Err(wrong(format!(
                "a window reaching {reach} does not fit {input} elements"
            )));
        }
        let last = (output - 1).saturating_mul(stride);
        let before = last.saturating_add(reach).saturating_sub(input) / 2;
        Ok(Self {
            output,
            before,
            stride,
            dilation,
            size,
            input,
        })
    }

    /// The elements of the window at position `output` that are not padding, as input elements.
    pub fn inside(&self, output: usize) -> impl Iterator<Item = usize> + '_ {
        // The first tap that is not before the input, and the number of taps up to its end.
        let from = output * self.stride;
        let first = self.before.saturating_sub(from).div_ceil(self.dilation);
        let room = (self.input + self.before)
            .saturating_sub(from)
            .div_ceil(self.dilation);
        (first..self.size.min(room)).map(move |tap| from + tap * self.dilation - self.before)
    }

    /// The input element under element `tap` of the window at position `output`, when it is not padding.
    pub fn at(&self, output: usize, tap: usize) -> Option<usize> {
        (output * self.stride + tap * self.dilation)
            .checked_sub(self.before)
            .filter(|at| *at < self.input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_and_valid() {
        // (padding, input, size, stride, dilation) → (output, before)
        let rows = [
            ((Padding::VALID, 8, 2, 1, 1), (7, 0)),
            ((Padding::SAME, 8, 3, 1, 1), (8, 1)),
            ((Padding::SAME, 8, 3, 2, 1), (4, 0)),
            ((Padding::SAME, 7, 3, 2, 1), (4, 1)),
            ((Padding::VALID, 7, 3, 2, 2), (2, 0)),
            ((Padding::SAME, 5, 3, 1, 2), (5, 2)),
        ];
        for ((padding, input, size, stride, dilation), expected) in rows {
            let window = Window::new(padding, input, size, stride, dilation).unwrap();
            assert_eq!(
                (window.output, window.before),
                expected,
                "{input} {size} {stride} {dilation}"
            );
        }
        for ((padding, input, size, stride, dilation), _) in rows {
            let window = Window::new(padding, input, size, stride, dilation).unwrap();
            for output in 0..window.output {
                let naive: Vec<usize> = (0..size).filter_map(|tap| window.at(output, tap)).collect();
                assert_eq!(
                    window.inside(output).collect::<Vec<_>>(),
                    naive,
                    "{window:?} at {output}"
                );
            }
        }
        for (input, size, stride) in [(2, 3, 1), (2, 0, 1), (2, 1, 0), (0, 1, 1)] {
            assert!(
                Window::new(Padding::VALID, input, size, stride, 1).is_err(),
                "{input} {size} {stride}"
            );
        }
    }
}
