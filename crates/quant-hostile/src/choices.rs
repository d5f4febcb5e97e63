//! Decisions taken from bytes, so that a fuzzer that changes the bytes changes the decisions.

/// A stream of decisions; when the bytes end, the first choice is taken for ever.
#[derive(Clone, Copy, Debug)]
pub struct Choices<'a>(&'a [u8]);

/// Numbers at which sizes, indices and enumerators break.
const EDGES: [i32; 24] = [
    0,
    1,
    -1,
    2,
    3,
    4,
    5,
    7,
    8,
    15,
    16,
    63,
    64,
    127,
    128,
    255,
    256,
    32767,
    65535,
    65536,
    1 << 24,
    i32::MAX,
    i32::MIN,
    i32::MAX - 1,
];

/// The same for floats.
const FLOATS: [f32; 16] = [
    0.0,
    1.0,
    -1.0,
    0.5,
    -0.0,
    1e-45,
    f32::MIN_POSITIVE,
    1e-8,
    1e-5,
    255.0,
    1e30,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

impl<'a> Choices<'a> {
    /// Decisions from these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether bytes are left.
    pub fn more(&self) -> bool {
        !self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `count`, or 0 when there is none.
    pub fn below(&mut self, count: usize) -> usize {
        let number = if count > 256 {
            usize::from(self.byte()) << 8 | usize::from(self.byte())
        } else {
            usize::from(self.byte())
        };
        number.checked_rem(count).unwrap_or_default()
    }

    /// One of a list.
    pub fn one<'l, T>(&mut self, list: &'l mut [T]) -> Option<&'l mut T> {
        let at = self.below(list.len());
        list.get_mut(at)
    }

    /// Yes or no.
    pub fn flip(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number at which something may break, or any byte.
    pub fn number(&mut self) -> i32 {
        let byte = usize::from(self.byte());
        EDGES.get(byte).copied().unwrap_or_else(|| i32::from(self.byte()))
    }

    /// The same for floats.
    pub fn float(&mut self) -> f32 {
        let byte = usize::from(self.byte());
        let any = |choices: &mut Self| f32::from(choices.byte().cast_signed()) / 16.0;
        FLOATS.get(byte).copied().unwrap_or_else(|| any(self))
    }
}
