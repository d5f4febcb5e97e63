//! Models with ONNX's QuantizeLinear and DequantizeLinear, made by hand, and what becomes of them.

use quant_core::ir::{
    Builtin, DType, FileFormat, Model, OpCode, Operator, Options, QuantParam, Tensor, TensorId,
};
use quant_core::quantized::{onnx, values};
use quant_core::{Error, format};

/// A model in the making.
struct Bench {
    model: Model,
}

impl Bench {
    fn new() -> Self {
        let model = Model::new(FileFormat::Circle);
        Self { model }
    }

    fn tensor(&mut self, name: &str, dtype: DType, shape: &[i32]) -> TensorId {
        self.model
            .main_mut()
            .add_tensor(Tensor::new(name, dtype, shape.to_vec()))
    }

    fn input(&mut self, name: &str, shape: &[i32]) -> TensorId {
        let id = self.tensor(name, DType::Float32, shape);
        self.model.main_mut().inputs.push(id);
        id
    }

    fn constant(&mut self, name: &str, dtype: DType, shape: &[i32], values: &[f64]) -> TensorId {
        let bytes = match dtype {
            DType::Float32 => values.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            DType::Int16 => values.iter().flat_map(|x| (*x as i16).to_le_bytes()).collect(),
            DType::Int32 => values.iter().flat_map(|x| (*x as i32).to_le_bytes()).collect(),
            DType::Uint8 => values.iter().map(|x| *x as u8).collect(),
            other => panic!("{other}"),
        };
        let id = self.tensor(name, dtype, shape);
        let buffer = self.model.add_buffer(bytes);
        self.model.main_mut().tensor_mut(id).buffer = buffer;
        id
    }

    fn op(&mut self, builtin: Builtin, inputs: &[TensorId], name: &str, shape: &[i32]) -> TensorId {
        let output = self.tensor(name, DType::Float32, shape);
        let inputs = inputs.iter().copied().map(Some).collect();
        let op = Operator::new(OpCode::builtin(builtin), inputs, vec![output], Options::default());
        self.model.main_mut().operators.push(op);
        output
    }

    fn custom(&mut self, kind: &str, of: TensorId, to: DType, with: &Linear<'_>) -> TensorId {
        let name = format!("{}_{kind}", self.model.main().tensor(of).name);
        let shape = self.model.main().tensor(of).shape.clone();
        let count = [with.scale.len() as i32];
        let shapes: &[i32] = if count == [1] { &[] } else { &count };
        let scale = self.constant(&format!("{name}_scale"), DType::Float32, shapes, with.scale);
        let zero_point = self.constant(&format!("{name}_zp"), with.dtype, shapes, with.zero_point);
        let output = self.tensor(&name, to, &shape);
        let code = OpCode {
            builtin: Builtin::CUSTOM,
            custom: Some(kind.to_owned()),
            version: 1,
        };
        let inputs = [of, scale, zero_point].map(Some).to_vec();
        let mut op = Operator::new(code, inputs, vec![output], Options::default());
        // {"axis": …} in FlexBuffers' format.
        let axis = [b"axis\0\x01\x06\x01\x01\x01", [with.axis, 4, 2, 36, 1].as_slice()].concat();
        op.custom_options = Some(axis);
        self.model.main_mut().operators.push(op);
        output
    }

    fn dequantize(&mut self, of: TensorId, with: &Linear<'_>) -> TensorId {
        self.custom("ONNXDequantizeLinear", of, DType::Float32, with)
    }

    fn pair(&mut self, of: TensorId, with: &Linear<'_>) -> TensorId {
        let integers = self.custom("ONNXQuantizeLinear", of, with.dtype, with);
        self.dequantize(integers, with)
    }

    /// What the model becomes, written and read again.
    fn done(mut self, outputs: &[TensorId]) -> Result<Model, Error> {
        self.model.main_mut().outputs = outputs.to_vec();
        onnx::run(&mut self.model)?;
        Ok(format::import(&format::export(&self.model, FileFormat::Circle).unwrap()).unwrap())
    }
}

struct Linear<'a> {
    scale: &'a [f64],
    zero_point: &'a [f64],
    dtype: DType,
    axis: u8,
}

