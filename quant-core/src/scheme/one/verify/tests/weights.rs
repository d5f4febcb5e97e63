//! Weights, biases and parameters beside them.

use super::{found, quant, refused};
use quant_ir::{DType, Tensor};
use quant_types::{Granularity, QuantType};

#[test]
fn weights_have_parameters_of_their_type_for_each_channel_or_for_all() {
    let shape = "(scales, zero points, dimension)";
    refused(&[
        (
            "w",
            |w| w.quant = None,
            "Wrong data type detected in w: it has no parameters",
        ),
        (
            "u",
            |u| u.quant = None,
            "CONV_2D `d`: Wrong data type detected in u: it has no parameters",
        ),
        (
            "w",
            |w| w.dtype = DType::Int8,
            "Wrong data type detected in w: int8",
        ),
        ("w", |w| quant(w).scale.push(1.0), shape),
        (
            "w",
            |w| quant(w).scale.truncate(0),
            "Wrong granularity detected in w: (0, ",
        ),
        ("w", |w| quant(w).zero_point.push(0), shape),
        ("w", |w| quant(w).quantized_dimension = 3, shape),
    ]);
    // Where a tensor has four channels, one scale is that of a layer, and four those of the channels.
    let one = |w: &mut Tensor| {
        quant(w).scale.truncate(1);
        quant(w).zero_point.truncate(1);
    };
    assert!(found(QuantType::Uint8, Granularity::Channel, &["w"], one).is_err());
    assert!(found(QuantType::Uint8, Granularity::Layer, &["w"], one).is_ok());
}

#[test]
fn a_float_input_has_no_integer_weights() {
    let float = |x: &mut Tensor| (x.dtype, x.quant) = (DType::Float32, None);
    let error = found(QuantType::Uint8, Granularity::Channel, &["x", "c"], float).unwrap_err();
    let wanted = "CONV_2D `c`: Wrong data type detected in x: it has no parameters";
    assert!(error.starts_with(wanted), "{error}");
}

#[test]
fn a_bias_has_the_channels_of_the_weights() {
    let channels = "it has other channels than the weights";
    refused(&[
        (
            "b",
            |b| b.quant = None,
            "Wrong data type detected in b: it has no parameters",
        ),
        (
            "b",
            |b| b.dtype = DType::Int8,
            "Wrong data type detected in b: int8",
        ),
        ("b", |b| quant(b).scale.push(1.0), channels),
        ("b", |b| quant(b).scale.truncate(0), channels),
        ("b", |b| quant(b).quantized_dimension = 1, channels),
    ]);
    let wide = found(QuantType::Uint8, Granularity::Channel, &["b"], |b| {
        b.dtype = DType::Int64;
    });
    assert!(wide.is_err_and(|error| error.contains("Wrong data type detected in b: int64")));
}

#[test]
fn a_bias_has_the_scale_of_the_sums() {
    let with = |channel: usize, scale: f32| {
        found(
            QuantType::Uint8,
            Granularity::Channel,
            &["x", "w", "b"],
            |tensor| {
                let name = tensor.name.clone();
                let quant = quant(tensor);
                match name.as_str() {
                    "x" => quant.scale = vec![0.5],
                    "w" => quant.scale = vec![0.25, 0.5, 1.0, 2.0],
                    _ => {
                        quant.scale = vec![0.125, 0.25, 0.5, 1.0];
                        quant.scale[channel] = scale;
                    }
                }
            },
        )
    };
    assert_eq!(with(0, 0.125), Ok(()));
    assert_eq!(with(3, 1.0), Ok(()));
    // Less than the epsilon of a float may be off.
    assert_eq!(with(3, 1.0 - f32::EPSILON / 2.0), Ok(()));
    for (channel, scale) in [
        (3, 1.0 + f32::EPSILON),
        (3, 1.0 - f32::EPSILON),
        (0, 0.25),
        (1, 0.0),
        (2, f32::NAN),
        (2, f32::INFINITY),
    ] {
        let error = with(channel, scale).unwrap_err();
        let wanted = format!("CONV_2D `c`: Wrong bias scale detected in b: channel {channel} has {scale:e}");
        assert!(error.starts_with(&wanted), "{error}");
    }
}

#[test]
fn parameters_have_the_type_and_the_channels_of_the_last_axis() {
    let counts = "scales and zero points";
    refused(&[
        (
            "alpha",
            |alpha| alpha.quant = None,
            "PRELU `p`: Wrong data type detected in alpha: ",
        ),
        (
            "alpha",
            |alpha| alpha.dtype = DType::Int8,
            "Wrong data type detected in alpha: int8",
        ),
        ("alpha", |alpha| quant(alpha).scale.push(1.0), counts),
        ("alpha", |alpha| quant(alpha).zero_point.push(0), counts),
        ("alpha", |alpha| quant(alpha).quantized_dimension = 1, counts),
    ]);
    // One for all of them where each channel has its own, and the other way round.
    let one = |alpha: &mut Tensor| {
        let quant = quant(alpha);
        (quant.scale, quant.zero_point) = (vec![1.0], vec![0]);
    };
    let error = found(QuantType::Uint8, Granularity::Channel, &["alpha"], one).unwrap_err();
    assert!(error.contains("(1, 1) scales and zero points"), "{error}");
    // A scalar has one scale, and no axis before its last.
    let scalar = |alpha: &mut Tensor| {
        alpha.shape = Vec::new();
        one(alpha);
        quant(alpha).quantized_dimension = 0;
    };
    assert_eq!(
        found(QuantType::Uint8, Granularity::Channel, &["alpha"], scalar),
        Ok(())
    );
}
