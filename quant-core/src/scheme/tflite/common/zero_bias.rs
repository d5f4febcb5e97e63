//! A bias of zeros for each convolution that lacks one, as TensorFlow's converter gives every convolution: LiteRT refuses
//! CONV_2D without a bias, and DEPTHWISE_CONV_2D without one ends its process.

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, OpId, Tensor};

/// Where the operators have their bias.
const BIAS: usize = 2;

/// Gives float zeros to the CONV_2D and DEPTHWISE_CONV_2D of every graph that lack a bias and have a constant float filter:
/// `<output>_bias`, of one element for each output channel.
///
/// # Errors
/// None that a sound graph could have.
pub fn add(model: &mut Model) -> Result<()> {
    for number in 0..model.graphs().len() {
        let lacking = lacking(model, number);
        let mut names = FreeNames::of(&model.graphs()[number]);
        for (op, name, channels) in lacking {
            let name = names.take(&format!("{name}_bias"));
            let mut bias = Tensor::new(name, DType::Float32, vec![channels]);
            bias.buffer = model.add_buffer(vec![0; size_of::<f32>() * channels as usize]);
            let graph = &mut model.graphs_mut()[number];
            let bias = graph.add_tensor(bias);
            graph.edit(op, |op| {
                op.inputs.resize(op.inputs.len().max(BIAS + 1), None);
                op.inputs[BIAS] = Some(bias);
            })?;
        }
    }
    Ok(())
}

/// The operators of a graph that lack a bias, the names of their outputs and their output channels.
fn lacking(model: &Model, number: usize) -> Vec<(OpId, String, i32)> {
    let graph = &model.graphs()[number];
    let mut found = Vec::new();
    for (at, op) in graph.operators().iter().enumerate() {
        let axis = match op.code.builtin {
            Builtin::CONV_2D => 0,
            Builtin::DEPTHWISE_CONV_2D => 3,
            _ => continue,
        };
        let filter = op.input(1).map(|id| graph.tensor(id));
        let filter = filter.filter(|filter| filter.dtype == DType::Float32 && model.is_const(filter));
        let channels = filter.and_then(|filter| filter.shape.get(axis).copied().filter(|count| *count > 0));
        if let (None, Some(channels), &[output]) = (op.input(BIAS), channels, op.outputs.as_slice()) {
            found.push((OpId(at), graph.tensor(output).name.clone(), channels));
        }
    }
    found
}
