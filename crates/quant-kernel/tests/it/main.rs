//! The fast kernels against plain loops.

mod integer;
mod naive;
mod range;
