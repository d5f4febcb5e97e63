//! Kernels on integers: products, convolutions, depthwise convolutions; those of 8 bits rescaled in registers, of 16 as sums.
//!
//! Elements less their zero point fit 16 bits; products of pairs of them are added into sums of 32 bits, which wrap. Nothing
//! is rounded before a sum is complete, so how the work is cut changes no bit, and every instruction set makes the same
//! integers.

mod add;
mod convolution;
mod depthwise;
mod elements;
mod filters;
mod lanes;
mod machine;
mod plain;
mod rescale;
mod tile;
mod unpacked;
#[cfg(target_arch = "x86_64")]
mod vnni;
mod wide;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use add::{Add, Scaling};
pub use convolution::{Convolution, packed_product};
pub use depthwise::{Depthwise, Taps};
pub use elements::{Elements, as_signed};
pub use filters::Filters;
pub use machine::Machine;
pub use rescale::{Channel, Factor, Halves, Output};
pub use tile::Out;
pub use unpacked::product;
pub use wide::Wide;
