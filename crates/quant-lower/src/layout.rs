//! Where the channels are: a graph may have them behind the batch, a model has them last. A value is transposed when somebody
//! asks for it in the other layout, once, and a transposition that undoes another is none.

use quant_ir::{Builtin, Content, DType, Result, TensorId};

use crate::builder::{self, Builder, Stored};
use crate::options;

impl Builder {
    /// A tensor with its dimensions in another order, made once for all who ask.
    pub fn transpose(&mut self, id: TensorId, order: &[usize], name: &str) -> Result<TensorId> {
        let name = self.fresh(name);
        self.transpose_named(id, order, &name)
    }

    /// The same; `name` is one that no other tensor has.
    pub fn transpose_named(&mut self, id: TensorId, order: &[usize], name: &str) -> Result<TensorId> {
        if order.iter().copied().eq(0..order.len()) {
            return Ok(id);
        }
        let key = (id, order.to_vec());
        if let Some(made) = self.transposed.get(&key) {
            return Ok(*made);
        }
        let position = |dimension: usize| order.iter().position(|at| *at == dimension);
        let part = format!("{name}/constant");
        let moved = self.moved_pair(id, name, position, |builder, constant| {
            let part = builder.fresh(&part);
            builder.transpose_named(constant, order, &part)
        })?;
        if let Some(moved) = moved {
            self.transposed.insert(key, moved);
            return Ok(moved);
        }
        let axes: Vec<i64> = order
            .iter()
            .map(|at| i64::try_from(*at).unwrap_or_default())
            .collect();
        let permutation = self.ints(&format!("{name}/order"), &[axes.len()], &axes)?;
        let dtype = self.dtype(id);
        let shape = self.shape(id);
        let moved: Vec<usize> = order.iter().filter_map(|at| shape.get(*at).copied()).collect();
        let large = order.iter().filter(|at| shape.get(**at) != Some(&1));
        let outlined = self.outline && shape.iter().product::<usize>() > builder::SMALL;
        if (outlined || large.is_sorted())
            && let Some(made) = self.same_bytes(id, name, &moved)?
        {
            self.transposed.insert(key, made);
            return Ok(made);
        }
        if let Some(made) = self.permuted(id, order, name, &moved)? {
            self.transposed.insert(key, made);
            return Ok(made);
        }
        let options = options!(TransposeOptions: TransposeOptionsT {});
        let made = self.emit(Builtin::TRANSPOSE, &[id, permutation], options, name, dtype)?;
        self.transposed.insert(key, made);
        Ok(made)
    }

    /// A constant with the bytes of another, which nobody copies; `None` when that is no constant, or of nothing.
    fn same_bytes(&mut self, id: TensorId, name: &str, shape: &[usize]) -> Result<Option<TensorId>> {
        let tensor = self.model.main().tensor(id);
        let Some(Content::Plain(bytes)) = self.model.content(tensor).filter(|_| self.is_constant(id)) else {
            return Ok(None);
        };
        let (dtype, bytes) = (tensor.dtype, bytes.clone());
        self.constant(name, dtype, shape, bytes).map(Some)
    }

    /// A constant of elements of four bytes in another order, made of the bytes of a file without a copy between; `None` for others.
    fn permuted(
        &mut self,
        id: TensorId,
        order: &[usize],
        name: &str,
        shape: &[usize],
    ) -> Result<Option<TensorId>> {
        let tensor = self.model.main().tensor(id);
        let Some(Content::Plain(bytes)) = self.model.content(tensor).filter(|_| self.is_constant(id)) else {
            return Ok(None);
        };
        let dtype = tensor.dtype;
        let made = match dtype {
            DType::Float32 | DType::Int32 => permuted(bytes.as_chunks().0, &self.shape(id), order),
            _ => None,
        };
        let made = made.map(|made| self.constant(name, dtype, shape, made.into()));
        made.transpose()
    }

    /// The tensor with its channels last; the graph has them behind the batch.
    pub fn channels_last(&mut self, id: TensorId) -> Result<TensorId> {
        let rank = self.shape(id).len();
        let order: Vec<usize> = [0].into_iter().chain(2..rank).chain([1]).collect();
        if rank < 3 {
            return Ok(id);
        }
        let name = self.model.main().tensor(id).name.clone();
        let made = self.transpose(id, &order, &format!("{name}/channels_last"))?;
        self.name_first(made, &name);
        self.origins.insert(made, id);
        Ok(made)
    }

