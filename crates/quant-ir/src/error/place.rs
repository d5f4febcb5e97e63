//! Where an error happened.

use std::fmt;

use crate::OpCode;

/// A place in a model, its files or its data. Errors show it as it is displayed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An operator, shown as ``CODE `label` ``.
    Operator {
        /// What it computes.
        code: OpCode,
        /// The name of its first output.
        label: String,
        /// Its number in its graph, when it stands in one.
        index: Option<usize>,
    },
    /// A tensor, shown as ``role `label` ``.
    Tensor {
        /// What it is to whom the error tells of it: `tensor`, `input`, `activation`, `weights`, …; empty: the label alone.
        role: &'static str,
        /// Its name.
        label: String,
        /// Its number in its graph, when it is known.
        index: Option<usize>,
    },
    /// A layer of a quantization configuration, shown as ``layer `name` of the quantization configuration``.
    Layer(String),
    /// One of several that have no names (`record 3`, `line 7`, `subgraph 1`).
    Number {
        /// Of which kind.
        what: &'static str,
        /// The number, from 0 (lines of texts: from 1).
        number: usize,
    },
    /// Something with a name that is neither of these (``metadata `x` ``).
    Named {
        /// Of which kind.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A file or folder, as the user wrote its path.
    File(String),
    /// Anything else, in words.
    Other(String),
}

impl Place {
    /// The tensor of that name.
    pub fn tensor(role: &'static str, label: impl Into<String>) -> Self {
        Self::Tensor {
            role,
            label: label.into(),
            index: None,
        }
    }

    /// The tensor or operator with its number in its graph.
    #[must_use]
    pub fn numbered(mut self, number: usize) -> Self {
        if let Self::Operator { index, .. } | Self::Tensor { index, .. } = &mut self {
            *index = Some(number);
        }
        self
    }

    /// Something that has a number.
    pub fn number(what: &'static str, number: usize) -> Self {
        Self::Number { what, number }
    }

    /// Something that has a name.
    pub fn named(what: &'static str, name: impl Into<String>) -> Self {
        Self::Named {
            what,
            name: name.into(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Other(text) if text.is_empty())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator { code, label, .. } => match &code.custom {
                Some(custom) => write!(f, "{} {custom} `{label}`", code.builtin),
                None => write!(f, "{} `{label}`", code.builtin),
            },
            Self::Tensor { role: "", label, .. } => write!(f, "`{label}`"),
            Self::Tensor { role, label, .. } => write!(f, "{role} `{label}`"),
            Self::Layer(name) => write!(f, "layer `{name}` of the quantization configuration"),
            Self::Number { what, number } => write!(f, "{what} {number}"),
            Self::Named { what, name } => write!(f, "{what} `{name}`"),
            Self::File(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<&Self> for Place {
    fn from(place: &Self) -> Self {
        place.clone()
    }
}

impl From<String> for Place {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl From<&String> for Place {
    fn from(text: &String) -> Self {
        Self::Other(text.clone())
    }
}

impl From<&str> for Place {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl From<std::path::Display<'_>> for Place {
    fn from(path: std::path::Display<'_>) -> Self {
        Self::File(path.to_string())
    }
}
