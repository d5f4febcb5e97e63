//! From an ONNX model to a model that can be quantized and run.
//!
//! What the outputs need is lowered node by node, in the order of the file. What can be computed of constants is computed;
//! shapes are known, so that questions for them become constants. ONNX has channels behind the batch and a model has them
//! last: a value is transposed when somebody asks for it in the other layout. A tensor has the name that ONNX gives it, in
//! ONNX's layout; what belongs to a node besides is called `node/part`.

mod activation;
mod at_run;
mod composed;
mod constants;
mod contributed;
mod control;
mod conv_transpose;
mod convolution;
mod dequantized;
mod dynamic;
mod elementwise;
mod functions;
mod gates;
mod gather;
mod graph;
mod integers;
mod interface;
mod lowered;
mod matrix;
mod normalization;
mod op;
mod padding;
mod pads;
mod parameters;
mod parts;
mod pooling;
mod qoperator;
mod quantized;
mod recurrent;
mod reduction;
mod rename;
mod resize;
mod shapes;
mod slices;
mod state;
mod stored;
mod sums;
mod table;
mod taps;

pub use lowered::Lowered;
