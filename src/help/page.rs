//! How the long help of a verb is set.

use clap::Command;

/// What the exit codes mean.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a model, configuration or data is wrong, or a setting does not go with the
     model
  2  wrong command line
  3  compared values differ; mpq, auto, amct: the target was not reached
  4  not supported, or over a limit; with --strict, not right in LiteRT
  5  a file cannot be read or written";

/// Characters of a line, on terminals that have as many.
pub const WIDTH: usize = 80;

/// The help of one verb.
pub struct Help {
    /// Of which verb.
    pub verb: &'static str,
    /// What it does, in a few sentences, behind the first line that the list of verbs shows.
    pub about: &'static str,
    /// Command lines, each with a line that says what it is for.
    pub examples: &'static [(&'static str, &'static str)],
}

impl Help {
    /// Puts it into the verb.
    pub fn add(&self, verb: Command) -> Command {
        let first = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let examples = self
            .examples
            .iter()
            .map(|(what, line)| format!("  # {what}\n{}\n", continued(line)));
        let examples: String = examples.collect();
        verb.long_about(format!("{first}\n\n{}", self.about))
            .after_help(format!("`quant {} --help` has examples.", self.verb))
            .after_long_help(format!("Examples:\n{examples}\n{EXIT_CODES}"))
    }
}

/// A command line in lines that a shell puts together again, behind two blanks.
fn continued(line: &str) -> String {
    let mut lines = vec![String::from(" ")];
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 3 + word.chars().count() <= WIDTH => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(format!("      {word}")),
        }
    }
    lines.join(" \\\n")
}
