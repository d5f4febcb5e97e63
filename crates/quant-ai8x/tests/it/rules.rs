//! Which keys change and how, and what is refused, on checkpoints made here.

use crate::made::{Entry, STATE, checkpoint, find, floats, keys};
use quant_ai8x::{Bits, Clip, Device, Options, parse_network, quantize};
use quant_torch::{Checkpoint, DType, Format, Object, Payload, Problem};

#[test]
fn keys_stay_in_order_and_new_ones_come_behind() {
    let mut made = checkpoint(&[
        ("a.op.weight", &[2, 1], &[0.3, -0.2]),
        ("a.w_zero_point", &[1], &[0.0]),
        ("a.op.base_b_q", &[1], &[3.0]),
        ("a.quantize_activation", &[1], &[0.0]),
        ("a.adjust_output_shift", &[1], &[1.0]),
        ("a.op.bias", &[2], &[0.25, -0.125]),
        ("b.weight_bits", &[1], &[0.0]),
        ("b.op.weight", &[1], &[1.0]),
        ("counter", &[1], &[5.0]),
    ]);
    let before = find(&made, &[STATE, "counter"]);
    quantize(&mut made, &Options::new(Device::Max78000)).unwrap();
    let wanted = [
        "a.op.weight",
        "a.quantize_activation",
        "a.adjust_output_shift",
        "a.op.bias",
        "b.weight_bits",
        "b.op.weight",
        "counter",
        "a.weight_bits",
        "a.bias_bits",
        "a.output_shift",
        "b.output_shift",
    ];
    assert_eq!(keys(&made, &[STATE]), wanted);
    let of = |key| floats(&made, &[STATE, key]);
    // The largest is 0.3: a factor of 2 fits.
    assert_eq!(
        (of("a.op.weight"), of("a.output_shift")),
        (vec![77.0, -51.0], vec![-1.0])
    );
    assert_eq!(of("a.op.bias"), [0.5 * 128.0 * 128.0, -0.25 * 128.0 * 128.0]);
    assert_eq!(
        (of("a.quantize_activation"), of("a.adjust_output_shift")),
        (vec![1.0], vec![0.0])
    );
    assert_eq!(
        (of("a.weight_bits"), of("a.bias_bits"), of("b.weight_bits")),
        (vec![8.0], vec![8.0], vec![8.0])
    );
    assert_eq!(of("b.output_shift")[0].to_bits(), (-0.0f32).to_bits());
    assert_eq!(find(&made, &[STATE, "counter"]), before);
    // Only what had no bits before is masked, beside the shifts; those are one object in both places.
    let masks = ["compression_sched", "masks_dict"];
    assert_eq!(
        keys(&made, &masks),
        ["a.weight_bits", "a.output_shift", "b.output_shift"]
    );
    let shift = find(&made, &["compression_sched", "masks_dict", "a.output_shift"]);
    assert_eq!(shift, find(&made, &[STATE, "a.output_shift"]));
}

#[test]
fn bits_come_from_the_configuration_first() {
    let entries: &[Entry] = &[
        ("a.weight_bits", &[1], &[2.0]),
        ("a.op.weight", &[2], &[0.9, -0.9]),
        ("b.weight_bits", &[1], &[4.0]),
        ("b.op.weight", &[2], &[0.9, -0.9]),
        ("c.op.weight", &[2], &[0.9, -0.9]),
        ("d.op.weight", &[2], &[0.9, -0.9]),
    ];
    let yaml = "arch: a\ndataset: d\nlayers:\n  - {processors: 1, quantization: bin}\n  - {processors: 1}\n  - {processors: 1}\n";
    let options = Options {
        network: Some(parse_network(yaml, Device::Max78002).unwrap()),
        weight_bits: Some(Bits::Signed(1)),
        ..Options::new(Device::Max78002)
    };
    let mut made = checkpoint(entries);
    let report = quantize(&mut made, &options).unwrap();
    let bits: Vec<i8> = report.tensors.iter().map(|tensor| tensor.bits.number()).collect();
    assert_eq!(bits, [-1, 4, 1]);
    let of = |key| floats(&made, &[STATE, key]);
    assert_eq!(
        (of("a.op.weight"), of("b.op.weight"), of("c.op.weight")),
        (vec![1.0, -1.0], vec![7.0, -7.0], vec![0.0, -1.0])
    );
    // The configuration ends before this layer.
    assert_eq!(of("d.op.weight"), [0.9, -0.9]);
    assert_eq!(of("a.weight_bits"), [2.0]);
}

