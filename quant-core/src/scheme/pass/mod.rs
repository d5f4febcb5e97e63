//! Passes that schemes share, a file each. They ask the scheme and know no family.

pub mod activations;
pub mod bias;
pub mod casts;
pub mod context;
pub mod interface;
pub mod mixed;
pub mod propagate;
pub mod redundant;
pub mod same_scale;
pub mod weights;
