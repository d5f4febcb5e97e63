//! A comparison as lines of text, in the words of whoever asked for it.

use std::fmt;

use super::{Line, Problem, Report};

/// What the two sides are called, and the elements of a constant.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The side that is right.
    pub golden: &'a str,
    /// The side that is looked at.
    pub got: &'a str,
    /// The key `weights`, under which biases and other constants stand too.
    pub weights: &'a str,
}

/// Those of the test bench.
const BENCH: Words<'_> = Words {
    golden: "golden",
    got: "got",
    weights: "weights",
};

/// An integer as it is, a float as the single float that it was.
fn shown(x: f64) -> String {
    if x.fract() == 0.0 {
        x.to_string()
    } else {
        (x as f32).to_string()
    }
}

impl Line {
    /// The key, and what is worst about it.
    fn words(&self, words: &Words<'_>) -> (String, String) {
        let key = if self.key == "weights" {
            words.weights
        } else {
            self.key
        };
        let worst = match (&self.problem, self.worst) {
            (Some(problem), _) => problem.words(words),
            (None, Some((index, golden, got))) => {
                let (golden, got) = (shown(golden), shown(got));
                format!("[{index}] {} {golden}, {} {got}", words.golden, words.got)
            }
            (None, None) => "equal".to_owned(),
        };
        let own = self
            .own
            .map(|own| format!(" (the row's tolerance: {} {own})", self.key));
        let worst = worst + &own.unwrap_or_default();
        (key.to_owned(), worst)
    }
}

impl Problem {
    /// It in these words.
    pub fn words(&self, words: &Words<'_>) -> String {
        match self {
            Self::GoldenLacks => format!("the {} lacks this key", words.golden),
            Self::ResultLacks => format!("the {} lacks this key", words.got),
            Self::Different(got, golden) => format!("{got} instead of {golden}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Words {
            got: "result",
            ..BENCH
        };
        f.write_str(&self.words(&words))
    }
}

impl Report {
    /// A line for each key, with its count of values and of those out of tolerance.
    pub fn lines(&self, words: &Words<'_>) -> String {
        let line = |line: &Line| {
            let (key, worst) = line.words(words);
            format!("  {key:<20} {:>7} {:>7}  {worst}\n", line.count, line.out)
        };
        self.lines.iter().map(line).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(&BENCH))
    }
}
