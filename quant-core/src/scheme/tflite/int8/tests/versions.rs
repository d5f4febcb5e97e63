//! Versions of operators.

use quant_ir::{Builtin as B, DType, Options as Fields};
use quant_schema::{
    BuiltinOptionsT as O, FullyConnectedOptionsT, GatherOptionsT, ResizeBilinearOptionsT,
    ResizeNearestNeighborOptionsT, StridedSliceOptionsT,
};

use super::{BYTES, Net};
use crate::scheme::tflite::Options;

/// The version of an operator of x with that shape, and other float operands of such shapes.
fn version(kind: B, shape: &[i32], others: &[&[i32]], options: Fields) -> i32 {
    let mut net = Net::new();
    net.input("x", shape, BYTES);
    let mut inputs = vec!["x".to_owned()];
    for (at, other) in others.iter().enumerate() {
        let count = other.iter().product::<i32>() as usize;
        inputs.push(format!("k{at}"));
        net.constant(&inputs[at + 1], other, &vec![1.0; count]);
    }
    net.value("y", shape, BYTES);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    net.with(kind, &inputs, &["y"], options);
    net.outputs(&["y"]);
    let done = net.quantized(&Options::default());
    assert!(done.kept.is_empty(), "{kind}");
    done.versions(kind)[0]
}

/// An operator, the shapes of its input and of its other operands, and the version.
type Row<'a> = (B, &'a [i32], &'a [&'a [i32]], i32);

#[test]
fn shapes_ask_for_versions() {
    let plain = Fields::default;
    let rows: [Row<'_>; 14] = [
        (B::CONV_2D, &[1, 1, 1, 4], &[&[1, 1, 1, 4]], 3),
        (B::CONV_2D, &[1, 1, 1, 4], &[&[1, 1, 1, 2]], 6),
        (B::TRANSPOSE, &[1, 1, 1, 2], &[], 2),
        (B::TRANSPOSE, &[1, 1, 1, 1, 2], &[], 4),
        (B::TRANSPOSE, &[1, 1, 1, 1, 1, 2], &[], 6),
        (B::TRANSPOSE, &[1, 1, 1, 1, 1, 1, 2], &[], 8),
        (B::SLICE, &[1, 1, 1, 1, 2], &[], 5),
        (B::PAD, &[1, 1, 1, 1, 2], &[], 4),
        (B::SPACE_TO_BATCH_ND, &[1, 1, 1, 2], &[], 2),
        (B::SPACE_TO_BATCH_ND, &[1, 1, 2], &[], 3),
        (B::MAXIMUM, &[1, 1, 1, 1, 2], &[&[1, 1, 1, 1, 2]], 2),
        (B::MAXIMUM, &[1, 1, 1, 1, 2], &[&[1]], 3),
        (B::DIV, &[1, 1, 1, 1, 2], &[&[1]], 2),
        (B::SELECT, &[1, 1, 1, 1, 2], &[&[1, 1, 1, 1, 2]], 3),
    ];
    for (kind, shape, others, wanted) in rows {
        assert_eq!(
            version(kind, shape, others, plain()),
            wanted,
            "{kind} {shape:?} {others:?}"
        );
    }
}

#[test]
fn options_ask_for_versions() {
    let dense = |keep| {
        let mut o = FullyConnectedOptionsT::default();
        o.keep_num_dims = keep;
        Fields::new(O::FullyConnectedOptions(Box::new(o)))
    };
    // Without an operand for a bias, not even an absent one.
    assert_eq!(version(B::FULLY_CONNECTED, &[1, 2], &[&[2, 2]], dense(true)), 6);
    for (keep, wanted) in [(false, 4), (true, 5)] {
        assert_eq!(
            version(B::FULLY_CONNECTED, &[1, 2], &[&[2, 2], &[2]], dense(keep)),
            wanted
        );
    }
    let mut o = ResizeBilinearOptionsT::default();
    o.half_pixel_centers = true;
    let options = Fields::new(O::ResizeBilinearOptions(Box::new(o)));
    assert_eq!(version(B::RESIZE_BILINEAR, &[1, 1, 1, 2], &[], options), 3);
    let mut o = ResizeNearestNeighborOptionsT::default();
    o.align_corners = true;
    let options = Fields::new(O::ResizeNearestNeighborOptions(Box::new(o)));
    assert_eq!(
        version(B::RESIZE_NEAREST_NEIGHBOR, &[1, 1, 1, 2], &[], options),
        3
    );
    let mut o = GatherOptionsT::default();
    o.batch_dims = 1;
    let options = Fields::new(O::GatherOptions(Box::new(o)));
    assert_eq!(version(B::GATHER, &[1, 2], &[], options), 5);
    let mut o = StridedSliceOptionsT::default();
    o.ellipsis_mask = 1;
    let options = Fields::new(O::StridedSliceOptions(Box::new(o)));
    assert_eq!(version(B::STRIDED_SLICE, &[1, 2], &[], options), 6);
}

#[test]
fn products_ask_for_a_version_by_their_scales() {
    // The constant's scale is 1 / 255, the input's 1.
    for (result, wanted) in [((0.0, 1.0), 3), ((0.0, 1.01), 2)] {
        let mut net = Net::new();
        net.input("x", &[1, 2], BYTES);
        net.constant("k", &[1], &[1.0]);
        net.value("y", &[1, 2], result);
        net.op(B::MUL, &["x", "k"], &["y"]);
        net.outputs(&["y"]);
        assert_eq!(net.quantized(&Options::default()).versions(B::MUL), [wanted]);
    }
}

#[test]
fn operators_of_a_kind_share_a_version() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    for name in ["a", "b"] {
        net.value(name, &[1, 2], BYTES);
    }
    net.bare("c", &[1, 2], DType::Float32);
    net.op(B::ABS, &["x"], &["a"]);
    net.op(B::SIN, &["a"], &["b"]);
    // No range.
    net.op(B::ABS, &["b"], &["c"]);
    net.outputs(&["c"]);
    let done = net.quantized(&Options::default());
    assert_eq!(done.versions(B::ABS), [2, 2]);
}
