//! What several operators share: padding, fused activations, broadcasting, options.

pub mod activation;
pub mod arg;
pub mod broadcast;
pub mod elementwise;
pub mod group;
pub mod integers;
pub mod lstm;
pub mod mediapipe;
pub mod options;
pub mod packed;
pub mod padding;
pub mod places;
pub mod pool;
pub mod reduce;
pub mod resize;
pub mod rnn;
pub mod steps;
pub mod suppression;
