//! Other sizes, with the arithmetic of the tools that networks were trained with.

mod pillow;
mod tensorflow;

use std::str::FromStr;

use crate::decoder::Decoder;
use crate::error::{Error, Kind, Result};
use crate::limits::MAX_SIDE;
use crate::picture::{Picture, pixels};

/// How pixels of another size come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `Image.NEAREST`: the pixel at the centre, no average.
    Nearest,
    /// `Image.BOX`: the average of the area.
    Box,
    /// `Image.BILINEAR`: a triangle, wider when the picture shrinks (antialiased).
    Bilinear,
    /// `Image.HAMMING`.
    Hamming,
    /// `Image.BICUBIC`, which `Image.resize` takes by default: Catmull-Rom (a = −0.5), wider when the picture shrinks.
    Bicubic,
    /// `Image.LANCZOS`, of three lobes.
    Lanczos,
    /// `tf.compat.v1.image.resize_bilinear`: in floats, four pixels whatever the size, corner on corner of the first pixel.
    Tf1Bilinear,
    /// `tf.image.resize` of TensorFlow 2, bilinear without antialias: the same, centre on centre.
    Tf2Bilinear,
}

impl Filter {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 8] = [
        ("nearest", Self::Nearest),
        ("box", Self::Box),
        ("bilinear", Self::Bilinear),
        ("hamming", Self::Hamming),
        ("bicubic", Self::Bicubic),
        ("lanczos", Self::Lanczos),
        ("tf1-bilinear", Self::Tf1Bilinear),
        ("tf2-bilinear", Self::Tf2Bilinear),
    ];

    /// Whether pixels become floats before they are resized, as TensorFlow does, or stay bytes, as with Pillow.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Tf1Bilinear | Self::Tf2Bilinear)
    }

    /// Who decodes the pictures that it resizes: the tool whose arithmetic it is.
    pub fn decoder(self) -> Decoder {
        if self.is_float() {
            Decoder::TensorFlow
        } else {
            Decoder::Pillow
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, filter)| *filter).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
            format!("filters are {}", words.join(", "))
        })
    }
}

/// Bytes in another size, rounded to bytes in each of the two passes, as Pillow does.
///
/// # Errors
/// A filter of floats, no pixels or too many.
pub fn bytes(picture: &Picture, width: usize, height: usize, filter: Filter) -> Result<Picture> {
    check(width, height)?;
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture.clone());
    }
    let kernel = match filter {
        Filter::Nearest => return Ok(pillow::nearest(picture, width, height)),
        Filter::Box => pillow::BOX,
        Filter::Bilinear => pillow::BILINEAR,
        Filter::Hamming => pillow::HAMMING,
        Filter::Bicubic => pillow::BICUBIC,
        Filter::Lanczos => pillow::LANCZOS,
        Filter::Tf1Bilinear | Filter::Tf2Bilinear => return Err(wrong("it works on floats")),
    };
    Ok(pillow::resample(picture, width, height, &kernel))
}

/// Floats in another size, as TensorFlow computes them in single precision.
///
/// # Errors
/// A filter of bytes, no pixels or too many.
pub fn floats(picture: &Picture<f32>, width: usize, height: usize, filter: Filter) -> Result<Picture<f32>> {
    check(width, height)?;
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture.clone());
    }
    match filter {
        Filter::Tf1Bilinear => Ok(tensorflow::bilinear(picture, width, height, false)),
        Filter::Tf2Bilinear => Ok(tensorflow::bilinear(picture, width, height, true)),
        _ => Err(wrong("it works on bytes")),
    }
}

fn check(width: usize, height: usize) -> Result<()> {
    pixels(width, height)?;
    if width.max(height) <= MAX_SIDE {
        return Ok(());
    }
    let what = format!("{width}×{height} pixels, more than {MAX_SIDE} along a side");
    Err(Error::new(Kind::Limit, what, "give a smaller size"))
}

fn wrong(what: &str) -> Error {
    Error::invalid(format!("filter: {what}"), "take another filter")
}