const U8: Linear<'_> = Linear {
    scale: &[0.5],
    zero_point: &[10.0],
    dtype: DType::Uint8,
    axis: 0,
};
const S16: Linear<'_> = Linear {
    scale: &[0.25],
    zero_point: &[0.0],
    dtype: DType::Int16,
    axis: 0,
};

fn tensor<'a>(model: &'a Model, name: &str) -> &'a Tensor {
    let names: Vec<_> = model.main().tensors.iter().map(|tensor| &tensor.name).collect();
    let id = model
        .main()
        .find(name)
        .unwrap_or_else(|| panic!("no `{name}` in {names:?}"));
    model.main().tensor(id)
}

/// Type, scales, zero points.
fn of(model: &Model, name: &str) -> (DType, Vec<f32>, Vec<i64>) {
    let QuantParam {
        scale, zero_point, ..
    } = tensor(model, name).quant.clone().unwrap_or_default();
    (tensor(model, name).dtype, scale, zero_point)
}

fn integers(model: &Model, name: &str) -> Vec<i64> {
    values::map(model, tensor(model, name), |_, q| q)
        .unwrap()
        .unwrap()
}

fn kinds(model: &Model) -> Vec<Builtin> {
    model.main().operators.iter().map(|op| op.code.builtin).collect()
}

