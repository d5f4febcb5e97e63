//! What the original gets wrong, and what is made of it here.

use quant_ir::{Builtin, DType, QuantDetails};

use super::{DYNAMIC, MIN_MAX, Net, Options, STATIC, compat, named, recipe};

const UNIT: (f32, f32) = (-1.0, 1.55);

fn convolution(bias: &[f32]) -> Net {
    Net::new()
        .input("x", &[1, 2], (0.0, 0.001))
        .constant("w", &[2, 2], &[0.5, -0.001, 0.25, 0.001])
        .constant("b", &[2], bias)
        .value("y", &[1, 2], (-8.0e5, 8.0e5))
        .op(Builtin::FULLY_CONNECTED, &["x", "w", "b"], "y")
        .outputs(&["y"])
}

#[test]
fn a_bias_grows_the_scale_of_its_weights() {
    let recipe = named("static_wi8_ai8");
    // Not in need of it.
    let small = convolution(&[0.5, -0.25]);
    assert_eq!(
        small.quantized(&recipe, &Options::default()).scales("w"),
        [0.5 / 127.0, 0.25 / 127.0]
    );
    for name in ["static_wi8_ai8", "static_wi8_ai16"] {
        let done = convolution(&[8.0e5, 0.0625]).quantized(&named(name), &Options::default());
        let (weights, bias) = (done.scales("w"), done.scales("b"));
        assert!(
            weights[0] > 0.5 / 127.0 && weights[1] == 0.25 / 127.0,
            "{weights:?}"
        );
        assert_eq!(bias[0], done.params("x").0 * weights[0]);
        let integers = done.integers("b");
        assert!(
            integers[0] <= i64::from(i32::MAX) && integers[0] > i64::from(i32::MAX) - 2000,
            "{integers:?}"
        );
        let found = integers[0] as f64 * f64::from(bias[0]);
        assert!((found / 8.0e5 - 1.0).abs() < 1e-6, "{found}");
        let wrapped = convolution(&[8.0e5, 0.0625]).quantized(&named(name), &compat());
        assert_eq!(wrapped.integers("b")[0], i64::from(i32::MIN), "{name}");
    }
}

#[test]
fn a_constant_factor_of_integers_has_one_scale() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .constant("w", &[2, 2], &[0.5, -0.001, 0.25, 1.27])
            .value("y", &[1, 2], UNIT)
            .op(Builtin::BATCH_MATMUL, &["x", "w"], "y")
            .outputs(&["y"])
    };
    let (static_8, dynamic) = (named("static_wi8_ai8"), named("dynamic_wi8_afp32"));
    assert_eq!(
        net().quantized(&static_8, &Options::default()).scales("w"),
        [1.27 / 127.0]
    );
    assert_eq!(net().quantized(&static_8, &compat()).scales("w").len(), 2);
    let dynamic = net().quantized(&dynamic, &Options::default());
    assert_eq!(
        (
            dynamic.scales("w").len(),
            dynamic.tensor("w").quant.as_ref().unwrap().quantized_dimension
        ),
        (2, 1)
    );
}

#[test]
fn a_constant_of_another_rank_takes_the_outputs_parameters() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .constant("c", &[1], &[0.5])
            .value("y", &[1, 2], UNIT)
            .op(Builtin::MAXIMUM, &["x", "c"], "y")
            .outputs(&["y"])
    };
    let recipe = named("static_wi8_ai8");
    let done = net().quantized(&recipe, &Options::default());
    assert_eq!(
        (done.integers("c"), done.params("c")),
        (vec![22], done.params("y"))
    );
    let error = net().refused(&recipe, &compat());
    assert!(
        error.contains("Ranks of scales (3) and zps (3) must be the same as the tensor rank (1)."),
        "{error}"
    );
}

#[test]
fn a_block_of_zeros_has_a_scale() {
    let mut weights = vec![0.0; 64];
    weights[0] = 0.7;
    let net = || {
        Net::new()
            .input("x", &[1, 64], UNIT)
            .constant("w", &[1, 64], &weights)
            .value("y", &[1, 1], UNIT)
            .op(Builtin::FULLY_CONNECTED, &["x", "w"], "y")
            .outputs(&["y"])
    };
    let recipe = named("dynamic_wi4b32_afp32");
    for (options, second) in [(Options::default(), 1), (compat(), 0)] {
        let done = net().quantized(&recipe, &options);
        let weights = done.tensor("w");
        let details = weights.quant.as_ref().unwrap().details.clone();
        let Some(QuantDetails::Blockwise {
            scales,
            zero_points,
            block_size,
        }) = details
        else {
            panic!("{details:?}");
        };
        assert_eq!((weights.dtype, zero_points, block_size), (DType::Int4, -1, 32));
        let scales = &done.model.main().tensors()[scales as usize];
        assert_eq!(
            (scales.name.as_str(), scales.dtype, &scales.shape[..]),
            ("w_scales", DType::Float16, &[1, 2][..])
        );
        let halves = done.model.data(scales).unwrap();
        let halves: Vec<u16> = halves
            .as_chunks()
            .0
            .iter()
            .map(|x| u16::from_le_bytes(*x))
            .collect();
        assert_eq!(
            halves,
            [half::f16::from_f32(0.1).to_bits() & 0xfff0 | 0x8, second],
            "{halves:x?}"
        );
        assert_eq!(done.integers("w")[..2], [7, 0]);
    }
}

