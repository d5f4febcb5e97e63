//! Where types meet, and forms that are errors.

use quant_core::ir::{Builtin, DType, TensorId};
use quant_core::quantized::onnx;

use super::{Bench, Linear, S16, U8, config, kinds, of, tensor};

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
            model.main().tensor(model.main().outputs()[0]).name
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
        model.main_mut().set_outputs(vec![y]).unwrap();
        let mut changed = model.clone();
        let error = onnx::run(&mut changed, &config()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\ninstead of {message}");
        assert_eq!(changed, model, "a failure leaves the model as it was");
    }
}
