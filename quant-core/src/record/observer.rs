//! Observers: what is kept of a tensor while records pass, and the range that comes of it.

use quant_ir::error::{Error, Result};
use quant_kernel::Range;

/// How the ranges of single records become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The percentile `min` of all minima and `max` of all maxima, 0…100.
    Percentile {
        /// Percentile of the minima.
        min: f32,
        /// Percentile of the maxima.
        max: f32,
    },
    /// A moving average over batches of records.
    MovingAverage {
        /// Records a batch.
        batch: usize,
        /// Weight of the newest batch, 0…1.
        constant: f32,
    },
}

impl Mode {
    /// Refuses percentiles beyond 0…100, an empty batch, and a constant beyond 0…1.
    pub(super) fn check(self) -> Result<()> {
        let wrong = |what: String, hint: &str| Err(Error::invalid("record mode", what, hint));
        match self {
            Self::Percentile { min, max }
                if !(0.0..=100.0).contains(&min) || !(0.0..=100.0).contains(&max) =>
            {
                wrong(
                    format!("percentiles {min} and {max}"),
                    "give percentiles in 0…100",
                )
            }
            Self::MovingAverage { batch: 0, .. } => wrong("a batch of 0 records".into(), "give at least 1"),
            Self::MovingAverage { constant, .. } if !(0.0..=1.0).contains(&constant) => {
                wrong(format!("constant {constant}"), "give a constant in 0…1")
            }
            _ => Ok(()),
        }
    }
}

/// Minimum and maximum of a tensor in each record, eight bytes a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observer {
    min: Vec<f32>,
    max: Vec<f32>,
}

impl Observer {
    /// Sees the tensor in the record that comes after `before` others of this observer. In those of them that it
    /// has not seen the tensor had no elements.
    pub fn add(&mut self, before: usize, range: Range) {
        self.min.resize(before, f32::NAN);
        self.max.resize(before, f32::NAN);
        self.min.push(range.min);
        self.max.push(range.max);
    }

    /// Puts together what several observers saw, in the order of the records. With each comes the list of its
    /// records' numbers.
    pub fn merge(parts: &[(&[usize], Self)]) -> Self {
        let mut rows: Vec<(usize, f32, f32)> = Vec::new();
        for (indices, part) in parts {
            let ranges = part.min.iter().zip(&part.max);
            let seen = indices.iter().zip(ranges).filter(|(_, (min, _))| !min.is_nan());
            rows.extend(seen.map(|(index, (min, max))| (*index, *min, *max)));
        }
        rows.sort_unstable_by_key(|row| row.0);
        Self {
            min: rows.iter().map(|row| row.1).collect(),
            max: rows.iter().map(|row| row.2).collect(),
        }
    }

    /// Minimum and maximum in each record that was seen.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (f32, f32)> {
        self.min.iter().copied().zip(self.max.iter().copied())
    }

    /// The range; `None` when no record was seen.
    pub fn finish(self, mode: Mode) -> Option<(f32, f32)> {
        match mode {
            Mode::Percentile { min, max } => Some((percentile(self.min, min)?, percentile(self.max, max)?)),
            Mode::MovingAverage { batch, constant } => Some((
                moving_average(&self.min, batch, constant, f32::min)?,
                moving_average(&self.max, batch, constant, f32::max)?,
            )),
        }
    }
}

/// The percentile `p` (0…100) with linear interpolation, in ONE's mix of f32 and f64.
fn percentile(mut values: Vec<f32>, p: f32) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    let last = values.len().checked_sub(1)?;
    if p == 0.0 {
        return values.first().copied();
    }
    let index = ((f64::from(last as f32 * p) / 100.0).floor() as usize).min(last);
    let p = f64::from(p);
    let (Some(&low), Some(&high)) = (values.get(index), values.get(index + 1)) else {
        return values.last().copied();
    };
    let percent = f64::from(index as f32 / last as f32);
    let fraction = ((p / 100.0 - percent) / ((index as f64 + 1.0) / last as f64 - percent)) as f32;
    Some(low + fraction * (high - low))
}

/// `average = average · (1 − constant) + extreme · constant` over the batches' extremes, started with the
/// first one; computed in f64 and rounded to f32 each time, with `1 − constant` rounded to f32.
fn moving_average(values: &[f32], batch: usize, constant: f32, extreme: fn(f32, f32) -> f32) -> Option<f32> {
    let kept = 1.0 - constant;
    values
        .chunks(batch)
        .filter_map(|batch| batch.iter().copied().reduce(extreme))
        .reduce(|average, next| {
            (f64::from(average * kept) + f64::from(next) * (1.0 - f64::from(kept))) as f32
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles() {
        let rows = [
            (vec![3.0], 1.0, 3.0),
            (vec![5.0, 1.0], 0.0, 1.0),
            (vec![5.0, 1.0], 100.0, 5.0),
            (vec![4.0, 0.0, 2.0, 1.0, 3.0], 50.0, 2.0),
            (vec![0.0, 10.0], 25.0, 2.5),
        ];
        for (values, p, expected) in rows {
            assert_eq!(percentile(values.clone(), p), Some(expected), "{values:?} at {p}");
        }
        assert_eq!(percentile(vec![], 1.0), None);
    }

    #[test]
    fn moving_averages() {
        let average = |batch, values: &[f32]| moving_average(values, batch, 0.5, f32::max);
        assert_eq!(average(1, &[4.0, 8.0]), Some(6.0));
        assert_eq!(average(2, &[4.0, 8.0, 1.0]), Some(4.5));
        // The original's batch of 256 wraps around to 0 and never ends.
        assert_eq!(average(256, &[4.0; 300]), Some(4.0));
    }
}
