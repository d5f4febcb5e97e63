//! Recipes whose weights LiteRT's kernels take for something else.

use quant_core::ir::{DType, Model};
use quant_core::scheme::tflite::recipe::{self, Recipe};
use quant_core::scheme::tflite::{Options, Why};

use crate::common::model;

fn compat(compat: bool) -> Options {
    Options {
        compat,
        ..Options::default()
    }
}

/// One outlier, and many values far below it, which OCTAV favours: the outlier is clipped to the lowest integer.
fn dense() -> Model {
    let values = (0..64).map(|at| {
        if at == 5 {
            -4.0
        } else {
            [0.1, -0.07, 0.05, -0.1][at % 4]
        }
    });
    let args: Vec<String> = values.map(|value| format!("arg: \"{value}\"")).collect();
    let args = args.join(" ");
    model(&format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 64 }} }}
           operand {{ name: "w" type: FLOAT32 shape {{ dim: 1 dim: 64 }} filler {{ tag: "explicit" {args} }} }}
           operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 1 }} }}
           operation {{ type: "FullyConnected" input: "x" input: "w" input: "" output: "y"
                       fullyconnected_options {{ activation: NONE }} }}
           input: "x" output: "y""#
    ))
}

#[test]
fn weights_of_four_bits_have_no_lowest_integer() {
    let recipe = r#"[{"regex": ".*", "operation": "FULLY_CONNECTED", "algorithm_key": "OCTAV", "op_config": {
        "weight_tensor_config": {"num_bits": 4, "symmetric": true, "granularity": "CHANNELWISE", "dtype": "INT"},
        "compute_precision": "INTEGER", "explicit_dequantize": false}}]"#;
    let recipe = Recipe::parse(recipe).unwrap();
    for (original, lowest) in [(true, -8), (false, -7)] {
        let mut model = dense();
        recipe::quantize(&mut model, &recipe, &compat(original)).unwrap();
        let tensor = model.main().tensor(model.main().find("w").unwrap());
        assert_eq!(tensor.dtype, DType::Int4);
        let bytes = model.data(tensor).unwrap();
        let halves = bytes
            .iter()
            .flat_map(|byte| [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4]);
        assert_eq!(halves.min(), Some(lowest));
    }
}

#[test]
fn a_convolution_with_weights_of_two_bits_stays_float() {
    let conv = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
           operand { name: "w" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 1 } filler { tag: "explicit" arg: "0.5" } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
           operation { type: "Conv2D" input: "x" input: "w" input: "" output: "y"
                       conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
           input: "x" output: "y""#,
    );
    let recipe = r#"[{"regex": ".*", "operation": "CONV_2D", "algorithm_key": "min_max_uniform_quantize", "op_config": {
        "weight_tensor_config": {"num_bits": 2, "symmetric": true, "granularity": "CHANNELWISE", "dtype": "INT"},
        "compute_precision": "INTEGER", "explicit_dequantize": false}}]"#;
    let recipe = Recipe::parse(recipe).unwrap();
    for original in [true, false] {
        let mut model = conv.clone();
        let kept = recipe::quantize(&mut model, &recipe, &compat(original)).unwrap();
        let dtype = model.main().tensor(model.main().find("w").unwrap()).dtype;
        if original {
            assert_eq!((dtype.word(), kept.len()), ("int2", 0));
        } else {
            assert_eq!(dtype, DType::Float32);
            assert!(
                matches!(kept[0].why, Why::Unsafe(why) if why.contains("2-bit weights")),
                "{kept:?}"
            );
        }
    }
}
