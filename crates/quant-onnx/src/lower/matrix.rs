//! Products of matrices.

use quant_ir::{Builtin, DType, Result, TensorId};
use quant_lower::{Stored, add, mul, options};

use super::op::{Op, plain};

/// `x · wᵀ + bias`, with `w` of shape `[out, in]`.
pub(super) fn fully_connected(
    op: &mut Op<'_>,
    x: TensorId,
    weights: TensorId,
    bias: Option<TensorId>,
    name: Option<&str>,
) -> Result<TensorId> {
    let outputs = op.builder.shape(weights).first().copied().unwrap_or_default();
    let bias = if let Some(bias) = bias {
        bias
    } else {
        let name = format!("{}/bias", op.label);
        op.builder.floats(&name, &[outputs], &vec![0.0; outputs])?
    };
    let options = options!(FullyConnectedOptions: FullyConnectedOptionsT { keep_num_dims: true });
    let name = match name {
        Some(part) => op.part(part),
        None => op.name(),
    };
    op.builder.emit(
        Builtin::FULLY_CONNECTED,
        &[x, weights, bias],
        options,
        &name,
        DType::Float32,
    )
}

fn batch_matmul(op: &mut Op<'_>, a: TensorId, b: TensorId, name: &str) -> Result<TensorId> {
    let options = options!(BatchMatMulOptions: BatchMatMulOptionsT {});
    op.builder
        .emit(Builtin::BATCH_MATMUL, &[a, b], options, name, DType::Float32)
}

/// Gemm: `alpha · A · B + beta · C`.
pub(super) fn gemm(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (alpha, beta) = (op.float("alpha", 1.0)?, op.float("beta", 1.0)?);
    let (mut a, mut b) = (op.input(0)?, op.input(1)?);
    if [a, b].iter().any(|id| op.builder.shape(*id).len() != 2) {
        return op.refuse("operands that are no matrices", "give two dimensions");
    }
    if op.int("transA", 0)? != 0 {
        let name = op.part("a");
        a = op.builder.transpose_named(a, &[1, 0], &name)?;
    }
    // `[out, in]`, as a model has weights.
    if op.int("transB", 0)? == 0 {
        let name = op.part("weights");
        b = op.builder.transpose_named(b, &[1, 0], &name)?;
    }
    let weights = op.builder.is_weights(b);
    if alpha != 1.0 {
        let by = op.scalar("alpha", alpha)?;
        let options = mul();
        if weights {
            b = op.step("scaled", Builtin::MUL, &[b, by], options)?;
        } else {
            a = op.step("scaled", Builtin::MUL, &[a, by], options)?;
        }
    }
    let outputs = op.builder.shape(b).first().copied().unwrap_or_default();
    let mut c = None;
    if op.optional(2).is_some() && beta != 0.0 {
        let mut addend = op.input(2)?;
        if beta != 1.0 {
            let by = op.scalar("beta", beta)?;
            addend = op.mul("scaled_c", addend, by)?;
        }
        c = Some(addend);
    }
    // A row, or a number, for every row of the result is a bias.
    let mut bias = None;
    if let Some(addend) = c {
        let shape = op.builder.shape(addend);
        let count: usize = shape.iter().product();
        let row = count == outputs && shape.last() == Some(&outputs);
        if op.builder.is_weights(addend) && row {
            let name = op.part("bias");
            bias = Some(op.builder.reshape(addend, &[outputs], &name)?);
            c = None;
        } else if op.builder.is_constant(addend) && count == 1 {
            let value = op.builder.value(addend)?;
            if let Some(quant_ir::value::Data::F32(values)) = value.map(|value| value.data) {
                let value = values.first().copied().unwrap_or_default();
                let name = format!("{}/bias", op.label);
                bias = Some(op.builder.floats(&name, &[outputs], &vec![value; outputs])?);
                c = None;
            }
        }
    }
    let Some(addend) = c else {
        return Ok(plain(fully_connected(op, a, b, bias, None)?));
    };
    let product = fully_connected(op, a, b, bias, Some("product"))?;
    op.last(Builtin::ADD, &[product, addend], add(), false)
}

