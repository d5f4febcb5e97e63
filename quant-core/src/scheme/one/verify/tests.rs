//! A quantized network that holds, and the same one with one tensor changed: what is wrong is named.

mod weights;

use super::check;
use crate::record::{RandomRecords, RecordOptions};
use crate::scheme::one::One;
use crate::scheme::pass::Context;
use quant_ir::{DType, Model, QuantParam, Tensor};
use quant_types::{Granularity, QuantType};

/// Conv2D with a bias, Conv2D without one, PRelu, Reshape, Split and Logistic.
const NETWORK: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "w" type: FLOAT32 shape { dim: 4 dim: 1 dim: 1 dim: 2 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "b" type: FLOAT32 shape { dim: 4 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "c" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 4 } }
    operand { name: "u" type: FLOAT32 shape { dim: 4 dim: 1 dim: 1 dim: 4 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "d" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 4 } }
    operand { name: "alpha" type: FLOAT32 shape { dim: 1 dim: 1 dim: 4 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "p" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 4 } }
    operand { name: "shape" type: INT32 shape { dim: 2 } filler { tag: "explicit" arg: "4" arg: "4" } }
    operand { name: "v" type: FLOAT32 shape { dim: 4 dim: 4 } }
    operand { name: "axis" type: INT32 shape { } filler { tag: "explicit" arg: "0" } }
    operand { name: "h" type: FLOAT32 shape { dim: 2 dim: 4 } }
    operand { name: "l" type: FLOAT32 shape { dim: 2 dim: 4 } }
    operand { name: "s" type: FLOAT32 shape { dim: 2 dim: 4 } }
    operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "c" conv2d_options { padding: VALID } }
    operation { type: "Conv2D" input: "c" input: "u" input: "" output: "d" conv2d_options { padding: VALID } }
    operation { type: "PRelu" input: "d" input: "alpha" output: "p" }
    operation { type: "Reshape" input: "p" input: "shape" output: "v" }
    operation { type: "Split" input: "axis" input: "v" output: "h" output: "l" split_options { num_splits: 2 } }
    operation { type: "Logistic" input: "h" output: "s" }
    input: "x" output: "s" output: "l""#;

/// The network in integers.
fn quantized(dtype: QuantType, granularity: Granularity) -> Model {
    let mut model = quant_recipe::build(&quant_case::recipe::parse(NETWORK).unwrap()).unwrap();
    let records = RandomRecords::new(model.main().input_tensors(), 1, 3).unwrap();
    crate::record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    crate::quantize::run(&mut model, &One::default().config(dtype, granularity)).unwrap();
    model
}

/// What is found in the network after a change of some tensors.
fn found(
    dtype: QuantType,
    granularity: Granularity,
    names: &[&str],
    change: impl Fn(&mut Tensor),
) -> Result<(), String> {
    let mut model = quantized(dtype, granularity);
    for name in names {
        let id = model.main().find(name).unwrap();
        change(model.main_mut().tensor_mut(id));
    }
    let config = One::default().config(dtype, granularity);
    let mut context = Context::new(&mut model, &config).unwrap();
    check(&mut context).map_err(|error| error.to_string())
}

fn quant(tensor: &mut Tensor) -> &mut QuantParam {
    tensor.quant.as_mut().unwrap()
}

const SETTINGS: [(QuantType, Granularity); 3] = [
    (QuantType::Uint8, Granularity::Channel),
    (QuantType::Uint8, Granularity::Layer),
    (QuantType::Int16, Granularity::Channel),
];

/// A change of one tensor, and the error that it is in every setting.
type Row = (&'static str, fn(&mut Tensor), &'static str);

fn refused(rows: &[Row]) {
    for (dtype, granularity) in SETTINGS {
        for (name, change, wanted) in rows {
            let error = found(dtype, granularity, &[*name], change).unwrap_err();
            assert!(error.contains(wanted), "{dtype}, {granularity}: {error}");
        }
    }
}

#[test]
fn what_quantization_makes_holds() {
    for (dtype, granularity) in SETTINGS {
        assert_eq!(found(dtype, granularity, &[], |_| ()), Ok(()));
    }
}

