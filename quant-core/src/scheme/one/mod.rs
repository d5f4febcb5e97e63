//! ONE's circle-quantizer.

pub mod params;
pub mod rules;
pub(crate) mod verify;