/// MatMul: weights on the right are a FULLY_CONNECTED, all else a BATCH_MATMUL.
pub(super) fn matmul(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    if op.input_dtype(0)? != DType::Float32 {
        return op.refuse("a product of integers", "floats are lowered");
    }
    let (left, right) = (op.builder.shape(a), op.builder.shape(b));
    if op.builder.is_weights(b) && right.len() == 2 && !left.is_empty() {
        let name = op.part("weights");
        let weights = op.builder.transpose_named(b, &[1, 0], &name)?;
        if left.len() > 1 {
            return Ok(plain(fully_connected(op, a, weights, None, None)?));
        }
    }
    // A vector is a matrix of one row or column, which the result does not have.
    let (mut x, mut y) = (a, b);
    if let &[size] = left.as_slice() {
        let name = op.part("a");
        x = op.builder.reshape(a, &[1, size], &name)?;
    }
    if let &[size] = right.as_slice() {
        let name = op.part("b");
        y = op.builder.reshape(b, &[size, 1], &name)?;
    }
    if (x, y) == (a, b) {
        let name = op.name();
        return Ok(plain(batch_matmul(op, a, b, &name)?));
    }
    let name = op.part("product");
    let product = batch_matmul(op, x, y, &name)?;
    let mut shape = op.builder.shape(product);
    if right.len() == 1 {
        shape.pop();
    }
    if left.len() == 1 {
        let row = if right.len() == 1 { 1 } else { 2 };
        shape.remove(shape.len().saturating_sub(row));
    }
    let name = op.name();
    Ok(plain(op.builder.reshape(product, &shape, &name)?))
}

/// Einsum of one or two operands: what only one has and the result has not is summed, the rest is a BATCH_MATMUL.
pub(super) fn einsum(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let equation = op.text("equation", "")?.replace(' ', "");
    let hint = "write letters of one or two operands, and of the result, each once";
    let Some((left, result)) = equation.split_once("->") else {
        return op.refuse(format!("`{equation}`"), hint);
    };
    let letters: Vec<Vec<char>> = left.split(',').map(|part| part.chars().collect()).collect();
    let result: Vec<char> = result.chars().collect();
    let once = |word: &Vec<char>| {
        word.iter()
            .all(|c| c.is_ascii_alphabetic() && word.iter().filter(|o| *o == c).count() == 1)
    };
    if letters.len() != op.inputs.len() || letters.len() != 2 || !letters.iter().chain([&result]).all(once) {
        return op.refuse(format!("`{equation}`"), hint);
    }
    let [a, b] = letters.as_slice() else {
        return op.refuse(format!("`{equation}`"), hint);
    };
    let both = |c: &char| a.contains(c) && b.contains(c);
    let batch: Vec<char> = result.iter().copied().filter(|c| both(c)).collect();
    let summed: Vec<char> = a
        .iter()
        .copied()
        .filter(|c| both(c) && !result.contains(c))
        .collect();
    let only = |word: &[char]| -> Vec<char> {
        word.iter()
            .copied()
            .filter(|c| result.contains(c) && !both(c))
            .collect()
    };
    let (rows, columns) = (only(a), only(b));
    let whole = a.iter().chain(b).all(|c| both(c) || result.contains(c));
    if !whole
        || result.len()
            != batch
                .len()
                .saturating_add(rows.len())
                .saturating_add(columns.len())
    {
        return op.refuse(format!("`{equation}`"), hint);
    }
    let sizes: std::collections::BTreeMap<char, usize> = {
        let mut sizes = std::collections::BTreeMap::new();
        for (index, word) in letters.iter().enumerate() {
            sizes.extend(word.iter().copied().zip(op.shape(index)?));
        }
        sizes
    };
    let size = |word: &[char]| -> Vec<usize> { word.iter().filter_map(|c| sizes.get(c).copied()).collect() };
    let count = |word: &[char]| size(word).iter().product::<usize>();
    let mut matrices = Vec::new();
    for (index, (word, order, shape)) in [
        (
            a,
            [batch.clone(), rows.clone(), summed.clone()].concat(),
            [count(&rows), count(&summed)],
        ),
        (
            b,
            [batch.clone(), summed.clone(), columns.clone()].concat(),
            [count(&summed), count(&columns)],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = op.input(index)?;
        let order: Vec<usize> = order
            .iter()
            .filter_map(|c| word.iter().position(|o| o == c))
            .collect();
        let name = op.part("ordered");
        let id = op.builder.transpose_named(id, &order, &name)?;
        let shape = [size(&batch), shape.to_vec()].concat();
        let name = op.part("matrix");
        matrices.push(op.builder.reshape(id, &shape, &name)?);
    }
    let &[x, y] = matrices.as_slice() else {
        return op.refuse(format!("`{equation}`"), hint);
    };
    let name = op.part("product");
    let product = batch_matmul(op, x, y, &name)?;
    let made = [batch, rows, columns].concat();
    let name = op.part("split");
    let split = op.builder.reshape(product, &size(&made), &name)?;
    let order: Vec<usize> = result
        .iter()
        .filter_map(|c| made.iter().position(|o| o == c))
        .collect();
    let name = op.name();
    Ok(plain(op.builder.transpose_named(split, &order, &name)?))
}
