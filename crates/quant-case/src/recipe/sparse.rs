//! Sparse constants: which elements are stored, and where.

use super::{Filler, Indices, Pos, RecipeError, SparseDim, Sparsity};

/// Makes a constant sparse along its last dimension (`make_sparse`): what is not zero is stored.
pub fn make(shape: &[i32], filler: Filler, pos: Pos) -> Result<(Sparsity, Filler), RecipeError> {
    let Some((last, outer)) = shape.split_last() else {
        let what = "a scalar cannot be sparse; take `make_sparse` out";
        return Err(RecipeError::new(pos, what));
    };
    let row = usize::try_from(*last).unwrap_or_default();
    let (found, filler) = match filler {
        Filler::Float(values) => {
            let (found, kept) = rows(&values, row, |x| *x != 0.0);
            (found, Filler::Float(kept))
        }
        Filler::Int(values) => {
            let (found, kept) = rows(&values, row, |x| *x != 0);
            (found, Filler::Int(kept))
        }
        Filler::Text(_) => {
            let what = "strings cannot be sparse; take `make_sparse` out";
            return Err(RecipeError::new(pos, what));
        }
        Filler::InFile => {
            return Err(RecipeError::new(
                pos,
                "the elements stand in a file; make it sparse there",
            ));
        }
    };
    let mut dims: Vec<SparseDim> = outer.iter().map(|size| SparseDim::Dense(*size)).collect();
    dims.push(SparseDim::Csr {
        segments: Indices::Int32(found.0),
        indices: Indices::Int32(found.1),
    });
    let sparsity = Sparsity {
        traversal_order: (0..).take(shape.len()).collect(),
        block_map: Vec::new(),
        dims,
    };
    Ok((sparsity, filler))
}

/// Where each row begins among the elements that are stored, their columns, and the elements.
type Rows<T> = ((Vec<i32>, Vec<i32>), Vec<T>);

fn rows<T: Clone>(values: &[T], row: usize, stored: impl Fn(&T) -> bool) -> Rows<T> {
    let (mut segments, mut columns, mut kept) = (vec![0], Vec::new(), Vec::new());
    for row in values.chunks(row.max(1)) {
        for (column, value) in (0..).zip(row).filter(|(_, value)| stored(value)) {
            columns.push(column);
            kept.push(value.clone());
        }
        segments.push(i32::try_from(kept.len()).unwrap_or(i32::MAX));
    }
    ((segments, columns), kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_what_is_not_zero() {
        let values = Filler::Float(vec![0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0, -1.0]);
        let (sparsity, filler) = make(&[3, 3], values, Pos::default()).unwrap();
        assert_eq!(filler, Filler::Float(vec![5.0, 7.0, -1.0]));
        assert_eq!(sparsity.traversal_order, [0, 1]);
        let csr = SparseDim::Csr {
            segments: Indices::Int32(vec![0, 1, 1, 3]),
            indices: Indices::Int32(vec![1, 0, 2]),
        };
        assert_eq!(sparsity.dims, [SparseDim::Dense(3), csr]);
    }
}
