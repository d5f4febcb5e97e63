//! Which parameters values get, where operators stay float, and the types of inputs and outputs.

mod constants;
mod interface;

use super::*;
use crate::scheme::Why;
use crate::scheme::tflite::common::parameters::per_tensor;
use quant_ir::{Builtin, OpCode, Operator, Options as OpOptions, Tensor, TensorId};

/// A graph of small operators with fake quantization.
struct Net(Model);

impl Net {
    fn new() -> Self {
        Self(Model::new(quant_ir::FileFormat::Tflite))
    }

    fn tensor(&mut self, name: &str, dtype: DType, shape: &[i32]) -> TensorId {
        self.0
            .main_mut()
            .add_tensor(Tensor::new(name, dtype, shape.to_vec()))
    }

    fn input(&mut self, name: &str) -> TensorId {
        let id = self.tensor(name, DType::Float32, &[2, 2]);
        self.0.main_mut().add_input(id).unwrap();
        id
    }

    fn output(&mut self, id: TensorId) {
        self.0.main_mut().add_output(id).unwrap();
    }

    fn constant(&mut self, name: &str, shape: &[i32], values: &[f32]) -> TensorId {
        let id = self.tensor(name, DType::Float32, shape);
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let buffer = self.0.add_buffer(bytes);
        self.0.main_mut().tensor_mut(id).buffer = buffer;
        id
    }

    fn push(&mut self, builtin: Builtin, inputs: &[TensorId], made: TensorId) -> TensorId {
        let inputs = inputs.iter().copied().map(Some).collect();
        let op = Operator::new(OpCode::builtin(builtin), inputs, vec![made], OpOptions::default());
        self.0.main_mut().push(op).unwrap();
        made
    }

    fn op(&mut self, builtin: Builtin, inputs: &[TensorId], name: &str) -> TensorId {
        let made = self.tensor(name, DType::Float32, &[2, 2]);
        self.push(builtin, inputs, made)
    }

    /// A pair: what it makes of a tensor. Scales are 1 unless one is given.
    fn fake(&mut self, id: TensorId, dtype: DType, scale: f32, zero_point: i64) -> TensorId {
        let name = self.0.main().tensor(id).name.clone();
        let integers = self.tensor(&format!("{name}/q"), dtype, &[2, 2]);
        self.0.main_mut().tensor_mut(integers).quant = Some(per_tensor(scale, zero_point));
        self.push(Builtin::QUANTIZE, &[id], integers);
        let made = self.tensor(&format!("{name}/d"), DType::Float32, &[2, 2]);
        self.push(Builtin::DEQUANTIZE, &[integers], made)
    }

    fn uint8(&mut self, id: TensorId, zero_point: i64) -> TensorId {
        self.fake(id, DType::Uint8, 1.0, zero_point)
    }

    fn run(&mut self, options: &Options) -> Vec<Kept> {
        quantize(&mut self.0, options).unwrap()
    }
}

/// One line for each operator; a tensor with parameters is `name:zero point`, a scale that is not 1 behind it.
fn lines(model: &Model) -> Vec<String> {
    let graph = model.main();
    let name = |id: &TensorId| {
        let tensor = graph.tensor(*id);
        let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty());
        let parameters = quant.map_or_else(String::new, |quant| match quant.scale[0] {
            1.0 => format!(":{}", quant.zero_point[0]),
            scale => format!(":{}×{scale}", quant.zero_point[0]),
        });
        let dtype = match tensor.dtype {
            DType::Float32 | DType::Int8 => String::new(),
            other => format!(":{other}"),
        };
        format!("{}{dtype}{parameters}", tensor.name)
    };
    let line = |op: &Operator| {
        let inputs: Vec<String> = op.inputs.iter().flatten().map(name).collect();
        format!(
            "{} {} -> {}",
            op.code.builtin,
            inputs.join(" "),
            name(&op.outputs[0])
        )
    };
    graph.operators().iter().map(line).collect()
}

fn int8() -> Options {
    Options {
        input: DType::Int8,
        output: DType::Int8,
        ..Options::default()
    }
}

