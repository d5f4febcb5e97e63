//! `quant amct calibrate` on photographs, beside the reference's record.

use std::fs;
use std::path::Path;

use crate::common::{quant, say, shared};

/// Entries of a record: their name, and of a key the texts of its values.
fn entries(text: &str) -> Vec<(&str, &str)> {
    let blocks = text.split("record {").skip(1);
    blocks
        .map(|block| (block.split('"').nth(1).unwrap(), block))
        .collect()
}

fn texts<'a>(block: &'a str, key: &str) -> Vec<&'a str> {
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix(key));
    lines.map(|value| value.trim_start_matches(": ")).collect()
}

/// The reference took TensorFlow's pixels and its kernels. Pixels are the same; sums of floats come in another order, which
/// changes the last bit or two of what a deep layer reads, and so of its range.
#[test]
fn the_record_of_photographs_is_the_references() {
    let model = shared().join("models/efficientnet_lite0_224");
    let Ok(theirs) = fs::read_to_string(model.join("record.txt")) else {
        return say("record of photographs: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    };
    let folder = tempfile::tempdir().unwrap();
    let photographs = shared().join("reference/amct/images/validation-*");
    let line = format!(
        "amct calibrate {} --outputs EfficientNetLite0/Predictions/Reshape_1 --data tfrecord:{} --preset mobilenet \
         --batch-size 8 --batch-num 1 -o {}",
        model.join("model.pb").display(),
        photographs.display(),
        folder.path().join("net").display()
    );
    let output = quant(Path::new(env!("CARGO_MANIFEST_DIR")), &line);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let ours = fs::read_to_string(folder.path().join("record.txt")).unwrap();
    let (mut theirs, mut ours) = (entries(&theirs), entries(&ours));
    theirs.sort_unstable();
    ours.sort_unstable();
    assert_eq!((theirs.len(), ours.len()), (51, 51));
    let mut equal = 0;
    for ((name, theirs), (our_name, ours)) in theirs.into_iter().zip(ours) {
        assert_eq!(name, our_name);
        for key in ["offset_d", "scale_w", "offset_w"] {
            assert_eq!(texts(theirs, key), texts(ours, key), "{name}: {key}");
        }
        let [scale, our_scale] =
            [theirs, ours].map(|block| texts(block, "scale_d")[0].parse::<f64>().unwrap());
        assert!(
            (our_scale / scale - 1.0).abs() < 1e-6,
            "{name}: {our_scale}, not {scale}"
        );
        equal += usize::from(scale == our_scale);
    }
    say(&format!(
        "amct: the record of photographs: all weights and offsets as the reference's, {equal} of 51 scales to the last digit, the \
         others within a millionth"
    ));
}
