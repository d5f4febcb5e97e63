//! Rows that stand for many: `{a,b}` in any word, `*` in the name of a model.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions)]

use crate::limits::MAX_MATRIX_ROWS;
use crate::line::{Cursor, LineError, Span};

/// The words that a word with braces stands for, in the order in which they are written.
pub(crate) fn braces(word: Span<'_>) -> Result<Vec<String>, LineError> {
    let mut cursor = Cursor::within(word);
    let mut made = vec![String::new()];
    loop {
        let plain = cursor.take(|c| c != '{' && c != '}').text;
        made.iter_mut().for_each(|word| word.push_str(plain));
        if cursor.rest().is_empty() {
            return Ok(made);
        }
        let place = cursor.column;
        if !cursor.eat('{') {
            return Err((place, "`}` closes no `{`; remove it".to_owned()));
        }
        let inside = cursor.take(|c| c != '{' && c != '}').text;
        if !cursor.eat('}') {
            let what = if cursor.rest().is_empty() {
                "`{` is not closed; write `}` behind the last word"
            } else {
                "braces stand in braces; write all words in one pair"
            };
            return Err((place, what.to_owned()));
        }
        let choices: Vec<&str> = inside.split(',').map(str::trim).collect();
        if choices.iter().any(|choice| choice.is_empty()) {
            return Err((
                place,
                format!("`{{{inside}}}` has an empty word; write words with commas between"),
            ));
        }
        if let Some(blank) = choices.iter().find(|choice| choice.contains(char::is_whitespace)) {
            return Err((
                place,
                format!("`{blank}` in braces is more than a word; write words with commas between"),
            ));
        }
        if choices.len().saturating_mul(made.len()) > MAX_MATRIX_ROWS {
            return Err((place, too_many()));
        }
        let each = |word: &String| {
            choices
                .iter()
                .map(move |choice| format!("{word}{choice}"))
                .collect::<Vec<_>>()
        };
        made = made.iter().flat_map(each).collect();
    }
}

/// What is said of a line that stands for more rows than anybody means.
pub(crate) fn too_many() -> String {
    format!("the line stands for more than {MAX_MATRIX_ROWS} rows; write it as several")
}

/// Whether a name fits a pattern, in which `*` stands for any characters, or none.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<Vec<String>, LineError> {
        braces(Span { text, column: 5 })
    }

    #[test]
    fn braces_multiply() {
        assert_eq!(expanded("A").unwrap(), ["A"]);
        assert_eq!(
            expanded("{A, B}_{0,1}x").unwrap(),
            ["A_0x", "A_1x", "B_0x", "B_1x"]
        );
        for (text, column, wanted) in [
            ("a}", 6, "`}` closes no `{`"),
            ("a{b", 6, "`{` is not closed"),
            ("{b{c}}", 5, "braces stand in braces"),
            ("x{}", 6, "`{}` has an empty word"),
            ("{a,,b}", 5, "`{a,,b}` has an empty word"),
            ("{a b}", 5, "`a b` in braces is more than a word"),
        ] {
            let (place, what) = expanded(text).unwrap_err();
            assert!(
                place == column && what.starts_with(wanted) && what.contains("; "),
                "{place} {what}"
            );
        }
        let many = "{0,1,2,3,4,5,6,7,8,9}".repeat(6);
        assert!(
            expanded(&many)
                .unwrap_err()
                .1
                .starts_with("the line stands for more than")
        );
    }

    #[test]
    fn stars() {
        for (pattern, name, wanted) in [
            ("A", "A", true),
            ("A", "AB", false),
            ("A*", "A", true),
            ("*", "", true),
            ("*_0*0", "Add_000", true),
            ("*_0*0", "Add_0", false),
            ("A*b*c", "A_bxc", true),
            ("A*bc", "A_bcx", false),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
