//! SAME and VALID padding, as TensorFlow Lite computes them.

use quant_schema::Padding;

use quant_ir::error::{Error, Problem, Result};
use quant_kernel::Window;

/// A window of `size` elements, `dilation` apart, moved by `stride` over `input` elements.
///
/// SAME: `output = ceil(input / stride)`; VALID: `output = ceil((input − reach + 1) / stride)` with
/// `reach = (size − 1) · dilation + 1`. Padding is split with the smaller half before.
///
/// # Errors
/// A stride, dilation or size that is not positive, or a window larger than the input without padding.
/// The caller adds the place.
pub fn window(padding: Padding, input: usize, size: usize, stride: i32, dilation: i32) -> Result<Window> {
    let wrong = |what: String| {
        Error::new(
            "",
            Problem::Option(what),
            "give positive strides, dilations and sizes that fit",
        )
    };
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
            return Err(Error::new(
                "",
                Problem::Option(format!("padding {} is neither SAME nor VALID", padding.0)),
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
    Ok(Window {
        output,
        before,
        stride,
        dilation,
        size,
        input,
    })
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
            let window = window(padding, input, size, stride, dilation).unwrap();
            assert_eq!(
                (window.output, window.before),
                expected,
                "{input} {size} {stride} {dilation}"
            );
        }
        for ((padding, input, size, stride, dilation), _) in rows {
            let window = window(padding, input, size, stride, dilation).unwrap();
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
                window(Padding::VALID, input, size, stride, 1).is_err(),
                "{input} {size} {stride}"
            );
        }
    }
}
