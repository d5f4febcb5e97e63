//! What `--help` says of a verb beyond its options: what it does, examples, exit codes.

mod verbs;

use clap::{Command, CommandFactory};

use crate::Cli;
use verbs::HELP;

/// What the exit codes mean.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a model, configuration or data is wrong, or a setting does not go with the
     model
  2  wrong command line
  3  compared values differ
  4  not supported, or over a limit
  5  a file cannot be read or written";

/// Characters of a line, on terminals that have as many.
pub const WIDTH: usize = 80;

/// The help of one verb.
struct Help {
    verb: &'static str,
    /// What it does, in a few sentences, behind the first line that the list of verbs shows.
    about: &'static str,
    /// Command lines, each with a line that says what it is for.
    examples: &'static [(&'static str, &'static str)],
}

/// The whole command line, with the long help of every verb.
pub fn command() -> Command {
    HELP.iter().fold(Cli::command(), |command, help| {
        command.mut_subcommand(help.verb, |verb| help.add(verb))
    })
}

impl Help {
    fn add(&self, verb: Command) -> Command {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_help() {
        let plain = Cli::command();
        let verbs: Vec<&str> = plain.get_subcommands().map(Command::get_name).collect();
        let helped: Vec<&str> = HELP.iter().map(|help| help.verb).collect();
        assert_eq!(verbs, helped);
        command().debug_assert();
    }

    /// Every help fits a terminal of 80 columns, but for long words and the line of usage, which clap leaves whole.
    #[test]
    fn lines_are_short() {
        let mut command = command();
        let mut helps = vec![command.render_long_help().to_string()];
        for help in HELP {
            let verb = command.find_subcommand_mut(help.verb).unwrap();
            helps.extend([
                verb.render_help().to_string(),
                verb.render_long_help().to_string(),
            ]);
        }
        for help in helps {
            for line in help.lines().filter(|line| !line.starts_with("Usage: ")) {
                assert!(
                    line.chars().count() <= WIDTH || line.trim().split(' ').count() == 1,
                    "{line}\n{help}"
                );
            }
        }
    }

    /// Examples are lines that the parser takes.
    #[test]
    fn examples_are_right() {
        for help in HELP {
            assert!(!help.examples.is_empty(), "{}", help.verb);
            for (_, line) in help.examples {
                let line = line.split(" > ").next().unwrap_or_default();
                let parsed = command().try_get_matches_from(line.split(' '));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }
}
