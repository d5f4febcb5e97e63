//! Observers: what is kept of a tensor while records pass, and the range that comes of it.

mod any;
mod binned;
#[cfg(test)]
mod damaged;
mod ema;
mod entropy;
mod exponential;
mod histogram;
mod min_max;
mod moving_average;
mod percentile;
mod running;
mod squared;
mod values;

pub use any::{AnyObserver, AnySample};
pub use ema::Ema;
pub use entropy::Entropy;
pub use exponential::Exponential;
pub use histogram::{BINS, Histogram};
pub use min_max::MinMax;
pub use moving_average::MovingAverage;
pub use percentile::Percentile;
pub use running::Running;
pub use squared::SquaredError;
pub use values::Values;
