//! What families of quantizers decide, a folder each.

pub mod one;
