//! Sparse constants: TensorFlow Lite's storage by levels, made dense.
//!
//! The storage is a tree (Kjolstad et al., "The Tensor Algebra Compiler"): each level is one dimension in the
//! traversal order, either dense, with a child for each index, or compressed, with a list of the indices that
//! have children. Dimensions may be cut into blocks; the position inside a block is then a level of its own.

use quant_schema::{DimensionMetadataT, DimensionType, SparseIndexVectorT, SparsityParametersT};

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::{MAX_ELEMENTS, MAX_RANK};

/// The bytes of all elements, row-major, of a tensor of this shape that stores only some of `size` bytes each.
///
/// # Errors
/// The description contradicts itself, the shape or the number of stored elements.
pub fn dense(
    place: &Place,
    shape: &[usize],
    size: usize,
    stored: &[u8],
    sparsity: &SparsityParametersT,
) -> Result<Vec<u8>> {
    let wrong = |what: &str| {
        Error::new(
            place,
            Problem::Malformed(what.into()),
            "write the sparse constant again",
        )
    };
    let bytes = shape.iter().try_fold(size, |n, d| n.checked_mul(*d));
    let bytes = bytes.filter(|bytes| size > 0 && bytes / size <= MAX_ELEMENTS);
    let bytes =
        bytes.ok_or_else(|| Error::limit(place, format!("shape {shape:?}"), "use a smaller tensor"))?;
    if bytes == 0 {
        return Ok(Vec::new());
    }
    let levels = levels(shape, sparsity).ok_or_else(|| wrong("its sparsity does not describe its shape"))?;
    let mut tree = Tree {
        levels,
        size,
        stored,
        used: 0,
        out: vec![0; bytes],
    };
    tree.fill(0, 0, 0)
        .filter(|()| tree.used * size == stored.len())
        .ok_or_else(|| wrong("its sparsity does not go with its elements"))?;
    Ok(tree.out)
}

/// One level of the tree.
struct Level {
    /// Number of indices.
    indices: usize,
    /// How far one index moves in the dense tensor.
    step: usize,
    /// For a compressed level, where the children of each parent begin and end, and their indices.
    compressed: Option<(Vec<usize>, Vec<usize>)>,
}

/// The levels in the traversal order; `None` when they do not make up the shape.
fn levels(shape: &[usize], sparsity: &SparsityParametersT) -> Option<Vec<Level>> {
    let order = sparsity.traversal_order.as_ref()?;
    let metadata = sparsity.dim_metadata.as_ref()?;
    let blocks = sparsity.block_map.as_deref().unwrap_or_default();
    let count = shape.len() + blocks.len();
    if order.len() != count || metadata.len() != count || count > 2 * MAX_RANK {
        return None;
    }
    // The level that holds each dimension, those of the blocks behind the others.
    let mut level_of = vec![None; count];
    for (level, dimension) in order.iter().enumerate() {
        let slot = level_of.get_mut(usize::try_from(*dimension).ok()?)?;
        if slot.replace(level).is_some() {
            return None;
        }
    }
    let level_of: Vec<usize> = level_of.into_iter().collect::<Option<_>>()?;
    // A dimension moves over whole blocks, where it has one.
    let (mut sizes, mut strides) = (shape.to_vec(), crate::ops::strides_of(shape));
    let mut inner = Vec::new();
    for (number, dimension) in blocks.iter().enumerate() {
        let dimension = usize::try_from(*dimension).ok()?;
        let block = usize::try_from(metadata[level_of[shape.len() + number]].dense_size).ok()?;
        let size = sizes.get_mut(dimension)?;
        if block == 0 || *size % block != 0 || blocks[..number].contains(&(dimension as i32)) {
            return None;
        }
        *size /= block;
        inner.push((block, strides[dimension]));
        strides[dimension] *= block;
    }
    let dimensions: Vec<(usize, usize)> = sizes.into_iter().zip(strides).chain(inner).collect();
    let level = |dimension: &i32, metadata: &DimensionMetadataT| {
        let (indices, step) = dimensions[*dimension as usize];
        let compressed = match metadata.format {
            DimensionType::DENSE if usize::try_from(metadata.dense_size) == Ok(indices) => None,
            DimensionType::SPARSE_CSR => Some((
                numbers(&metadata.array_segments)?,
                numbers(&metadata.array_indices)?,
            )),
            _ => return None,
        };
        Some(Level {
            indices,
            step,
            compressed,
        })
    };
    order.iter().zip(metadata).map(|(d, m)| level(d, m)).collect()
}

fn numbers(list: &SparseIndexVectorT) -> Option<Vec<usize>> {
    match list {
        SparseIndexVectorT::Int32Vector(list) => {
            let list = list.values.iter().flatten();
            list.map(|x| usize::try_from(*x).ok()).collect()
        }
        SparseIndexVectorT::Uint16Vector(list) => {
            Some(list.values.iter().flatten().map(|x| usize::from(*x)).collect())
        }
        SparseIndexVectorT::Uint8Vector(list) => {
            Some(list.values.iter().flatten().map(|x| usize::from(*x)).collect())
        }
        _ => None,
    }
}

/// The levels, and the tensor that they fill.
struct Tree<'a> {
    levels: Vec<Level>,
    size: usize,
    stored: &'a [u8],
    /// Elements that have found their places.
    used: usize,
    out: Vec<u8>,
}