#[test]
fn extras_say_the_method() {
    let rows = [
        (None, "MAX_BIT_SHIFT", None),
        (Some(Clip::AvgMax), "AVGMAX", None),
        (Some(Clip::Max), "MAX", None),
        (Some(Clip::StdDev(1.5)), "STDDEV", Some(("clipping_nstds", 1.5))),
        (Some(Clip::Scale(0.7)), "SCALE", Some(("clipping_scale", 0.7))),
    ];
    for (clip, method, number) in rows {
        let mut made = checkpoint(&[("a.op.weight", &[3], &[0.5, -0.1, 0.2])]);
        let options = Options {
            clip,
            ..Options::new(Device::CmsisNn)
        };
        quantize(&mut made, &options).unwrap();
        let value = |key| find(&made, &["extras", key]).map(|id| made.graph.get(id).clone());
        assert_eq!(value("clipping_method"), Some(Object::Text(method.into())));
        if let Some((key, number)) = number {
            assert_eq!(value(key), Some(Object::Float(number)));
        }
        assert_eq!(find(&made, &[STATE, "a.output_shift"]).is_some(), clip.is_none());
    }
}

#[test]
fn what_cannot_be_quantized_is_named() {
    let qat = Options::new(Device::Max78000);
    let clip = |clip| Options {
        clip: Some(clip),
        ..Options::new(Device::Max78000)
    };
    let weight = ("a.op.weight", &[1][..], &[1.0][..]);
    let rows: &[(&[Entry], Options, &str)] = &[
        (
            &[("a.op.weight", &[2], &[1.0, f32::NAN])],
            qat.clone(),
            "a.op.weight: the largest element by size is NaN",
        ),
        (
            &[("a.op.weight", &[1], &[f32::NEG_INFINITY])],
            qat.clone(),
            "a.op.weight: the largest element by size is inf",
        ),
        (
            &[weight, ("a.op.bias", &[1], &[f32::NAN])],
            clip(Clip::Max),
            "a.op.bias: the largest element by size is NaN",
        ),
        (
            &[("a.op.weight", &[0], &[])],
            qat.clone(),
            "a.op.weight: the tensor has no elements",
        ),
        (
            &[("a.op.weight", &[], &[1.0])],
            clip(Clip::AvgMax),
            "a.op.weight: the tensor has no dimensions",
        ),
        (
            &[weight],
            clip(Clip::StdDev(2.0)),
            "a.op.weight: STDDEV gives the factor NaN",
        ),
        (
            &[weight],
            clip(Clip::Scale(f64::NAN)),
            "a.op.weight: SCALE gives the factor NaN",
        ),
        (
            &[weight],
            clip(Clip::Scale(1e300)),
            "a.op.weight: SCALE gives the factor",
        ),
        (
            &[("a.op.weight", &[1], &[3e38])],
            clip(Clip::Max),
            "a.op.weight: MAX gives the factor inf",
        ),
        (
            &[weight, ("a.weight_bits", &[1], &[99.0])],
            qat.clone(),
            "a.weight_bits: 99 is no count of bits",
        ),
        (
            &[weight, ("a.weight_bits", &[2], &[8.0, 8.0])],
            qat.clone(),
            "a.weight_bits: it has 2 elements instead of one",
        ),
        (
            &[weight, ("a.shift_quantile", &[1], &[1.5])],
            qat.clone(),
            "a.op.weight: 1.5 is no quantile",
        ),
        (
            &[("a.w_zero_point", &[2], &[0.0, 1.0])],
            qat.clone(),
            "Parameter a.w_zero_point is not zero.",
        ),
        (
            &[weight, weight],
            qat.clone(),
            "state_dict: the key a.op.weight comes twice",
        ),
    ];
    for (entries, options, part) in rows {
        let error = quantize(&mut checkpoint(entries), options)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part) && error.contains("; "), "{part}\n{error}");
    }
    let mut doubles = checkpoint(&[]);
    let payload = Payload::Bytes(1f64.to_le_bytes().as_slice().into());
    let double = doubles.add_tensor(DType::Double, &[1], payload).unwrap();
    let state = find(&doubles, &[STATE]).unwrap();
    doubles.graph.set(state, "a.weight", double).unwrap();
    let error = quantize(&mut doubles, &qat).unwrap_err();
    assert!(matches!(error.problem(), Problem::Type(_)), "{error}");
    assert_eq!(error.place(), "a.weight");
    let mut none = Checkpoint::new(Format::Zip);
    let error = quantize(&mut none, &qat).unwrap_err();
    assert!(matches!(error.problem(), Problem::MissingKey(_)), "{error}");
}

#[test]
fn weights_of_zero_have_the_largest_shift() {
    let mut made = checkpoint(&[("a.op.weight", &[2], &[0.0, -0.0]), ("b.weight", &[1], &[1e-30])]);
    quantize(&mut made, &Options::new(Device::Max78000)).unwrap();
    assert_eq!(floats(&made, &[STATE, "a.op.weight"]), [0.0, 0.0]);
    assert_eq!(floats(&made, &[STATE, "a.output_shift"]), [-15.0]);
    assert_eq!(floats(&made, &[STATE, "b.output_shift"]), [-15.0]);
}
