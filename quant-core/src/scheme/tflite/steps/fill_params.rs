//! `FillQuantizationParams`: the bounds of constants, of all of one or of each channel.

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, OpId, Operator, QuantParam, place};
use quant_numeric::channels::Channels;

use super::recorded::recorded;
use super::rule::Kind;
use super::work::Work;
use crate::quantize::channels;
use crate::scheme::setting::Per;

/// Fills in the bounds of the constants that integer operators read.
///
/// # Errors
/// A constant that no scale can hold, a filter without the dimension of its channels.
pub fn run(work: &mut Work) -> Result<()> {
    for index in 0..work.plans.len() {
        let Some(rule) = work.plans[index].rule() else {
            continue;
        };
        let op = work.graph().operator(OpId(index));
        let operands = rule.operands(op);
        let per_tensor = work.per_tensor(op);
        for (at, kind) in operands {
            let Some(id) = work.graph().operator(OpId(index)).input(at) else {
                continue;
            };
            if kind == Kind::Pad || !work.is_constant(id) || recorded(work.tensor(id)).is_some() {
                continue;
            }
            let axis = match kind {
                Kind::Filter(axis) if per_tensor => {
                    same_dimension(work, OpId(index), axis)?;
                    None
                }
                Kind::Filter(axis) => Some(axis),
                _ => None,
            };
            let channels = match axis {
                Some(axis) => channels::of(work.tensor(id), axis, Per::Channel)?,
                None => Channels::one(),
            };
            let (min, max) = work.extremes(id, channels)?.into_iter().unzip();
            let quant = QuantParam {
                min,
                max,
                quantized_dimension: axis.unwrap_or_default() as i32,
                ..QuantParam::default()
            };
            work.set_quant(id, quant);
        }
    }
    Ok(())
}

/// The original compares the dimension of the channels with that of the parameters even where there is one scale, and so
/// cannot make one for `DEPTHWISE_CONV_2D`.
fn same_dimension(work: &Work, op: OpId, axis: usize) -> Result<()> {
    if axis == 0 || !work.options.compat {
        return Ok(());
    }
    let text = format!(
        "Quantized dimension for tensor property and quantization parameters do not match. Got {axis} and 0 respectively."
    );
    Err(Error::new(
        place(work.graph(), work.graph().operator(op)),
        Problem::Parameters(text),
        "leave out `compat`, or give each channel a scale",
    ))
}

impl Work<'_> {
    /// Whether the weights of an operator have one scale.
    pub fn per_tensor(&self, op: &Operator) -> bool {
        let dense = op.code.builtin == Builtin::FULLY_CONNECTED && self.options.dense_per_tensor;
        self.options.per_tensor || dense
    }
}
