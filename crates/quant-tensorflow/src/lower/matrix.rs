//! Products of matrices.

use quant_ir::{Builtin, DType, Result};

use super::convolution::zero_bias;
use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// MatMul: with a constant as second operand a FULLY_CONNECTED, whose weights are `[out, in]`.
pub(super) fn matmul(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let (transpose_a, transpose_b) = (op.bool("transpose_a", false)?, op.bool("transpose_b", false)?);
    if !op.builder.is_weights(b) || op.builder.is_constant(a) {
        return product(op, transpose_a, transpose_b);
    }
    let name = format!("{}/transposed", op.label);
    let a = if transpose_a {
        op.builder.transpose(a, &[1, 0], &name)?
    } else {
        a
    };
    let name = format!("{}/weights", op.label);
    let b = if transpose_b {
        b
    } else {
        op.builder.transpose(b, &[1, 0], &name)?
    };
    let outputs = op.builder.shape(b).first().copied().unwrap_or_default();
    let bias = zero_bias(op, outputs)?;
    let options = options!(FullyConnectedOptions: FullyConnectedOptionsT {});
    let name = op.name();
    let id = op.builder.emit(
        Builtin::FULLY_CONNECTED,
        &[a, b, bias],
        options,
        &name,
        DType::Float32,
    )?;
    Ok(plain(id))
}

/// BatchMatMul and BatchMatMulV2.
pub(super) fn batch_matmul(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (adj_x, adj_y) = (op.bool("adj_x", false)?, op.bool("adj_y", false)?);
    product(op, adj_x, adj_y)
}

fn product(op: &mut Op<'_>, adjoint_lhs: bool, adjoint_rhs: bool) -> Result<Vec<Stored>> {
    let inputs = [op.input(0)?, op.input(1)?];
    let options = options!(BatchMatMulOptions: BatchMatMulOptionsT {
        adjoint_lhs: adjoint_lhs,
        adjoint_rhs: adjoint_rhs,
    });
    let name = op.name();
    let id = op
        .builder
        .emit(Builtin::BATCH_MATMUL, &inputs, options, &name, DType::Float32)?;
    Ok(plain(id))
}
