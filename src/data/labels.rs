//! Where the classes of examples come from.

use std::path::PathBuf;
use std::str::FromStr;

use super::labelled::{of_file, of_folders};
use crate::failure::{Failure, Result};

/// Where the classes of examples come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// The folders that pictures are in.
    Folders,
    /// A field of tf.Example.
    Field(String),
    /// A .npy file of integers, or a text file.
    File(PathBuf),
}

impl FromStr for Labels {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(match text.strip_prefix("field:") {
            Some(field) => Self::Field(field.to_owned()),
            None if text == "folders" => Self::Folders,
            None => Self::File(text.into()),
        })
    }
}

/// What errors call it.
pub fn shown(labels: Option<&Labels>) -> String {
    match labels {
        Some(Labels::File(path)) => path.display().to_string(),
        Some(Labels::Field(field)) => format!("field:{field}"),
        Some(Labels::Folders) | None => "folders".to_owned(),
    }
}

/// The classes of pictures.
pub fn of_pictures(labels: Option<&Labels>, names: &[PathBuf], data: &str) -> Result<Vec<i64>> {
    match labels {
        Some(Labels::File(path)) => of_file(path, Some(names)),
        Some(Labels::Field(field)) => Err(no_field(field, data)),
        Some(Labels::Folders) | None => of_folders(names.iter().map(PathBuf::as_path)).ok_or_else(|| {
            Failure::Invalid(format!(
                "{data}: pictures lie in no folder of their class; put them there, or give --labels FILE"
            ))
        }),
    }
}

/// The classes of other data, which a file has.
pub fn of_others(labels: Option<&Labels>, data: &str) -> Result<Vec<i64>> {
    match labels {
        Some(Labels::File(path)) => of_file(path, None),
        Some(Labels::Field(field)) => Err(no_field(field, data)),
        Some(Labels::Folders) => Err(Failure::Usage(format!(
            "--labels folders: {data} has no pictures in folders; give --labels FILE"
        ))),
        None => Err(Failure::Usage(format!(
            "{data}: what its examples are is not known; give --labels FILE, a .npy file of integers or a text file with a \
             class on each line"
        ))),
    }
}

fn no_field(field: &str, data: &str) -> Failure {
    Failure::Usage(format!(
        "--labels field:{field}: {data} is no TFRecord; give --labels FILE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn words() {
        let rows = [
            ("folders", Labels::Folders),
            ("field:label", Labels::Field("label".to_owned())),
            ("a/labels.npy", Labels::File(Path::new("a/labels.npy").to_owned())),
        ];
        for (text, labels) in rows {
            assert_eq!(text.parse(), Ok(labels));
        }
    }
}
