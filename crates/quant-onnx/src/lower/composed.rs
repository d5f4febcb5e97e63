//! Activations that a model has no operator for: put together of what it has.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, add, mul, options};

use super::op::Op;
use quant_lower::elementwise::unary;

/// `x` above 0, else `alpha · (e^x − 1)`.
pub(super) fn elu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let alpha = op.float("alpha", 1.0)?;
    if alpha == 1.0 {
        return unary(op, Builtin::ELU, Options::default());
    }
    two_sides(op, 1.0, alpha)
}

/// `gamma · x` above 0, else `gamma · alpha · (e^x − 1)`.
#[allow(clippy::arithmetic_side_effects)] // floats
pub(super) fn selu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let alpha = op.float("alpha", 1.673_263_2)?;
    let gamma = op.float("gamma", 1.050_701)?;
    two_sides(op, gamma, gamma * alpha)
}

/// `above · max(x, 0) + below · min(elu(x), 0)`.
fn two_sides(op: &mut Op<'_>, above: f32, below: f32) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let mut upper = op.step("above", Builtin::RELU, &[x.id], Options::default())?;
    if above != 1.0 {
        let by = op.scalar("gamma", above)?;
        upper = op.mul("scaled_above", upper, by)?;
    }
    let elu = op.step("elu", Builtin::ELU, &[x.id], Options::default())?;
    let zero = op.scalar("zero", 0.0)?;
    let lower = op.step("below", Builtin::MINIMUM, &[elu, zero], Options::default())?;
    let by = op.scalar("alpha", below)?;
    let lower = op.mul("scaled_below", lower, by)?;
    op.last(Builtin::ADD, &[upper, lower], add(), x.channels_last)
}

/// `log(1 + e^x)` as `max(x, 0) + log(1 + e^−|x|)`, which does not overflow.
fn softplus_of(op: &mut Op<'_>, x: TensorId) -> Result<[TensorId; 2]> {
    let above = op.step("above", Builtin::RELU, &[x], Options::default())?;
    let size = op.abs("size", x)?;
    let minus = op.neg("minus", size)?;
    let exp = op.exp("exp", minus)?;
    let one = op.scalar("one", 1.0)?;
    let sum = op.add("one_more", exp, one)?;
    let log = op.step("log", Builtin::LOG, &[sum], Options::default())?;
    Ok([above, log])
}

/// `log(1 + e^x)`.
pub(super) fn softplus(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let parts = softplus_of(op, x.id)?;
    op.last(Builtin::ADD, &parts, add(), x.channels_last)
}

/// `x · tanh(log(1 + e^x))`.
pub(super) fn mish(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let [above, log] = softplus_of(op, x.id)?;
    let softplus = op.add("softplus", above, log)?;
    let tanh = op.step("tanh", Builtin::TANH, &[softplus], Options::default())?;
    op.last(Builtin::MUL, &[x.id, tanh], mul(), x.channels_last)
}

/// `x / (1 + |x|)`.
pub(super) fn softsign(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let size = op.abs("size", x.id)?;
    let one = op.scalar("one", 1.0)?;
    let sum = op.add("one_more", size, one)?;
    op.last(
        Builtin::DIV,
        &[x.id, sum],
        options!(DivOptions: DivOptionsT {}),
        x.channels_last,
    )
}

/// `x` above `alpha`, else 0.
pub(super) fn thresholded(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let alpha = op.float("alpha", 1.0)?;
    let alpha = op.scalar("alpha", alpha)?;
    let name = op.part("above");
    let above = op.builder.emit(
        Builtin::GREATER,
        &[x.id, alpha],
        Options::default(),
        &name,
        DType::Bool,
    )?;
    let zero = op.scalar("zero", 0.0)?;
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    op.last_of(
        Builtin::SELECT_V2,
        &[above, x.id, zero],
        options,
        x.channels_last,
        DType::Float32,
    )
}

/// The error function: `sign(x) · (1 − t · p(t) · e^−x²)`, `t = 1 / (1 + 0.3275911 · |x|)`, `p` of degree 4 (Abramowitz and
/// Stegun, 7.1.26), which is at most 1.5e-7 away.
pub(super) fn erf(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    const COEFFICIENTS: [f32; 5] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6];
    let x = op.stored(0)?;
    let size = op.abs("size", x.id)?;
    let p = op.scalar("p", 0.327_591_1)?;
    let one = op.scalar("one", 1.0)?;
    let scaled = op.mul("scaled", size, p)?;
    let below = op.add("below", scaled, one)?;
    let t = op.div("t", one, below)?;
    let mut value = None;
    for (at, coefficient) in COEFFICIENTS.into_iter().enumerate() {
        let coefficient = op.scalar(&format!("a{at}"), coefficient)?;
        let sum = match value {
            None => coefficient,
            Some(value) => op.add(&format!("sum{at}"), value, coefficient)?,
        };
        value = Some(op.mul(&format!("product{at}"), t, sum)?);
    }
    let square = op.square("square", x.id)?;
    let minus = op.neg("minus", square)?;
    let exp = op.exp("exp", minus)?;
    let tail = op.mul("tail", value.unwrap_or(exp), exp)?;
    let size = op.sub("erf_size", one, tail)?;
    let sign = op.step("sign", Builtin::SIGN, &[x.id], Options::default())?;
    op.last(Builtin::MUL, &[sign, size], mul(), x.channels_last)
}
