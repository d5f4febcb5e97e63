//! The text of a record, and whether it fits a model: one line with values for each graph input, in their order.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

pub use quant_types::records::{lines, words};

use crate::recipe::{Operand, Recipe};

/// Checks one record.
///
/// # Errors
/// The first line that does not fit, and the way out: another number of lines than graph inputs, of values than
/// elements, or a word that is no finite number of the input's type.
pub fn check(recipe: &Recipe, text: &str) -> Result<(), String> {
    let lines: Vec<(usize, &str)> = lines(text).collect();
    let inputs = &recipe.inputs;
    if lines.len() != inputs.len() {
        return Err(format!(
            "{} with values, but {} (`{}`); write one line for each input, in this order",
            count(lines.len(), "line"),
            count(inputs.len(), "graph input"),
            inputs.join("`, `")
        ));
    }
    for ((number, line), name) in lines.into_iter().zip(inputs) {
        if let Some(operand) = recipe.operand(name) {
            self::line(operand, number, line)?;
        }
    }
    Ok(())
}

fn line(input: &Operand, number: usize, line: &str) -> Result<(), String> {
    let words: Vec<&str> = words(line).collect();
    let wanted: usize = input
        .shape
        .iter()
        .map(|dim| usize::try_from(*dim).unwrap_or_default())
        .product();
    if words.len() != wanted {
        return Err(format!(
            "line {number} has {}, input `{}` of shape {:?} needs {wanted}; write {wanted} with commas between",
            count(words.len(), "value"),
            input.name,
            input.shape
        ));
    }
    match (1..).zip(&words).find(|(_, word)| !is_value(&input.dtype, word)) {
        Some((place, word)) => Err(format!(
            "line {number}, value {place}: `{word}` is no finite number of type {}, which input `{}` has; write \
             plain decimals",
            input.dtype, input.name
        )),
        None => Ok(()),
    }
}

fn is_value(dtype: &str, word: &str) -> bool {
    match dtype {
        "FLOAT32" => word.parse::<f32>().is_ok_and(f32::is_finite),
        "INT64" => word.parse::<i64>().is_ok(),
        "INT32" => word.parse::<i32>().is_ok(),
        "INT16" => word.parse::<i16>().is_ok(),
        "INT8" => word.parse::<i8>().is_ok(),
        _ => word.parse::<u8>().is_ok(),
    }
}

pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 2 } }
operand { name: "n" type: INT32 }
operand { name: "ofm" type: FLOAT32 shape { dim: 1 dim: 2 } }
operation { type: "Add" add_options { activation: NONE } input: "a" input: "a" output: "ofm" }
input: "a"
input: "n"
output: "ofm"
"#;

    #[test]
    fn every_misfit_is_told() {
        let recipe = crate::recipe::parse(RECIPE).unwrap();
        let rows = [
            ("1,2\n3\n", None),
            ("\n 1e-3\t-2 \r\n\n3", None),
            (
                "1,2",
                Some(
                    "1 line with values, but 2 graph inputs (`a`, `n`); write one line for each input, in this order",
                ),
            ),
            (
                "\n1,2,3\n4",
                Some("line 2 has 3 values, input `a` of shape [1, 2] needs 2; write 2 with commas between"),
            ),
            (
                "1,2\n3 4",
                Some("line 2 has 2 values, input `n` of shape [] needs 1; write 1 with commas between"),
            ),
            (
                "1,1e39\n3",
                Some(
                    "line 1, value 2: `1e39` is no finite number of type FLOAT32, which input `a` has; write plain decimals",
                ),
            ),
            (
                "1,2\n3.5",
                Some(
                    "line 2, value 1: `3.5` is no finite number of type INT32, which input `n` has; write plain decimals",
                ),
            ),
        ];
        for (text, wanted) in rows {
            assert_eq!(check(&recipe, text).err().as_deref(), wanted, "{text}");
        }
    }
}
