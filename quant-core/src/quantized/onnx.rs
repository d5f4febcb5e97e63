//! Models that carry ONNX's QuantizeLinear and DequantizeLinear as custom operators become integers.

use crate::error::{Error, Result};
use crate::ir::Model;

/// See the module.
///
/// # Errors
/// Always, so far.
pub fn run(_: &mut Model) -> Result<()> {
    Err(Error::unsupported(
        "the model",
        "ONNX fake quantization",
        "quantize the float model",
    ))
}
