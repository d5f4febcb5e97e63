//! From a recipe of the test bench ([`quant_case::recipe`]) to a model.
//!
//! ```
//! let recipe = quant_case::recipe::parse(r#"
//!     operand { name: "x" type: FLOAT32 shape { dim: 4 } } operand { name: "y" type: FLOAT32 shape { dim: 4 } }
//!     operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#)?;
//! let model = quant_recipe::build(&recipe)?;
//! assert_eq!(model.main().operators().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod constant;
mod custom;
mod fields;
mod flex;
mod options;
mod without_kernel;

use std::collections::BTreeMap;

use quant_case::recipe::{Filler, Operand, Operation, Recipe, Signature};

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits;
use quant_ir::{
    Builtin, DType, FileFormat, GraphParts, Model, ModelParts, OpCode, Operator, Options, QuantDetails,
    QuantParam, SignatureTensor, Tensor, TensorId,
};

/// Builds a Circle model; tensors stand in the order of the recipe's operands.
///
/// # Errors
/// Options that do not fit, and what an import of a file refuses: bytes or parameters that do not fit a tensor's shape.
/// Operators without a kernel are carried.
pub fn build(recipe: &Recipe) -> Result<Model> {
    let mut model = ModelParts::new(FileFormat::Circle);
    let main = Part {
        name: recipe.name.as_ref(),
        operands: &recipe.operands,
        operations: &recipe.operations,
        inputs: &recipe.inputs,
        outputs: &recipe.outputs,
    };
    let others = recipe.graphs.iter().map(|graph| Part {
        name: graph.name.as_ref(),
        operands: &graph.operands,
        operations: &graph.operations,
        inputs: &graph.inputs,
        outputs: &graph.outputs,
    });
    let parts: Vec<Part<'_>> = std::iter::once(main).chain(others).collect();
    at_most(&parts)?;
    let mut operands = parts.iter().flat_map(|part| part.operands);
    if let Some(operand) = operands.find(|operand| operand.filler == Some(Filler::InFile)) {
        let what = "the elements of this constant stand in a model file";
        return Err(Error::invalid(
            &operand.name,
            what,
            "read the model from its file",
        ));
    }
    model.graphs = parts
        .iter()
        .map(|part| graph(&mut model, part))
        .collect::<Result<_>>()?;
    if let Some(main) = model.graphs.first_mut() {
        main.data_format = i8::from(recipe.channels_first);
    }
    if !recipe.signatures.is_empty() {
        model.signatures = Some(recipe.signatures.iter().map(signature).collect());
    }
    for buffer in &mut model.buffers {
        buffer.external = recipe.external && buffer.data.is_some();
    }
    Model::try_from(model)
}

/// A graph of the recipe.
struct Part<'a> {
    name: Option<&'a String>,
    operands: &'a [Operand],
    operations: &'a [Operation],
    inputs: &'a [String],
    outputs: &'a [String],
}

