//! JPEG, with the pixels of libjpeg-turbo, which TensorFlow and Pillow decode with.
//!
//! The standard leaves open how the cosine transform rounds, how halved colour planes grow and how colours are computed, so
//! decoders differ by a few steps of 255, and what is calibrated with their pixels differs, too. Here all three are as
//! libjpeg-turbo has them: its accurate transform (Pillow's choice) or its fast one (TensorFlow's), triangles between
//! samples of halved planes ("fancy upsampling"), and colours in fixed point.
//!
//! Baseline, extended (8 bits) and progressive files with Huffman codes are read. libjpeg-turbo makes pixels of damaged files,
//! too; here they are errors.

mod colour;
mod fault;
mod huffman;
mod input;
mod plane;
mod scan;
mod segments;
mod transform;

use colour::Colours;
use fault::{damaged, truncated, unsupported};
use input::Input;
use plane::Plane;
use segments::{Block, Frame, Tables};

use crate::decoder::Decoder;
use crate::error::{Error, Kind, Result};
use crate::picture::Picture;

/// Scans of a file: encoders write some ten, and each may cost a walk over all coefficients.
const MAX_SCANS: usize = 100;

/// The pixels of a file, as one of the decoders makes them.
pub fn decode(bytes: &[u8], decoder: Decoder) -> Result<Picture> {
    let mut input = Input::new(bytes);
    let mut tables = Tables::default();
    let mut found: Option<Coefficients> = None;
    let mut scans = 0;
    while let Some(marker) = input.marker() {
        match marker {
            0xd9 => {
                let found = found.ok_or_else(|| damaged("it has no picture"))?;
                return found.picture(&tables, decoder);
            }
            // Start of image, restarts, and one for codes of arithmetic: alone.
            0x01 | 0xd0..=0xd8 => {}
            0xda => {
                scans += 1;
                if scans > MAX_SCANS {
                    let what = format!("a JPEG of more than {MAX_SCANS} scans");
                    return Err(Error::new(Kind::Limit, what, "save the picture again"));
                }
                let found = found.as_mut().ok_or_else(|| damaged("a scan without a frame"))?;
                let segment = input.segment().ok_or_else(truncated)?;
                found.scan(segment, &tables, &mut input)?;
            }
            _ => {
                let segment = input.segment().ok_or_else(truncated)?;
                match marker {
                    0xc0..=0xc2 if found.is_some() => return Err(damaged("two frames")),
                    0xc0..=0xc2 => found = Some(Coefficients::new(Frame::parse(segment, marker == 0xc2)?)),
                    0xc4 => tables.huffman(segment)?,
                    0xdb => tables.quantization(segment)?,
                    0xdd => tables.restart(segment)?,
                    0xe0 => tables.jfif |= segment.starts_with(b"JFIF\0"),
                    0xee => tables.adobe(segment),
                    0xc9..=0xcc => return Err(unsupported("with arithmetic coding")),
                    0xc3 | 0xc5..=0xcf => return Err(unsupported("without loss or of several frames")),
                    _ => {}
                }
            }
        }
    }
    // Some encoders leave the last marker out. A progressive file could still have had more scans.
    match found {
        Some(found) if !found.frame.progressive && found.is_whole() => found.picture(&tables, decoder),
        _ => Err(truncated()),
    }
}

/// What scans bring.
struct Coefficients {
    frame: Frame,
    /// The blocks of each component.
    blocks: Vec<Vec<Block>>,
    /// Of each component and coefficient in zigzag order: how many low bits are missing; `None` before its first scan.
    missing: Vec<[Option<u8>; 64]>,
    /// The steps of each component, from its first scan on.
    steps: Vec<Option<[u16; 64]>>,
}

impl Coefficients {
    fn new(frame: Frame) -> Self {
        let blocks = frame.components.iter().map(|c| vec![[0; 64]; c.columns * c.rows]);
        let count = frame.components.len();
        Self {
            blocks: blocks.collect(),
            missing: vec![[None; 64]; count],
            steps: vec![None; count],
            frame,
        }
    }

    fn scan(&mut self, segment: &[u8], tables: &Tables, input: &mut Input<'_>) -> Result<()> {
        let scan = self.frame.scan(segment)?;
        for part in &scan.parts {
            let component = &self.frame.components[part.component];
            let steps = &mut self.steps[part.component];
            if steps.is_none() {
                let table = tables.steps[component.table];
                *steps = Some(table.ok_or_else(|| damaged("a quantization table is missing"))?);
            }
            for missing in &mut self.missing[part.component][scan.first..=scan.last] {
                if *missing != scan.before {
                    return Err(damaged("its scans come in the wrong order"));
                }
                *missing = Some(scan.low);
            }
        }
        let read = scan::read(input.rest(), &self.frame, &mut self.blocks, &scan, tables)?;
        input.skip(read);
        Ok(())
    }

    /// Whether every component has its coefficients to the last bit.
    fn is_whole(&self) -> bool {
        self.missing.iter().flatten().all(|missing| *missing == Some(0))
    }

    /// Whether libjpeg-turbo would take the coefficients as they are: where the first ones of a component are not whole, it
    /// makes them up from the blocks around.
    fn is_taken(&self) -> bool {
        self.missing
            .iter()
            .all(|missing| missing[..10].iter().all(|missing| *missing == Some(0)))
    }

    fn picture(self, tables: &Tables, decoder: Decoder) -> Result<Picture> {
        if !self.is_taken() {
            return Err(damaged("scans are missing"));
        }
        let Frame { width, height, .. } = self.frame;
        let colours = Colours::of(&self.frame, tables);
        let mut planes = Vec::new();
        for ((component, blocks), steps) in self.frame.components.iter().zip(self.blocks).zip(self.steps) {
            let steps = steps.unwrap_or([0; 64]);
            let samples = transform::samples(&blocks, component.columns, &steps, decoder);
            planes.push(Plane::new(samples, component, &self.frame));
        }
        let mut data = Vec::with_capacity(width * height * colours.channels());
        let mut rows = vec![Vec::new(); planes.len()];
        for y in 0..height {
            for (plane, row) in planes.iter().zip(&mut rows) {
                plane.row(y, row);
                row.truncate(width);
            }
            colours.append(&rows, decoder, &mut data);
        }
        Picture::new(width, height, colours.channels(), data)
    }
}
