//! A line of the list, cut into its words, each with its column.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions)]

/// What is wrong in a line: its column, from 1, and words for a person.
pub(crate) type LineError = (u32, String);

/// Walks over a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a str,
    /// The column of the next character, from 1.
    pub column: u32,
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span<'a> {
    pub text: &'a str,
    pub column: u32,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a line.
    pub fn new(line: &'a str) -> Self {
        Self {
            rest: line,
            column: 1,
        }
    }

    /// At the beginning of a part of a line.
    pub fn within(span: Span<'a>) -> Self {
        Self {
            rest: span.text,
            column: span.column,
        }
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// Goes over blanks.
    pub fn blanks(&mut self) -> &mut Self {
        self.take(char::is_whitespace);
        self
    }

    /// The characters that are wanted, as many as there are.
    pub fn take(&mut self, mut wanted: impl FnMut(char) -> bool) -> Span<'a> {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        let span = Span {
            text,
            column: self.column,
        };
        let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        (self.rest, self.column) = (rest, self.column.saturating_add(count));
        span
    }

    /// Goes over a character, if it is the next.
    pub fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                (self.rest, self.column) = (rest, self.column.saturating_add(1));
                true
            }
            None => false,
        }
    }
}

/// A line without its comment: `#` begins one, unless it stands in a reason, which is in quotes behind the row.
pub(crate) fn without_comment(line: &str) -> &str {
    let (mut behind, mut quoted) = (false, false);
    let end = line.find(|c| {
        behind |= c == ')';
        quoted ^= behind && c == '"';
        c == '#' && !quoted
    });
    end.and_then(|end| line.get(..end)).unwrap_or(line).trim_end()
}

/// The words between brackets; blanks inside braces end no word.
pub(crate) fn words(inside: Span<'_>) -> Vec<Span<'_>> {
    let mut cursor = Cursor::within(inside);
    let mut words = Vec::new();
    loop {
        let mut depth = 0u32;
        let word = cursor.blanks().take(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > 0 || !c.is_whitespace()
        });
        if word.text.is_empty() {
            return words;
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_columns() {
        let inside = Span {
            text: " A_* {x, ü y} z",
            column: 9,
        };
        let found: Vec<_> = words(inside)
            .iter()
            .map(|word| (word.text, word.column))
            .collect();
        assert_eq!(found, [("A_*", 10), ("{x, ü y}", 14), ("z", 23)]);
    }

    #[test]
    fn comments_end_where_no_reason_is() {
        for (line, wanted) in [
            ("addTest(A \"b c) # d", "addTest(A \"b c)"),
            (
                "addTest(A b c) ignore(\"see #4\") # later",
                "addTest(A b c) ignore(\"see #4\")",
            ),
            ("# \"", ""),
        ] {
            assert_eq!(without_comment(line), wanted);
        }
    }
}
