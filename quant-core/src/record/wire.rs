//! Numbers as bytes of a recording, little-endian, and back with limits.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use quant_ir::error::{Error, Place, Problem, Result};
use quant_kernel::Range;

/// Bytes that grow.
#[derive(Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn u8(&mut self, x: u8) {
        self.0.push(x);
    }

    pub fn u32(&mut self, x: u32) {
        self.0.extend(x.to_le_bytes());
    }

    pub fn u64(&mut self, x: u64) {
        self.0.extend(x.to_le_bytes());
    }

    pub fn f32(&mut self, x: f32) {
        self.0.extend(x.to_le_bytes());
    }

    pub fn f64(&mut self, x: f64) {
        self.0.extend(x.to_le_bytes());
    }

    /// A text behind its length.
    pub fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
    }

    /// A range that may be missing.
    pub fn range(&mut self, range: Option<Range>) {
        self.u8(u8::from(range.is_some()));
        let range = range.unwrap_or(Range { min: 0.0, max: 0.0 });
        self.f32(range.min);
        self.f32(range.max);
    }

    /// Ranges that wait.
    pub fn ranges(&mut self, ranges: Option<&[Range]>) {
        self.u8(u8::from(ranges.is_some()));
        let ranges = ranges.unwrap_or_default();
        self.u64(ranges.len() as u64);
        for range in ranges {
            self.f32(range.min);
            self.f32(range.max);
        }
    }
}

/// Bytes that are read from the front.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            len: bytes.len(),
        }
    }

    /// The error of what stands before here.
    pub fn wrong(&self, what: &str) -> Error {
        Error::new(
            Place::number("byte", self.len.saturating_sub(self.bytes.len())),
            Problem::Parse(what.to_owned()),
            "the recording is damaged; record again",
        )
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        match self.bytes.split_at_checked(count) {
            Some((taken, rest)) => {
                self.bytes = rest;
                Ok(taken)
            }
            None => Err(self.wrong("the recording ends here")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of things in memory.
    pub fn size(&mut self) -> Result<usize> {
        let size = self.u64()?;
        usize::try_from(size).map_err(|_| self.wrong("a number beyond the memory"))
    }

    pub fn f32(&mut self) -> Result<f32> {
        self.array().map(f32::from_le_bytes)
    }

    pub fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    pub fn flag(&mut self) -> Result<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong("neither yes nor no")),
        }
    }

    /// A count of things that take at least `bytes` bytes each, which must be there.
    pub fn count(&mut self, bytes: usize) -> Result<usize> {
        let count = self.u32()? as usize;
        self.fits(count, bytes)
    }

    fn fits(&self, count: usize, bytes: usize) -> Result<usize> {
        match count.checked_mul(bytes) {
            Some(all) if all <= self.bytes.len() => Ok(count),
            _ => Err(self.wrong("more than the recording has room for")),
        }
    }

    /// A sum of counts, which is no more than values can be counted.
    pub fn sum(&self, sum: u64, count: Option<u64>) -> Result<u64> {
        let sum = sum.checked_add(count.unwrap_or(0)).filter(|sum| *sum < 1 << 62);
        sum.ok_or_else(|| self.wrong("more values than can be counted"))
    }

    pub fn text(&mut self) -> Result<String> {
        let count = self.count(1)?;
        let text = std::str::from_utf8(self.take(count)?);
        text.map(str::to_owned)
            .map_err(|_| self.wrong("a text that is not UTF-8"))
    }

    /// A range that may be missing, with its ends in order and no NaN.
    pub fn range(&mut self) -> Result<Option<Range>> {
        let there = self.flag()?;
        let range = self.pair()?;
        if there && (range.min.is_nan() || range.max.is_nan() || range.min > range.max) {
            return Err(self.wrong("a range whose ends are out of order"));
        }
        Ok(there.then_some(range))
    }

    /// A finite range that is there.
    pub fn edges(&mut self) -> Result<Range> {
        let range = self.range()?;
        let finite = range.filter(|range| range.min.is_finite() && range.max.is_finite());
        finite.ok_or_else(|| self.wrong("a histogram without finite ends"))
    }

    pub fn pair(&mut self) -> Result<Range> {
        Ok(Range {
            min: self.f32()?,
            max: self.f32()?,
        })
    }

    /// Ranges that wait, where the state has some to wait for.
    pub fn ranges(&mut self, into: &mut Option<Vec<Range>>) -> Result<()> {
        if self.flag()? != into.is_some() {
            return Err(self.wrong("a state that begins at another record"));
        }
        let count = self.size()?;
        let count = self.fits(count, 8)?;
        for _ in 0..count {
            let pair = self.pair()?;
            match into {
                Some(waiting) => waiting.push(pair),
                None => return Err(self.wrong("ranges that wait for nothing")),
            }
        }
        Ok(())
    }
}
