//! What remedies did, as text and as JSON.

use std::fmt::Write;

use quant_core::remedy::Done;
use serde_json::{Value, json};

/// A line for each remedy.
pub fn lines(done: &[Done]) -> String {
    let mut text = String::new();
    for (at, one) in done.iter().enumerate() {
        let head = if at == 0 { "remedies" } else { "" };
        let _ = writeln!(text, "{head:<12} {one}");
    }
    text
}

/// The same for programs.
pub fn json(done: &[Done]) -> Value {
    let one = |one: &Done| {
        let difference = one.difference.map(|difference| {
            json!({
                "largest": difference.largest,
                "of": difference.of,
                "exact": difference.exact,
                "records": difference.records,
            })
        });
        json!({
            "remedy": one.remedy.word(),
            "changed": one.changed,
            "what": one.what,
            "float_difference": difference,
        })
    };
    done.iter().map(one).collect()
}
