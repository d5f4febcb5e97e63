//! Which settings there are, and what a range becomes in each.

use super::*;

const TYPES: [QuantType; 4] = [
    QuantType::Uint8,
    QuantType::Int16,
    QuantType::Int8,
    QuantType::Int4,
];

fn refusal(place: &Place, given: &Setting) -> Option<String> {
    check(place, given).err().map(|error| error.to_string())
}

/// ONE has three of the eight pairs of words, and a word for each of the others.
#[test]
fn settings_are_uint8_and_int16_for_each_channel() {
    for place in [Place::from("the configuration"), Place::Layer("y".to_owned())] {
        for dtype in TYPES {
            for granularity in [Granularity::Layer, Granularity::Channel] {
                let wanted = match (dtype, granularity) {
                    (QuantType::Uint8, _) | (QuantType::Int16, Granularity::Channel) => None,
                    (QuantType::Int16, Granularity::Layer) => {
                        Some("Layer-wise quantization only supports uint8 dtype; use".to_owned())
                    }
                    _ => Some(format!(
                        "{dtype} is a type for weights-only quantization; use uint8 or int16"
                    )),
                };
                let error = refusal(&place, &setting(dtype, granularity));
                assert_eq!(error.is_some(), wanted.is_some(), "{dtype}, {granularity}");
                if let (Some(error), Some(wanted)) = (error, wanted) {
                    assert!(error.starts_with(&format!("{place}: {wanted}")), "{error}");
                }
            }
        }
    }
}

#[test]
fn mixed_types_are_no_setting_of_one() {
    let uint8 = setting(QuantType::Uint8, Granularity::Channel);
    let int16 = setting(QuantType::Int16, Granularity::Channel);
    let int8 = setting(QuantType::Int8, Granularity::Channel);
    let mixtures = [
        Setting {
            weights: int8.weights,
            ..int16
        },
        Setting {
            activations: int16.activations,
            ..uint8
        },
        Setting {
            bias: int16.bias,
            ..uint8
        },
        Setting::weights(int8.weights),
    ];
    for place in [Place::from("the configuration"), Place::Layer("y".to_owned())] {
        for mixture in mixtures {
            let error = refusal(&place, &mixture).unwrap();
            assert!(
                error.contains(&format!("ONE has no setting of {mixture}; give")),
                "{error}"
            );
        }
    }
}

/// A layer may stay float; a whole model may not: there would be nothing to do.
#[test]
fn floats_are_a_setting_of_layers() {
    assert_eq!(refusal(&Place::Layer("y".to_owned()), &Setting::FLOAT32), None);
    let error = refusal(&Place::from("the configuration"), &Setting::FLOAT32).unwrap();
    assert!(
        error.contains("ONE has no setting of activations float32"),
        "{error}"
    );
}

#[test]
fn words_are_settings() {
    let rows = [
        (
            QuantType::Uint8,
            Granularity::Layer,
            "uint8-asymmetric-tensor",
            "uint8-asymmetric-tensor",
            "int32-symmetric-tensor",
        ),
        (
            QuantType::Uint8,
            Granularity::Channel,
            "uint8-asymmetric-tensor",
            "uint8-asymmetric-channel",
            "int32-symmetric-channel",
        ),
        (
            QuantType::Int16,
            Granularity::Layer,
            "int16-symmetric-tensor",
            "int16-symmetric-tensor",
            "int32-symmetric-tensor",
        ),
        (
            QuantType::Int16,
            Granularity::Channel,
            "int16-symmetric-tensor",
            "int16-symmetric-channel",
            "int64-symmetric-channel",
        ),
        (
            QuantType::Int8,
            Granularity::Channel,
            "int8-symmetric-tensor",
            "int8-symmetric-channel",
            "int32-symmetric-channel",
        ),
        (
            QuantType::Int4,
            Granularity::Channel,
            "int4-symmetric-tensor",
            "int4-symmetric-channel",
            "int32-symmetric-channel",
        ),
    ];
    for (dtype, granularity, activations, weights, bias) in rows {
        let wanted = format!("activations {activations}, weights {weights}, bias {bias}");
        assert_eq!(setting(dtype, granularity).to_string(), wanted);
    }
    for dtype in [DType::Uint8, DType::Int16] {
        let encoding = activations(dtype).unwrap();
        assert_eq!(
            (encoding.dtype, encoding.symmetric),
            (dtype, dtype == DType::Int16)
        );
        assert_eq!(encoding.granularity, Per::Tensor);
    }
    for dtype in [
        DType::Int8,
        DType::Int4,
        DType::Int32,
        DType::Int64,
        DType::Float32,
        DType::Bool,
    ] {
        assert_eq!(activations(dtype), None, "{dtype}");
    }
}

/// −1…3 in each type: 256 steps with a zero point, or as many on each side as the highest integer says.
#[test]
fn a_range_becomes_the_integers_of_its_type() {
    for (dtype, scale, zero_point) in [
        (QuantType::Uint8, 4.0 / 255.0, 64),
        (QuantType::Int16, 3.0 / 32767.0, 0),
        (QuantType::Int8, 3.0 / 127.0, 0),
        (QuantType::Int4, 3.0 / 7.0, 0),
    ] {
        let found = parameters(Encoding::of(dtype, Per::Tensor), -1.0, 3.0);
        assert!((found.scale - scale).abs() < 1e-9, "{dtype}: {}", found.scale);
        assert_eq!(found.zero_point, zero_point, "{dtype}");
    }
}

#[test]
fn a_parameter_is_its_own_scale() {
    let (uint8, int16) = (
        Encoding::of(QuantType::Uint8, Per::Channel),
        Encoding::of(QuantType::Int16, Per::Channel),
    );
    for (encoding, value, wanted) in [
        (uint8, 0.75, (1, 0.75, 0)),
        (uint8, -0.75, (0, 0.75, 1)),
        (uint8, 0.0, (1, 0.0, 0)),
        (int16, 0.75, (1, 0.75, 0)),
        (int16, -0.75, (-1, 0.75, 0)),
        (int16, 0.0, (1, 0.0, 0)),
    ] {
        let found = parameter(encoding, value);
        assert_eq!((found.q, found.scale, found.zero_point), wanted, "{value}");
        assert_eq!((found.q - found.zero_point) as f32 * found.scale, value);
    }
}
