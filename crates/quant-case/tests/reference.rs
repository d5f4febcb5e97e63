//! Which tensors a stage has, against what the original's binaries dump.
//!
//! Reads the folder named by `QUANT_REFERENCE`, else `../shared`; without it the test says that it was
//! skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use quant_case::expected::{self, Key};
use quant_case::golden::Tensor;
use quant_case::layout::Layout;
use quant_case::list::{self, RowKind};
use quant_case::{golden, qconf, recipe};

#[test]
fn stages_have_the_tensors_of_the_binaries() {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let layout = Layout::new(shared.join("reference/one-pota"));
    let Ok(text) = fs::read_to_string(layout.list()) else {
        say(&format!("SKIPPED: there is no {}", layout.list().display()));
        return;
    };
    let mut compared = 0;
    for row in list::parse(&text).0 {
        let recipe = recipe::parse(&fs::read_to_string(layout.recipe(&row)).unwrap()).unwrap();
        let qconf = (row.kind == RowKind::QConf)
            .then(|| qconf::parse(&fs::read_to_string(layout.qconf(&row)).unwrap()).unwrap());
        for stage in row.stages(&recipe) {
            let path = shared
                .join("reference/one-binary")
                .join(row.folder())
                .join(row.granularity.word())
                .join(row.dtype.word())
                .join(format!("{stage}.json"));
            let Ok(text) = fs::read_to_string(&path) else {
                assert!(row.model.starts_with("InstanceNorm"), "{}", path.display());
                continue;
            };
            let all: BTreeMap<String, Tensor> = golden::parse_dump(&text).unwrap().into_iter().collect();
            // What the stage made is what carries its mark; the rest was there before it.
            let made: BTreeSet<&str> = all
                .iter()
                .filter(|(_, tensor)| match stage {
                    quant_case::Stage::RecordMinmax => tensor.min.is_some() && tensor.weights.is_none(),
                    quant_case::Stage::Quantization => true,
                    _ => tensor.scale.is_some(),
                })
                .map(|(name, _)| name.as_str())
                .collect();
            let expected = expected::tensors(&recipe, stage, &row, qconf.as_ref()).unwrap();
            let names: BTreeSet<&str> = expected.iter().map(|e| e.name.as_str()).collect();
            assert_eq!(names, made, "{row} {stage}");
            assert_eq!(names.len(), expected.len(), "{row} {stage}: a name stands twice");
            for tensor in &expected {
                let dumped = &all[&tensor.name];
                let wanted = tensor.of(dumped);
                let missing = tensor.keys.iter().find(|key| match key {
                    // The dump leaves the type of activations out.
                    Key::Dtype => dumped.weights.is_some() && wanted.dtype.is_none(),
                    Key::QuantizedDimension => wanted.quantized_dimension.is_none(),
                    Key::Scale => wanted.scale.is_none(),
                    Key::ZeroPoint => wanted.zero_point.is_none(),
                    Key::Min => wanted.min.is_none(),
                    Key::Max => wanted.max.is_none(),
                    Key::Weights => wanted.weights.is_none(),
                });
                assert_eq!(missing, None, "{row} {stage} {}", tensor.name);
            }
            compared += 1;
        }
    }
    say(&format!("{compared} stages have the tensors of the binaries"));
    assert!(compared > 100, "{compared}");
}

/// Says it past the test harness, which shows the output of failing tests only.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
