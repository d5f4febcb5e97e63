//! Batch normalizations and quantized checkpoints: refused, fused, or taken as the original takes them.

use crate::made::{Entry, STATE, checkpoint, find, floats, keys};
use quant_ai8x::{BatchNorm, Device, Options, quantize};

const WEIGHT: [f32; 6] = [0.3, -0.2, 0.11, 0.05, 0.4, -0.33];

/// Integers and keys of a layer that was fused by hand in NumPy (2.4, singles), then quantized.
#[test]
fn a_normalization_is_fused_as_in_numpy() {
    let mut all = checkpoint(&[
        ("b1.conv.op.weight", &[2, 3], &WEIGHT),
        ("b1.conv.op.bias", &[2], &[0.1, -0.2]),
        ("b1.conv.bn.weight", &[2], &[1.1, 0.7]),
        ("b1.conv.bn.bias", &[2], &[-0.05, 0.55]),
        ("b1.conv.bn.running_mean", &[2], &[0.17, -0.4]),
        ("b1.conv.bn.running_var", &[2], &[1.05, 0.013]),
        ("b1.conv.bn.num_batches_tracked", &[1], &[7.0]),
    ]);
    let options = Options {
        batch_norm: BatchNorm::Fuse,
        ..Options::new(Device::Max78000)
    };
    let report = quantize(&mut all, &options).unwrap();
    assert_eq!(report.warnings, [""; 0]);
    assert_eq!(
        keys(&all, &[STATE]),
        [
            "b1.conv.op.weight",
            "b1.conv.op.bias",
            "b1.conv.weight_bits",
            "b1.conv.bias_bits",
            "b1.conv.output_shift"
        ]
    );
    let read = |key: &str| floats(&all, &[STATE, key]);
    assert_eq!(read("b1.conv.op.weight"), [10.0, -7.0, 4.0, 10.0, 79.0, -65.0]);
    assert_eq!(read("b1.conv.op.bias"), [-512.0, 7296.0]);
    assert_eq!(read("b1.conv.output_shift"), [0.0]);

    // Without an affine part and a bias of the layer, under the name of older checkpoints.
    let mut plain = checkpoint(&[
        ("a.conv2d.weight", &[2, 3], &WEIGHT),
        ("a.bn.running_mean", &[2], &[0.17, -0.4]),
        ("a.bn.running_var", &[2], &[1.05, 0.013]),
        ("z.op.weight", &[1, 1], &[0.5]),
    ]);
    quantize(&mut plain, &options).unwrap();
    let read = |key: &str| floats(&plain, &[STATE, key]);
    assert_eq!(read("a.conv2d.weight"), [9.0, -6.0, 3.0, 14.0, 112.0, -93.0]);
    assert_eq!(read("a.conv2d.bias"), [-640.0, 14336.0]);
    assert_eq!(
        keys(&plain, &[STATE])[..3],
        ["a.conv2d.weight", "z.op.weight", "a.conv2d.bias"]
    );
}

#[test]
fn what_the_device_does_not_have_is_refused() {
    let fuse = Options {
        batch_norm: BatchNorm::Fuse,
        ..Options::new(Device::Max78000)
    };
    let entries: &[Entry] = &[
        ("c.op.weight", &[2, 3], &WEIGHT),
        ("c.bn.running_mean", &[2], &[0.17, -0.4]),
        ("c.bn.running_var", &[2], &[1.05, 0.013]),
    ];
    let error = |entries: &[Entry], options: &Options| {
        quantize(&mut checkpoint(entries), options)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(entries, &Options::new(Device::Max78000)),
        "c.bn: it is a batch normalization, which the device does not have; fuse it into `c.op` with \
         --fuse-batch-norm (BatchNorm::Fuse)"
    );
    // Names of other networks do not say which layer it is.
    let other = [
        ("conv1.weight", &[2, 3][..], &WEIGHT[..]),
        ("bn1.weight", &[2], &[1.1, 1.4]),
        ("bn1.running_mean", &[2], &[0.1, 0.4]),
        ("bn1.running_var", &[2], &[1.1, 1.5]),
    ];
    for options in [&Options::new(Device::Max78000), &fuse] {
        assert!(error(&other, options).starts_with("bn1: it is a batch normalization"));
    }
    let compat = Options {
        compat: true,
        ..Options::new(Device::Max78000)
    };
    let mut taken = checkpoint(&other);
    let report = quantize(&mut taken, &compat).unwrap();
    assert!(report.warnings[0].starts_with("bn1: it is a batch normalization"));
    assert_eq!(floats(&taken, &[STATE, "bn1.weight"]), [70.0, 90.0]);

    // Tensors that do not fit, or are missing.
    let mut short = entries.to_vec();
    short[1] = ("c.bn.running_mean", &[1], &[0.17]);
    assert!(
        error(&short, &fuse)
            .starts_with("c.bn.running_mean: its shape is [1], the layer has 2 output channels")
    );
    assert!(error(&entries[..2], &fuse).starts_with("c.bn.running_var: it is missing"));
    let mut negative = entries.to_vec();
    negative[2] = ("c.bn.running_var", &[2], &[1.0, -1.0]);
    assert!(error(&negative, &fuse).starts_with("c.op.weight: the largest element by size is NaN"));
}

#[test]
fn a_quantized_checkpoint_is_not_quantized_again() {
    let options = Options::new(Device::Max78000);
    let mut once = checkpoint(&[("a.op.weight", &[2, 1], &[0.3, -0.2])]);
    quantize(&mut once, &options).unwrap();
    let wanted = floats(&once, &[STATE, "a.op.weight"]);
    let mut bytes = Vec::new();
    once.write(&mut bytes).unwrap();
    let read = || quant_torch::Checkpoint::read(bytes.clone()).unwrap();
    let error = quantize(&mut read(), &options).unwrap_err().to_string();
    assert_eq!(
        error,
        "state_dict: it is quantized already: `extras` has a `clipping_method`; start from the checkpoint that \
         training wrote"
    );
    let compat = Options {
        compat: true,
        ..options.clone()
    };
    assert!(quantize(&mut read(), &compat).unwrap().warnings[0].contains("quantized already"));

    // Whoever lost the extras still has whole weights.
    let error = quantize(&mut checkpoint(&[("a.op.weight", &[2, 1], &wanted)]), &options).unwrap_err();
    let quant_torch::Problem::Quantized { sign } = error.problem() else {
        panic!("{error}")
    };
    assert!(sign.starts_with("all weights are whole numbers"), "{sign}");
    // A layer of zeros, ones and minus ones may have been trained, and so may a large network.
    for weights in [[1.0, -1.0], [0.0, 0.0], [77.0, 0.5]] {
        let mut trained = checkpoint(&[("a.op.weight", &[2, 1], &weights)]);
        quantize(&mut trained, &options).unwrap();
        assert!(find(&trained, &["extras", "clipping_method"]).is_some());
    }
}