/// A file of more would not be read.
fn at_most(parts: &[Part<'_>]) -> Result<()> {
    let operands = parts.iter().map(|part| part.operands.len()).sum();
    let operations = parts.iter().map(|part| part.operations.len()).sum();
    for (most, found, what) in [
        (limits::MAX_SUBGRAPHS, parts.len(), "graphs"),
        (limits::MAX_TENSORS, operands, "operands"),
        (limits::MAX_OPERATORS, operations, "operations"),
    ] {
        limits::at_most(most, found, "", what)?;
    }
    Ok(())
}

fn graph(model: &mut ModelParts, part: &Part<'_>) -> Result<GraphParts> {
    let mut graph = GraphParts {
        name: part.name.cloned(),
        ..GraphParts::default()
    };
    for operand in part.operands {
        let tensor = tensor(model, operand)?;
        graph.tensors.push(tensor);
    }
    let places = part.operands.iter().enumerate();
    let places: BTreeMap<&str, TensorId> = places.map(|(at, o)| (o.name.as_str(), TensorId(at))).collect();
    let id = |name: &String| places.get(name.as_str()).copied();
    graph.inputs = part.inputs.iter().filter_map(id).collect();
    graph.outputs = part.outputs.iter().filter_map(id).collect();
    for operation in part.operations {
        let inputs = operation.inputs.iter().map(id).collect();
        let outputs = operation.outputs.iter().filter_map(id).collect();
        let operator = operator(operation, inputs, outputs, &graph.tensors)?;
        if !model.opcodes.contains(&operator.code) {
            model.opcodes.push(operator.code.clone());
        }
        graph.operators.push(operator);
    }
    Ok(graph)
}

fn operator(
    operation: &Operation,
    inputs: Vec<Option<TensorId>>,
    outputs: Vec<TensorId>,
    tensors: &[Tensor],
) -> Result<Operator> {
    let version = |code: OpCode| OpCode {
        version: operation.version.unwrap_or(code.version),
        ..code
    };
    if let Some(custom) = &operation.custom_code {
        let code = OpCode {
            custom: Some(custom.clone()),
            ..version(OpCode::builtin(Builtin::CUSTOM))
        };
        let types: Vec<DType> = inputs
            .iter()
            .flatten()
            .filter_map(|id| tensors.get(id.0))
            .map(|tensor| tensor.dtype)
            .collect();
        let mut operator = Operator::new(code, inputs, outputs, Options::default());
        operator.custom_options = custom::options(operation, custom, &types);
        return Ok(operator);
    }
    let (builtin, options) = options::find(&operation.kind).ok_or_else(|| {
        Error::new(
            format!("recipe {}:{}", operation.pos.line, operation.pos.column),
            Problem::NoRule(format!("operator `{}` has no definition", operation.kind)),
            "add its operator file",
        )
    })?;
    let code = OpCode {
        custom: (builtin == Builtin::CUSTOM).then(|| operation.kind.clone()),
        ..version(OpCode::builtin(builtin))
    };
    Ok(Operator::new(code, inputs, outputs, options(operation)?))
}

fn tensor(model: &mut ModelParts, operand: &Operand) -> Result<Tensor> {
    let dtype = DType::from_word(&operand.dtype.to_lowercase()).ok_or_else(|| {
        Error::new(
            Place::tensor("operand", &operand.name),
            Problem::UnsupportedType(format!("type {} is unknown", operand.dtype)),
            "use FLOAT32 or an integer type",
        )
    })?;
    let mut tensor = Tensor::new(&operand.name, dtype, operand.shape.clone());
    tensor.shape_signature.clone_from(&operand.shape_signature);
    tensor.is_variable = operand.is_variable;
    if let Some(filler) = &operand.filler {
        tensor.buffer = model.add_buffer(constant::bytes(dtype, filler));
    }
    tensor.sparsity = operand.sparsity.as_ref().map(constant::sparsity);
    let quant = operand.quant.as_ref().map(|quant| QuantParam {
        min: quant.min.clone(),
        max: quant.max.clone(),
        scale: quant.scale.clone(),
        zero_point: quant.zero_point.clone(),
        details: None,
        quantized_dimension: quant.quantized_dimension,
    });
    tensor.quant = match operand.mx_axis {
        Some(axis) => Some(QuantParam {
            details: Some(QuantDetails::Mx { axis }),
            ..quant.unwrap_or_default()
        }),
        None => quant,
    };
    Ok(tensor)
}

fn signature(signature: &Signature) -> quant_ir::Signature {
    let tensors = |list: &[(String, u32)]| {
        let tensor = |(name, tensor): &(String, u32)| SignatureTensor {
            name: name.clone(),
            tensor: *tensor,
        };
        list.iter().map(tensor).collect()
    };
    quant_ir::Signature {
        key: signature.key.clone(),
        tag: None,
        inputs: tensors(&signature.inputs),
        outputs: tensors(&signature.outputs),
        subgraph: signature.graph,
    }
}
