//! Landmarks2TransformMatrix (MediaPipe, version 2): the matrix that takes places of an upright crop around some
//! landmarks to places of the image.
//!
//! With `l` and `r` two landmarks, φ the wanted angle of the line between them and α = φ − atan2(r − l), all landmarks of
//! a subset are turned by α; `c` is the middle of the box around them, turned back, and `w × h` its size:
//!
//! ```text
//! shift(c) · turn(−α) · scale(scale_x · w / width, scale_y · h / height) · shift(−width / 2, −height / 2)
//! ```

use super::support::mediapipe;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "Landmarks2TransformMatrix",
    inputs: (1, 1),
    shape: |_| Ok(vec![vec![1, 4, 4]]),
    eval,
};

/// The custom options.
struct Params {
    subset: Vec<usize>,
    left: usize,
    right: usize,
    angle: f32,
    width: f32,
    height: f32,
    scale_x: f32,
    scale_y: f32,
}

impl Params {
    fn of(call: &Call<'_>) -> Result<Self> {
        mediapipe::second_version(call)?;
        let options = mediapipe::Options(call);
        Ok(Self {
            subset: options.indices("subset_idxs")?,
            left: options.index("left_rotation_idx")?,
            right: options.index("right_rotation_idx")?,
            angle: options.float("target_rotation_radians")?,
            width: options.size("output_width")? as f32,
            height: options.size("output_height")? as f32,
            scale_x: options.positive("scale_x")?,
            scale_y: options.positive("scale_y")?,
        })
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let params = Params::of(call)?;
    let (shape, landmarks) = call.f32(0)?;
    if shape.len() != 3 || shape[0] != 1 {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!("landmarks of shape {shape:?}")),
            "give [1, landmarks, 3]",
        ));
    }
    let (landmarks, _) = landmarks.as_chunks::<3>();
    let read = |number: usize| {
        let landmark = landmarks.get(number).map(|[x, y, _]| (*x, *y));
        landmark.ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Operand(format!("it reads landmark {number} of {}", landmarks.len())),
                "number landmarks from 0 to their count less 1",
            )
        })
    };
    let turn = |(x, y): (f32, f32), by: f32| (by.cos() * x - by.sin() * y, by.sin() * x + by.cos() * y);
    let (left, right) = (read(params.left)?, read(params.right)?);
    let angle = params.angle - (right.1 - left.1).atan2(right.0 - left.0);
    let (mut low, mut high) = (
        (f32::INFINITY, f32::INFINITY),
        (f32::NEG_INFINITY, f32::NEG_INFINITY),
    );
    for number in &params.subset {
        let (x, y) = turn(read(*number)?, angle);
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    let middle = turn((low.0.midpoint(high.0), low.1.midpoint(high.1)), -angle);
    let scale_x = params.scale_x * (high.0 - low.0) / params.width;
    let scale_y = params.scale_y * (high.1 - low.1) / params.height;
    let (cos, sin) = ((-angle).cos(), (-angle).sin());
    let rows = [
        (cos * scale_x, -sin * scale_y, middle.0),
        (sin * scale_x, cos * scale_y, middle.1),
    ];
    let mut matrix = Vec::with_capacity(16);
    for (x, y, middle) in rows {
        let shift = x * (-params.width / 2.0) + y * (-params.height / 2.0) + middle;
        matrix.extend([x, y, 0.0, shift]);
    }
    matrix.extend([0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    Ok(vec![Value::f32(vec![1, 4, 4], matrix)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate as interp;
    use quant_ir::{ErrorKind, OpId, Operator};

    /// The operator over three landmarks of this shape.
    fn run(options: &[u8], version: i32, shape: &[usize]) -> Result<Vec<Value>> {
        let dims: Vec<String> = shape.iter().map(|dim| format!("dim: {dim}")).collect();
        let text = format!(
            r#"operand {{ name: "x" type: FLOAT32 shape {{ {} }} }}
            operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 4 dim: 4 }} }}
            operation {{ type: "Landmarks2TransformMatrix" input: "x" output: "y" }} input: "x" output: "y""#,
            dims.join(" ")
        );
        let mut model = quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap();
        let change = |op: &mut Operator| {
            (op.code.version, op.custom_options) = (version, Some(options.to_vec()));
        };
        model.main_mut().edit(OpId(0), change).unwrap();
        let values = (0..9).map(|x| x as f32).collect();
        interp::run(&model, &[Value::f32(shape.to_vec(), values)])
    }

    /// A map of the keys that the operator wants, all but one.
    fn options(without: &str, last: u8) -> Vec<u8> {
        // Keys and the vector of the subset, then the vector of distances to the keys, then the values.
        let keys = [
            "output_height",
            "output_width",
            "right_rotation_idx",
            "scale_x",
            "scale_y",
            "subset_idxs",
        ];
        let keys: Vec<&str> = keys.into_iter().filter(|key| *key != without).collect();
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for key in &keys {
            places.push(bytes.len());
            bytes.extend(key.as_bytes());
            bytes.push(0);
        }
        bytes.push(2);
        let subset = bytes.len();
        bytes.extend([0, last]);
        bytes.push(keys.len() as u8);
        let first_key = bytes.len();
        for place in &places {
            bytes.push((bytes.len() - place) as u8);
        }
        bytes.push((bytes.len() - first_key) as u8);
        bytes.extend([1, keys.len() as u8]);
        let values = bytes.len();
        for key in &keys {
            let byte = if *key == "subset_idxs" {
                bytes.len() - subset
            } else {
                1
            };
            bytes.push(byte as u8);
        }
        bytes.extend(
            keys.iter()
                .map(|key| if *key == "subset_idxs" { 11 << 2 } else { 1 << 2 }),
        );
        bytes.push((bytes.len() - values) as u8);
        bytes.extend([9 << 2, 1]);
        bytes
    }

    #[test]
    fn what_its_options_and_landmarks_may_not_be() {
        let shape = [1, 3, 3];
        assert!(run(&options("", 2), 2, &shape).is_ok());
        for (options, version, shape, kind, what) in [
            (
                options("", 2),
                1,
                shape,
                ErrorKind::Unsupported,
                "version 1 of it has no kernel",
            ),
            (
                options("", 3),
                2,
                shape,
                ErrorKind::Invalid,
                "it reads landmark 3 of 3",
            ),
            (
                options("scale_x", 2),
                2,
                shape,
                ErrorKind::Invalid,
                "no `scale_x` that is above 0",
            ),
            (
                options("output_height", 2),
                2,
                shape,
                ErrorKind::Invalid,
                "no `output_height` that is above 0",
            ),
            (
                options("subset_idxs", 2),
                2,
                shape,
                ErrorKind::Invalid,
                "no `subset_idxs` that is a vector",
            ),
            (Vec::new(), 2, shape, ErrorKind::Invalid, "no `subset_idxs`"),
            (
                options("", 2),
                2,
                [3, 1, 3],
                ErrorKind::Invalid,
                "landmarks of shape [3, 1, 3]",
            ),
        ] {
            let error = run(&options, version, &shape).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), kind, "{text}");
            let place = "CUSTOM Landmarks2TransformMatrix `y`: ";
            assert!(text.starts_with(place) && text.contains(what), "{text}");
        }
    }
}