    /// The tensor as the graph has it.
    pub fn own(&mut self, stored: Stored) -> Result<TensorId> {
        let rank = self.shape(stored.id).len();
        if !stored.channels_last || rank < 3 {
            return Ok(stored.id);
        }
        let last = rank.saturating_sub(1);
        let order: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
        // What was made by a transposition is undone by none.
        if let Some(origin) = self.origins.get(&stored.id) {
            return Ok(*origin);
        }
        let name = self.first_names.get(&stored.id).cloned().unwrap_or_default();
        self.transpose_named(stored.id, &order, &name)
    }

    /// The tensor as the graph has it, when the model has it so.
    pub fn in_own_layout(&self, stored: Stored) -> Option<TensorId> {
        let rank = self.shape(stored.id).len();
        if !stored.channels_last || rank < 3 {
            return Some(stored.id);
        }
        let last = rank.saturating_sub(1);
        let order: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
        self.transposed.get(&(stored.id, order)).copied()
    }

    /// What a tensor with channels last is called in the graph.
    pub fn name_first(&mut self, id: TensorId, name: &str) {
        self.first_names.entry(id).or_insert_with(|| name.to_owned());
    }

    /// The same elements in another shape.
    pub fn reshape(&mut self, id: TensorId, shape: &[usize], name: &str) -> Result<TensorId> {
        if self.shape(id) == shape {
            return Ok(id);
        }
        let part = format!("{name}/constant");
        let moved = self.moved_pair(
            id,
            name,
            |_| None,
            |builder, constant| {
                let part = builder.fresh(&part);
                builder.reshape(constant, shape, &part)
            },
        )?;
        if let Some(moved) = moved {
            return Ok(moved);
        }
        let sizes: Vec<i64> = shape
            .iter()
            .map(|size| i64::try_from(*size).unwrap_or(i64::MAX))
            .collect();
        let wanted = self.ints(&format!("{name}/shape"), &[sizes.len()], &sizes)?;
        let dtype = self.dtype(id);
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        if count(shape) == count(&self.shape(id))
            && let Some(made) = self.same_bytes(id, name, shape)?
        {
            return Ok(made);
        }
        let new_shape = Some(builder::sizes(shape)?);
        let options = options!(ReshapeOptions: ReshapeOptionsT { new_shape: new_shape });
        self.emit(Builtin::RESHAPE, &[id, wanted], options, name, dtype)
    }
}

/// The bytes of elements of a shape in another order of its dimensions; `None` where there are none.
fn permuted(elements: &[[u8; 4]], shape: &[usize], order: &[usize]) -> Option<Vec<u8>> {
    let mut strides = Vec::new();
    let mut count = 1usize;
    for size in shape.iter().rev() {
        strides.push(count);
        count = count.checked_mul(*size)?;
    }
    strides.reverse();
    if elements.is_empty() || count != elements.len() {
        return None;
    }
    // As filters change between frameworks: block by block.
    if let Some(made) = quant_interp::turned(elements, shape, order) {
        return Some(made.into_flattened());
    }
    let moved = order
        .iter()
        .map(|at| Some((*shape.get(*at)?, *strides.get(*at)?)));
    let moved: Vec<(usize, usize)> = moved.collect::<Option<_>>()?;
    let (&(columns, step), outer) = moved.split_last()?;
    let mut starts = vec![0usize];
    for (size, stride) in outer {
        let next = |start: &usize| {
            let start = *start;
            (0..*size).map(move |at| start.saturating_add(at.saturating_mul(*stride)))
        };
        starts = starts.iter().flat_map(next).collect();
    }
    let mut made = Vec::with_capacity(elements.len().saturating_mul(4));
    for start in starts {
        let row = elements.get(start..)?.iter().step_by(step.max(1)).take(columns);
        row.for_each(|element| made.extend_from_slice(element));
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::permuted;

    #[test]
    fn dimensions_change_places() {
        let elements: Vec<[u8; 4]> = (0u32..24).map(u32::to_le_bytes).collect();
        let numbers = |order: &[usize]| -> Vec<u8> {
            let made = permuted(&elements, &[2, 3, 4], order).unwrap();
            made.iter().step_by(4).copied().collect()
        };
        assert_eq!(
            numbers(&[2, 0, 1]),
            [
                0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23
            ]
        );
        assert_eq!(numbers(&[1, 0, 2])[..8], [0, 1, 2, 3, 12, 13, 14, 15]);
        assert_eq!(permuted(&[], &[0, 3], &[1, 0]), None);
        assert_eq!(permuted(&elements, &[2, 3, 5], &[0, 2, 1]), None);
    }
}
