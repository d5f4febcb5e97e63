//! Which constants become integers, for whom, and where a DEQUANTIZE stands.

mod legacy;
mod refused;
mod sharing;

use super::*;
use crate::scheme::tflite::Why;
use quant_ir::{Builtin, DType, FileFormat, OpCode, Operator, Options as OpOptions, Tensor, TensorId};
use quant_schema::{BuiltinOptionsT, FullyConnectedOptionsT};

/// A graph of small operators.
struct Net(Model);

impl Net {
    fn new() -> Self {
        Self(Model::new(FileFormat::Tflite))
    }

    fn tensor(&mut self, name: &str, shape: &[i32]) -> TensorId {
        self.0
            .main_mut()
            .add_tensor(Tensor::new(name, DType::Float32, shape.to_vec()))
    }

    fn input(&mut self, name: &str, shape: &[i32]) -> TensorId {
        let id = self.tensor(name, shape);
        self.0.main_mut().add_input(id).unwrap();
        id
    }

    fn constant(&mut self, name: &str, shape: &[i32]) -> TensorId {
        let id = self.tensor(name, shape);
        let count = shape.iter().product::<i32>();
        let bytes = (0..count)
            .flat_map(|i| ((i % 251 - 125) as f32).to_le_bytes())
            .collect();
        let buffer = self.0.add_buffer(bytes);
        self.0.main_mut().tensor_mut(id).buffer = buffer;
        id
    }

    fn op(&mut self, builtin: Builtin, inputs: &[TensorId], name: &str, shape: &[i32]) -> TensorId {
        let made = self.tensor(name, shape);
        let options = match builtin {
            Builtin::FULLY_CONNECTED => {
                BuiltinOptionsT::FullyConnectedOptions(FullyConnectedOptionsT::default().into())
            }
            _ => BuiltinOptionsT::NONE,
        };
        let inputs = inputs.iter().copied().map(Some).collect();
        let op = Operator::new(
            OpCode::builtin(builtin),
            inputs,
            vec![made],
            OpOptions::new(options),
        );
        self.0.main_mut().push(op).unwrap();
        made
    }

    fn output(&mut self, id: TensorId) {
        self.0.main_mut().add_output(id).unwrap();
    }
}

/// One line for each operator: code, version, operands with their types.
fn lines(model: &Model) -> Vec<String> {
    let graph = model.main();
    let name = |id: &TensorId| match graph.tensor(*id) {
        tensor if tensor.dtype == DType::Float32 => tensor.name.clone(),
        tensor => format!("{}:{}", tensor.name, tensor.dtype),
    };
    let line = |op: &Operator| {
        let inputs: Vec<String> = op.inputs.iter().flatten().map(name).collect();
        let (code, made) = (&op.code, name(&op.outputs[0]));
        format!("{} {} {} -> {made}", code.builtin, code.version, inputs.join(" "))
    };
    graph.operators().iter().map(line).collect()
}

fn options(per_tensor: bool, compat: bool) -> Options {
    Options {
        per_tensor,
        compat,
        ..Options::default()
    }
}

#[test]
fn constants_of_1024_elements_are_weights() {
    for (columns, dtype) in [(31, DType::Float32), (32, DType::Int8)] {
        let mut net = Net::new();
        let (x, w) = (net.input("x", &[1, columns]), net.constant("w", &[32, columns]));
        let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[1, 32]);
        net.output(y);
        quantize(&mut net.0, &Options::default()).unwrap();
        assert_eq!(net.0.main().tensor(w).dtype, dtype, "{columns}");
    }
}

#[test]
fn kernels_read_integers_and_others_a_float_copy() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    let z = net.op(Builtin::ADD, &[y, w], "z", &[32, 32]);
    let z = net.op(Builtin::FULLY_CONNECTED, &[z, w], "u", &[32, 32]);
    let z = net.op(Builtin::BATCH_MATMUL, &[z, w], "v", &[32, 32]);
    let small = net.constant("small", &[2, 32]);
    let z = net.op(Builtin::FULLY_CONNECTED, &[z, small], "out", &[32, 2]);
    net.output(z);
    let floats = net.0.f32_data(net.0.main().tensor(w));
    quantize(&mut net.0, &Options::default()).unwrap();
    let wanted = [
        "FULLY_CONNECTED 12 x w_int8:int8 -> y",
        "ADD 1 y w -> z",
        "FULLY_CONNECTED 12 z w_int8:int8 -> u",
        // One scale for the tensor, so other integers.
        "BATCH_MATMUL 4 u w_int8_1:int8 -> v",
        // All of a kind have one version.
        "FULLY_CONNECTED 12 v small -> out",
    ];
    assert_eq!(lines(&net.0), wanted);
    let graph = net.0.main();
    let scales = |name: &str| {
        graph
            .tensor(graph.find(name).unwrap())
            .quant
            .as_ref()
            .unwrap()
            .scale
            .len()
    };
    assert_eq!((scales("w_int8"), scales("w_int8_1")), (32, 1));
    assert_eq!(net.0.f32_data(graph.tensor(w)), floats);
    // The kernel quantizes its inputs with a zero point.
    let asymmetric = |op: usize| match graph.operators()[op].options.builtin() {
        BuiltinOptionsT::FullyConnectedOptions(o) => o.asymmetric_quantize_inputs,
        _ => unreachable!(),
    };
    assert_eq!([0, 2, 4].map(asymmetric), [true, true, false]);
}

