//! Quantizes frozen TensorFlow graphs for Ascend processors, as AMCT (Ascend Model Compression Toolkit) does: configuration,
//! calibration, records of factors, the search for layers to leave float, and the graph with its Ascend operators.

pub mod algorithm;
pub mod batches;
pub mod config;
pub mod flow;
pub mod graph;
pub mod json;
pub mod layer;
pub mod record;
pub mod run;
pub mod search;
