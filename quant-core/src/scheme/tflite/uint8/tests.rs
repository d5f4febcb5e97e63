//! Which parameters tensors get, where operators stay float, and the types of inputs and outputs.

mod interface;
mod weights;

use super::*;
use crate::scheme::Why;
use crate::scheme::tflite::Selector;
use quant_ir::{Builtin, OpCode, Operator, Options as OpOptions, QuantParam, Tensor, TensorId};

/// A graph of small operators with recorded ranges.
struct Net(Model);

impl Net {
    fn new() -> Self {
        Self(Model::new(quant_ir::FileFormat::Tflite))
    }

    fn tensor(&mut self, name: &str, shape: &[i32], range: Option<(f32, f32)>) -> TensorId {
        let mut tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        tensor.quant = range.map(|(min, max)| QuantParam {
            min: vec![min],
            max: vec![max],
            ..QuantParam::default()
        });
        self.0.main_mut().add_tensor(tensor)
    }

    fn input(&mut self, name: &str, range: (f32, f32)) -> TensorId {
        let id = self.tensor(name, &[2, 2], Some(range));
        self.0.main_mut().add_input(id).unwrap();
        id
    }

    fn constant(&mut self, name: &str, shape: &[i32], values: &[f32]) -> TensorId {
        let id = self.tensor(name, shape, None);
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let buffer = self.0.add_buffer(bytes);
        self.0.main_mut().tensor_mut(id).buffer = buffer;
        id
    }

    fn op(
        &mut self,
        builtin: Builtin,
        inputs: &[TensorId],
        name: &str,
        range: impl Into<Option<(f32, f32)>>,
    ) -> TensorId {
        let made = self.tensor(name, &[2, 2], range.into());
        let inputs = inputs.iter().copied().map(Some).collect();
        let op = Operator::new(OpCode::builtin(builtin), inputs, vec![made], OpOptions::default());
        self.0.main_mut().push(op).unwrap();
        made
    }

    fn output(&mut self, id: TensorId) {
        self.0.main_mut().add_output(id).unwrap();
    }

    fn run(&mut self, options: &Options) -> Vec<Kept> {
        quantize(&mut self.0, options).unwrap()
    }
}

/// One line for each operator; a tensor with parameters is `name:zero point`, ranges being 255 wide mostly.
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
            DType::Float32 | DType::Uint8 => String::new(),
            other => format!(":{other}"),
        };
        format!("{}{dtype}{parameters}", tensor.name)
    };
    let line = |op: &Operator| {
        let inputs: Vec<String> = op.inputs.iter().flatten().map(name).collect();
        let code = &op.code;
        format!(
            "{} {} -> {}",
            code.builtin,
            inputs.join(" "),
            name(&op.outputs[0])
        )
    };
    graph.operators().iter().map(line).collect()
}

fn uint8() -> Options {
    Options {
        input: DType::Uint8,
        output: DType::Uint8,
        ..Options::default()
    }
}

#[test]
fn results_have_recorded_fixed_or_copied_parameters() {
    let mut net = Net::new();
    let x = net.input("x", (-100.0, 155.0));
    let y = net.op(Builtin::MAX_POOL_2D, &[x], "pool", (-90.0, 100.0));
    let y = net.op(Builtin::ADD, &[y, x], "sum", (-255.0, -10.0));
    let y = net.op(Builtin::RELU, &[y], "relu", None);
    let y = net.op(Builtin::LOGISTIC, &[y], "logistic", (0.2, 0.3));
    let y = net.op(Builtin::TANH, &[y], "tanh", None);
    net.output(y);
    assert_eq!(net.run(&uint8()), []);
    let wanted = [
        "MAX_POOL_2D x:100 -> pool:100",
        "ADD pool:100 x:100 -> sum:255",
        "RELU sum:255 -> relu:255",
        "LOGISTIC relu:255 -> logistic:0×0.00390625",
        "TANH logistic:0×0.00390625 -> tanh:128×0.0078125",
    ];
    assert_eq!(lines(&net.0), wanted);
    assert_eq!(net.0.main().operators()[2].code.version, 2);
}

