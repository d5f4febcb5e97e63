//! Decoders whose pixels a picture can have.

/// Whose pixels a JPEG has: both take libjpeg-turbo, each with another cosine transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// TensorFlow's, as `tf.io.decode_jpeg` decodes by default: the fast transform.
    TensorFlow,
    /// Pillow's: the accurate one.
    Pillow,
}
