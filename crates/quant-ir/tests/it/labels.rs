//! Tests of `labels`.

use quant_ir::TensorId;

use crate::graph;

#[test]
fn no_two_labels_are_the_same() {
    assert_eq!(graph(&["a", "b"]).labels(), ["a", "b"]);
    assert_eq!(graph(&["t", "t", "u", "t"]).labels(), ["t", "t#1", "u", "t#3"]);
    assert_eq!(graph(&["", ""]).labels(), ["#0", "#1"]);
    // A tensor that is called like a label keeps its name.
    assert_eq!(
        graph(&["t", "t", "t#1", "t#1"]).labels(),
        ["t", "t#1#1", "t#1", "t#1#3"]
    );
    assert_eq!(graph(&["t", "t", "t", "t#2", "t#2#2"]).labels()[2], "t#2#2#2");
}

#[test]
fn twins_of_a_name_are_told_apart_by_their_order() {
    let (float, quantized) = (graph(&["t", "w", "t", "x"]), graph(&["w", "t", "new", "t", "t"]));
    let twins = float.twins(&quantized);
    assert_eq!(
        twins,
        [Some(TensorId(1)), Some(TensorId(0)), Some(TensorId(3)), None]
    );
}