#[test]
fn tables_are_dequantized_where_that_takes_least() {
    // A table of 64 × 32: what is gathered, and what becomes of it.
    let rows: [(i32, i32, &[&str]); 3] = [
        (
            64,
            64,
            &[
                "DEQUANTIZE 2 t:int8 -> t_dequantize",
                "GATHER 1 t_dequantize i -> y",
                "SLICE 1 y i -> z",
            ],
        ),
        (
            5,
            5,
            &[
                "GATHER 2 t:int8 i -> y_int8:int8",
                "DEQUANTIZE 2 y_int8:int8 -> y",
                "SLICE 1 y i -> z",
            ],
        ),
        (
            5,
            2,
            &[
                "GATHER 2 t:int8 i -> y:int8",
                "SLICE 2 y:int8 i -> z_int8:int8",
                "DEQUANTIZE 2 z_int8:int8 -> z",
            ],
        ),
    ];
    for (gathered, sliced, wanted) in rows {
        let mut net = Net::new();
        let (t, i) = (net.constant("t", &[64, 32]), net.input("i", &[gathered]));
        let y = net.op(Builtin::GATHER, &[t, i], "y", &[gathered, 32]);
        let z = net.op(Builtin::SLICE, &[y, i], "z", &[sliced, 32]);
        net.output(z);
        quantize(&mut net.0, &Options::default()).unwrap();
        assert_eq!(lines(&net.0), wanted, "{gathered} {sliced}");
        let scale = |tensor: &Tensor| tensor.quant.as_ref().map(|quant| quant.scale.clone());
        let integers = net
            .0
            .main()
            .tensors()
            .iter()
            .filter(|tensor| tensor.dtype == DType::Int8);
        integers.for_each(|tensor| assert_eq!(scale(tensor), Some(vec![125.0 / 127.0])));
    }
    // Two readers: one DEQUANTIZE before both.
    let mut net = Net::new();
    let (t, i) = (net.constant("t", &[64, 32]), net.input("i", &[5]));
    for name in ["y", "z"] {
        let made = net.op(Builtin::GATHER, &[t, i], name, &[5, 32]);
        net.output(made);
    }
    quantize(&mut net.0, &Options::default()).unwrap();
    let wanted = [
        "DEQUANTIZE 2 t:int8 -> t_dequantize",
        "GATHER 1 t_dequantize i -> y",
        "GATHER 1 t_dequantize i -> z",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn one_scale_for_a_depthwise_filter_is_read_as_floats() {
    let net = || {
        let mut net = Net::new();
        let (x, w) = (
            net.input("x", &[1, 4, 4, 128]),
            net.constant("w", &[1, 3, 3, 128]),
        );
        let y = net.op(Builtin::DEPTHWISE_CONV_2D, &[x, w], "y", &[1, 2, 2, 128]);
        net.output(y);
        net
    };
    let ran = |per_tensor, compat| {
        let mut net = net();
        let kept = quantize(&mut net.0, &options(per_tensor, compat)).unwrap();
        (
            lines(&net.0),
            kept.into_iter().map(|kept| kept.why).collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        ran(false, false),
        (vec!["DEPTHWISE_CONV_2D 6 x w:int8 y_bias -> y".into()], vec![])
    );
    assert_eq!(
        ran(true, true),
        (vec!["DEPTHWISE_CONV_2D 4 x w:int8 -> y".into()], vec![])
    );
    let (found, kept) = ran(true, false);
    let wanted = [
        "DEQUANTIZE 2 w:int8 -> w_dequantize",
        "DEPTHWISE_CONV_2D 1 x w_dequantize y_bias -> y",
    ];
    assert_eq!(found, wanted);
    assert!(matches!(kept[..], [Why::Unsafe(_)]), "{kept:?}");
    // Which is nobody's wish.
    let strict = Options {
        strict: true,
        ..options(true, false)
    };
    let error = quantize(&mut net().0, &strict).unwrap_err().to_string();
    assert!(
        error.contains("DEPTHWISE_CONV_2D `y` (its kernel needs a scale"),
        "{error}"
    );
}

#[test]
fn one_scale_for_a_grouped_filter_is_read_as_floats() {
    for (flavour, version) in [(quantize as fn(&mut _, &_) -> _, 1), (quantize_legacy, 2)] {
        for (channels, compat, hybrid) in [(32, false, true), (64, false, false), (64, true, true)] {
            let mut net = Net::new();
            let (x, w) = (
                net.input("x", &[1, 4, 4, channels]),
                net.constant("w", &[8, 2, 2, 32]),
            );
            let y = net.op(Builtin::CONV_2D, &[x, w], "y", &[1, 4, 4, 8]);
            net.output(y);
            flavour(&mut net.0, &options(true, compat)).unwrap();
            let bias = if compat { "" } else { " y_bias" };
            let wanted = if hybrid {
                format!("CONV_2D 2 x w:int8{bias} -> y")
            } else {
                format!("CONV_2D {version} x w_dequantize{bias} -> y")
            };
            assert_eq!(*lines(&net.0).last().unwrap(), wanted);
        }
    }
}

#[test]
fn recurrent_operators_take_integers_for_all_weights_or_none() {
    for (units, compat, wanted) in [
        (32, false, "SVDF 4 x f:int8 t:int8 -> y"),
        (8, false, "SVDF 1 x f t -> y"),
        (8, true, "SVDF 4 x f:int8 t -> y"),
    ] {
        let mut net = Net::new();
        let (x, f) = (net.input("x", &[1, 128]), net.constant("f", &[units, 128]));
        let t = net.constant("t", &[units, 32]);
        let y = net.op(Builtin::SVDF, &[x, f, t], "y", &[1, units]);
        net.output(y);
        let kept = quantize(&mut net.0, &options(false, compat)).unwrap();
        assert_eq!(lines(&net.0), [wanted]);
        assert_eq!(kept.len(), usize::from(units == 8 && !compat), "{kept:?}");
    }
}
