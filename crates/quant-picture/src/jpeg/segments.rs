//! Markers and the segments behind them.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use super::fault::{damaged, truncated, unsupported};
use super::huffman::Huffman;
use crate::error::Result;
use crate::picture::pixels;

/// Where coefficients of a zigzag are in a block.
pub const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Eight by eight coefficients, a row of increasing horizontal frequency after the other.
pub type Block = [i16; 64];

/// What segments say that hold for what follows.
#[derive(Default)]
pub struct Tables {
    /// Steps of coefficients, as a block has them.
    pub steps: [Option<[u16; 64]>; 4],
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// Units between restarts; 0 for none.
    pub restart: usize,
    pub jfif: bool,
    /// Adobe's word on colours.
    pub adobe: Option<u8>,
}

impl Tables {
    pub fn quantization(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((head, rest)) = segment.split_first() {
            let size = 1 + usize::from(head >> 4);
            let slot = self.steps.get_mut(usize::from(head & 15));
            let (Some(slot), 1..=2) = (slot, size) else {
                return Err(damaged("a wrong quantization table"));
            };
            let (values, rest) = rest.split_at_checked(64 * size).ok_or_else(truncated)?;
            let mut table = [0; 64];
            for (place, value) in ZIGZAG.iter().zip(values.chunks_exact(size)) {
                let value = value.iter().fold(0, |all, byte| all << 8 | u16::from(*byte));
                if let Some(step) = table.get_mut(*place) {
                    *step = value;
                }
            }
            *slot = Some(table);
            segment = rest;
        }
        Ok(())
    }

    pub fn huffman(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((head, rest)) = segment.split_first() {
            let tables = if head >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            let (Some(slot), 0..=1) = (tables.get_mut(usize::from(head & 15)), head >> 4) else {
                return Err(damaged("a wrong Huffman table"));
            };
            let (counts, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(count).ok_or_else(truncated)?;
            *slot = Some(Huffman::new(counts, values).ok_or_else(|| damaged("a wrong Huffman table"))?);
            segment = rest;
        }
        Ok(())
    }

    pub fn restart(&mut self, segment: &[u8]) -> Result<()> {
        let interval = segment.first_chunk().ok_or_else(truncated)?;
        self.restart = usize::from(u16::from_be_bytes(*interval));
        Ok(())
    }

    pub fn adobe(&mut self, segment: &[u8]) {
        if segment.starts_with(b"Adobe") {
            self.adobe = segment.get(11).copied().or(self.adobe);
        }
    }
}

/// A plane of a picture.
pub struct Component {
    pub id: u8,
    /// Its share of the samples along a row and a column.
    pub horizontal: usize,
    pub vertical: usize,
    /// The number of its table of steps.
    pub table: usize,
    /// Samples that belong to the picture.
    pub width: usize,
    pub height: usize,
    /// Blocks that are stored: whole units of the frame.
    pub columns: usize,
    pub rows: usize,
}

/// A picture.
pub struct Frame {
    pub progressive: bool,
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
    /// The greatest shares.
    pub horizontal: usize,
    pub vertical: usize,
    /// Units in a row and a column: blocks of all components that cover the same pixels.
    pub columns: usize,
    pub rows: usize,
}

impl Frame {
    pub fn parse(segment: &[u8], progressive: bool) -> Result<Self> {
        let (head, mut rest) = segment.split_first_chunk::<6>().ok_or_else(truncated)?;
        let [precision, a, b, c, d, count] = *head;
        if precision != 8 {
            return Err(unsupported(&format!("of {precision} bits")));
        }
        let (height, width) = (
            usize::from(u16::from_be_bytes([a, b])),
            usize::from(u16::from_be_bytes([c, d])),
        );
        pixels(width, height)?;
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(&format!("of {count} components")));
        }
        let mut parsed: Vec<(u8, usize, usize, usize)> = Vec::new();
        for _ in 0..count {
            let ([id, shares, table], more) = rest.split_first_chunk().ok_or_else(truncated)?;
            let (horizontal, vertical) = (usize::from(shares >> 4), usize::from(shares & 15));
            let known = parsed.iter().any(|(other, ..)| *other == *id);
            if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) || *table > 3 || known {
                return Err(damaged("a wrong frame"));
            }
            parsed.push((*id, horizontal, vertical, usize::from(*table)));
            rest = more;
        }
        let most =
            |share: fn(&(u8, usize, usize, usize)) -> usize| parsed.iter().map(share).max().unwrap_or(1);
        let (most_h, most_v) = (most(|part| part.1), most(|part| part.2));
        let (columns, rows) = (width.div_ceil(8 * most_h), height.div_ceil(8 * most_v));
        let mut components = Vec::new();
        for (id, horizontal, vertical, table) in parsed {
            if most_h % horizontal != 0 || most_v % vertical != 0 {
                return Err(unsupported("whose planes differ by a fraction"));
            }
            components.push(Component {
                id,
                horizontal,
                vertical,
                table,
                width: (width * horizontal).div_ceil(most_h),
                height: (height * vertical).div_ceil(most_v),
                columns: columns * horizontal,
                rows: rows * vertical,
            });
        }
        Ok(Self {
            progressive,
            width,
            height,
            components,
            horizontal: most_h,
            vertical: most_v,
            columns,
            rows,
        })
    }

    /// The head of a scan.
    pub fn scan(&self, segment: &[u8]) -> Result<Scan> {
        let wrong = || damaged("a wrong scan");
        let (count, mut rest) = segment.split_first().ok_or_else(truncated)?;
        let mut parts: Vec<Part> = Vec::new();
        for _ in 0..*count {
            let ([id, tables], more) = rest.split_first_chunk().ok_or_else(truncated)?;
            let component = self.components.iter().position(|component| component.id == *id);
            let component = component.ok_or_else(wrong)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc > 3 || ac > 3 || parts.iter().any(|part| part.component == component) {
                return Err(wrong());
            }
            parts.push(Part { component, dc, ac });
            rest = more;
        }
        let [first, last, bits] = *rest.first_chunk().ok_or_else(truncated)?;
        let (high, low) = (bits >> 4, bits & 15);
        if parts.is_empty() {
            return Err(wrong());
        }
        if !self.progressive {
            return Ok(Scan {
                parts,
                first: 0,
                last: 63,
                before: None,
                low: 0,
            });
        }
        let (first, last) = (usize::from(first), usize::from(last));
        // The constant coefficient comes by itself, of several components; the others of one.
        let constant = first == 0 && last == 0;
        let others = (1..64).contains(&first) && (first..64).contains(&last) && parts.len() == 1;
        if !(constant || others) || low > 13 || high != 0 && high != low + 1 {
            return Err(wrong());
        }
        Ok(Scan {
            parts,
            first,
            last,
            before: (high != 0).then_some(high),
            low,
        })
    }
}

/// A component of a scan, and its Huffman tables.
pub struct Part {
    pub component: usize,
    pub dc: usize,
    pub ac: usize,
}

/// Coefficients of some components.
pub struct Scan {
    pub parts: Vec<Part>,
    /// The first and the last coefficient, in zigzag order.
    pub first: usize,
    pub last: usize,
    /// How many bits a scan before left out; `None` for the first one.
    pub before: Option<u8>,
    /// How many bits this one leaves out.
    pub low: u8,
}
