//! Elementwise operators with two inputs of different shapes.

use quant_ir::error::{Error, Place, Problem, Result};

/// The shape that both shapes broadcast to, as NumPy does.
///
/// # Errors
/// Two dimensions differ and none is 1.
pub fn shape(a: &[usize], b: &[usize], place: &Place) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[usize], at: usize| {
        if at + shape.len() < rank {
            1
        } else {
            shape[at + shape.len() - rank]
        }
    };
    (0..rank)
        .map(|at| match (dim(a, at), dim(b, at)) {
            (x, y) if x == y || y == 1 => Ok(x),
            (1, y) => Ok(y),
            _ => Err(Error::new(
                place,
                Problem::Broadcast {
                    a: a.to_vec(),
                    b: b.to_vec(),
                },
                "make each dimension equal, or 1 on one side",
            )),
        })
        .collect()
}

/// Combines two values element by element, the smaller repeated along its dimensions of 1.
pub fn combine<A: Copy, B: Copy, C>(
    a: (&[usize], &[A]),
    b: (&[usize], &[B]),
    out: &[usize],
    with: impl Fn(A, B) -> C,
) -> Vec<C> {
    // Two equal shapes may still be repeated: a third operand can make the output larger.
    if a.0 == out && b.0 == out {
        return a.1.iter().zip(b.1).map(|(x, y)| with(*x, *y)).collect();
    }
    let (mut a_steps, mut b_steps) = (steps(a.0, out), steps(b.0, out));
    let total: usize = out.iter().product();
    let mut result = Vec::with_capacity(total);
    let mut index = vec![0usize; out.len()];
    let (mut i, mut j) = (0usize, 0usize);
    // Elements along the last dimension go in one loop.
    let (a_step, b_step) = (a_steps.pop().unwrap_or(0), b_steps.pop().unwrap_or(0));
    let row = out.last().copied().unwrap_or(1);
    for _ in 0..total.checked_div(row).unwrap_or(0) {
        match (a_step, b_step) {
            (1, 1) => result.extend(
                a.1[i..][..row]
                    .iter()
                    .zip(&b.1[j..][..row])
                    .map(|(x, y)| with(*x, *y)),
            ),
            _ => result.extend((0..row).map(|at| with(a.1[i + at * a_step], b.1[j + at * b_step]))),
        }
        for axis in (0..a_steps.len()).rev() {
            index[axis] += 1;
            i += a_steps[axis];
            j += b_steps[axis];
            if index[axis] < out[axis] {
                break;
            }
            i -= a_steps[axis] * out[axis];
            j -= b_steps[axis] * out[axis];
            index[axis] = 0;
        }
    }
    result
}

/// The elements of a value of `shape`, repeated along its dimensions of 1 until it has the shape `out`.
pub fn repeat<T: Copy>(shape: &[usize], data: &[T], out: &[usize]) -> Vec<T> {
    let steps = steps(shape, out);
    let total: usize = out.iter().product();
    let mut result = Vec::with_capacity(total);
    let mut index = vec![0usize; out.len()];
    let mut from = 0usize;
    for _ in 0..total {
        result.push(data[from]);
        for axis in (0..out.len()).rev() {
            index[axis] += 1;
            from += steps[axis];
            if index[axis] < out[axis] {
                break;
            }
            from -= steps[axis] * out[axis];
            index[axis] = 0;
        }
    }
    result
}

/// For each dimension of `out`, how far one step goes in a value of `shape`: 0 along repeated dimensions.
fn steps(shape: &[usize], out: &[usize]) -> Vec<usize> {
    let mut steps = vec![0; out.len()];
    let mut step = 1usize;
    for (at, &dim) in shape.iter().enumerate().rev() {
        steps[at + out.len() - shape.len()] = if dim == 1 { 0 } else { step };
        // It can only overflow when another dimension is 0, and then there is nothing to step over.
        step = step.wrapping_mul(dim);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_dimensions_of_one() {
        let a = (&[2usize, 1, 2][..], &[1.0f32, 2.0, 3.0, 4.0][..]);
        let b = (&[3usize, 1][..], &[10.0f32, 20.0, 30.0][..]);
        let out = shape(a.0, b.0, &"test".into()).unwrap();
        assert_eq!(out, [2, 3, 2]);
        let sums = combine(a, b, &out, |x, y| x + y);
        assert_eq!(sums, [11., 12., 21., 22., 31., 32., 13., 14., 23., 24., 33., 34.]);
        assert_eq!(repeat(a.0, a.1, &[2, 2, 2]), [1., 2., 1., 2., 3., 4., 3., 4.]);
        assert_eq!(repeat(&[], &[7], &[]), [7]);
        assert!(shape(&[2], &[3], &"test".into()).is_err());
        assert_eq!(combine((&[], &[1]), (&[], &[2]), &[2, 2], |x, y| x + y), [3; 4]);
        assert_eq!(combine((&[1], &[1]), (&[1], &[2]), &[3], |x, y| x + y), [3; 3]);
        assert!(repeat::<u8>(&[0, usize::MAX, usize::MAX], &[], &[0, usize::MAX, usize::MAX]).is_empty());
    }
}
