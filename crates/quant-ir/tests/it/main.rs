//! The model as data, what its parts refuse, and both ends of the file format.

mod array;
mod bytes;
mod content;
mod dtype;
mod error;
mod flexbuffers;
mod format_appended;
mod format_export;
mod free_names;
mod labels;
mod named;