#[test]
fn all_that_concatenations_name_has_one_range() {
    let mut net = Net::new();
    let (x, y) = (net.input("x", (-10.0, 0.0)), net.input("y", (0.0, 100.0)));
    let c = net.constant("c", &[1], &[-55.0]);
    let pool = net.op(Builtin::MAX_POOL_2D, &[x], "pool", (-200.0, 0.0));
    let one = net.op(Builtin::CONCATENATION, &[x, c], "one", (-55.0, 0.0));
    let two = net.op(Builtin::CONCATENATION, &[one, pool, y], "two", (-55.0, 55.0));
    net.output(two);
    net.run(&uint8());
    let wanted = [
        "MAX_POOL_2D x:170×1.1764706 -> pool:170×1.1764706",
        "CONCATENATION x:170×1.1764706 c:170×1.1764706 -> one:170×1.1764706",
        "CONCATENATION one:170×1.1764706 pool:170×1.1764706 y:170×1.1764706 -> two:170×1.1764706",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn kernels_that_hand_integers_on_get_those_of_the_result() {
    let net = || {
        let mut net = Net::new();
        let (x, y) = (net.input("x", (-200.0, 55.0)), net.input("y", (-100.0, 155.0)));
        let c = net.constant("c", &[1], &[-51.0]);
        let z = net.op(Builtin::MAXIMUM, &[x, y], "max", (-100.0, 155.0));
        let z = net.op(Builtin::MINIMUM, &[z, x], "min", (-200.0, 55.0));
        let z = net.op(Builtin::PADV2, &[z, x, c], "pad", None);
        net.output(z);
        net
    };
    let mut ours = net();
    ours.run(&uint8());
    let wanted = [
        "QUANTIZE x:200 -> x_requantized:100",
        "MAXIMUM x_requantized:100 y:100 -> max:100",
        "QUANTIZE max:100 -> max_requantized:200",
        "MINIMUM max_requantized:200 x:200 -> min:200",
        "PADV2 min:200 x:200 c:200 -> pad:200",
    ];
    assert_eq!(lines(&ours.0), wanted);
    assert_eq!(ours.0.data(ours.0.main().tensor(TensorId(2))).unwrap()[..], [149]);
    // toco did not.
    let mut original = net();
    original.run(&Options {
        compat: true,
        ..uint8()
    });
    let wanted = [
        "MAXIMUM x:200 y:100 -> max:100",
        "MINIMUM max:100 x:200 -> min:200",
        "PADV2 min:200 x:200 c:255×0.2 -> pad:200",
    ];
    assert_eq!(lines(&original.0), wanted);
}

#[test]
fn operators_without_a_rule_stay_float() {
    let mut net = Net::new();
    let x = net.input("x", (-100.0, 155.0));
    let y = net.op(Builtin::ABS, &[x], "abs", (0.0, 255.0));
    let z = net.op(Builtin::ADD, &[y, x], "sum", (0.0, 255.0));
    let z = net.op(Builtin::SIN, &[z], "sin", None);
    let z = net.op(Builtin::COS, &[z], "cos", None);
    let z = net.op(Builtin::MUL, &[z, z], "mul", (0.0, 255.0));
    net.output(z);
    let kept: Vec<(String, Why)> = net
        .run(&uint8())
        .into_iter()
        .map(|kept| (kept.output, kept.why))
        .collect();
    let no_rule = |name: &str| (name.to_owned(), Why::NoRule);
    let wanted = [
        no_rule("abs"),
        no_rule("sin"),
        no_rule("cos"),
        ("mul".to_owned(), Why::NoRange("cos".to_owned())),
    ];
    assert_eq!(kept, wanted);
    let wanted = [
        "DEQUANTIZE x:100 -> x_dequantized",
        "ABS x_dequantized -> abs",
        "QUANTIZE abs -> abs_quantized:0",
        "ADD abs_quantized:0 x:100 -> sum:0",
        "DEQUANTIZE sum:0 -> sum_dequantized",
        "SIN sum_dequantized -> sin",
        "COS sin -> cos",
        "MUL cos cos -> mul",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn variables_stay_float() {
    let mut net = Net::new();
    let x = net.input("x", (-100.0, 155.0));
    let state = net.tensor("state", &[2, 2], Some((-100.0, 155.0)));
    net.0.main_mut().tensor_mut(state).is_variable = true;
    let y = net.op(Builtin::ADD, &[x, state], "y", (-100.0, 155.0));
    let z = net.op(Builtin::MAX_POOL_2D, &[y], "z", None);
    net.0.main_mut().tensor_mut(z).is_variable = true;
    net.output(y);
    let kept: Vec<Why> = net.run(&uint8()).into_iter().map(|kept| kept.why).collect();
    assert_eq!(kept[0], Why::NoRange("state".into()));
    assert!(matches!(kept[1..], [Why::Unsafe(_)]), "{kept:?}");
    assert_eq!(lines(&net.0), ["ADD x state -> y", "MAX_POOL_2D y -> z"]);
}

#[test]
fn nobody_stays_float_unasked_with_strict() {
    let net = |builtin| {
        let mut net = Net::new();
        let x = net.input("x", (0.0, 255.0));
        let y = net.op(builtin, &[x, x], "y", (0.0, 255.0));
        net.output(y);
        net
    };
    let strict = Options {
        strict: true,
        ..uint8()
    };
    let mut sin = net(Builtin::SIN);
    let before = sin.0.clone();
    let error = quantize(&mut sin.0, &strict).unwrap_err().to_string();
    assert!(
        error.contains("SIN `y` (the scheme has no rule for it)"),
        "{error}"
    );
    assert_eq!(sin.0, before);
    let mut asked = net(Builtin::ADD);
    let kept = asked.run(&Options {
        float: vec![Selector::Operator(Builtin::ADD)],
        ..strict
    });
    assert_eq!(kept, [Kept::new(0, 0, Builtin::ADD, "y", Why::Asked)]);
    assert_eq!(lines(&asked.0), ["ADD x x -> y"]);
}
