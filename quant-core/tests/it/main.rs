//! The library as its users see it, tested in one program: `cargo test -p quant-core --test it vectors::` for a part.

mod common;
mod control;
mod examples;
mod folded;
mod foreign;
mod format;
mod integer_vectors;
mod islands;
mod litert;
mod mixed;
mod observers;
mod odd_operators;
mod odd_shapes;
mod one_networks;
mod onnx;
mod operators;
mod power_of_two;
mod quantize;
mod quantizer;
mod recipe;
mod record;
mod second_scheme;
mod special;
mod tflite;
mod vectors;
mod weights;
