//! Checkpoints are quantized as ai8x-synthesis does it.

mod batch_norm;
mod config;
mod made;
mod reference;
mod rules;
mod statistics;
