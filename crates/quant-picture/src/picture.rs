//! Pixels.

use crate::error::{Error, Kind, Result};
use crate::limits::MAX_PIXELS;

/// A picture of bytes, or of floats behind a resize in floats: rows from the top, pixels from the left, channels together
/// (HWC).
#[derive(Clone, Debug, PartialEq)]
pub struct Picture<T = u8> {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// `height · width · channels` elements.
    pub data: Vec<T>,
}

impl<T: Copy> Picture<T> {
    /// A picture of these elements.
    ///
    /// # Errors
    /// No pixels, too many of them, or another number of elements than they have.
    pub fn new(width: usize, height: usize, channels: usize, data: Vec<T>) -> Result<Self> {
        let pixels = pixels(width, height)?;
        if pixels.checked_mul(channels) != Some(data.len()) {
            let what = format!(
                "{} elements for {width}×{height} pixels of {channels}",
                data.len()
            );
            return Err(Error::invalid(what, "save the picture again"));
        }
        Ok(Self {
            width,
            height,
            channels,
            data,
        })
    }

    /// The part of `width` × `height` pixels whose first pixel is (`left`, `top`), which lies within.
    #[must_use]
    pub fn part(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let row = self.width * self.channels;
        let rows = self.data.chunks_exact(row).skip(top).take(height);
        let columns = left * self.channels..(left + width) * self.channels;
        Self {
            width,
            height,
            channels: self.channels,
            data: rows.flat_map(|row| &row[columns.clone()]).copied().collect(),
        }
    }

    /// The same size and channels with other elements.
    pub(crate) fn map<U>(&self, map: impl Fn(T) -> U) -> Picture<U> {
        Picture {
            width: self.width,
            height: self.height,
            channels: self.channels,
            data: self.data.iter().map(|x| map(*x)).collect(),
        }
    }
}

impl Picture {
    /// The picture with so many channels. Grey to colour repeats; colour to grey is ITU-R 601-2 luma in Pillow's fixed point,
    /// (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶.
    ///
    /// # Errors
    /// Another number than 1 and 3.
    pub fn with_channels(self, channels: usize) -> Result<Self> {
        let data = match (self.channels, channels) {
            (a, b) if a == b => return Ok(self),
            (1, 3) => self.data.iter().flat_map(|x| [*x; 3]).collect(),
            (3, 1) => {
                let (pixels, _) = self.data.as_chunks();
                pixels.iter().copied().map(luma).collect()
            }
            _ => {
                let what = format!("pictures have 1 channel or 3, not {channels}");
                return Err(Error::new(
                    Kind::Unsupported,
                    what,
                    "give the data as a .npy file",
                ));
            }
        };
        Ok(Self {
            channels,
            data,
            ..self
        })
    }
}

fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19595 * u32::from(r) + 38470 * u32::from(g) + 7471 * u32::from(b) + 0x8000;
    (sum >> 16) as u8
}

/// The number of pixels, checked.
pub(crate) fn pixels(width: usize, height: usize) -> Result<usize> {
    let count = width.checked_mul(height);
    match count {
        Some(0) => Err(Error::invalid("it has no pixels", "save the picture again")),
        Some(count) if count <= MAX_PIXELS => Ok(count),
        _ => Err(Error::new(
            Kind::Limit,
            format!("{width}×{height} pixels, more than {MAX_PIXELS}"),
            "make the picture smaller",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_and_parts() {
        let colour = Picture::new(2, 1, 3, vec![255, 0, 0, 10, 20, 30]).unwrap();
        let grey = colour.clone().with_channels(1).unwrap();
        // Pillow 13: Image.convert("L").
        assert_eq!(grey.data, [76, 18]);
        assert_eq!(grey.with_channels(3).unwrap().data, [76, 76, 76, 18, 18, 18]);
        assert_eq!(colour.part(1, 0, 1, 1).data, [10, 20, 30]);
        assert!(colour.with_channels(4).is_err());
        assert!(Picture::new(2, 2, 1, vec![0; 3]).is_err());
        assert!(Picture::<u8>::new(0, 2, 1, vec![]).is_err());
        assert_eq!(pixels(1 << 40, 1 << 40).unwrap_err().kind(), Kind::Limit);
    }
}
