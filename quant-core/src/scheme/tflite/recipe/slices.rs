//! The values of a constant that share a scale, and sums over them with NumPy's roundings.

/// Which values share a scale: value `i` is of slice `i / inner % count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slices {
    /// How many scales there are.
    pub count: usize,
    /// Values beside each other that share one.
    pub inner: usize,
}

/// Values that NumPy adds up before it halves what is to be added.
const BLOCK: usize = 128;
/// Its partial sums.
const LANES: usize = 8;

impl Slices {
    /// All values of one slice.
    pub fn one(values: usize) -> Self {
        Self {
            count: 1,
            inner: values.max(1),
        }
    }

    /// A slice for each index of a dimension; `None` when the shape does not have it.
    pub fn along(shape: &[usize], axis: usize) -> Option<Self> {
        let count = *shape.get(axis)?;
        let inner = shape[axis + 1..].iter().product::<usize>().max(1);
        // Values between which no dimension stands are added in one go.
        Some(match count {
            1 => Self::one(shape.iter().product()),
            _ => Self { count, inner },
        })
    }

    /// A slice for each block of values beside each other.
    pub fn blocks(values: usize, block: usize) -> Self {
        Self {
            count: values / block.max(1),
            inner: block,
        }
    }

    /// Values of a slice, of so many in all.
    pub fn size(self, values: usize) -> usize {
        values / self.count.max(1)
    }

    /// The least and the greatest value of each slice; `None` when one is no number.
    pub fn ranges(self, values: &[f32]) -> Option<Vec<(f32, f32)>> {
        let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); self.count];
        for (run, values) in values.chunks(self.inner).enumerate() {
            let (min, max) = &mut ranges[run % self.count];
            for value in values {
                if !value.is_finite() {
                    return None;
                }
                *min = min.min(*value);
                *max = max.max(*value);
            }
        }
        Some(ranges)
    }

    /// The sum of the values of each slice that `counts`, and how many those are.
    ///
    /// As NumPy's `sum(where=…)` in f32: values beside each other that count are added pairwise, and their sum to that
    /// of those before. Where no values of a slice are beside each other, they are added one after the other.
    pub fn sums(self, values: &[f32], counts: impl Fn(usize, f32) -> bool) -> Vec<(f32, usize)> {
        let mut sums = vec![(0.0_f32, 0); self.count];
        for (run, values) in values.chunks(self.inner).enumerate() {
            let slice = run % self.count;
            let (sum, count) = &mut sums[slice];
            let mut rest = values;
            while let Some(start) = rest.iter().position(|value| counts(slice, *value)) {
                rest = &rest[start..];
                let end = rest.iter().position(|value| !counts(slice, *value));
                let (counting, behind) = rest.split_at(end.unwrap_or(rest.len()));
                *sum += pairwise(counting);
                *count += counting.len();
                rest = behind;
            }
        }
        sums
    }
}

/// NumPy's sum of values beside each other: eight partial sums, and halves of more than 128 values apart.
pub fn pairwise(values: &[f32]) -> f32 {
    if values.len() < LANES {
        return values.iter().fold(-0.0, |sum, value| sum + value);
    }
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (first, second) = values.split_at(half - half % LANES);
        return pairwise(first) + pairwise(second);
    }
    let (eights, rest) = values.as_chunks::<LANES>();
    let mut r = eights[0];
    for eight in &eights[1..] {
        for (sum, value) in r.iter_mut().zip(eight) {
            *sum += value;
        }
    }
    let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    rest.iter().fold(sum, |sum, value| sum + value)
}
