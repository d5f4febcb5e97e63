//! Integers of 8 or 16 bits.

/// Integers of a type.
#[derive(Clone, Copy, Debug)]
pub enum Elements<'a> {
    /// int8.
    Signed(&'a [i8]),
    /// uint8.
    Unsigned(&'a [u8]),
    /// int16.
    Halves(&'a [i16]),
}

impl Elements<'_> {
    /// How many there are.
    pub fn len(self) -> usize {
        match self {
            Self::Signed(data) => data.len(),
            Self::Unsigned(data) => data.len(),
            Self::Halves(data) => data.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Those from `from` on.
    pub(super) fn behind(self, from: usize) -> Self {
        match self {
            Self::Signed(data) => Self::Signed(&data[from..]),
            Self::Unsigned(data) => Self::Unsigned(&data[from..]),
            Self::Halves(data) => Self::Halves(&data[from..]),
        }
    }

    /// `to` = those from `from` on, less `zero`, which is 0 for 16 bits.
    #[inline(always)]
    pub(super) fn centered(self, from: usize, zero: i16, to: &mut [i16]) {
        fn each<T: Copy + Into<i16>>(data: &[T], zero: i16, to: &mut [i16]) {
            for (to, x) in to.iter_mut().zip(data) {
                *to = (*x).into() - zero;
            }
        }
        match self {
            Self::Signed(data) => each(&data[from..][..to.len()], zero, to),
            Self::Unsigned(data) => each(&data[from..][..to.len()], zero, to),
            Self::Halves(data) => each(&data[from..][..to.len()], zero, to),
        }
    }
}

/// The bits of uint8 as int8, which is what kernels write.
pub fn as_signed(bytes: &mut [u8]) -> &mut [i8] {
    pulp::bytemuck::cast_slice_mut(bytes)
}
