//! Files of pictures to pixels.
//!
//! What decoders elsewhere leave open is as TensorFlow and Pillow (`convert("RGB")`) have it: alpha is dropped, not blended;
//! palettes are looked up; of 16 bits the high byte is taken; EXIF's orientation is not applied, as `Image.open` and
//! `tf.io.decode_jpeg` do not; colour profiles and gamma are not, either; of an animation the first frame counts. A file
//! that ends too early is an error, never a picture with a grey end.

use std::io::Cursor;

use png::{ColorType, Transformations};

pub use crate::decoder::Decoder;
use crate::error::{Error, Kind, Result};
use crate::jpeg;
use crate::limits::MAX_PIXELS;
use crate::picture::{Picture, pixels};

/// The formats, by the bytes that a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG, baseline and progressive.
    Jpeg,
    /// PNG, interlaced or not.
    Png,
    /// WebP, with and without loss.
    WebP,
}

impl Format {
    /// Endings of file names, without the dot.
    pub const EXTENSIONS: [&'static str; 5] = ["jpg", "jpeg", "jpe", "png", "webp"];

    /// The format of a file that begins so.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")).then_some(Self::WebP)
    }
}

/// The pixels of a file, grey or in colour as the file has them.
///
/// # Errors
/// No format that is known, a damaged file, too many pixels.
pub fn decode(bytes: &[u8], decoder: Decoder) -> Result<Picture> {
    match Format::of(bytes) {
        Some(Format::Jpeg) => jpeg::decode(bytes, decoder),
        Some(Format::Png) => png(bytes),
        Some(Format::WebP) => webp(bytes),
        None => Err(Error::new(
            Kind::Unsupported,
            "it is no JPEG, PNG or WebP file",
            "convert the picture",
        )),
    }
}

fn damaged(format: &str, error: impl std::fmt::Display) -> Error {
    let text = error.to_string();
    // Some decoders write several lines.
    let text: Vec<&str> = text.split_whitespace().collect();
    Error::invalid(
        format!("damaged {format}: {}", text.join(" ")),
        "save the picture again",
    )
}

fn png(bytes: &[u8]) -> Result<Picture> {
    let wrong = |error: png::DecodingError| damaged("PNG", error);
    let limits = png::Limits {
        bytes: MAX_PIXELS * 8,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(wrong)?;
    let (width, height) = (info.width as usize, info.height as usize);
    pixels(width, height)?;
    let mut reader = decoder.read_info().map_err(wrong)?;
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    if size > MAX_PIXELS * 4 {
        return Err(damaged("PNG", "more bytes than pixels"));
    }
    let mut data = vec![0; size];
    let frame = reader.next_frame(&mut data).map_err(wrong)?;
    if (frame.width as usize, frame.height as usize) != (width, height) {
        // The first frame of an animation may be a part of it.
        return Err(Error::new(
            Kind::Unsupported,
            "its first frame is smaller than the picture",
            "save one frame",
        ));
    }
    let (channels, stored) = match frame.color_type {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (1, 2),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (3, 4),
        ColorType::Indexed => return Err(damaged("PNG", "no palette")),
    };
    data.truncate(frame.buffer_size());
    Picture::new(width, height, channels, without_alpha(data, channels, stored))
}

fn webp(bytes: &[u8]) -> Result<Picture> {
    let wrong = |error: image_webp::DecodingError| damaged("WebP", error);
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(wrong)?;
    decoder.set_memory_limit(MAX_PIXELS * 4);
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let stored = if decoder.has_alpha() { 4 } else { 3 };
    let mut data = vec![0; pixels(width, height)? * stored];
    decoder.read_image(&mut data).map_err(wrong)?;
    Picture::new(width, height, 3, without_alpha(data, 3, stored))
}

/// The first `channels` of every `stored` elements.
fn without_alpha(data: Vec<u8>, channels: usize, stored: usize) -> Vec<u8> {
    if channels == stored {
        return data;
    }
    let pixels = data.chunks_exact(stored);
    pixels.flat_map(|pixel| &pixel[..channels]).copied().collect()
}
