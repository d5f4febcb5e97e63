//! Recordings that may be anything.

use quant_case::recipe;
use quant_core::fold;
use quant_core::record::recording::{Recording, of_bytes};

/// A small model for ranges to go into.
const MODEL: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operation { type: "Abs" input: "x" output: "y" }
    input: "x" output: "y""#;

/// The bytes as they are, and with a checksum that is right: what is read is written as it was, its ranges can be asked for,
/// and it is merged with itself, or not.
///
/// # Panics
/// It is not.
pub fn qstat(bytes: &[u8]) {
    read(bytes);
    let mut sealed = bytes
        .get(..bytes.len().saturating_sub(32))
        .unwrap_or_default()
        .to_vec();
    sealed.extend(of_bytes(&sealed).0);
    read(&sealed);
}

fn read(bytes: &[u8]) {
    let Ok(recording) = Recording::parse(bytes) else {
        return;
    };
    let written = recording.to_bytes();
    let again = Recording::parse(&written);
    assert!(
        again.is_ok_and(|again| again.to_bytes() == written),
        "what was written is not read as it was"
    );
    for tensor in recording.tensors() {
        std::hint::black_box((tensor.name, tensor.range));
    }
    let parts = vec![recording.clone(), recording.clone()];
    assert!(Recording::merge(parts).is_err(), "a part is merged with itself");
    let _whole_or_refused = Recording::merge(vec![recording.clone()]).is_ok();
    let _first_pass_or_refused = recording.as_edges().is_ok();
    let Some(mut model) = recipe::parse(MODEL)
        .ok()
        .and_then(|recipe| quant_recipe::build(&recipe).ok())
    else {
        panic!("the model of the recordings is wrong");
    };
    let folded = fold::constants(&mut model).is_ok();
    let before = model.clone();
    if recording.write(&mut model).is_err() {
        assert!(folded && model == before, "a model that was refused is another");
    }
}
