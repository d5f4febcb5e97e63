//! Elements that stand in a file beside the model.

use quant_ir::{Bytes, Error, Problem, Result};

/// Where the elements of a tensor stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct External {
    /// The file, as a path from the folder of the model.
    pub location: String,
    /// The first byte.
    pub offset: usize,
    /// How many bytes; `None`: all to the end of the file.
    pub length: Option<usize>,
}

impl External {
    /// What the keys and texts of a tensor say.
    ///
    /// # Errors
    /// `Malformed`: no location, a path that leads out of the model's folder, or an offset or length that is no number.
    pub fn of<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut external = Self::default();
        for (key, text) in entries {
            let number = || {
                text.parse::<usize>()
                    .map_err(|_| malformed(format!("`{key}` of external data is `{text}`")))
            };
            match key {
                "location" => text.clone_into(&mut external.location),
                "offset" => external.offset = number()?,
                "length" => external.length = Some(number()?),
                _ => {}
            }
        }
        let path = external.location.replace('\\', "/");
        let leads_out =
            path.starts_with('/') || path.contains(':') || path.split('/').any(|part| part == "..");
        if path.is_empty() || leads_out {
            let what = format!("external data at `{}`", external.location);
            let hint = "the file must stand in the folder of the model or below it";
            return Err(Error::new("", Problem::Malformed(what), hint));
        }
        Ok(external)
    }

    /// Its part of the file.
    ///
    /// # Errors
    /// `Malformed`: the file is shorter.
    pub fn part(&self, file: &Bytes) -> Result<Bytes> {
        let end = match self.length {
            Some(length) => self.offset.checked_add(length),
            None => Some(file.len()),
        };
        let part = end.and_then(|end| file.get(self.offset..end));
        part.map(|part| file.share(part)).ok_or_else(|| {
            let has = file.len();
            let wanted = match self.length {
                Some(length) => format!("{length} bytes from {}", self.offset),
                None => format!("what begins at {}", self.offset),
            };
            malformed(format!(
                "`{}` has {has} bytes, and {wanted} are wanted",
                self.location
            ))
        })
    }
}

fn malformed(what: String) -> Error {
    Error::new(
        "",
        Problem::Malformed(what),
        "export the model again, with its data",
    )
}
