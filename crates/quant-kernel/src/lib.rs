//! Fast float kernels: what the interpreter spends its time in.
//!
//! Every output element is computed by one chain of multiply-adds in one fixed order. In convolutions they are fused:
//! the chain starts with the bias and goes on over the window's rows, columns and input channels. In fully connected
//! layers each product is rounded before it is added, and the bias comes last. How the work is cut into tiles, vectors and
//! threads changes nothing in that chain, so the same input gives the same bits on one thread and on many, and with
//! every instruction set. The vectors come from `pulp`, which picks the instruction set at run time.
//!
//! Each kernel tells the [`Range`] of what it wrote, found while the values were still in registers or cache.

// Vector code must be inlined into the function that the instruction set is switched on for.
#![allow(clippy::inline_always)]

mod band;
mod clamp;
mod depthwise;
pub mod eigen;
pub mod elementwise;
pub mod integer;
mod packed;
mod pool;
mod product;
mod range;
mod row;
mod split;
mod tile;
mod window;

pub use band::Convolution;
pub use clamp::Clamp;
pub use depthwise::{Depthwise, Filter};
pub use packed::Packed;
pub use pool::Pool;
pub use product::product;
pub use range::{Range, min_max};
pub use window::Window;
