//! Which operators something is asked of.

use std::fmt;
use std::str::FromStr;

use quant_ir::Builtin;
use regex_lite::Regex;

/// Names operators.
#[derive(Clone, Debug)]
pub enum Selector {
    /// All of a kind (`denylisted_ops`).
    Operator(Builtin),
    /// The one that makes the tensor of this name (`denylisted_nodes`).
    Name(String),
    /// Those of which an output's name has a match somewhere.
    Matching(Regex),
}

impl Selector {
    /// Whether it names an operator with these names of outputs.
    pub fn names(&self, operator: Builtin, outputs: &[&str]) -> bool {
        match self {
            Self::Operator(kind) => *kind == operator,
            Self::Name(name) => outputs.contains(&name.as_str()),
            Self::Matching(regex) => outputs.iter().any(|output| regex.is_match(output)),
        }
    }
}

/// A text that names no operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSelector(String);

impl fmt::Display for NoSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoSelector {}

impl FromStr for Selector {
    type Err = NoSelector;

    /// A kind of operators as in `CONV_2D`, `name:TENSOR`, or `regex:EXPRESSION`.
    fn from_str(text: &str) -> Result<Self, NoSelector> {
        let wrong = |what: String| {
            NoSelector(format!(
                "{what}; write an operator as in CONV_2D, name:TENSOR or regex:EXPRESSION"
            ))
        };
        match text.split_once(':') {
            Some(("name" | "regex", "")) => Err(wrong("it names nothing".to_owned())),
            Some(("name", name)) => Ok(Self::Name(name.to_owned())),
            Some(("regex", expression)) => match Regex::new(expression) {
                Ok(regex) => Ok(Self::Matching(regex)),
                Err(error) => Err(wrong(format!(
                    "it is no regular expression that is read here: {error}"
                ))),
            },
            _ => match Builtin::named(text) {
                Some(builtin) => Ok(Self::Operator(builtin)),
                None => Err(wrong("no operator has this name".to_owned())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tflite::Options;
    use super::*;

    #[test]
    fn operators_are_named_by_kind_name_or_expression() {
        let float = |selector| {
            let options = Options {
                float: vec![selector],
                ..Options::default()
            };
            options.stays_float(Builtin::ADD, &["block1/add", "block1/add2"])
        };
        assert!(float(Selector::Operator(Builtin::ADD)));
        assert!(!float(Selector::Operator(Builtin::MUL)));
        assert!(float(Selector::Name("block1/add2".into())));
        assert!(!float(Selector::Name("block1".into())));
        assert!(float(Selector::Matching(Regex::new("^block[12]/").unwrap())));
        assert!(!float(Selector::Matching(Regex::new("^add").unwrap())));
    }

    #[test]
    fn selectors_are_written_as_kinds_names_and_expressions() {
        let read = |text: &str| text.parse::<Selector>().map(|selector| format!("{selector:?}"));
        let operator = |builtin| Ok(format!("{:?}", Selector::Operator(builtin)));
        assert_eq!(read("CONV_2D"), operator(Builtin::CONV_2D));
        assert_eq!(read("conv_2d"), operator(Builtin::CONV_2D));
        assert_eq!(
            read("name:a:b"),
            Ok(format!("{:?}", Selector::Name("a:b".into())))
        );
        assert!("regex:^block[12]/".parse::<Selector>().is_ok());
        for (text, wanted) in [
            ("CONV2D", "no operator has this name"),
            ("name:", "it names nothing"),
            ("regex:(", "it is no regular expression"),
            ("regex:", "it names nothing"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
