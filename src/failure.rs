//! Why a command failed: one line, and an exit code.

use std::path::Path;
use std::{fmt, io};

use quant_core::ErrorKind;

/// A failure of the command line.
#[derive(Debug)]
pub enum Failure {
    /// The quantizer refused.
    Core(quant_core::Error),
    /// A checkpoint cannot be read, quantized or written.
    Torch(quant_torch::Error),
    /// An HDF5 file cannot be read or written.
    Hdf5(quant_hdf5::Error),
    /// A file that the command line reads itself is wrong.
    Invalid(String),
    /// Arguments that do not go together.
    Usage(String),
    /// A comparison found differences, which are printed already.
    Differs(String),
    /// A file cannot be read or written.
    Io(String),
}

/// A result with [`Failure`].
pub type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Core(error) => match error.kind() {
                ErrorKind::Invalid => 1,
                ErrorKind::Unsupported | ErrorKind::Limit => 4,
                ErrorKind::Io => 5,
            },
            Self::Torch(error) => match error.kind() {
                quant_torch::ErrorKind::Invalid => 1,
                quant_torch::ErrorKind::Unsupported | quant_torch::ErrorKind::Limit => 4,
                quant_torch::ErrorKind::Io => 5,
            },
            Self::Hdf5(error) => match error.kind() {
                quant_hdf5::ErrorKind::Invalid => 1,
                quant_hdf5::ErrorKind::Unsupported => 4,
                quant_hdf5::ErrorKind::Io => 5,
            },
            Self::Invalid(_) => 1,
            Self::Usage(_) => 2,
            Self::Differs(_) => 3,
            Self::Io(_) => 5,
        }
    }

    /// Tells the user, in colour on a terminal unless `NO_COLOR` is set, as wrong arguments are told.
    pub fn report(&self) {
        let style = clap::builder::Styles::styled();
        let style = style.get_error();
        anstream::eprintln!("{style}error:{style:#} {self}");
    }

    /// The failure of an operation on a file.
    pub fn io(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            return Self::Invalid(format!("{}: {error}; write it as plain text", path.display()));
        }
        // An empty path would leave the error without a place.
        let path = if path.as_os_str().is_empty() {
            Path::new("''")
        } else {
            path
        };
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the permissions",
            io::ErrorKind::IsADirectory => "name a file",
            // A folder was to be made where a file stands.
            io::ErrorKind::AlreadyExists => "it is a file: name a folder",
            io::ErrorKind::NotADirectory => "name a folder",
            io::ErrorKind::StorageFull => "make room on the disk",
            _ => "check the file and its disk",
        };
        Self::Io(format!("{}: {error}; {hint}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Core(error) => error.to_string(),
            Self::Torch(error) => error.to_string(),
            Self::Hdf5(error) => error.to_string(),
            Self::Invalid(text) | Self::Usage(text) | Self::Differs(text) | Self::Io(text) => text.clone(),
        };
        // One line, whatever names the input brings.
        f.write_str(&text.replace(['\n', '\r'], " "))
    }
}

impl From<quant_core::Error> for Failure {
    fn from(error: quant_core::Error) -> Self {
        Self::Core(error)
    }
}

impl From<quant_torch::Error> for Failure {
    fn from(error: quant_torch::Error) -> Self {
        Self::Torch(error)
    }
}

impl From<quant_hdf5::Error> for Failure {
    fn from(error: quant_hdf5::Error) -> Self {
        Self::Hdf5(error)
    }
}
