//! Lowest and highest value of a tensor, in one record or in many.

/// Ends of values; those of no values at all are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Lowest value.
    pub low: f32,
    /// Highest value.
    pub high: f32,
    /// Smallest magnitude.
    pub near: f32,
    /// Largest magnitude.
    pub far: f32,
    /// Whether there was any.
    pub some: bool,
    /// Whether a NaN was among them.
    pub nan: bool,
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            low: 0.0,
            high: 0.0,
            near: 0.0,
            far: 0.0,
            some: false,
            nan: false,
        }
    }
}

impl Ends {
    /// Ends of a record's values.
    pub fn of(values: &[f32]) -> Self {
        let mut ends = [(f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, false); 8];
        for eight in values.chunks(8) {
            for (end, x) in ends.iter_mut().zip(eight) {
                end.0 = end.0.min(*x);
                end.1 = end.1.max(*x);
                end.2 = end.2.min(x.abs());
                end.3 |= x.is_nan();
            }
        }
        let start = (f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, false);
        let (low, high, near, nan) = ends.iter().fold(start, |all, one| {
            (
                all.0.min(one.0),
                all.1.max(one.1),
                all.2.min(one.2),
                all.3 || one.3,
            )
        });
        if low > high {
            return Self {
                nan,
                ..Self::default()
            };
        }
        Self {
            low,
            high,
            near,
            far: low.abs().max(high.abs()),
            some: true,
            nan,
        }
    }

    /// Takes in those of other values.
    pub fn add(&mut self, other: Self) {
        let nan = self.nan || other.nan;
        if !self.some {
            *self = other;
        } else if other.some {
            self.low = self.low.min(other.low);
            self.high = self.high.max(other.high);
            self.near = self.near.min(other.near);
            self.far = self.far.max(other.far);
        }
        self.nan = nan;
    }
}
