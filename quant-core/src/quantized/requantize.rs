//! int8 becomes uint8 (ONE: `--requantize int8 uint8`): the same reals, every integer and zero point 128 higher.

use super::values::{self, is_quantized};
use crate::quantize::constant::{self, BufferUses};
use crate::quantize::precheck::one_graph;
use crate::scheme::pass::casts;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model};

/// From the middle of int8 to that of uint8.
const SHIFT: i64 = 128;

/// Makes uint8 of every int8 tensor of the main graph that has a scale. The dimension of vectors is 0, as the original
/// has it.
///
/// # Errors
/// A model of several graphs, a sparse constant, a constant that does not fill its shape. The model is then unchanged.
pub fn int8_to_uint8(model: &mut Model) -> Result<()> {
    one_graph(model)?;
    let mut work = model.clone();
    let mut uses = BufferUses::of(&work);
    for id in work.main().ids() {
        let tensor = work.main().tensor(id);
        if tensor.dtype != DType::Int8 || !is_quantized(tensor) {
            continue;
        }
        if tensor.sparsity.is_some() {
            return Err(Error::new(
                Place::tensor("constant", &tensor.name),
                Problem::NoRule("it is sparse, and what is left out would not be 0 any more".into()),
                "make it dense first",
            ));
        }
        let rank = tensor.shape.len();
        match values::map(&work, tensor, |_, q| (q + SHIFT) as u8)? {
            Some(integers) => constant::store(&mut work, &mut uses, id, DType::Uint8, integers.into()),
            None => work.main_mut().tensor_mut(id).dtype = DType::Uint8,
        }
        if let Some(quant) = &mut work.main_mut().tensor_mut(id).quant {
            quant.zero_point.resize(quant.scale.len(), 0);
            quant
                .zero_point
                .iter_mut()
                .for_each(|zero_point| *zero_point += SHIFT);
            if rank == 1 {
                quant.quantized_dimension = 0;
            }
        }
    }
    casts::fix(work.main_mut());
    *model = work;
    Ok(())
}
