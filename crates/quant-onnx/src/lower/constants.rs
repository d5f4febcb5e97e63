//! Constants, and what becomes one because shapes are known.

use quant_ir::{Builtin, DType, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::{Op, plain};
use super::stored;
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::tensor::{Tensor, TensorProto};

/// A constant of the node.
pub(super) fn constant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let attributes: Vec<(String, Attribute)> = op
        .node
        .attributes()
        .map(|(name, attribute)| Ok((name.to_owned(), attribute?)))
        .collect::<Result<_>>()?;
    let Some((_, attribute)) = attributes.into_iter().next() else {
        return op.refuse("a constant without a value", "export the model again");
    };
    let count = |length: usize| [length];
    let tensor = match attribute {
        Attribute::Tensor(tensor) => tensor.tensor()?,
        Attribute::Float(value) => Tensor::floats(&[], &[value]),
        Attribute::Floats(values) => Tensor::floats(&count(values.len()), &values),
        Attribute::Int(value) => Tensor::ints(&[], &[value]),
        Attribute::Ints(values) => Tensor::ints(&count(values.len()), &values),
        _ => return op.refuse("a constant of texts", "numbers and bools are lowered"),
    };
    let name = op.name();
    Ok(plain(stored::constant(op.builder, &name, tensor)?))
}

/// A constant of int64, which is what ONNX has for shapes.
fn longs(op: &mut Op<'_>, values: &[usize]) -> Result<Vec<Stored>> {
    let values: Vec<i64> = values
        .iter()
        .map(|value| i64::try_from(*value).unwrap_or(i64::MAX))
        .collect();
    let name = op.name();
    Ok(plain(stored::constant(
        op.builder,
        &name,
        Tensor::ints(&[values.len()], &values),
    )?))
}

/// Shape: known, and so a constant.
pub(super) fn shape(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.shape(0)?;
    let rank = i64::try_from(shape.len()).unwrap_or(i64::MAX);
    let place = |at: i64| {
        let at = if at < 0 { at.saturating_add(rank) } else { at };
        usize::try_from(at.clamp(0, rank)).unwrap_or_default()
    };
    let (start, end) = (place(op.int("start", 0)?), place(op.int("end", rank)?));
    let part = shape.get(start..end.max(start)).unwrap_or_default().to_vec();
    longs(op, &part)
}

/// Size: the number of elements.
pub(super) fn size(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let count = op.shape(0)?.iter().product::<usize>();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let name = op.name();
    Ok(plain(stored::constant(
        op.builder,
        &name,
        Tensor::ints(&[], &[count]),
    )?))
}

/// ConstantOfShape: one value everywhere.
pub(super) fn constant_of_shape(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.ints(0)?;
    let value = op
        .node
        .tensor("value")?
        .map(|tensor: TensorProto| tensor.tensor())
        .transpose()?;
    let mut value = value.unwrap_or_else(|| Tensor::floats(&[], &[0.0]));
    value.shape = Vec::new();
    let name = op.part("value");
    let value = stored::constant(op.builder, &name, value)?;
    let name = format!("{}/sizes", op.label);
    let sizes = op.builder.ints(&name, &[shape.len()], &shape)?;
    let dtype = op.builder.dtype(value);
    let options = options!(FillOptions: FillOptionsT {});
    op.last_of(Builtin::FILL, &[sizes, value], options, false, dtype)
}

/// Range: start, limit and step are constants.
pub(super) fn range(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let mut ids: Vec<TensorId> = Vec::new();
    for index in 0..3 {
        let id = op.input(index)?;
        let name = op.part("scalar");
        ids.push(op.builder.reshape(id, &[], &name)?);
    }
    op.last(
        Builtin::RANGE,
        &ids,
        options!(RangeOptions: RangeOptionsT {}),
        false,
    )
}

/// Trilu: what is above or below a diagonal, else 0.
#[allow(clippy::arithmetic_side_effects)] // places in a matrix
pub(super) fn trilu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let id = op.input(0)?;
    let shape = op.builder.shape(id);
    let &[.., rows, columns] = shape.as_slice() else {
        return op.refuse("a value that is no matrix", "give two dimensions");
    };
    let diagonal = op
        .maybe_ints(1)?
        .and_then(|k| k.first().copied())
        .unwrap_or_default()
        .clamp(-(1 << 30), 1 << 30);
    let upper = op.int("upper", 1)? != 0;
    let size = |size: usize| i64::try_from(size).unwrap_or(1 << 30);
    let kept: Vec<u8> = (0..size(rows))
        .flat_map(|row| (0..size(columns)).map(move |column| (row, column)))
        .map(|(row, column)| {
            u8::from(if upper {
                column >= row + diagonal
            } else {
                column <= row + diagonal
            })
        })
        .collect();
    let name = op.part("kept");
    let kept = op
        .builder
        .constant(&name, DType::Bool, &[rows, columns], kept.into())?;
    let dtype = op.builder.dtype(id);
    let zero = Tensor::numbers(zero_type(dtype), &[], vec![0; dtype.size().unwrap_or(4)]);
    let name = op.part("zero");
    let zero = stored::constant(op.builder, &name, zero)?;
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    op.last_of(Builtin::SELECT_V2, &[kept, id, zero], options, false, dtype)
}

fn zero_type(dtype: DType) -> DataType {
    match dtype {
        DType::Int32 => DataType::INT32,
        DType::Int64 => DataType::INT64,
        DType::Bool => DataType::BOOL,
        _ => DataType::FLOAT,
    }
}
