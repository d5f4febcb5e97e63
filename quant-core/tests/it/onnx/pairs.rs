//! Pairs become parameters, and tensors without one take those of their neighbours.

use quant_core::ir::{Builtin, DType};

use super::{Bench, Linear, S16, U8, integers, kinds, of, tensor};

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
                .tensors()
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
