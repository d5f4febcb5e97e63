//! BATCH_MATMUL: rows of a float input times a matrix of integers: `y = (s_w · s) · f32(Σ w q − z Σ w)`.
//!
//! LiteRT takes the scale and zero point of a matrix's rows where the sum of its batch indices says, not its number: with more
//! than one batch dimension many products have those of another matrix. That is done here, too, for the bits to be the same.

use super::input::{self, Rows};
use super::sums;
use super::weights::{Weights, unfit};
use crate::ops::Call;
use crate::ops::batch_matmul::{geometry, matrices};
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_kernel::integer;

/// Dimensions before the matrices.
const BATCHES: usize = 3;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, BatchMatMulOptions);
    let g = geometry(call)?;
    let (shape, x) = input::finite(call, 0)?;
    let of_weights = call.input(1)?.shape.as_slice();
    let (mut left, mut right) = (before(shape), before(of_weights));
    let mut rows = g.rows;
    if !options.adjoint_lhs && !left.is_empty() && right.last() == Some(&1) {
        // One matrix for a dimension of the input, whose rows follow each other.
        rows *= left.pop().unwrap_or(1);
        right.pop();
    }
    let (Some(left), Some(right)) = (Batches::of(&left), Batches::of(&right)) else {
        return Err(unfit(call, "it has more than five dimensions"));
    };
    let asymmetric = options.asymmetric_quantize_inputs;
    if asymmetric && right.dims[0] > 1 {
        return Err(unfit(
            call,
            "asymmetric inputs and weights of five dimensions, whose sums the kernel does not make",
        ));
    }
    let weights = Weights::of(call, 1, g.columns)?;
    let x = matrices(x, g.rows, g.depth, options.adjoint_lhs);
    let integers = matrices(&weights.integers, g.columns, g.depth, !options.adjoint_rhs);
    let inputs = Rows::of(&x, g.depth, asymmetric);
    let sums = sums::of_rows(g.depth, &integers);
    let mut made = Vec::new();
    let mut products = vec![0; rows * g.columns];
    for batch in Batches::both(&left, &right) {
        let (p, q) = (left.matrix(batch), right.matrix(batch));
        let from = &inputs.integers[p * rows * g.depth..][..rows * g.depth];
        let matrix = &integers[q * g.columns * g.depth..][..g.columns * g.depth];
        integer::product(g.depth, from, matrix, &mut products);
        let (scales, zeros) = (
            &inputs.scales[left.sum(batch) * rows..][..rows],
            &inputs.zeros[left.sum(batch) * rows..][..rows],
        );
        let sums = &sums[right.sum(batch) * g.columns..][..g.columns];
        for (row, products) in products.chunks_exact(g.columns.max(1)).enumerate() {
            for (column, (product, sum)) in products.iter().zip(sums).enumerate() {
                // In floats, and back.
                let total = (*product as f32 - *sum as f32 * zeros[row] as f32) as i32;
                let of_channel = weights.scales.get(column).filter(|_| weights.per_channel());
                let scale = scales[row] * of_channel.unwrap_or(&weights.scales[0]);
                made.push(0.0 + scale * total as f32);
            }
        }
    }
    let mut shape = g.batch;
    shape.extend([g.rows, g.columns]);
    Ok(vec![Value::f32(shape, made)])
}

fn before(shape: &[usize]) -> Vec<usize> {
    shape[..shape.len() - 2].to_vec()
}

/// Dimensions before the matrices of one side, filled up with ones.
struct Batches {
    dims: [usize; BATCHES],
}

impl Batches {
    fn of(dims: &[usize]) -> Option<Self> {
        let mut all = [1; BATCHES];
        let ones = BATCHES.checked_sub(dims.len())?;
        all[ones..].copy_from_slice(dims);
        Some(Self { dims: all })
    }

    /// The indices of all products, in order.
    fn both(left: &Self, right: &Self) -> Vec<[usize; BATCHES]> {
        let size = |at: usize| {
            if left.dims[at] == 1 {
                right.dims[at]
            } else {
                left.dims[at]
            }
        };
        let [a, b, c] = [size(0), size(1), size(2)];
        let indices = (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..c).map(move |k| [i, j, k])));
        indices.collect()
    }

    fn index(&self, batch: [usize; BATCHES], at: usize) -> usize {
        if self.dims[at] == 1 { 0 } else { batch[at] }
    }

    /// The number of the matrix.
    fn matrix(&self, batch: [usize; BATCHES]) -> usize {
        (0..BATCHES).fold(0, |number, at| number * self.dims[at] + self.index(batch, at))
    }

    /// The sum of its indices.
    fn sum(&self, batch: [usize; BATCHES]) -> usize {
        (0..BATCHES).map(|at| self.index(batch, at)).sum()
    }
}
