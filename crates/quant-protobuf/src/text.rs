//! Protobuf's text form as a tree of fields, for messages of any kind (`protobuf.dev`, "Text Format Language").
//!
//! Nothing has to be known of a message to read it: what a word means (a number, an enumerator, a bool) is for the caller to
//! say, by the functions of [`Scalar`]. `name: [a, b]` is read as `name: a name: b`, which is the same message.
//!
//! ```
//! use quant_protobuf::text;
//!
//! let fields = text::read("scale: 0.5 # one\n layer : { name: 'a' \"b\" }; kind: [FAST, SMALL]")?;
//! let [scale, layer, fast, small] = fields.as_slice() else { panic!() };
//! assert_eq!((scale.name, scale.scalar()?.single()), ("scale", Some(0.5)));
//! assert_eq!(layer.message()?[0].scalar()?.text(), Some("ab"));
//! assert_eq!((fast.name, small.scalar()?.word()), ("kind", Some("SMALL")));
//! assert_eq!(layer.position.to_string(), "line 2, column 2");
//! # Ok::<(), quant_ir::Error>(())
//! ```

mod field;
mod lexer;
mod numbers;
mod read;
mod strings;
mod write;

pub use field::{Field, Position, Scalar, Value};
pub use numbers::{double, general, single};
pub use read::read;
pub use strings::quoted;
pub use write::Writer;

#[cfg(test)]
mod tests;
