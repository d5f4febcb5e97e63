//! Convolutions without a bias get zeros: LiteRT runs none without.

use quant_core::Result;
use quant_core::ir::{DType, Model};
use quant_core::record::{self, Mode, RandomRecords, RecordOptions};
use quant_core::scheme::tflite::{Kept, Options, dynamic, int8, steps};

use crate::common;

/// One convolution of each kind, the first with a bias left out and the second with its operand left empty.
const RECIPE: &str = r#"
operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 6 dim: 6 dim: 8 } }
operand { name: "v" type: FLOAT32 shape { dim: 16 dim: 3 dim: 3 dim: 8 } filler { tag: "gaussian" arg: "0.0" arg: "0.3" } }
operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 6 dim: 6 dim: 16 } }
operand { name: "w" type: FLOAT32 shape { dim: 1 dim: 9 dim: 9 dim: 16 } filler { tag: "gaussian" arg: "0.0" arg: "0.3" } }
operand { name: "z" type: FLOAT32 shape { dim: 1 dim: 6 dim: 6 dim: 16 } }
operation { type: "Conv2D" input: "x" input: "v" input: "" output: "y"
  conv2d_options { padding: SAME stride_w: 1 stride_h: 1 activation: NONE } }
operation { type: "DepthwiseConv2D" input: "y" input: "w" input: "" output: "z"
  depthwiseconv2d_options { padding: SAME stride_w: 1 stride_h: 1 depth_multiplier: 1 activation: NONE } }
input: "x"
output: "z"
"#;

type Quantize = fn(&mut Model, &Options) -> Result<Vec<Kept>>;

/// Names, types and contents of the biases of both convolutions.
fn biases(quantize: Quantize, options: &Options) -> Vec<Option<(String, DType, Vec<u8>)>> {
    let mut model = common::model(RECIPE);
    let inputs = vec![model.main().tensor(model.main().inputs()[0]).clone()];
    let records = RandomRecords::new(inputs, 1, 3).unwrap();
    let recording = RecordOptions {
        mode: Mode::Running,
        ..RecordOptions::default()
    };
    record::run(&mut model, &records, &recording, &|_| {}).unwrap();
    quantize(&mut model, options).unwrap();
    let graph = model.main();
    let convolutions = graph
        .operators()
        .iter()
        .filter(|op| op.code.builtin.to_string().contains("CONV_2D"));
    let bias = |id| {
        let tensor = graph.tensor(id);
        let bytes = model.data(tensor).unwrap().to_vec();
        (tensor.name.clone(), tensor.dtype, bytes)
    };
    convolutions.map(|op| op.input(2).map(bias)).collect()
}

#[test]
fn convolutions_without_a_bias_get_zeros() {
    let made: [(Quantize, DType, usize); 4] = [
        (int8::quantize, DType::Int32, 4),
        (steps::quantize_int8, DType::Int32, 4),
        (steps::quantize_int16x8, DType::Int64, 8),
        (dynamic::quantize, DType::Float32, 4),
    ];
    for (quantize, dtype, bytes) in made {
        let wanted = |name: &str| Some((name.to_owned(), dtype, vec![0; 16 * bytes]));
        assert_eq!(
            biases(quantize, &Options::default()),
            [wanted("y_bias"), wanted("z_bias")]
        );
        let compat = Options {
            compat: true,
            ..Options::default()
        };
        assert_eq!(biases(quantize, &compat), [None, None], "as the original");
    }
}