#[test]
fn activations_have_the_type_and_one_scale_and_zero_point() {
    let one = "an activation has one scale and zero point";
    refused(&[
        (
            "x",
            |x| x.dtype = DType::Float32,
            "CONV_2D `c`: Wrong data type detected in x: ",
        ),
        ("x", |x| x.quant = None, "Wrong granularity detected in x: "),
        ("c", |c| quant(c).scale.push(1.0), one),
        ("c", |c| quant(c).zero_point.push(0), one),
        (
            "v",
            |v| quant(v).zero_point.clear(),
            "RESHAPE `v`: Wrong granularity detected in v: ",
        ),
        (
            "l",
            |l| quant(l).scale.clear(),
            "SPLIT `h`: Wrong granularity detected in l: ",
        ),
    ]);
    let other = found(QuantType::Uint8, Granularity::Channel, &["d"], |d| {
        d.dtype = DType::Int16;
    });
    let wanted = "CONV_2D `d`: Wrong data type detected in d: int16 instead of uint8";
    assert!(other.unwrap_err().starts_with(wanted));
}

/// A float that no operator quantized has no parameters; one that has some was forgotten on the way.
#[test]
fn floats_with_parameters_or_a_range_are_activations_that_were_forgotten() {
    let all = ["h", "l", "s", "v"];
    let float = |keep: fn(&mut QuantParam)| {
        let change = |tensor: &mut Tensor| {
            tensor.dtype = DType::Float32;
            keep(quant(tensor));
        };
        found(QuantType::Uint8, Granularity::Channel, &all, change).unwrap_err()
    };
    // Reshape reads integers, and is named first; without it, the parameters are.
    let mixture = "RESHAPE `v`: Wrong data type detected in v: it is float32 beside `p`, which is uint8";
    assert!(float(|_| ()).starts_with(mixture));
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#;
    let rows: [(QuantParam, bool); 3] = [
        (QuantParam::default(), true),
        (
            QuantParam {
                scale: vec![1.0],
                zero_point: vec![0],
                ..QuantParam::default()
            },
            false,
        ),
        (
            QuantParam {
                min: vec![0.0],
                max: vec![1.0],
                ..QuantParam::default()
            },
            false,
        ),
    ];
    for (quant, holds) in rows {
        let mut model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
        let id = model.main().find("y").unwrap();
        model.main_mut().tensor_mut(id).quant = Some(quant);
        let config = One::default().config(QuantType::Uint8, Granularity::Channel);
        let checked = check(&mut Context::new(&mut model, &config).unwrap());
        let wanted = "ABS `y`: Wrong data type detected in y: float32 instead of uint8";
        assert_eq!(checked.is_ok(), holds);
        assert!(checked.is_ok() || checked.unwrap_err().to_string().starts_with(wanted));
    }
}

/// Scales of input and weights that are powers of two, so that the product is exact.
#[test]
fn what_hands_on_its_input_keeps_its_parameters() {
    refused(&[
        (
            "v",
            |v| quant(v).scale[0] *= 2.0,
            "RESHAPE `v`: Wrong scale detected in v: it is not that",
        ),
        (
            "v",
            |v| quant(v).zero_point[0] += 1,
            "RESHAPE `v`: Wrong scale detected in v: it is not that",
        ),
        (
            "h",
            |h| quant(h).scale[0] *= 2.0,
            "SPLIT `h`: Wrong scale detected in h: it is not that",
        ),
        (
            "l",
            |l| quant(l).zero_point[0] += 1,
            "SPLIT `h`: Wrong scale detected in l: it is not that",
        ),
    ]);
}

#[test]
fn a_fixed_output_keeps_its_parameters() {
    let wanted = "LOGISTIC `s`: Wrong scale detected in s: the operator's output has fixed parameters";
    refused(&[
        ("s", |s| quant(s).scale[0] *= 2.0, wanted),
        ("s", |s| quant(s).zero_point[0] += 1, wanted),
    ]);
}
