//! What happened.

use std::fmt;

/// What happened. A variant with a text is a family of rare ones, and the text says which.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file does not begin as a checkpoint does.
    NotCheckpoint,
    /// The data end in the middle of something.
    CutOff,
    /// The checksum of a storage differs.
    Checksum,
    /// The archive is not as torch writes it.
    Archive(String),
    /// A name of an archive's entry leads out of the archive, or is too long.
    UnsafeName(String),
    /// The pickle, or what it says of tensors and storages, makes no sense.
    Damaged(String),
    /// The pickle wants to call what no tensor needs.
    ForbiddenCall {
        /// The function's module.
        module: String,
        /// Its name.
        name: String,
    },
    /// A storage has another size than its description.
    StorageSize {
        /// Bytes that are there.
        found: u64,
        /// Bytes that are wanted.
        expected: u64,
    },
    /// A storage is not in the file.
    MissingStorage,
    /// A tensor reads elements that its storage does not have.
    OutOfStorage {
        /// The tensor's shape.
        shape: Vec<usize>,
        /// Its strides.
        strides: Vec<usize>,
    },
    /// Another object stands where a tensor is wanted.
    NotTensor,
    /// Another object stands where a dictionary is wanted.
    NotDict,
    /// A key that must be there is not.
    MissingKey(String),
    /// A key that stands twice, or is no text.
    Key(String),
    /// A tensor of a shape or count of elements that is not wanted here.
    Shape(String),
    /// Elements that cannot be quantized.
    Elements(String),
    /// The checkpoint is quantized already.
    Quantized {
        /// How that shows.
        sign: String,
    },
    /// A layer that the device does not have.
    Layer(String),
    /// A number or word that an option cannot be.
    Option(String),
    /// A configuration cannot be read.
    Parse(String),
    /// The program that calls handed over what does not fit.
    Misuse(String),
    /// Wrong in a way that no other variant names.
    Invalid(String),

    /// The file holds a program or source code.
    Program(String),
    /// The storages have the other order of bytes.
    BigEndian,
    /// A pickle or format of a version that is not read.
    Version(String),
    /// An instruction of pickles that is not followed.
    Instruction(String),
    /// An element type that is not read, or not in this format.
    Type(String),
    /// Not supported for a reason that no other variant names.
    Unsupported(String),

    /// More than may be read or written.
    Limit(String),
    /// Objects nest deeper than may be.
    TooDeep {
        /// How deep they may nest.
        limit: usize,
    },

    /// Bytes cannot be read or written; the source says why.
    Io(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCheckpoint => f.write_str("this is no PyTorch checkpoint"),
            Self::CutOff => f.write_str("the data end in the middle of something"),
            Self::Checksum => f.write_str("the checksum of a storage differs"),
            Self::UnsafeName(name) => {
                let name = name.escape_default();
                write!(f, "the name `{name}` leads out of the archive or is too long")
            }
            Self::ForbiddenCall { module, name } => {
                write!(
                    f,
                    "the checkpoint wants to call `{module}.{name}`, which no tensor needs"
                )
            }
            Self::StorageSize { found, expected } => write!(f, "it has {found} bytes instead of {expected}"),
            Self::MissingStorage => f.write_str("it is not in the file"),
            Self::OutOfStorage { shape, strides } => {
                write!(
                    f,
                    "a tensor of shape {shape:?} with strides {strides:?} looks beyond it"
                )
            }
            Self::NotTensor => f.write_str("this is no tensor"),
            Self::NotDict => f.write_str("this is no dictionary"),
            Self::Quantized { sign } => write!(f, "it is quantized already: {sign}"),
            Self::BigEndian => f.write_str("the storages are big-endian"),
            Self::TooDeep { limit } => write!(f, "objects nest deeper than {limit}"),
            Self::Archive(text)
            | Self::Damaged(text)
            | Self::MissingKey(text)
            | Self::Key(text)
            | Self::Shape(text)
            | Self::Elements(text)
            | Self::Layer(text)
            | Self::Option(text)
            | Self::Parse(text)
            | Self::Misuse(text)
            | Self::Invalid(text)
            | Self::Program(text)
            | Self::Version(text)
            | Self::Instruction(text)
            | Self::Type(text)
            | Self::Unsupported(text)
            | Self::Limit(text)
            | Self::Io(text) => f.write_str(text),
        }
    }
}
