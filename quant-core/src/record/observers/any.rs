//! One of the observers that are here.

use quant_ir::error::{Error, Problem, Result};
use quant_kernel::Range;

use super::{Ema, Entropy, Exponential, MinMax, MovingAverage, Percentile, Running, SquaredError, Values};
use crate::record::mode::Mode;
use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// An observer by its [`Mode`], whose state can be written: what a recording has of each tensor.
#[derive(Clone, Debug)]
pub enum AnyObserver {
    /// Of [`Mode::MinMax`].
    MinMax(MinMax),
    /// Of [`Mode::Percentile`].
    Percentile(Percentile),
    /// Of [`Mode::MovingAverage`].
    MovingAverage(MovingAverage),
    /// Of [`Mode::Running`].
    Running(Running),
    /// Of [`Mode::Exponential`].
    Exponential(Exponential),
    /// Of [`Mode::Ema`].
    Ema(Ema),
    /// Of [`Mode::Values`].
    Values(Values),
    /// Of [`Mode::Entropy`].
    Entropy(Box<Entropy>),
    /// Of [`Mode::SquaredError`].
    SquaredError(SquaredError),
    /// A range that somebody gave.
    Fixed(Range),
    /// Nothing: of a tensor without numbers in the first pass.
    Nothing,
}

/// What a record leaves of a tensor.
#[derive(Clone, Debug)]
pub enum AnySample {
    /// Its range.
    Range(Range),
    /// The range, and counts of bins with values in them.
    Bins(Range, Vec<(u32, u32)>),
    /// Counts of all bins.
    Counts(Vec<u32>),
    /// Nothing.
    Nothing,
}

impl AnyObserver {
    /// The observer of a mode, that begins with the record `first` of `records`; `edges` is the range of all values, which
    /// observers of two passes need, or nothing where there are none.
    pub fn new(mode: Mode, first: usize, records: usize, edges: Option<Range>) -> Self {
        match mode {
            Mode::MinMax => Self::MinMax(MinMax::default()),
            Mode::Percentile { min, max } => Self::Percentile(Percentile::new(min, max, records)),
            Mode::MovingAverage { batch, constant } => {
                Self::MovingAverage(MovingAverage::new(batch, constant, first))
            }
            Mode::Running => Self::Running(Running::default()),
            Mode::Exponential => Self::Exponential(Exponential::new(first)),
            Mode::Ema { weight } => Self::Ema(Ema::new(weight, first)),
            Mode::Values { percentile } => Self::Values(Values::new(percentile)),
            Mode::Entropy => edges.map_or(Self::Nothing, |edges| {
                Self::Entropy(Box::new(Entropy::new(edges)))
            }),
            Mode::SquaredError => edges.map_or(Self::Nothing, |edges| {
                Self::SquaredError(SquaredError::new(edges))
            }),
        }
    }

    /// The mode of an observer that a single tensor can have.
    pub(crate) fn own_mode(&self) -> Option<Mode> {
        match self {
            Self::MinMax(_) => Some(Mode::MinMax),
            Self::Ema(state) => Some(Mode::Ema {
                weight: state.weight(),
            }),
            Self::Values(state) => Some(Mode::Values {
                percentile: state.percentile(),
            }),
            Self::Entropy(_) => Some(Mode::Entropy),
            Self::SquaredError(_) => Some(Mode::SquaredError),
            _ => None,
        }
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.u8(u8::from(!matches!(self, Self::Nothing)));
        match self {
            Self::MinMax(state) => state.store(out),
            Self::Percentile(state) => state.store(out),
            Self::MovingAverage(state) => state.store(out),
            Self::Running(state) => state.store(out),
            Self::Exponential(state) => state.store(out),
            Self::Ema(state) => state.store(out),
            Self::Values(state) => state.store(out),
            Self::Entropy(state) => state.store(out),
            Self::SquaredError(state) => state.store(out),
            Self::Fixed(range) => out.range(Some(*range)),
            Self::Nothing => {}
        }
    }

    /// Reads back the state of an observer with the same parameters, which has seen nothing yet. Ends of histograms are those
    /// that stand there.
    pub(crate) fn load(&mut self, mode: Option<Mode>, from: &mut Reader<'_>) -> Result<()> {
        if !from.flag()? {
            *self = Self::Nothing;
            return Ok(());
        }
        match (&mut *self, mode) {
            (Self::MinMax(state), _) => *state = MinMax::load(from)?,
            (Self::Percentile(state), _) => state.load(from)?,
            (Self::MovingAverage(state), _) => state.load(from)?,
            (Self::Running(state), _) => *state = Running::load(from)?,
            (Self::Exponential(state), _) => state.load(from)?,
            (Self::Ema(state), _) => state.load(from)?,
            (Self::Values(state), _) => state.load(from)?,
            (_, Some(Mode::Entropy)) => *self = Self::Entropy(Box::new(Entropy::load(from)?)),
            (_, Some(Mode::SquaredError)) => *self = Self::SquaredError(SquaredError::load(from)?),
            _ => *self = Self::Fixed(from.edges()?),
        }
        Ok(())
    }

