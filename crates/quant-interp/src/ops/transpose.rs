//! TRANSPOSE: dimensions in another order; input 1 is the permutation.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TRANSPOSE,
    name: "Transpose",
    inputs: (2, 2),
    shape,
    eval,
};

fn permutation(call: &Call<'_>) -> Result<Vec<usize>> {
    let rank = call.input(0)?.shape.len();
    let list = call.ints(1)?;
    let order: Vec<usize> = list
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or(usize::MAX))
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..rank) {
        return Ok(order);
    }
    Err(Error::new(
        call.place(),
        Problem::Operand(format!("{list:?} is no order of {rank} dimensions")),
        "name each dimension once",
    ))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = &call.input(0)?.shape;
    Ok(vec![permutation(call)?.into_iter().map(|at| dims[at]).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let (order, shape) = (permutation(call)?, shape(call)?.swap_remove(0));
    if let Data::F32(from) = &value.data
        && let Some(turned) = turned(from, &value.shape, &order)
    {
        let data = Data::F32(turned.into());
        return Ok(vec![Value { shape, data }]);
    }
    let strides = places::strides(&value.shape);
    let places = places::cross(&shape, |at, i| i * strides[order[at]]);
    Ok(vec![places::moved(value, shape, places)])
}

/// Elements of a shape in an order that puts the last dimensions before the first ones; `None` for another order, and where there
/// are not as many elements as the shape says.
pub fn turned<T: Copy + Default>(from: &[T], shape: &[usize], order: &[usize]) -> Option<Vec<T>> {
    let fits = order.len() == shape.len() && shape.iter().product::<usize>() == from.len();
    let rows = rows_of(order, shape).filter(|_| fits)?;
    Some(columns_first(from, rows))
}

/// How many rows there are where the order puts the last dimensions before the first ones, both in their order: that is a
/// matrix whose rows become columns, as filters' do between frameworks.
fn rows_of(order: &[usize], shape: &[usize]) -> Option<usize> {
    let first = *order.first()?;
    let turned = (first..order.len()).chain(0..first);
    let whole = order.iter().copied().eq(turned) && !shape.contains(&0);
    let before = shape.get(..first).filter(|_| whole)?;
    Some(before.iter().product())
}

/// Rows become columns, block by block: both sides of a block stay in cache.
fn columns_first<T: Copy + Default>(from: &[T], rows: usize) -> Vec<T> {
    const BLOCK: usize = 16;
    let columns = from.len() / rows;
    let mut to = vec![T::default(); from.len()];
    for left in (0..columns).step_by(BLOCK) {
        for top in (0..rows).step_by(BLOCK) {
            let height = BLOCK.min(rows - top);
            for column in left..columns.min(left + BLOCK) {
                let to = &mut to[column * rows + top..][..height];
                for (to, row) in to.iter_mut().zip(from[top * columns..].chunks(columns)) {
                    *to = row[column];
                }
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_dimensions_are_a_matrix() {
        assert_eq!(rows_of(&[3, 0, 1, 2], &[2, 3, 4, 5]), Some(24));
        assert_eq!(rows_of(&[1, 2, 0], &[2, 3, 4]), Some(2));
        assert_eq!(rows_of(&[0, 1], &[2, 3]), Some(1));
        for (order, shape) in [
            (&[0, 2, 1][..], &[2, 3, 4][..]),
            (&[2, 1, 0], &[2, 3, 4]),
            (&[1, 0], &[2, 0]),
            (&[], &[]),
        ] {
            assert_eq!(rows_of(order, shape), None, "{order:?} {shape:?}");
        }
    }

    #[test]
    fn rows_become_columns_whatever_their_number() {
        for (rows, columns) in [(1, 1), (1, 40), (40, 1), (3, 5), (16, 32), (33, 17), (50, 70)] {
            let from: Vec<f32> = (0..rows * columns).map(|at| at as f32).collect();
            let wanted =
                (0..columns).flat_map(|column| (0..rows).map(move |row| (row * columns + column) as f32));
            assert_eq!(
                columns_first(&from, rows),
                wanted.collect::<Vec<_>>(),
                "{rows} {columns}"
            );
        }
    }
}