impl Tree<'_> {
    /// Fills what stands below the node `node` of a level, which begins at the dense element `start`; `None` when
    /// an index leads nowhere. Each element is used once, which bounds the work by the size of the storage.
    fn fill(&mut self, level: usize, node: usize, start: usize) -> Option<()> {
        let Some(Level {
            indices,
            step,
            compressed,
        }) = self.levels.get(level)
        else {
            let from = self.stored.get(node * self.size..(node + 1) * self.size)?;
            let to = self.out.get_mut(start * self.size..(start + 1) * self.size)?;
            to.copy_from_slice(from);
            self.used += 1;
            return (node + 1 == self.used).then_some(());
        };
        let (indices, step) = (*indices, *step);
        let Some((segments, _)) = compressed else {
            for index in 0..indices {
                let child = node.checked_mul(indices)?.checked_add(index)?;
                self.fill(level + 1, child, start + index * step)?;
            }
            return Some(());
        };
        let (first, end) = (*segments.get(node)?, *segments.get(node + 1)?);
        // Children of later parents come later.
        if first > end || (node == 0 && first != 0) {
            return None;
        }
        for child in first..end {
            let (_, list) = self.levels[level].compressed.as_ref()?;
            let index = *list.get(child).filter(|index| **index < indices)?;
            self.fill(level + 1, child, start + index * step)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(format: DimensionType, size: i32, segments: &[i32], indices: &[i32]) -> DimensionMetadataT {
        let list = |values: &[i32]| {
            let mut list = quant_schema::Int32VectorT::default();
            list.values = Some(values.to_vec());
            SparseIndexVectorT::Int32Vector(Box::new(list))
        };
        let mut level = DimensionMetadataT::default();
        level.format = format;
        level.dense_size = size;
        if format == DimensionType::SPARSE_CSR {
            (level.array_segments, level.array_indices) = (list(segments), list(indices));
        }
        level
    }

    /// A matrix of 3 rows and 4 columns of bytes, by rows, the columns compressed.
    fn rows(segments: &[i32], indices: &[i32], stored: &[u8]) -> Result<Vec<u8>> {
        let mut sparsity = SparsityParametersT::default();
        sparsity.traversal_order = Some(vec![0, 1]);
        sparsity.dim_metadata = Some(vec![
            level(DimensionType::DENSE, 3, &[], &[]),
            level(DimensionType::SPARSE_CSR, 4, segments, indices),
        ]);
        dense(&"it".into(), &[3, 4], 1, stored, &sparsity)
    }

    #[test]
    fn rows_are_filled() {
        assert_eq!(
            rows(&[0, 1, 1, 3], &[2, 0, 3], &[7, 8, 9]).unwrap(),
            [0, 0, 7, 0, 0, 0, 0, 0, 8, 0, 0, 9]
        );
        assert_eq!(rows(&[0, 0, 0, 0], &[], &[]).unwrap(), [0; 12]);
    }

    #[test]
    fn storage_that_contradicts_itself_is_an_error() {
        for (segments, indices, stored) in [
            (&[0, 1, 1][..], &[2, 0, 3][..], &[7, 8, 9][..]),
            (&[0, 1, 1, 3], &[2, 0, 4], &[7, 8, 9]),
            (&[0, 1, 1, 3], &[2, 0, -1], &[7, 8, 9]),
            (&[0, 1, 1, 3], &[2, 0], &[7, 8, 9]),
            (&[0, 1, 1, 3], &[2, 0, 3], &[7, 8]),
            (&[0, 1, 1, 3], &[2, 0, 3], &[7, 8, 9, 10]),
            (&[0, 2, 1, 3], &[2, 0, 3], &[7, 8, 9]),
            (&[1, 1, 1, 3], &[2, 0, 3], &[7, 8, 9]),
            (&[0, 3, 0, 3], &[2, 0, 3], &[7, 8, 9]),
        ] {
            assert!(
                rows(segments, indices, stored).is_err(),
                "{segments:?} {indices:?}"
            );
        }
    }

    #[test]
    fn a_description_of_another_shape_is_an_error() {
        let dense_level = |size| level(DimensionType::DENSE, size, &[], &[]);
        for (order, blocks, sizes) in [
            (vec![0], vec![], vec![4]),
            (vec![0, 0], vec![], vec![4, 4]),
            (vec![0, 2], vec![], vec![4, 4]),
            (vec![0, -1], vec![], vec![4, 4]),
            (vec![0, 1], vec![], vec![4, 5]),
            (vec![0, 1, 2], vec![1], vec![4, 2, 3]),
            (vec![0, 1, 2], vec![1], vec![4, 4, 0]),
            (vec![0, 1, 2], vec![7], vec![4, 2, 2]),
            (vec![0, 1, 2, 3], vec![1, 1], vec![4, 1, 2, 2]),
        ] {
            let mut sparsity = SparsityParametersT::default();
            sparsity.dim_metadata = Some(sizes.iter().map(|size| dense_level(*size)).collect());
            sparsity.traversal_order = Some(order.clone());
            sparsity.block_map = Some(blocks);
            let made = dense(&"it".into(), &[4, 4], 1, &[1; 16], &sparsity);
            assert!(made.is_err(), "{order:?} {sizes:?}");
        }
    }
}
