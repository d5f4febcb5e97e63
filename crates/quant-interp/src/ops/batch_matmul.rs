//! BATCH_MATMUL: matrix products over the last two dimensions; the dimensions before them broadcast.

use super::support::{broadcast, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{self, Clamp, Packed};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BATCH_MATMUL,
    name: "BatchMatMul",
    inputs: (2, 2),
    shape,
    eval,
};

/// What the kernel needs to know of the shapes.
pub(super) struct Geometry {
    /// The broadcast dimensions before the matrices.
    pub batch: Vec<usize>,
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
}

pub(super) fn geometry(call: &Call<'_>) -> Result<Geometry> {
    let options = options::read!(call, BatchMatMulOptions);
    let (left, right) = (call.input(0)?.shape.as_slice(), call.input(1)?.shape.as_slice());
    let wrong = || {
        Error::new(
            call.place(),
            Problem::Shape(format!("shapes {left:?} and {right:?} do not multiply")),
            "give values of rank 2 or more whose inner dimensions are equal",
        )
    };
    let ([before @ .., r, c], [others @ .., s, d]) = (left, right) else {
        return Err(wrong());
    };
    let (rows, depth) = if options.adjoint_lhs { (*c, *r) } else { (*r, *c) };
    let (same, columns) = if options.adjoint_rhs { (*d, *s) } else { (*s, *d) };
    if same != depth {
        return Err(wrong());
    }
    Ok(Geometry {
        batch: broadcast::shape(before, others, &call.place())?,
        rows,
        columns,
        depth,
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let Geometry {
        mut batch,
        rows,
        columns,
        ..
    } = geometry(call)?;
    batch.extend([rows, columns]);
    Ok(vec![batch])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, BatchMatMulOptions);
    let shape = shape(call)?.swap_remove(0);
    let g = geometry(call)?;
    let ((left_shape, left), (right_shape, right)) = (call.f32(0)?, call.f32(1)?);
    // Both with the summed dimension last, as the product takes them.
    let left = matrices(left, g.rows, g.depth, options.adjoint_lhs);
    let right = matrices(right, g.columns, g.depth, !options.adjoint_rhs);
    let places = |shape: &[usize]| {
        let before = &shape[..shape.len() - 2];
        let numbers: Vec<usize> = (0..before.iter().product()).collect();
        broadcast::repeat(before, &numbers, &g.batch)
    };
    let (lefts, rights) = (places(left_shape), places(right_shape));
    let mut out = vec![0.0; shape.iter().product()];
    let clamp = Clamp::NONE;
    let cells = out.chunks_exact_mut((g.rows * g.columns).max(1));
    for ((product, a), b) in cells.zip(lefts).zip(rights) {
        let a = &left[a * g.rows * g.depth..(a + 1) * g.rows * g.depth];
        let b = &right[b * g.columns * g.depth..(b + 1) * g.columns * g.depth];
        quant_kernel::product(&Packed::new(g.columns, g.depth, b, None), clamp, a, product, 1);
    }
    Ok(vec![Value::f32(shape, out)])
}

/// Matrices of `rows` by `columns`, from ones that are the other way round if `transposed`.
pub(super) fn matrices<T: Copy>(data: &[T], rows: usize, columns: usize, transposed: bool) -> Vec<T> {
    if !transposed {
        return data.to_vec();
    }
    let mut out = Vec::with_capacity(data.len());
    for matrix in data.chunks_exact((rows * columns).max(1)) {
        for row in 0..rows {
            out.extend(matrix[row..].iter().step_by(rows));
        }
    }
    out
}
