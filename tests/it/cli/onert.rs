//! Circle models in the integers of onert.

use crate::cli::tensors::npy;
use crate::common::{fails, passes};

/// What onert 0.1.0 makes of eight records of `random:2:8`: FNV-1a over the bytes of the output.
const ONERT: &[(&str, &str, u32)] = &[
    ("Add_000", "layer", 0x50e6_c476),
    ("Add_000", "channel", 0x50e6_c476),
    ("Concatenation_000", "layer", 0x2ad9_c4df),
    ("Concatenation_000", "channel", 0x2ad9_c4df),
    ("Concatenation_001", "layer", 0xd030_68ed),
    ("Concatenation_001", "channel", 0xd030_68ed),
    ("Conv2D_000", "layer", 0x4b67_8d96),
    ("Conv2D_000", "channel", 0x8147_0541),
    ("Conv2D_001", "layer", 0x3127_d811),
    ("Conv2D_001", "channel", 0x5e97_4c84),
    ("Conv2D_004", "layer", 0xebe2_591e),
    ("Conv2D_004", "channel", 0x5175_1f1d),
    ("DepthwiseConv2D_000", "layer", 0x2a99_1614),
    ("DepthwiseConv2D_000", "channel", 0x1b78_eba5),
    ("DepthwiseConv2D_001", "layer", 0x46c1_b8f0),
    ("DepthwiseConv2D_001", "channel", 0xb783_e64f),
    ("DepthwiseConv2D_002", "layer", 0x14a2_4c3a),
    ("DepthwiseConv2D_002", "channel", 0x14a2_4c3a),
    ("FullyConnected_000", "layer", 0x4f2d_59f4),
    ("FullyConnected_000", "channel", 0x7703_71bd),
    ("Logistic_000", "layer", 0xec31_2bfd),
    ("Logistic_000", "channel", 0xec31_2bfd),
    ("MaxPool2D_000", "layer", 0xef12_2e89),
    ("MaxPool2D_000", "channel", 0xef12_2e89),
    ("Mean_000", "layer", 0xdbcb_c62a),
    ("Mean_000", "channel", 0xdbcb_c62a),
    ("Mean_001", "layer", 0x03e2_0b73),
    ("Mean_001", "channel", 0x03e2_0b73),
    ("Mul_000", "layer", 0x2d42_d57e),
    ("Mul_000", "channel", 0x2d42_d57e),
    ("Mul_001", "layer", 0x4e47_50b2),
    ("Mul_001", "channel", 0x4e47_50b2),
    ("Net_000", "layer", 0xb5ab_e88e),
    ("Net_000", "channel", 0xcec9_2f4a),
    ("Net_002", "layer", 0x3f81_1968),
    ("Net_002", "channel", 0x3de8_1011),
    ("PadV2_000", "layer", 0x0123_6a1b),
    ("PadV2_000", "channel", 0x0123_6a1b),
    ("Pad_000", "layer", 0xca9c_8d29),
    ("Pad_000", "channel", 0xca9c_8d29),
    ("ResizeBilinear_000", "layer", 0x4497_11d1),
    ("ResizeBilinear_000", "channel", 0x4497_11d1),
    ("Softmax_000", "layer", 0xe5a7_a01f),
    ("Softmax_000", "channel", 0xe5a7_a01f),
    ("Split_000", "layer", 0xaf5c_30b8),
    ("Split_000", "channel", 0xaf5c_30b8),
    ("Sub_000", "layer", 0xa428_950f),
    ("Sub_000", "channel", 0xa428_950f),
    ("Tanh_000", "layer", 0x9685_c765),
    ("Tanh_000", "channel", 0x9685_c765),
];

#[test]
fn circle_models_have_the_integers_of_onert() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (recipe, granularity, onert) in ONERT {
        passes(
            folder,
            &format!(
                "run @{recipe} --data random:1:4 --granularity {granularity} --input-type float32 -o q.circle --no-check"
            ),
        );
        let to = format!("{recipe}.{granularity}");
        passes(
            folder,
            &format!("infer q.circle --data random:2:8 -o {to} --runtime onert"),
        );
        let mut files: Vec<_> = std::fs::read_dir(folder.join(to))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        let mut hash = 0x811c_9dc5_u32;
        for byte in files.iter().flat_map(|file| npy(file).2) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        assert_eq!(hash, *onert, "{recipe} {granularity}");
    }
}

#[test]
fn what_onert_leaves_unwritten_is_refused_for_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @SplitV_000 --data random:1:4 --input-type float32 -o q.circle --no-check",
    );
    passes(folder, "infer q.circle --data random:2:8 -o one --runtime one");
    let (code, said) = fails(
        folder,
        "infer q.circle --data random:2:8 -o onert --runtime onert",
    );
    assert!(code == 4 && said.contains("SPLIT_V"), "{code}: {said}");
}
