//! What somebody should know of a recording.

use std::fmt;

use super::Outlier;

/// Something that makes recorded ranges worth less than they could be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// A record decides a range alone.
    Outlier(Outlier),
    /// Values that are no numbers were passed over.
    NotNumbers(NotNumbers),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outlier(outlier) => outlier.fmt(f),
            Self::NotNumbers(values) => values.fmt(f),
        }
    }
}

/// Tensors with NaN in them, over which a recording went as TensorFlow's calibrator does.
#[derive(Clone, Debug, PartialEq)]
pub struct NotNumbers {
    /// The first record that has some.
    pub record: usize,
    /// The first tensor in it, in the order of the model's tensors.
    pub tensor: String,
    /// How many tensors have some in any record.
    pub tensors: usize,
}

impl fmt::Display for NotNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            record,
            tensor,
            tensors,
        } = self;
        write!(
            f,
            "record {record}: `{tensor}` has NaN in it, which counts for no range"
        )?;
        match tensors {
            1 => {}
            2 => f.write_str(" (and so has another tensor)")?,
            more => write!(f, " (and so have {} other tensors)", more - 1)?,
        }
        f.write_str("; check the data and the model")
    }
}
