//! From a `ModelProto` to the graph of a case: operands and operations as of a recipe, an operation's attributes as its options.

use std::collections::BTreeSet;

use super::attribute::attributes;
use super::binary;
use super::fields::{Fields, wrong};
use super::operand::operand;
use super::tensor::{constants, dtype};
use crate::recipe::{Operand, Operation, Recipe, RecipeError};
use crate::textproto::{self, Field, Pos};

type Result<T> = std::result::Result<T, RecipeError>;

/// The graph of a model in protobuf's text. Its version is that of ONNX's operators.
///
/// # Errors
/// No protobuf text, or no model that cases know, with line and column: subgraphs, elements that are no f32 or integers or stand
/// in other files, inputs with sizes that are open, values that nothing makes.
pub fn read(text: &str) -> Result<Recipe> {
    model(&textproto::parse(text)?)
}

/// The same of a model as bytes; errors have no place.
///
/// # Errors
/// As [`read`].
pub fn read_binary(bytes: &[u8]) -> std::result::Result<Recipe, String> {
    let fields = binary::fields(bytes).ok_or("the bytes are no ONNX model; export it again")?;
    model(&fields).map_err(|error| error.what)
}

fn model(fields: &[Field]) -> Result<Recipe> {
    let fields = Fields(fields);
    let nowhere = || RecipeError::new(Pos { line: 1, column: 1 }, "the model has no graph");
    let place = fields.field("graph").ok_or_else(nowhere)?;
    let graph = Fields::of(place)?;
    let mut version = 1;
    for set in fields.all("opset_import") {
        let set = Fields::of(set)?;
        if set.text("domain")?.is_empty() {
            version = set.number("version")?.unwrap_or(1);
        }
    }
    if let Some(field) = graph.field("sparse_initializer") {
        return Err(RecipeError::unsupported(
            field.pos,
            "sparse constants are no part of cases; write them whole",
        ));
    }
    let mut operands = constants(graph)?;
    let mut inputs = Vec::new();
    for field in graph.all("input") {
        let (name, info) = info(field)?;
        if operands.iter().any(|constant| constant.name == name) {
            continue;
        }
        let open =
            format!("input `{name}` has a size that is open, which records cannot have; write a number");
        let Some(Info {
            dtype,
            shape: Some(shape),
        }) = info
        else {
            return Err(RecipeError::new(field.pos, open));
        };
        inputs.push(name.clone());
        operands.push(Operand {
            dtype,
            shape,
            ..operand(&name, field.pos)
        });
    }
    let outputs = graph
        .all("output")
        .map(|field| Ok(info(field)?.0))
        .collect::<Result<Vec<_>>>()?;
    let mut known: BTreeSet<String> = operands.iter().map(|operand| operand.name.clone()).collect();
    if known.len() != operands.len() {
        return Err(wrong(place, "has two values of one name; rename one"));
    }
    let infos = graph.all("value_info").chain(graph.all("output")).map(info);
    let infos = infos.collect::<Result<Vec<_>>>()?;
    let mut operations = Vec::new();
    for field in graph.all("node") {
        let operation = operation(field)?;
        let unmade = operation
            .inputs
            .iter()
            .find(|name| !name.is_empty() && !known.contains(*name));
        if let Some(name) = unmade {
            return Err(wrong(
                field,
                &format!("reads `{name}`, which nothing before it makes"),
            ));
        }
        for name in operation.outputs.iter().filter(|name| !name.is_empty()) {
            if !known.insert(name.clone()) {
                return Err(wrong(field, &format!("makes `{name}`, which is there already")));
            }
            let said = infos.iter().rev().find(|(other, _)| other == name);
            let said = said.and_then(|(_, info)| info.clone());
            let kind = said
                .as_ref()
                .map_or_else(|| dtype_of(&operation.kind), |info| info.dtype.clone());
            operands.push(Operand {
                dtype: kind,
                shape: said.and_then(|info| info.shape).unwrap_or_default(),
                ..operand(name, field.pos)
            });
        }
        operations.push(operation);
    }
    if let Some(name) = outputs.iter().find(|name| !known.contains(*name)) {
        return Err(wrong(place, &format!("gives out `{name}`, which nothing makes")));
    }
    Ok(Recipe {
        operands,
        operations,
        inputs,
        outputs,
        version,
        name: None,
        channels_first: true,
        graphs: Vec::new(),
        signatures: Vec::new(),
        external: false,
    })
}

/// The element type of what a node makes, where the model does not say it.
fn dtype_of(kind: &str) -> String {
    match kind {
        "Shape" | "Size" | "ArgMax" | "ArgMin" | "NonZero" => "INT64",
        "Equal" | "Greater" | "Less" | "Not" | "And" | "Or" | "Xor" => "BOOL",
        _ => "FLOAT32",
    }
    .to_owned()
}

fn operation(field: &Field) -> Result<Operation> {
    let node = Fields::of(field)?;
    let domain = node.text("domain")?;
    if !matches!(domain, "" | "ai.onnx") {
        let what = format!("operators of `{domain}` are no part of cases, which begin with ONNX's own");
        return Err(RecipeError::unsupported(field.pos, what));
    }
    Ok(Operation {
        kind: node.text("op_type")?.to_owned(),
        custom_code: None,
        version: None,
        inputs: node.texts("input")?,
        outputs: node.texts("output")?,
        options: attributes(node)?,
        pos: field.pos,
    })
}

/// Type and sizes of a value, as far as they are said.
#[derive(Clone)]
struct Info {
    dtype: String,
    shape: Option<Vec<i32>>,
}

fn info(field: &Field) -> Result<(String, Option<Info>)> {
    let info = Fields::of(field)?;
    let name = info.text("name")?.to_owned();
    let tensor = match info.message("type")? {
        Some(kind) => kind.message("tensor_type")?,
        None => None,
    };
    let Some(tensor) = tensor else {
        return Ok((name, None));
    };
    let dtype = dtype(field, tensor.number("elem_type")?.unwrap_or_default())?;
    let shape = match tensor.message("shape")? {
        Some(shape) => sizes(shape)?,
        None => None,
    };
    Ok((name, Some(Info { dtype, shape })))
}

/// Sizes; `None` when one of them is open.
fn sizes(shape: Fields<'_>) -> Result<Option<Vec<i32>>> {
    let sizes = shape.all("dim").map(|dim| Fields::of(dim)?.number("dim_value"));
    let sizes: Vec<Option<i32>> = sizes.collect::<Result<_>>()?;
    Ok(sizes
        .into_iter()
        .map(|size| size.filter(|size| *size > 0))
        .collect())
}
