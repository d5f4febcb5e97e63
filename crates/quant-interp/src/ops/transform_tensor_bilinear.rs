//! TransformTensorBilinear (MediaPipe, version 2): an image whose pixels are taken from another one, where a matrix says,
//! between its pixels; what lies outside is 0.
//!
//! Middles of pixels are meant: with the matrix `M`, pixel `p` is at `M (p + ½) − ½`.

use super::support::mediapipe;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "TransformTensorBilinear",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    mediapipe::second_version(call)?;
    let options = mediapipe::Options(call);
    let (height, width) = (options.size("output_height")?, options.size("output_width")?);
    match call.f32(0)?.0 {
        &[1, _, _, channels] => Ok(vec![vec![1, height, width, channels]]),
        shape => Err(Error::new(
            call.place(),
            Problem::Shape(format!("an image of shape {shape:?}")),
            "give [1, height, width, channels]",
        )),
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let (from, image) = call.f32(0)?;
    let (height, width, channels) = (from[1], from[2], from[3]);
    let plane = mediapipe::plane(call, 1)?.map(|(a, b, c)| {
        let shift = f64::from(a) * 0.5 + f64::from(b) * 0.5 - 0.5;
        (a, b, (f64::from(c) + shift) as f32)
    });
    let mut made = vec![0.0; shape.iter().product()];
    for (at, pixel) in made.chunks_exact_mut(channels.max(1)).enumerate() {
        let (x, y) = mediapipe::moved(plane, (at % shape[2]) as f32, (at / shape[2]) as f32);
        let inside = |at: f32, size: usize| at >= 0.0 && size > 0 && at <= (size - 1) as f32;
        if !inside(x, width) || !inside(y, height) {
            continue;
        }
        let (column, row) = (x.floor() as usize, y.floor() as usize);
        let (right, below) = (f64::from(x - x.floor()), f64::from(y - y.floor()));
        // Behind the last row or column there is nothing, and its share is 0.
        let read = |row: usize, column: usize, channel: usize| {
            let there = row < height && column < width;
            f64::from(if there {
                image[(row * width + column) * channels + channel]
            } else {
                0.0
            })
        };
        for (channel, value) in pixel.iter_mut().enumerate() {
            let across = |row: usize| {
                (1.0 - right) * read(row, column, channel) + right * read(row, column + 1, channel)
            };
            *value = ((1.0 - below) * across(row) + below * across(row + 1)) as f32;
        }
    }
    Ok(vec![Value::f32(shape, made)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate as interp;
    use quant_ir::{ErrorKind, OpId, Operator};

    /// `{"output_height": height, "output_width": 2}`
    fn sizes(height: u8) -> Vec<u8> {
        let mut bytes = b"output_height\0output_width\0".to_vec();
        bytes.extend([2, 28, 15, 2, 1, 2, height, 2, 4, 4, 4, 36, 1]);
        bytes
    }

    fn run(kind: &str, version: i32, options: &[u8], shapes: [&[usize]; 2]) -> Result<Vec<Value>> {
        let operand = |(name, shape): (&str, &&[usize])| {
            let dims: Vec<String> = shape.iter().map(|dim| format!("dim: {dim}")).collect();
            let dims = dims.join(" ");
            format!(r#"operand {{ name: "{name}" type: FLOAT32 shape {{ {dims} }} }} input: "{name}""#)
        };
        let operands: Vec<String> = ["x", "m"].into_iter().zip(&shapes).map(operand).collect();
        let text = format!(
            r#"{} operand {{ name: "y" type: FLOAT32 shape {{ }} }}
            operation {{ type: "{kind}" input: "x" input: "m" output: "y" }} output: "y""#,
            operands.join("\n")
        );
        let mut model = quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap();
        for tensor in model.main_mut().tensors_mut() {
            tensor.has_rank = false;
        }
        let change = |op: &mut Operator| {
            (op.code.version, op.custom_options) = (version, Some(options.to_vec()));
        };
        model.main_mut().edit(OpId(0), change).unwrap();
        let values = shapes.map(|shape| Value::f32(shape.to_vec(), vec![1.0; shape.iter().product()]));
        interp::run(&model, &values)
    }

    #[test]
    fn what_images_landmarks_matrices_and_options_may_not_be() {
        let (image, landmarks, matrix): (&[usize], &[usize], &[usize]) =
            (&[1, 2, 2, 1], &[1, 3, 3], &[1, 4, 4]);
        let sound = run("TransformTensorBilinear", 2, &sizes(3), [image, matrix]).unwrap();
        assert_eq!(sound[0].shape, [1, 3, 2, 1]);
        let empty = run("TransformTensorBilinear", 2, &sizes(3), [&[1, 0, 2, 1], matrix]).unwrap();
        assert_eq!(empty[0].as_f32().unwrap(), [0.0; 6]);
        assert!(run("TransformLandmarks", 2, &[], [landmarks, matrix]).is_ok());
        let warp = "TransformTensorBilinear";
        let four: &[usize] = &[1, 3, 4];
        let rows = [
            (
                warp,
                1,
                sizes(3),
                [image, matrix],
                ErrorKind::Unsupported,
                "version 1 of it has no kernel",
            ),
            (
                warp,
                2,
                sizes(0),
                [image, matrix],
                ErrorKind::Invalid,
                "no `output_height` that is above 0",
            ),
            (
                warp,
                2,
                Vec::new(),
                [image, matrix],
                ErrorKind::Invalid,
                "no `output_height` that is above 0",
            ),
            (
                warp,
                2,
                sizes(3),
                [landmarks, matrix],
                ErrorKind::Invalid,
                "an image of shape [1, 3, 3]",
            ),
            (
                warp,
                2,
                sizes(3),
                [image, &[3, 4]],
                ErrorKind::Invalid,
                "input 1 has shape [3, 4]",
            ),
            (
                "TransformLandmarks",
                2,
                Vec::new(),
                [four, matrix],
                ErrorKind::Invalid,
                "landmarks of shape",
            ),
            (
                "TransformLandmarks",
                2,
                Vec::new(),
                [landmarks, &[]],
                ErrorKind::Invalid,
                "input 1 has shape []",
            ),
            (
                "TransformLandmarks",
                3,
                Vec::new(),
                [landmarks, matrix],
                ErrorKind::Unsupported,
                "version 3",
            ),
        ];
        for (kind, version, options, shapes, wanted, what) in rows {
            let error = run(kind, version, &options, shapes).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), wanted, "{text}");
            assert!(
                text.starts_with(&format!("CUSTOM {kind} `y`: ")) && text.contains(what),
                "{text}"
            );
        }
    }
}
