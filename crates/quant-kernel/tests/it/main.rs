//! The fast kernels against plain loops.

mod naive;
mod range;
