//! Floats and integers side by side.

use super::unsound::wrong;
use crate::scheme::pass::Context;
use quant_ir::error::Result;
use quant_ir::{Builtin, DType};

/// No operator reads or makes a float and a quantized activation together: no runtime has such a kernel. Cast has its
/// types in its options.
pub(super) fn check(context: &Context<'_>, op: usize) -> Result<()> {
    let operator = &context.graph().operators()[op];
    if operator.code.builtin == Builtin::CAST {
        return Ok(());
    }
    let operands = || operator.inputs.iter().flatten().chain(&operator.outputs).copied();
    let float = operands().find(|id| context.tensor(*id).dtype == DType::Float32);
    let quantized = operands().find(|id| context.is_quantized_activation(*id));
    let (Some(float), Some(quantized)) = (float, quantized) else {
        return Ok(());
    };
    let (float, quantized) = (context.tensor(float), context.tensor(quantized));
    let detail = format!(
        "it is float32 beside `{}`, which is {}",
        quantized.name, quantized.dtype
    );
    Err(wrong(context, op, "data type", float, &detail))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::scheme::one::One;
    use quant_ir::{QuantParam, TensorId};
    use quant_types::{Granularity, QuantType};

    #[test]
    fn a_float_beside_a_quantized_activation_is_named() {
        for (kind, options, mixed) in [
            ("Add", "", true),
            (
                "Cast",
                "cast_options { in_data_type: FLOAT32 out_data_type: FLOAT32 }",
                false,
            ),
        ] {
            let second = if kind == "Add" { r#"input: "x""# } else { "" };
            let recipe = quant_case::recipe::parse(&format!(
                r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 0 }} }}
                operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 }} }}
                operation {{ type: "{kind}" input: "x" {second} output: "y" {options} }}
                input: "x" output: "y""#,
            ));
            let mut model = quant_recipe::build(&recipe.unwrap()).unwrap();
            let config = One::default().config(QuantType::Uint8, Granularity::Channel);
            let mut context = Context::new(&mut model, &config).unwrap();
            assert_eq!(check(&mut context), Ok(()));
            let y = context.model.main_mut().tensor_mut(TensorId(1));
            y.dtype = DType::Uint8;
            y.quant = Some(QuantParam {
                scale: vec![1.0],
                zero_point: vec![0],
                ..QuantParam::default()
            });
            let found = check(&mut context).map_err(|error| error.to_string());
            let wanted = "ADD `y`: Wrong data type detected in x: it is float32 beside `y`, which is uint8";
            assert_eq!(
                found.is_err_and(|error| error.starts_with(wanted)),
                mixed,
                "{kind}"
            );
        }
    }
}
