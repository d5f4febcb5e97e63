//! Places of values in bins, and tables that count them.

/// The number of bins whose places a float still tells apart.
pub const MOST: usize = 1 << 15;

/// What a bin's places are counted in: this many to its width.
pub const PLACES: usize = 256;

/// A value in a bin, beside its place.
pub const ONE: u64 = 1 << 36;

/// The bits of a float that say a place.
pub const PLACE: u32 = 0x7f_ffff;

/// Where values go.
#[derive(Clone, Copy)]
pub struct Places {
    /// Width of a bin.
    pub width: f32,
    /// The bin whose centre is 0.
    pub zero: usize,
    pub low: f32,
    pub high: f32,
}

impl Places {
    /// What a value is multiplied with, and what is added: at 2²³ the last bit of a float is 1, and the sum is the place,
    /// rounded, in the bits below.
    #[inline(always)]
    pub fn terms(self) -> [f32; 2] {
        let origin = (self.zero * PLACES + PLACES / 2) as f32;
        [PLACES as f32 / self.width, origin + 8_388_608.0]
    }

    #[inline(always)]
    pub fn is_beyond(self, x: f32) -> bool {
        x < self.low || x > self.high
    }
}

/// Counts a place in a table.
#[inline(always)]
pub fn count(table: &mut [u64; MOST], place: u32) {
    let place = place as usize;
    table[place / PLACES % MOST] += ONE + (place % PLACES) as u64;
}
