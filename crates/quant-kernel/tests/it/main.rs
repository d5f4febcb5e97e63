//! The fast kernels against plain loops.

mod eigen;
mod integer;
mod naive;
mod range;
