//! ONE's circle-quantizer.

pub mod params;
pub mod rule;
pub mod rules;
