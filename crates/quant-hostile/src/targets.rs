//! The targets.

mod amct;
mod graph;
mod model;
mod onnx;
mod operators;
mod picture;
mod recording;
mod text;

/// A function that takes any bytes, and panics when something is wrong with the program, not with the bytes.
pub type Target = fn(&[u8]);

/// All targets, by name. Each has a folder of `tests/hostile/`, and a file of `fuzz/fuzz_targets/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("import_circle", model::import_circle),
    ("import_tflite", model::import_tflite),
    ("round_trip", model::round_trip),
    ("pipeline", model::pipeline),
    ("recipe", text::recipe),
    ("test_lst", text::test_lst),
    ("qconf", text::qconf),
    ("golden_json", text::golden_json),
    ("data", text::data),
    ("statistics", text::statistics),
    ("aeq_recipe", operators::aeq_recipe),
    ("picture", picture::picture),
    ("tfrecord", picture::tfrecord),
    ("example", picture::example),
    ("graph_def", graph::graph_def),
    ("graph_text", graph::graph_text),
    ("amct_record", amct::record),
    ("amct_config", amct::config),
    ("amct_simple", amct::simple),
    ("amct_graph", amct::graph),
    ("qstat", recording::qstat),
    ("onnx_model", onnx::onnx_model),
    ("onnx_pipeline", onnx::onnx_pipeline),
    ("onnx_case", text::onnx_case),
];

pub use model::all_stages;

/// Runs a target by its name.
///
/// # Panics
/// There is no such target, or it found something.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let Some((_, target)) = target else {
        panic!("there is no target {name}");
    };
    target(bytes);
}
