//! RFFT2D: the discrete Fourier transform of real matrices, the last two dimensions of input 0.
//!
//! ```text
//! out[u, v] = Σ x[r, c] · exp(−2πi (u r / rows + v c / columns))     0 ≤ u < rows, 0 ≤ v ≤ columns / 2
//! ```
//!
//! Input 1 says rows and columns, powers of two; a matrix is cut or filled with zeros to them. Sums are those of Cooley and
//! Tukey (1965), in f64.

use std::f64::consts::TAU;

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::limits::{self, MAX_ELEMENTS};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RFFT2D,
    name: "RFFT2D",
    inputs: (2, 2),
    shape: |call| Ok(vec![Sizes::of(call)?.output(call)?]),
    eval,
};

/// Sizes of the transform.
struct Sizes {
    rows: usize,
    columns: usize,
}

impl Sizes {
    fn of(call: &Call<'_>) -> Result<Self> {
        let lengths = call.ints(1)?;
        let power = |length: &i64| usize::try_from(*length).ok().filter(|n| n.is_power_of_two());
        let sizes: Option<Vec<usize>> = lengths.iter().map(power).collect();
        let Some(&[rows, columns]) = sizes.as_deref() else {
            return Err(Error::new(
                call.place(),
                Problem::NoKernel(format!("transforms of size {lengths:?}")),
                "give two powers of two: the runtime knows no others",
            ));
        };
        // Each point takes 16 bytes while it is computed.
        let points = rows.saturating_mul(columns);
        limits::at_most(MAX_ELEMENTS / 8, points, call.place(), "points of a transform")?;
        Ok(Self { rows, columns })
    }

    /// The shape of the output.
    fn output(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        let shape = call.f32(0)?.0;
        let [batch @ .., _, _] = shape else {
            return Err(Error::new(
                call.place(),
                Problem::Shape(format!("input {shape:?} is no matrix")),
                "give two dimensions or more",
            ));
        };
        Ok([batch, &[self.rows, self.columns / 2 + 1]].concat())
    }
}

/// A complex number.
type Complex = [f64; 2];

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let sizes = Sizes::of(call)?;
    let (rows, columns) = (sizes.rows, sizes.columns);
    let out = sizes.output(call)?;
    let (shape, data) = call.f32(0)?;
    let [.., height, width] = *shape else {
        return Ok(Vec::new());
    };
    let total = out.iter().product();
    if data.is_empty() {
        let data = Data::C64(vec![[0.0; 2]; total]);
        return Ok(vec![Value { shape: out, data }]);
    }
    let (along_rows, along_columns) = (Transform::new(columns), Transform::new(rows));
    let kept = columns / 2 + 1;
    let mut made = Vec::with_capacity(total);
    let (mut line, mut grid) = (vec![[0.0; 2]; columns], vec![[0.0; 2]; rows * kept]);
    let mut column = vec![[0.0; 2]; rows];
    for matrix in data.chunks_exact(height * width) {
        grid.fill([0.0; 2]);
        for (from, to) in matrix.chunks_exact(width).zip(grid.chunks_exact_mut(kept)) {
            line.fill([0.0; 2]);
            for (to, from) in line.iter_mut().zip(from) {
                *to = [f64::from(*from), 0.0];
            }
            along_rows.run(&mut line);
            to.copy_from_slice(&line[..kept]);
        }
        for at in 0..kept {
            for (to, from) in column.iter_mut().zip(grid.iter().skip(at).step_by(kept)) {
                *to = *from;
            }
            along_columns.run(&mut column);
            for (from, to) in column.iter().zip(grid.iter_mut().skip(at).step_by(kept)) {
                *to = *from;
            }
        }
        made.extend(grid.iter().map(|[re, im]| [*re as f32, *im as f32]));
    }
    let data = Data::C64(made);
    Ok(vec![Value { shape: out, data }])
}

/// The transform of a line of some length, a power of two.
struct Transform {
    /// exp(−2πi k / length) for k below half the length.
    roots: Vec<Complex>,
}

impl Transform {
    fn new(length: usize) -> Self {
        let root = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / length as f64).sin_cos();
            [cos, -sin]
        };
        Self {
            roots: (0..length / 2).map(root).collect(),
        }
    }

    /// Transforms a line in place.
    fn run(&self, line: &mut [Complex]) {
        let length = line.len();
        // The order in which halves of halves of even and odd places end up: bits reversed.
        for at in 1..length {
            let other = at.reverse_bits() >> (usize::BITS - length.trailing_zeros());
            if at < other {
                line.swap(at, other);
            }
        }
        let mut half = 1;
        while half < length {
            let step = length / (2 * half);
            for block in line.chunks_exact_mut(2 * half) {
                let (even, odd) = block.split_at_mut(half);
                let roots = self.roots.iter().step_by(step);
                for ((even, odd), root) in even.iter_mut().zip(odd).zip(roots) {
                    let turned = [
                        odd[0] * root[0] - odd[1] * root[1],
                        odd[0] * root[1] + odd[1] * root[0],
                    ];
                    *odd = [even[0] - turned[0], even[1] - turned[1]];
                    *even = [even[0] + turned[0], even[1] + turned[1]];
                }
            }
            half *= 2;
        }
    }
}
