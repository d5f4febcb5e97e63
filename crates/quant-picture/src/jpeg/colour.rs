//! From components to colours.

use super::segments::{Frame, Tables};
use crate::decoder::Decoder;

/// What the components are.
#[derive(Clone, Copy)]
pub enum Colours {
    Grey,
    /// Red, green, blue as they are.
    Rgb,
    /// Luma and two differences.
    Ycc,
    /// Inks, of which the first three may be stored as luma and differences, and all of them inverted.
    Inks {
        ycc: bool,
        inverted: bool,
    },
}

impl Colours {
    /// As libjpeg guesses: by the markers of JFIF and Adobe, else by the names of the components.
    pub fn of(frame: &Frame, tables: &Tables) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.len(), tables.adobe) {
            (1, _) => Self::Grey,
            (4, adobe) => Self::Inks {
                ycc: adobe.is_some_and(|word| word != 0),
                inverted: adobe.is_some(),
            },
            _ if tables.jfif => Self::Ycc,
            (_, Some(0)) => Self::Rgb,
            (_, None) if ids == *b"RGB" => Self::Rgb,
            _ => Self::Ycc,
        }
    }

    /// Channels of a pixel.
    pub fn channels(self) -> usize {
        if matches!(self, Self::Grey) { 1 } else { 3 }
    }

    /// Appends a row of pixels, from one of each component.
    pub fn append(self, rows: &[Vec<u8>], decoder: Decoder, out: &mut Vec<u8>) {
        match (self, rows) {
            (Self::Inks { ycc, inverted }, [a, b, c, black]) => {
                for (((a, b), c), black) in a.iter().zip(b).zip(c).zip(black) {
                    let inks = if ycc {
                        rgb(*a, *b, *c).map(|x| 255 - x)
                    } else {
                        [*a, *b, *c]
                    };
                    out.extend(inks.map(|ink| light(ink, *black, inverted, decoder)));
                }
            }
            (_, [grey]) => out.extend(grey),
            (_, [a, b, c, ..]) => {
                let pixels = a.iter().zip(b).zip(c);
                if matches!(self, Self::Rgb) {
                    out.extend(pixels.flat_map(|((a, b), c)| [*a, *b, *c]));
                } else {
                    out.extend(pixels.flat_map(|((y, cb), cr)| rgb(*y, *cb, *cr)));
                }
            }
            _ => {}
        }
    }
}

/// ITU-R 601 with all 256 steps, in fixed point of 16 bits.
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let half = 1 << 15;
    let red = y + ((91881 * cr + half) >> 16);
    let green = y + ((-22554 * cb - 46802 * cr + half) >> 16);
    let blue = y + ((116_130 * cb + half) >> 16);
    [red, green, blue].map(|x| x.clamp(0, 255) as u8)
}

/// What an ink and black leave of the light. Pillow takes all files for inverted, and rounds; TensorFlow rounds down.
fn light(ink: u8, black: u8, inverted: bool, decoder: Decoder) -> u8 {
    let (ink, black) = (u32::from(ink), u32::from(black));
    match decoder {
        Decoder::Pillow => {
            let product = (255 - ink) * black + 128;
            (black - ((product + (product >> 8)) >> 8)) as u8
        }
        Decoder::TensorFlow if inverted => (ink * black / 255) as u8,
        Decoder::TensorFlow => ((255 - ink) * (255 - black) / 255) as u8,
    }
}
