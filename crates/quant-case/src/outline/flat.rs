//! Just so much of FlatBuffers as an outline needs: tables, vectors, texts. Whatever leads out of the file is absent.

/// A table in a file: where it begins, and where its fields are listed.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: usize,
    size: usize,
}

/// A vector of a file: where its elements begin, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Vector<'a> {
    bytes: &'a [u8],
    at: usize,
    pub len: usize,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    number(bytes, at).map(u16::from_le_bytes).map(usize::from)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(number(bytes, at)?)).ok()
}

/// What an offset at `at` points to.
fn target(bytes: &[u8], at: usize) -> Option<usize> {
    at.checked_add(u32_at(bytes, at)?).filter(|at| *at < bytes.len())
}

impl<'a> Table<'a> {
    /// The table of the whole file.
    pub fn root(bytes: &'a [u8]) -> Option<Self> {
        Self::new(bytes, target(bytes, 0)?)
    }

    fn new(bytes: &'a [u8], at: usize) -> Option<Self> {
        let back = i64::from(i32::from_le_bytes(number(bytes, at)?));
        let fields = i64::try_from(at).ok()?.checked_sub(back)?;
        let fields = usize::try_from(fields).ok()?;
        let size = u16_at(bytes, fields)?;
        Some(Self {
            bytes,
            at,
            fields,
            size,
        })
    }

    /// Where a field stands; `None` when the table does not have it.
    fn field(&self, number: usize) -> Option<usize> {
        let place = number.checked_mul(2)?.checked_add(4)?;
        if place >= self.size {
            return None;
        }
        match u16_at(self.bytes, self.fields.checked_add(place)?)? {
            0 => None,
            offset => self.at.checked_add(offset),
        }
    }

    /// A field of one byte.
    pub fn i8(&self, field: usize) -> Option<i8> {
        number(self.bytes, self.field(field)?).map(i8::from_le_bytes)
    }

    /// A field of four bytes.
    pub fn i32(&self, field: usize) -> Option<i32> {
        number(self.bytes, self.field(field)?).map(i32::from_le_bytes)
    }

    /// The same without a sign.
    pub fn u32(&self, field: usize) -> Option<usize> {
        u32_at(self.bytes, self.field(field)?)
    }

    /// A field of eight bytes.
    pub fn u64(&self, field: usize) -> Option<u64> {
        number(self.bytes, self.field(field)?).map(u64::from_le_bytes)
    }

    /// A vector; one of no elements when the table does not have it.
    pub fn vector(&self, field: usize) -> Vector<'a> {
        let none = Vector {
            bytes: self.bytes,
            at: 0,
            len: 0,
        };
        self.field(field)
            .and_then(|at| Vector::new(self.bytes, at))
            .unwrap_or(none)
    }

    /// A text.
    pub fn text(&self, field: usize) -> Option<String> {
        let vector = Vector::new(self.bytes, self.field(field)?)?;
        let end = vector.at.checked_add(vector.len)?;
        Some(String::from_utf8_lossy(self.bytes.get(vector.at..end)?).into_owned())
    }
}

impl<'a> Vector<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Option<Self> {
        let at = target(bytes, at)?;
        let len = u32_at(bytes, at)?;
        let at = at.checked_add(4)?;
        // No element is smaller than a byte, so more of them than bytes are none.
        (len <= bytes.len().checked_sub(at)?).then_some(Self { bytes, at, len })
    }

    /// The tables of a vector of tables, or the absence of each.
    pub fn tables(self) -> impl Iterator<Item = Option<Table<'a>>> {
        (0..self.len).map(move |index| {
            let at = self.at.checked_add(index.checked_mul(4)?)?;
            Table::new(self.bytes, target(self.bytes, at)?)
        })
    }

    /// The elements of a vector of 32-bit integers, as far as the file holds them.
    pub fn ints(self) -> impl Iterator<Item = i32> {
        (0..self.len).map_while(move |index| {
            let at = self.at.checked_add(index.checked_mul(4)?)?;
            number(self.bytes, at).map(i32::from_le_bytes)
        })
    }
}