    /// Whether the states are of one observer with the same ends, so that they can be put together.
    pub(crate) fn fits(&self, other: &Self) -> Result<()> {
        let same = match (self, other) {
            (Self::Entropy(a), Self::Entropy(b)) => a.extremes() == b.extremes(),
            (Self::SquaredError(a), Self::SquaredError(b)) => a.extremes() == b.extremes(),
            (Self::Fixed(a), Self::Fixed(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        };
        if same {
            return Ok(());
        }
        Err(Error::new(
            "recordings",
            Problem::Conflict("a tensor has histograms with other ends in one than in the other".to_owned()),
            "record every part with the same --edges",
        ))
    }
}

impl Observer for AnyObserver {
    type Sample = AnySample;

    fn merging(&self) -> Merge {
        match self {
            Self::MovingAverage(state) => state.merging(),
            Self::Exponential(state) => state.merging(),
            Self::Ema(state) => state.merging(),
            _ => Merge::AnyOrder,
        }
    }

    fn sample_bytes(&self) -> usize {
        let more = match self {
            Self::Values(state) => state.sample_bytes(),
            Self::Entropy(state) => state.sample_bytes(),
            Self::SquaredError(state) => state.sample_bytes(),
            _ => 0,
        };
        size_of::<AnySample>() + more
    }

    fn sample(&self, values: &[f32], range: Range) -> AnySample {
        match self {
            Self::Values(state) => {
                let (range, bins) = state.sample(values, range);
                AnySample::Bins(range, bins)
            }
            Self::Entropy(state) => AnySample::Counts(state.sample(values, range)),
            Self::SquaredError(state) => AnySample::Counts(state.sample(values, range)),
            Self::Exponential(state) => AnySample::Range(state.sample(values, range)),
            Self::Fixed(_) | Self::Nothing => AnySample::Nothing,
            Self::MinMax(_)
            | Self::Percentile(_)
            | Self::MovingAverage(_)
            | Self::Running(_)
            | Self::Ema(_) => AnySample::Range(range),
        }
    }

    fn reads_values(&self) -> bool {
        match self {
            Self::Exponential(state) => state.reads_values(),
            Self::Values(state) => state.reads_values(),
            Self::Entropy(state) => state.reads_values(),
            Self::SquaredError(state) => state.reads_values(),
            Self::MinMax(_)
            | Self::Percentile(_)
            | Self::MovingAverage(_)
            | Self::Running(_)
            | Self::Ema(_)
            | Self::Fixed(_)
            | Self::Nothing => false,
        }
    }

    fn add(&mut self, sample: AnySample) {
        match (self, sample) {
            (Self::MinMax(state), AnySample::Range(range)) => state.add(range),
            (Self::Percentile(state), AnySample::Range(range)) => state.add(range),
            (Self::MovingAverage(state), AnySample::Range(range)) => state.add(range),
            (Self::Running(state), AnySample::Range(range)) => state.add(range),
            (Self::Exponential(state), AnySample::Range(range)) => state.add(range),
            (Self::Ema(state), AnySample::Range(range)) => state.add(range),
            (Self::Values(state), AnySample::Bins(range, bins)) => state.add((range, bins)),
            (Self::Entropy(state), AnySample::Counts(counts)) => state.add(counts),
            (Self::SquaredError(state), AnySample::Counts(counts)) => state.add(counts),
            _ => {}
        }
    }

    fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::MinMax(state), Self::MinMax(later)) => state.merge(later),
            (Self::Percentile(state), Self::Percentile(later)) => state.merge(later),
            (Self::MovingAverage(state), Self::MovingAverage(later)) => state.merge(later),
            (Self::Running(state), Self::Running(later)) => state.merge(later),
            (Self::Exponential(state), Self::Exponential(later)) => state.merge(later),
            (Self::Ema(state), Self::Ema(later)) => state.merge(later),
            (Self::Values(state), Self::Values(later)) => state.merge(later),
            (Self::Entropy(state), Self::Entropy(later)) => state.merge(*later),
            (Self::SquaredError(state), Self::SquaredError(later)) => state.merge(later),
            _ => {}
        }
    }

    fn range(&self) -> Option<Range> {
        match self {
            Self::MinMax(state) => state.range(),
            Self::Percentile(state) => state.range(),
            Self::MovingAverage(state) => state.range(),
            Self::Running(state) => state.range(),
            Self::Exponential(state) => state.range(),
            Self::Ema(state) => state.range(),
            Self::Values(state) => state.range(),
            Self::Entropy(state) => state.range(),
            Self::SquaredError(state) => state.range(),
            Self::Fixed(range) => Some(*range),
            Self::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests;
