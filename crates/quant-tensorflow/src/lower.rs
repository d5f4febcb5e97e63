//! From a frozen graph to a model.
//!
//! What the outputs need is lowered node by node, in the order of execution. What can be computed of constants is computed;
//! shapes are known, so that questions for them become constants. A tensor of the model has the name of the node that makes
//! it, in the graph's own layout; what belongs to a node besides is called `node/part`.

mod ascend;
mod control;
mod convolution;
mod elementwise;
mod fake_quant;
mod graph;
mod inline;
mod interface;
mod lowered;
mod matrix;
mod named;
mod normalization;
mod op;
mod order;
mod padding;
mod pieces;
mod pooling;
mod reduction;
mod shapes;
mod table;

pub use lowered::Lowered;
