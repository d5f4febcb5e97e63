//! Elements by their places.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, add, options};

use super::op::Op;

/// Places that count from behind become those from the front: constants here, others in the model.
fn from_front(op: &mut Op<'_>, index: usize, sizes: &[i64]) -> Result<TensorId> {
    let id = op.input(index)?;
    let shape = op.builder.shape(id);
    if op.builder.is_constant(id) {
        let values = op.ints(index)?;
        let each = values.iter().zip(sizes.iter().cycle());
        let values: Vec<i64> = each
            .map(|(value, size)| {
                if *value < 0 {
                    value.saturating_add(*size)
                } else {
                    *value
                }
            })
            .collect();
        let name = format!("{}/places", op.label);
        return op.builder.ints(&name, &shape, &values);
    }
    let dtype = op.builder.dtype(id);
    let long = dtype == DType::Int64;
    let bytes: Vec<u8> = sizes
        .iter()
        .flat_map(|size| {
            let small = i32::try_from(*size).unwrap_or(i32::MAX).to_le_bytes().to_vec();
            if long { size.to_le_bytes().to_vec() } else { small }
        })
        .collect();
    let whole: &[usize] = if sizes.len() == 1 { &[] } else { &[sizes.len()] };
    let name = op.part("whole");
    let whole = op.builder.constant(&name, dtype, whole, bytes.into())?;
    let options = add();
    let added = op.step("from_behind", Builtin::ADD, &[id, whole], options)?;
    op.step("places", Builtin::FLOOR_MOD, &[added, whole], Options::default())
}

fn size(shape: &[usize], at: usize) -> i64 {
    i64::try_from(shape.get(at).copied().unwrap_or_default()).unwrap_or(i64::MAX)
}

/// Gather: along an axis.
pub(super) fn gather(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let values = op.input(0)?;
    let shape = op.builder.shape(values);
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let places = from_front(op, 1, &[size(&shape, axis)])?;
    let options = options!(GatherOptions: GatherOptionsT {
        axis: op.fit("axis", i64::try_from(axis).unwrap_or_default())?,
    });
    op.last(Builtin::GATHER, &[values, places], options, false)
}

/// GatherND: places of several dimensions.
pub(super) fn gather_nd(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    if op.int("batch_dims", 0)? != 0 {
        return op.refuse("`batch_dims`", "models have none here");
    }
    let values = op.input(0)?;
    let shape = op.builder.shape(values);
    let places = op.shape(1)?;
    let sizes: Vec<i64> = (0..places.last().copied().unwrap_or_default())
        .map(|at| size(&shape, at))
        .collect();
    let places = from_front(op, 1, &sizes)?;
    op.last(Builtin::GATHER_ND, &[values, places], Options::default(), false)
}

/// GatherElements: a place for each element of the result, which must be constants.
#[allow(clippy::arithmetic_side_effects)] // places in a tensor
pub(super) fn gather_elements(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let values = op.input(0)?;
    let shape = op.builder.shape(values);
    let rank = shape.len();
    let axis = op.axis(op.int("axis", 0)?, rank)?;
    let made = op.shape(1)?;
    let places = op.ints(1)?;
    if made.len() != rank {
        return op.refuse(
            format!("places of shape {made:?} in {shape:?}"),
            "export the model again",
        );
    }
    let whole = size(&shape, axis);
    let mut all = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let mut rest = number;
        let mut at = vec![0i64; rank];
        for (slot, size) in at.iter_mut().zip(&made).rev() {
            *slot = i64::try_from(rest.checked_rem(*size).unwrap_or_default()).unwrap_or_default();
            rest = rest.checked_div(*size).unwrap_or_default();
        }
        let place = if *place < 0 {
            place.saturating_add(whole)
        } else {
            *place
        };
        at.iter_mut().skip(axis).take(1).for_each(|slot| *slot = place);
        all.extend(at);
    }
    let name = format!("{}/places", op.label);
    let places = op.builder.ints(&name, &[made, vec![rank]].concat(), &all)?;
    op.last(Builtin::GATHER_ND, &[values, places], Options::default(), false)
}
