//! What several operators share: padding, fused activations, broadcasting, options.

pub mod activation;
pub mod broadcast;
pub mod elementwise;
pub mod gemm;
pub mod options;
pub mod padding;
pub mod pool;
pub mod steps;