#[test]
fn operators_between_pairs_are_quantized() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 100);
    let y = net.op(Builtin::ADD, &[d, d], "y");
    let d = net.uint8(y, 130);
    net.output(d);
    assert_eq!(net.run(&Options::default()), []);
    let wanted = [
        "QUANTIZE x -> x/q:-28",
        "ADD x/q:-28 x/q:-28 -> y:2",
        "DEQUANTIZE y:2 -> y/d",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn parameters_spread_through_operators_with_one_scale() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let y = net.op(Builtin::MAX_POOL_2D, &[d], "pool");
    let y = net.op(Builtin::LOGISTIC, &[y], "logistic");
    let y = net.op(Builtin::TRANSPOSE, &[y], "transpose");
    let d = net.uint8(y, 129);
    let y = net.op(Builtin::ADD, &[d, d], "sum");
    let d = net.uint8(y, 130);
    net.output(d);
    net.run(&int8());
    let wanted = [
        "MAX_POOL_2D x/q:0 -> pool:0",
        "LOGISTIC pool:0 -> logistic:-128×0.00390625",
        // Between a fixed range and that of a fake quantization, of which the last operator knows first.
        "QUANTIZE logistic:-128×0.00390625 -> logistic_int8:1",
        "TRANSPOSE logistic_int8:1 -> transpose:1",
        "ADD transpose:1 transpose:1 -> sum:2",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn a_use_with_other_parameters_is_requantized_or_written_at_once() {
    let mut net = Net::new();
    let (x, y) = (net.input("x"), net.input("y"));
    let (d, e) = (net.uint8(x, 100), net.uint8(y, 110));
    let sum = net.op(Builtin::ADD, &[d, e], "sum");
    let f = net.uint8(sum, 120);
    let both = net.op(Builtin::CONCATENATION, &[f, e], "both");
    let g = net.uint8(both, 130);
    net.output(g);
    let mul = net.op(Builtin::MUL, &[e, e], "mul");
    let h = net.uint8(mul, 140);
    net.output(h);
    net.run(&int8());
    let wanted = [
        // Nobody else reads the sum: it is written as CONCATENATION wants it.
        "ADD x/q:-28 y/q:-18 -> sum:2",
        "QUANTIZE y/q:-18 -> y/q_requantized:2",
        "CONCATENATION sum:2 y/q_requantized:2 -> both:2",
        "MUL y/q:-18 y/q:-18 -> mul:12",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn operators_without_ranges_or_rules_read_what_fake_quantization_leaves() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let y = net.op(Builtin::ADD, &[d, d], "sum");
    let y = net.op(Builtin::SIN, &[y], "sin");
    let d = net.uint8(y, 129);
    let y = net.op(Builtin::COS, &[d], "cos");
    let raw = net.op(Builtin::SIN, &[x], "raw");
    [y, raw, d].into_iter().for_each(|id| net.output(id));
    let kept: Vec<(String, Why)> = net
        .run(&Options::default())
        .into_iter()
        .map(|kept| (kept.output, kept.why))
        .collect();
    let no_rule = |name: &str| (name.to_owned(), Why::NoRule);
    let wanted = [
        ("sum".to_owned(), Why::NoRange("sum".to_owned())),
        no_rule("sin"),
        no_rule("cos"),
        no_rule("raw"),
    ];
    assert_eq!(kept, wanted);
    let wanted = [
        "QUANTIZE x -> x/q:0",
        "DEQUANTIZE x/q:0 -> x/d",
        "ADD x/d x/d -> sum",
        "SIN sum -> sin",
        "QUANTIZE sin -> sin/q:1",
        "DEQUANTIZE sin/q:1 -> sin/d",
        "COS sin/d -> cos",
        "SIN x -> raw",
    ];
    assert_eq!(lines(&net.0), wanted);
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let y = net.op(Builtin::SIN, &[d], "sin");
    net.output(y);
    let error = quantize(&mut net.0, &strict).unwrap_err().to_string();
    assert!(
        error.contains("SIN `sin` (the scheme has no rule for it)"),
        "{error}"
    );
}

#[test]
fn a_pair_behind_a_pair_counts_once_if_it_says_the_same() {
    let net = |zero_point| {
        let mut net = Net::new();
        let x = net.input("x");
        let d = net.uint8(x, 128);
        let d = net.uint8(d, zero_point);
        let y = net.op(Builtin::LOGISTIC, &[d], "y");
        net.output(y);
        let kept = net.run(&int8());
        (lines(&net.0), kept.len())
    };
    assert_eq!(net(128), (vec!["LOGISTIC x/q:0 -> y:-128×0.00390625".into()], 0));
    let wanted = [
        "DEQUANTIZE x/q:0 -> x/d",
        "QUANTIZE x/d -> x/d/q:uint8:129",
        "DEQUANTIZE x/d/q:uint8:129 -> x/d/d",
        "LOGISTIC x/d/d -> y",
    ];
    let (found, kept) = net(129);
    assert_eq!((found, kept), (wanted.map(String::from).to_vec(), 1));
}