#[test]
fn operands_without_weights_are_not_clipped() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .constant("c", &[2], &[0.5, 2.05])
            .value("y", &[1, 2], UNIT)
            .op(Builtin::ADD, &["x", "c"], "y")
            .outputs(&["y"])
    };
    let octav = recipe(&[[".*", "*", "OCTAV", STATIC]]);
    assert_eq!(
        net().quantized(&octav, &Options::default()).params("c"),
        (2.05 / 255.0, -128)
    );
    let error = net().refused(&octav, &compat());
    assert!(
        error.contains("tensor: c. Error: Unsupported symmetry: False. OCTAV supports"),
        "{error}"
    );
}

#[test]
fn the_output_of_the_model_is_what_its_entry_says() {
    // SIN stays float and reads what the model returns too.
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .value("y", &[1, 2], UNIT)
            .value("z", &[1, 2], UNIT)
            .op(Builtin::RELU, &["x"], "y")
            .op(Builtin::SIN, &["y"], "z")
            .outputs(&["y", "z"])
    };
    let recipe = named("static_wi8_ai8");
    let done = net().quantized(&recipe, &Options::default());
    assert_eq!(
        done.text(),
        [
            "RELU x:int8 -> y:int8",
            "DEQUANTIZE y:int8 -> y_dequant:float32",
            "SIN y_dequant:float32 -> z:float32",
            "QUANTIZE z:float32 -> z_quantized:int8",
            "y:int8 z_quantized:int8",
        ]
    );
    assert_eq!(done.kept.len(), 1);
    let done = net().quantized(&recipe, &compat());
    assert_eq!(done.text()[4], "y_dequant:float32 z_quantized:int8");
}

#[test]
fn halves_are_finite() {
    let net = || {
        Net::new()
            .input("x", &[1, 2], UNIT)
            .constant("w", &[1, 2], &[1.0e6, -0.5])
            .value("y", &[1, 1], UNIT)
            .op(Builtin::FULLY_CONNECTED, &["x", "w"], "y")
            .outputs(&["y"])
    };
    let half = r#"{"weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"}, "explicit_dequantize": true}"#;
    let recipe = recipe(&[[".*", "*", "float_casting", half]]);
    for (options, first) in [(Options::default(), 0x7bff), (compat(), 0x7c00)] {
        let done = net().quantized(&recipe, &options);
        assert_eq!(done.text()[0], "DEQUANTIZE w:float16 -> w_dequant:float32");
        let halves = done.model.data(done.tensor("w")).unwrap();
        assert_eq!(u16::from_le_bytes([halves[0], halves[1]]), first);
    }
}

#[test]
fn missing_ranges_leave_operators_float_and_no_range_at_all_is_an_error() {
    let net = |range| {
        Net::new()
            .input("x", &[1, 2], range)
            .value("y", &[1, 2], (f32::NAN, 0.0))
            .value("z", &[1, 2], range)
            .op(Builtin::RELU, &["x"], "y")
            .op(Builtin::RSQRT, &["y"], "z")
            .outputs(&["z"])
    };
    let recipe = recipe(&[[".*", "*", MIN_MAX, STATIC], ["none", "*", MIN_MAX, DYNAMIC]]);
    let done = net(UNIT).quantized(&recipe, &Options::default());
    let kept: Vec<String> = done
        .kept
        .iter()
        .map(|kept| format!("{}: {}", kept.kind, kept.why))
        .collect();
    assert_eq!(
        kept,
        [
            "RELU: `y` has no recorded range",
            "RSQRT: `y` has no recorded range"
        ]
    );
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let error = net(UNIT).refused(&recipe, &strict);
    assert!(
        error.contains("These would stay float: RELU `y` (`y` has no recorded range), RSQRT"),
        "{error}"
    );
    let error = net((f32::NAN, 0.0)).refused(&recipe, &Options::default());
    assert_eq!(
        error,
        "model: no activation has a recorded range; record it first"
    );
}
