//! Operators that would stay float though nobody asked, where that is an error.

use std::fmt::Write as _;

use quant_ir::error::{Error, Problem, Result};

use super::super::{Kept, Why};

/// How many operators a message names.
const NAMED: usize = 16;

/// Refuses operators that stay float though nobody asked for it. The first is told in the original's words, then all of
/// them with their reasons.
///
/// # Errors
/// There are such operators.
pub fn check(kept: &[Kept]) -> Result<()> {
    let unasked: Vec<&Kept> = kept.iter().filter(|kept| !kept.is_asked()).collect();
    let Some(first) = unasked.first() else {
        return Ok(());
    };
    let mut text = match first.why {
        Why::NoRule16 => format!(
            "Quantization to 16x8-bit not yet supported for op: '{}'.",
            first.kind
        ),
        _ => format!("Quantization not yet supported for op: '{}'.", first.kind),
    };
    text.push_str(" These would stay float: ");
    for (number, kept) in unasked.iter().take(NAMED).enumerate() {
        let comma = if number > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{} `{}` ({})", kept.kind, kept.output, kept.why);
    }
    if unasked.len() > NAMED {
        let _ = write!(text, " and {} more", unasked.len() - NAMED);
    }
    Err(Error::new(
        "the model",
        Problem::NoRule(text),
        "let operators stay float that have no integer form (leave out `strict`), name them as those that shall, or \
         replace them",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::Builtin;

    #[test]
    fn all_are_named_but_those_that_were_asked_for() {
        let asked = Kept::new(0, 0, Builtin::ADD, "a", Why::Asked);
        assert_eq!(check(std::slice::from_ref(&asked)), Ok(()));
        let sin = Kept::new(0, 1, Builtin::SIN, "b", Why::NoRule);
        let cos = Kept::new(0, 2, Builtin::CONV_2D, "c", Why::NoRange("x".into()));
        let text = check(&[asked, sin, cos]).unwrap_err().to_string();
        assert_eq!(
            text,
            "the model: Quantization not yet supported for op: 'SIN'. These would stay float: SIN `b` (the scheme has \
             no rule for it), CONV_2D `c` (`x` has no recorded range); let operators stay float that have no integer \
             form (leave out `strict`), name them as those that shall, or replace them"
        );
        let arg_max = Kept::new(0, 1, Builtin::ARG_MAX, "b", Why::NoRule16);
        let many = vec![arg_max; NAMED + 4];
        let text = check(&many).unwrap_err().to_string();
        assert!(text.contains("Quantization to 16x8-bit not yet supported for op: 'ARG_MAX'. "));
        assert!(text.contains(" and 4 more;"));
    }
}