#[test]
fn pairs_become_parameters_and_small_constants_become_narrow() {
    // Integers, zero points, type, and what they become.
    type Row = (&'static [f64], &'static [f64], DType, DType, &'static [i64]);
    let rows: [Row; 6] = [
        (
            &[0.0, 8.0, 15.0, 3.0],
            &[8.0, 8.0],
            DType::Uint8,
            DType::Int4,
            &[-8, 0, 7, -5],
        ),
        (
            &[0.0, 8.0, 15.0, 3.0],
            &[8.0, 7.0],
            DType::Uint8,
            DType::Uint4,
            &[0, 8, 15, 3],
        ),
        (
            &[0.0, 8.0, 16.0, 3.0],
            &[8.0, 8.0],
            DType::Uint8,
            DType::Uint8,
            &[0, 8, 16, 3],
        ),
        (
            &[0.0, 8.0, 15.0, 3.0],
            &[8.0, 16.0],
            DType::Uint8,
            DType::Uint8,
            &[0, 8, 15, 3],
        ),
        (
            &[255.0, 8.0, 15.0, 3.0],
            &[128.0, 16.0],
            DType::Uint8,
            DType::Uint8,
            &[255, 8, 15, 3],
        ),
        (
            &[-300.0, 8.0, 15.0, 3.0],
            &[0.0, 0.0],
            DType::Int16,
            DType::Int16,
            &[-300, 8, 15, 3],
        ),
    ];
    for (given, zero_point, dtype, wanted, made) in rows {
        for axis in [0, 1] {
            let mut bench = Bench::new();
            let x = bench.input("x", &[1, 2]);
            let x = bench.pair(x, &U8);
            let weights = bench.constant("w", dtype, &[2, 2], given);
            let weights = bench.dequantize(
                weights,
                &Linear {
                    scale: &[0.5, 2.0],
                    zero_point,
                    dtype,
                    axis,
                },
            );
            let y = bench.op(Builtin::FULLY_CONNECTED, &[x, weights], "y", &[1, 2]);
            let y = bench.pair(y, &U8);
            let model = bench.done(&[y]).unwrap();
            assert_eq!(kinds(&model), [Builtin::FULLY_CONNECTED]);
            let names: Vec<_> = model
                .main()
                .tensors
                .iter()
                .map(|tensor| tensor.name.as_str())
                .collect();
            assert_eq!(names, ["x", "w", "y"], "the operands of the pairs are gone");
            assert_eq!(of(&model, "x"), (DType::Uint8, vec![0.5], vec![10]));
            assert_eq!(of(&model, "y"), (DType::Uint8, vec![0.5], vec![10]));
            // The zero points of int4 stay as they are.
            let zeros: Vec<i64> = zero_point.iter().map(|zero| *zero as i64).collect();
            assert_eq!(of(&model, "w"), (wanted, vec![0.5, 2.0], zeros));
            assert_eq!(integers(&model, "w"), made, "{wanted}");
            let dimension = tensor(&model, "w").quant.as_ref().unwrap().quantized_dimension;
            assert_eq!(dimension, i32::from(axis));
            assert_eq!(tensor(&model, "w").dtype, wanted);
        }
    }
}

#[test]
fn tensors_without_a_pair_take_parameters_from_their_neighbours() {
    let mut bench = Bench::new();
    let x = bench.input("x", &[1, 4]);
    let x = bench.pair(x, &S16);
    let shape = bench.constant("shape", DType::Int32, &[2], &[2.0, 2.0]);
    let reshape = bench.op(Builtin::RESHAPE, &[x, shape], "reshape", &[2, 2]);
    let neg = bench.op(Builtin::NEG, &[reshape], "neg", &[2, 2]);
    let square = bench.op(Builtin::MUL, &[neg, neg], "square", &[2, 2]);
    let concat = bench.op(Builtin::CONCATENATION, &[square, neg], "concat", &[4, 2]);
    let halves = bench.constant(
        "halves",
        DType::Float32,
        &[4, 2],
        &[0.5, -2.0, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5],
    );
    let add = bench.op(Builtin::ADD, &[concat, halves], "add", &[4, 2]);
    let add = bench.pair(add, &S16);
    let logistic = bench.op(Builtin::LOGISTIC, &[add], "logistic", &[4, 2]);
    let logistic = bench.pair(logistic, &S16);
    let model = bench.done(&[logistic]).unwrap();
    let int16 = |scale: f32| (DType::Int16, vec![scale], vec![0]);
    for (name, scale) in [
        ("x", 0.25),
        ("reshape", 0.25),
        ("neg", 0.25),
        ("square", 0.25 * 0.25 * 32767.0),
        ("concat", 0.25 * 0.25 * 32767.0),
        ("add", 0.25),
        ("logistic", 1.0 / 32768.0),
    ] {
        assert_eq!(of(&model, name), int16(scale), "{name}");
    }
    // Its own range, the largest integer at 2.
    assert_eq!(of(&model, "halves"), int16((2.0_f64 / 32767.0) as f32));
}

#[test]
fn constants_beside_integers_become_int16() {
    let mut bench = Bench::new();
    let x = bench.input("x", &[4]);
    let x = bench.pair(x, &S16);
    let own = bench.constant("own", DType::Float32, &[4], &[0.5, -2.0, 0.0, 1.0]);
    let y = bench.op(Builtin::MUL, &[x, own], "y", &[4]);
    let y = bench.pair(y, &S16);
    let given = bench.constant("given", DType::Float32, &[4], &[0.5, -2.1, 0.125, 1e9]);
    let given = bench.pair(given, &S16);
    let z = bench.op(Builtin::ADD, &[y, given], "z", &[4]);
    let z = bench.pair(z, &S16);
    let model = bench.done(&[z]).unwrap();
    let scale = (2.0_f64 / 32767.0) as f32;
    assert_eq!(of(&model, "own"), (DType::Int16, vec![scale], vec![0]));
    assert_eq!(integers(&model, "own"), [8192, -32767, 0, 16384]);
    assert_eq!(of(&model, "given"), (DType::Int16, vec![0.25], vec![0]));
    assert_eq!(integers(&model, "given"), [2, -8, 1, 32767]);
}

#[test]
fn a_quantize_stands_where_types_meet() {
    let range = (0.5 * 245.0_f64 / 32767.0) as f32;
    for (builtin, constant) in [
        (Builtin::FULLY_CONNECTED, true),
        (Builtin::TRANSPOSE, false),
        (Builtin::MUL, false),
        (Builtin::BATCH_MATMUL, false),
    ] {
        // uint8 in, int16 out.
        let mut bench = Bench::new();
        let x = bench.input("x", &[2, 2]);
        let x = bench.pair(x, &U8);
        let other = if constant {
            let weights = bench.constant("w", DType::Uint8, &[2, 2], &[1.0, 2.0, 3.0, 200.0]);
            bench.dequantize(weights, &U8)
        } else if builtin == Builtin::TRANSPOSE {
            bench.constant("permutation", DType::Int32, &[2], &[1.0, 0.0])
        } else {
            let other = bench.input("other", &[2, 2]);
            bench.pair(other, &U8)
        };
        let y = bench.op(builtin, &[x, other], "y", &[2, 2]);
        let y = bench.pair(y, &S16);
        let model = bench.done(&[y]).unwrap();
        if builtin == Builtin::TRANSPOSE {
            // Its input takes the type of its output, as in stage 3, when nobody else reads it.
            assert_eq!(kinds(&model), [builtin]);
            continue;
        }
        assert_eq!(kinds(&model), [builtin, Builtin::QUANTIZE], "{builtin}");
        let (dtype, scale, zero_point) = of(&model, "y");
        // The range of int16 at 0.25 in uint8.
        assert_eq!((dtype, zero_point), (DType::Uint8, vec![128]), "{builtin}");
        assert!(
            (scale[0] - 2.0 * 32767.0 * 0.25 / 255.0).abs() < 1e-4,
            "{builtin}"
        );
        assert_eq!(of(&model, "y_Quantize"), (DType::Int16, vec![0.25], vec![0]));
        assert_eq!(
            tensor(&model, "y_Quantize").name,
            model.main().tensor(model.main().outputs[0]).name
        );
    }
    // int16 beside uint8: what is uint8 becomes int16.
    for builtin in [Builtin::MUL, Builtin::BATCH_MATMUL] {
        let mut bench = Bench::new();
        let x = bench.input("x", &[2, 2]);
        let x = bench.pair(x, &S16);
        let other = bench.input("other", &[2, 2]);
        let other = bench.pair(other, &U8);
        let y = bench.op(builtin, &[x, other], "y", &[2, 2]);
        let y = bench.pair(y, &S16);
        let model = bench.done(&[y]).unwrap();
        assert_eq!(kinds(&model), [Builtin::QUANTIZE, builtin], "{builtin}");
        assert_eq!(of(&model, "other_Quantize"), (DType::Int16, vec![range], vec![0]));
        assert_eq!(of(&model, "other"), (DType::Uint8, vec![0.5], vec![10]));
    }
}

#[test]
fn other_forms_are_errors() {
    type Failing = (&'static str, fn(&mut Bench, TensorId) -> TensorId);
    let failing: [Failing; 7] = [
        (
            "its scale and zero point are not those of its QuantizeLinear",
            |bench, x| {
                let integers = bench.custom("ONNXQuantizeLinear", x, DType::Uint8, &U8);
                bench.dequantize(integers, &Linear { scale: &[1.0], ..U8 })
            },
        ),
        ("it reads neither a constant nor a QuantizeLinear", |bench, x| {
            bench.dequantize(x, &U8)
        }),
        (
            "its integers are read by something else than a DequantizeLinear",
            |bench, x| bench.custom("ONNXQuantizeLinear", x, DType::Uint8, &U8),
        ),
        ("its input has other parameters from another pair", |bench, x| {
            let one = bench.pair(x, &U8);
            let other = bench.pair(x, &Linear { scale: &[1.0], ..U8 });
            bench.op(Builtin::ADD, &[one, other], "y", &[4])
        }),
        ("an activation has one scale and zero point", |bench, x| {
            bench.pair(
                x,
                &Linear {
                    scale: &[1.0; 4],
                    zero_point: &[0.0; 4],
                    ..U8
                },
            )
        }),
        ("2 scales along axis 0 of shape [4]", |bench, x| {
            let one = bench.pair(x, &U8);
            let constant = bench.constant("c", DType::Uint8, &[4], &[1.0; 4]);
            let other = bench.dequantize(
                constant,
                &Linear {
                    scale: &[1.0; 2],
                    zero_point: &[0.0; 2],
                    ..U8
                },
            );
            bench.op(Builtin::ADD, &[one, other], "y", &[4])
        }),
        ("it has activations of uint8 and of int16", |bench, x| {
            let one = bench.pair(x, &U8);
            let other = bench.input("other", &[4]);
            let other = bench.pair(other, &S16);
            let y = bench.op(Builtin::ADD, &[one, other], "y", &[4]);
            bench.pair(y, &S16)
        }),
    ];
    for (message, make) in failing {
        let mut bench = Bench::new();
        let x = bench.input("x", &[4]);
        let y = make(&mut bench, x);
        let mut model = bench.model;
        model.main_mut().outputs = vec![y];
        let mut changed = model.clone();
        let error = onnx::run(&mut changed).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\ninstead of {message}");
        assert_eq!(changed, model, "a failure leaves the model as it was");
    }
}
