//! Pictures as a network takes them: decoded, cut, resized and normalized as the tool did that the network was trained
//! with, and the TFRecords that such pictures are kept in.
//!
//! A resize is no matter of taste here: a network's accuracy is measured on the very pixels that Pillow or TensorFlow
//! makes, so [`resize`] has their arithmetic, bit for bit. JPEG is not defined to the bit either: decoders differ by some
//! steps of 255, so [`decode`] has the pixels of TensorFlow's or of Pillow's.
//!
//! Nothing here opens a file. What comes from outside is checked against [`limits`] before memory is taken for it.

mod crc32c;
pub mod crop;
pub mod decode;
mod decoder;
mod error;
pub mod example;
mod jpeg;
pub mod limits;
mod picture;
pub mod prepare;
pub mod resize;
pub mod tfrecord;
mod wire;

pub use error::{Error, Kind, Result};
pub use picture::Picture;
pub use prepare::{Preparation, Preset};
