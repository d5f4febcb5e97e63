//! Reductions along axes.

use quant_ir::{Builtin, DType, Options, Problem, Result};

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// Mean, Sum, Max, Min, Prod, All, Any.
pub(super) fn reduce(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let axes = op.ints(1)?;
    let keep_dims = op.bool("keep_dims", false)?;
    let name = format!("{}/axes", op.label);
    let axes = op.builder.ints(&name, &[axes.len()], &axes)?;
    let dtype = op.builder.dtype(input);
    let options = options!(ReducerOptions: ReducerOptionsT { keep_dims: keep_dims });
    let name = op.name();
    let id = op.builder.emit(builtin, &[input, axes], options, &name, dtype)?;
    Ok(plain(id))
}

/// ArgMax and ArgMin.
pub(super) fn arg(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let axis = op.int_of(1)?;
    let output = match op.node.data_type("output_type")? {
        None => DType::Int64,
        Some(_) => op.dtype("output_type")?,
    };
    let output_type = quant_schema::TensorType(output.code());
    let options = if builtin == Builtin::ARG_MAX {
        options!(ArgMaxOptions: ArgMaxOptionsT { output_type: output_type })
    } else {
        options!(ArgMinOptions: ArgMinOptionsT { output_type: output_type })
    };
    let name = format!("{}/axis", op.label);
    let axis = op.builder.ints(&name, &[], &[axis])?;
    let name = op.name();
    let id = op.builder.emit(builtin, &[input, axis], options, &name, output)?;
    Ok(plain(id))
}

/// Softmax and LogSoftmax, along the last dimension.
pub(super) fn softmax(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    if op.builder.shape(input).is_empty() {
        return Err(op.error(Problem::Shape("it is of a scalar".into()), "give it a dimension"));
    }
    let options = if builtin == Builtin::SOFTMAX {
        options!(SoftmaxOptions: SoftmaxOptionsT { beta: 1.0 })
    } else {
        Options::default()
    };
    let name = op.name();
    let id = op
        .builder
        .emit(builtin, &[input], options, &name, DType::Float32)?;
    Ok(plain(id))
}
