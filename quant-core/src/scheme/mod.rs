//! What families of quantizers decide, a folder each; and what they share: the words in which their tables speak
//! ([`rule`]) and the passes (`pass`).

pub mod one;
pub(crate) mod pass;
pub mod rule;
