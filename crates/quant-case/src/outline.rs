//! The outline of a `.tflite` or `.circle` file: names, types and shapes of its main graph, in the form of a recipe whose
//! constants stand in the file.
//!
//! A build script must know which stages a model has, and what its records hold; it must not wait for a crate that
//! knows the whole schema. Nothing here is checked as the reader of `quant-ir` checks it: who runs the model reads it
//! there.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod builtin;
mod flat;

use crate::limits::MAX_MODEL_PARTS;
use crate::recipe::{Filler, Operand, Operation, Pos, Recipe, TYPES};
use flat::Table;

/// Reads the outline of a model file.
///
/// # Errors
/// It is no such file, or is cut short.
pub fn read(bytes: &[u8]) -> Result<Recipe, String> {
    let identifier = bytes.get(4..8).unwrap_or_default();
    if identifier != b"TFL3" && identifier != b"CIR0" {
        return Err("this is neither a TFLite nor a Circle file; export the model again".to_owned());
    }
    graph(bytes).ok_or_else(|| "the file is cut short or damaged; export the model again".to_owned())
}

fn graph(bytes: &[u8]) -> Option<Recipe> {
    let model = Table::root(bytes)?;
    let version = u32::try_from(model.i32(0).unwrap_or(1)).unwrap_or(1);
    let kinds: Vec<String> = model
        .vector(1)
        .tables()
        .map(|code| code.as_ref().map(kind))
        .collect::<Option<_>>()?;
    let main = model.vector(2).tables().next()??;
    let filled: Vec<bool> = model
        .vector(4)
        .tables()
        .map(|buffer| buffer.as_ref().map(holds_elements))
        .collect::<Option<_>>()?;
    let tensors = main.vector(0);
    let operators = main.vector(3);
    if tensors.len.saturating_add(operators.len) > MAX_MODEL_PARTS {
        return None;
    }
    let operands: Vec<Operand> = tensors
        .tables()
        .map(|tensor| tensor.as_ref().map(|tensor| operand(tensor, &filled)))
        .collect::<Option<_>>()?;
    let name = |index: i32| match usize::try_from(index) {
        Ok(index) => operands.get(index).map(|operand| operand.name.clone()),
        Err(_) => Some(String::new()),
    };
    let names =
        |table: &Table<'_>, field: usize| table.vector(field).ints().map(name).collect::<Option<Vec<_>>>();
    let operations = operators
        .tables()
        .map(|operator| {
            let operator = operator?;
            Some(Operation {
                kind: kinds.get(operator.u32(0).unwrap_or_default())?.clone(),
                custom_code: None,
                version: None,
                inputs: names(&operator, 1)?,
                outputs: names(&operator, 2)?,
                options: Vec::new(),
                pos: NOWHERE,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let (inputs, outputs) = (names(&main, 1)?, names(&main, 2)?);
    // Where names repeat, the first is found: let it be the graph input, whose records are looked at.
    let mut first: Vec<Operand> = main
        .vector(1)
        .ints()
        .filter_map(|index| operands.get(usize::try_from(index).ok()?).cloned())
        .collect();
    first.extend(
        operands
            .iter()
            .filter(|operand| !inputs.contains(&operand.name))
            .cloned(),
    );
    Some(Recipe {
        operands: first,
        operations,
        inputs,
        outputs,
        version,
        name: main.text(4),
        channels_first: false,
        graphs: Vec::new(),
        signatures: Vec::new(),
        external: false,
    })
}

/// Operands of a file stand in no line.
const NOWHERE: Pos = Pos { line: 0, column: 0 };

/// The name of an operator code: the number is kept twice, the older field in one byte.
fn kind(code: &Table<'_>) -> String {
    let (old, new) = (code.i8(0).map_or(0, i32::from), code.i32(3).unwrap_or_default());
    let number = if new == 0 || (new < 127 && old > new) {
        old
    } else {
        new
    };
    match code.text(1) {
        Some(custom) if !custom.is_empty() => custom,
        _ => builtin::name(number),
    }
}

/// Whether a buffer holds the elements of a constant, in its place or behind the FlatBuffer.
fn holds_elements(buffer: &Table<'_>) -> bool {
    buffer.vector(0).len > 0 || buffer.u64(1).is_some_and(|offset| offset > 1)
}

fn operand(tensor: &Table<'_>, filled: &[bool]) -> Operand {
    let number = tensor.i8(1).unwrap_or_default();
    let known = usize::try_from(number).ok().and_then(|number| TYPES.get(number));
    let buffer = tensor.u32(2).unwrap_or_default();
    let is_constant = filled.get(buffer).copied().unwrap_or_default();
    let name = tensor.text(3).unwrap_or_default();
    let dtype = known.map_or_else(|| format!("type of number {number}"), ToString::to_string);
    Operand {
        shape: tensor.vector(0).ints().collect(),
        filler: is_constant.then_some(Filler::InFile),
        ..Operand::new(name, dtype, NOWHERE)
    }
}
