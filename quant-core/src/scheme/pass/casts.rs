//! Part of step 1: Cast's options say the types that its operands have now.

use quant_schema::{BuiltinOptionsT, TensorType};

use super::Context;
use quant_ir::error::Result;
use quant_ir::{Builtin, Graph, OpId};

/// Rewrites the types in the options of every Cast. It comes last, since later steps change types too.
pub fn types(context: &mut Context<'_>) -> Result<()> {
    fix(context.model.main_mut());
    Ok(())
}

/// The same of a graph that is on no way through passes.
pub(crate) fn fix(graph: &mut Graph) {
    for index in 0..graph.operators().len() {
        let op = &graph.operators()[index];
        if op.code.builtin != Builtin::CAST {
            continue;
        }
        let (Some(input), Some(output)) = (op.input(0), op.outputs.first().copied()) else {
            continue;
        };
        let [input, output] = [input, output].map(|id| TensorType(graph.tensor(id).dtype.code()));
        // Without options a runtime goes by the tensors.
        if let BuiltinOptionsT::CastOptions(options) = graph.options_mut(OpId(index)).builtin_mut() {
            (options.in_data_type, options.out_data_type) = (input, output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::record::{RandomRecords, RecordOptions};
    use quant_types::{Granularity, QuantType};

    /// The options of a Cast from `from` to float32, behind quantization.
    fn types(dtype: QuantType, output: Option<quant_ir::DType>) -> (TensorType, TensorType) {
        let recipe = quant_case::recipe::parse(
            r#"operand { name: "x" type: INT32 shape { dim: 4 } }
            operand { name: "y" type: FLOAT32 shape { dim: 4 } }
            operand { name: "z" type: FLOAT32 shape { dim: 4 } }
            operation { type: "Cast" input: "x" output: "y"
                        cast_options { in_data_type: INT32 out_data_type: FLOAT32 } }
            operation { type: "Abs" input: "y" output: "z" }
            input: "x" output: "z""#,
        );
        let mut model = quant_recipe::build(&recipe.unwrap()).unwrap();
        let records = RandomRecords::new(model.main().input_tensors(), 1, 3).unwrap();
        crate::record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
        let mut config = Config::new(dtype, Granularity::Channel);
        config.output_types = output.into_iter().collect();
        crate::quantize::run(&mut model, &config).unwrap();
        match model.main().operators()[0].options.builtin() {
            BuiltinOptionsT::CastOptions(options) => (options.in_data_type, options.out_data_type),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_say_the_types_of_the_operands() {
        let int32 = TensorType::INT32;
        assert_eq!(types(QuantType::Uint8, None), (int32, TensorType::UINT8));
        assert_eq!(types(QuantType::Int16, None), (int32, TensorType::INT16));
        let floats = Some(quant_ir::DType::Float32);
        assert_eq!(types(QuantType::Uint8, floats), (int32, TensorType::UINT8));
    }
}
