//! Seconds that the stages take on a network of 20,000 operators and on one of 40,000: `cargo bench -p quant-core --bench
//! linear`. Each should double.

use std::fmt::Write as _;
use std::time::Instant;

use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model, QuantParam, TensorId};
use quant_core::quantized::fake;
use quant_core::scheme::tflite::{Options, int8};
use quant_core::{dump, fake_quantize, format, quantize};
use quant_types::qconf;
use quant_types::{Granularity, QuantType};

/// Operators of one block.
const BLOCK: usize = 10;

/// Blocks one behind the other: convolution, ReLU, a sum with what the block before made, views, a concatenation that is
/// split again, a softmax. All convolutions share one filter and one bias; every fourth block has int16 layers.
fn network(operators: usize) -> (Model, Config) {
    let blocks = operators / BLOCK;
    let mut text = String::new();
    let floats = |text: &mut String, name: &str, dims: &str| {
        writeln!(
            text,
            r#"operand {{ name: "{name}" type: FLOAT32 shape {{ {dims} }} }}"#
        )
        .unwrap();
    };
    let image = "dim: 1 dim: 2 dim: 2 dim: 4";
    floats(&mut text, "x0", image);
    text.push_str(
        r#"operand { name: "w" type: FLOAT32 shape { dim: 4 dim: 1 dim: 1 dim: 4 } filler { tag: "gaussian" arg: "0.0" arg: "0.5" } }
        operand { name: "b" type: FLOAT32 shape { dim: 4 } filler { tag: "gaussian" arg: "0.0" arg: "0.5" } }
        operand { name: "flat" type: INT32 shape { dim: 2 } filler { tag: "explicit" arg: "1" arg: "16" } }
        operand { name: "image" type: INT32 shape { dim: 4 } filler { tag: "explicit" arg: "1" arg: "2" arg: "2" arg: "4" } }
        operand { name: "axis" type: INT32 shape { } filler { tag: "explicit" arg: "3" } }
        "#,
    );
    let mut layers = Vec::new();
    for at in 0..blocks {
        for name in ["c", "r", "a", "i", "l", "m", "n"] {
            floats(&mut text, &format!("{name}{at}"), image);
        }
        floats(&mut text, &format!("f{at}"), "dim: 1 dim: 16");
        floats(&mut text, &format!("g{at}"), "dim: 1 dim: 16");
        floats(&mut text, &format!("k{at}"), "dim: 1 dim: 2 dim: 2 dim: 8");
        floats(&mut text, &format!("x{}", at + 1), image);
        let next = at + 1;
        write!(
            text,
            r#"operation {{ type: "Conv2D" input: "x{at}" input: "w" input: "b" output: "c{at}"
                conv2d_options {{ padding: VALID stride_w: 1 stride_h: 1 }} }}
            operation {{ type: "ReLU" input: "c{at}" output: "r{at}" }}
            operation {{ type: "Add" input: "x{at}" input: "r{at}" output: "a{at}" add_options {{ activation: NONE }} }}
            operation {{ type: "Reshape" input: "a{at}" input: "flat" output: "f{at}" }}
            operation {{ type: "Logistic" input: "f{at}" output: "g{at}" }}
            operation {{ type: "Reshape" input: "g{at}" input: "image" output: "i{at}" }}
            operation {{ type: "Concatenation" input: "i{at}" input: "r{at}" output: "k{at}" concatenation_options {{ axis: 3 activation: NONE }} }}
            operation {{ type: "Split" input: "axis" input: "k{at}" output: "l{at}" output: "m{at}" split_options {{ num_splits: 2 }} }}
            operation {{ type: "Mul" input: "l{at}" input: "m{at}" output: "n{at}" mul_options {{ activation: NONE }} }}
            operation {{ type: "Softmax" input: "n{at}" output: "x{next}" softmax_options {{ beta: 1.0 }} }}
            "#
        )
        .unwrap();
        if at % 4 == 0 {
            for name in ["c", "a", "f", "k"] {
                layers.push(format!(
                    r#"{{"names": ["{name}{at}"], "dtype": "int16", "granularity": "channel"}}"#
                ));
            }
        }
    }
    write!(text, r#"input: "x0" output: "x{blocks}""#).unwrap();
    let mut model = quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap();
    ranges(&mut model);
    let mut config = Config::new(QuantType::Uint8, Granularity::Channel);
    let text = format!(r#"{{"layers": [{}]}}"#, layers.join(","));
    config.add_layers(&qconf::parse(&text).unwrap().layers);
    (model, config)
}

/// Ranges as if they were recorded.
fn ranges(model: &mut Model) {
    let constant: Vec<bool> = model.main().tensors().iter().map(|t| model.is_const(t)).collect();
    for (at, _) in constant.iter().enumerate().filter(|(_, constant)| !**constant) {
        model.main_mut().tensor_mut(TensorId(at)).quant = Some(QuantParam {
            min: vec![-1.0 - (at % 7) as f32],
            max: vec![2.0],
            ..QuantParam::default()
        });
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    print!("  {what} {:.3} s", start.elapsed().as_secs_f64());
    made
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![20_000, 40_000]
    } else {
        sizes
    };
    for operators in sizes {
        let (model, config) = network(operators);
        print!("{operators} operators:");
        let bytes = timed("export", || format::export(&model, FileFormat::Circle).unwrap());
        let model = timed("import", || format::import(&bytes).unwrap());
        let mut weights = model.clone();
        timed("fake-quantize", || {
            fake_quantize::run(&mut weights, &config).unwrap()
        });
        let mut quantized = model.clone();
        timed("quantize", || quantize::run(&mut quantized, &config).unwrap());
        let mut tflite = model.clone();
        timed("TensorFlow's int8", || {
            int8::quantize(&mut tflite, &Options::default()).unwrap()
        });
        let mut other = model.clone();
        let one_type = Config::new(QuantType::Int16, Granularity::Channel);
        timed("quantize int16", || quantize::run(&mut other, &one_type).unwrap());
        timed("dump", || dump::tensors(&quantized).unwrap());
        timed("to floats", || fake::run(&mut quantized).unwrap());
        println!();
    }
}
