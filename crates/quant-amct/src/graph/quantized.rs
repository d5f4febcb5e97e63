//! How a graph is quantized, and what came of it.

use std::collections::BTreeMap;

use super::fold::Folded;

/// How a graph is quantized.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Dequantize with the scale's 19 highest bits (`FORCE_FP16_QUANT`).
    pub fp16: bool,
    /// Names of the nodes that are outputs.
    pub outputs: Vec<String>,
    /// The batch normalizations that were folded before, for the names of the original nodes.
    pub folded: Vec<Folded>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantized {
    /// For each new or changed node, the original nodes that it stands for.
    pub origins: BTreeMap<String, Vec<String>>,
    /// For each Dequant node, the last of the original nodes, whose output it gives.
    pub replaces: BTreeMap<String, String>,
    /// Outputs that have another name now: the old one, the new one.
    pub renamed: Vec<(String, String)>,
}
