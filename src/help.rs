//! What `--help` says of a verb beyond its options: what it does, examples, exit codes.

mod accuracy;
mod page;
mod quality;
mod systems;
mod verbs;

use clap::Command;

pub use page::{EXIT_CODES, WIDTH};
use verbs::HELP;

/// The command line with the long help of every verb.
pub fn add(command: Command) -> Command {
    HELP.iter().fold(command, |command, help| {
        command.mut_subcommand(help.verb, |verb| help.add(verb))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::{Cli, command};

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
