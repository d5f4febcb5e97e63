//! What fails together: how many tests each operator is the first to make differ, told at the end of a table. One
//! broken kernel or rule fails dozens of tests, and says so in one line here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Kinds of operators, with the number of tests that differ there first.
static FIRST: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Counts a failing test for the kind of operator that differs first in it.
pub(super) fn add(kind: &str) {
    let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    *first.entry(kind.to_owned()).or_default() += 1;
}

/// Tests that fail as their rows say, and those that pass within a tolerance of their row's alone.
static SAID: Mutex<[Vec<String>; 2]> = Mutex::new([Vec::new(), Vec::new()]);

/// Notes a test that fails as its row says.
pub(super) fn add_failing(what: &str) {
    say(0, what);
}

/// Notes a test that passes by its row's tolerance.
pub(super) fn add_widened(what: &str) {
    eprintln!("passes within its row's tolerance: {what}");
    say(1, what);
}

fn say(which: usize, what: &str) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    said[which].push(what.to_owned());
}

/// What is to be said of the tests whose rows have attributes; `ignored` are those that were not run.
#[cfg(feature = "table")]
pub(super) fn attributes(ignored: &[String]) -> String {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner).clone();
    said.iter_mut().for_each(|said| said.sort());
    let [failing, widened] = &said;
    let parts = [
        ("ignored", ignored),
        ("with `fails`, as expected", failing.as_slice()),
        ("within a tolerance of the row's own alone", widened.as_slice()),
    ];
    let part = |(what, tests): &(&str, &[String])| match tests.len() {
        0 => String::new(),
        1 => format!("1 test {what}:\n  {}\n", tests.join("")),
        count => format!("{count} tests {what}:\n  {}\n", tests.join("\n  ")),
    };
    parts.iter().map(part).collect()
}

/// The sum, the most frequent first; empty when nothing was counted.
#[cfg(feature = "table")]
pub(super) fn sum() -> String {
    summary(&FIRST.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(any(feature = "table", test))]
fn summary(first: &BTreeMap<String, usize>) -> String {
    let mut kinds: Vec<_> = first.iter().collect();
    kinds.sort_by_key(|(kind, tests)| (std::cmp::Reverse(**tests), *kind));
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, tests)| format!("{kind} {tests}"))
        .collect();
    match first.values().sum::<usize>() {
        0 => String::new(),
        tests => format!(
            "{tests} tests differ; the first operator that does: {}\n",
            kinds.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "table")]
    #[test]
    fn what_attributes_do_is_told() {
        say(0, "addTest(B layer uint8) quantization: rounds half up");
        say(0, "addTest(A layer uint8) quantization: rounds half up");
        assert_eq!(
            attributes(&["a::layer::uint8::quantization: later".to_owned()]),
            "1 test ignored:\n  a::layer::uint8::quantization: later\n2 tests with `fails`, as expected:\n  \
             addTest(A layer uint8) quantization: rounds half up\n  \
             addTest(B layer uint8) quantization: rounds half up\n"
        );
    }

    #[test]
    fn the_most_frequent_comes_first() {
        let first = [("Add", 1), ("Conv2D", 12), ("Abs", 1)].map(|(kind, tests)| (kind.to_owned(), tests));
        assert_eq!(
            summary(&first.into()),
            "14 tests differ; the first operator that does: Conv2D 12, Abs 1, Add 1\n"
        );
        assert_eq!(summary(&BTreeMap::new()), "");
    }
}
