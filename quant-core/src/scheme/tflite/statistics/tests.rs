//! Statistics of a small model.

use super::*;
use quant_ir::{ErrorKind, FileFormat};

const LIST: &str = "[\n[0, \"x\", -1.5, 0.1],\n[2, \"y\", 0.0, 1.1754944e-38]\n]\n";

fn model() -> Model {
    let mut model = Model::new(FileFormat::Tflite);
    let weights = model.add_buffer(vec![0, 0, 0, 0]);
    let graph = model.main_mut();
    for name in ["x", "w", "y", "i", "y"] {
        let dtype = if name == "i" { DType::Int32 } else { DType::Float32 };
        let id = graph.add_tensor(Tensor::new(name, dtype, vec![1]));
        if name == "w" {
            graph.tensor_mut(id).buffer = weights;
        }
    }
    model
}

fn ranges(model: &Model) -> Vec<Option<(f32, f32)>> {
    let tensors = model.main().tensors().iter();
    let range = |tensor: &Tensor| {
        let quant = tensor.quant.as_ref()?;
        Some((*quant.min.first()?, *quant.max.first()?))
    };
    tensors.map(range).collect()
}

#[test]
fn both_forms_come_in_and_go_out() {
    let mut list = model();
    let statistics = Statistics::parse(LIST).unwrap();
    assert_eq!(statistics.write(&mut list).unwrap(), ["y"]);
    let (x, y) = (Some((-1.5, 0.1)), Some((0.0, f32::MIN_POSITIVE)));
    assert_eq!(ranges(&list), [x, None, y, None, None]);
    assert_eq!(Statistics::of(&list).to_list(), LIST);

    let mut object = model();
    // Of arrays of any depth, of an integer tensor, of two tensors of a name.
    let text = r#"{"x": {"min": [[-1.5]], "max": 0.10000000149011612}, "i": {"min": [1], "max": [2]},
        "y": {"max": [3e0], "min": [-0]}}"#;
    let statistics = Statistics::parse(text).unwrap();
    assert!(statistics.write(&mut object).unwrap().is_empty());
    let y = Some((0.0, 3.0));
    assert_eq!(ranges(&object), [x, None, y, None, y]);
    let text = "{\n\"x\": {\"min\": [-1.5], \"max\": [0.1]},\n\"y\": {\"min\": [-0.0], \"max\": [3.0]}\n}\n";
    assert_eq!(Statistics::of(&object).to_object(), text);
    // Ranges of before go.
    assert_eq!(
        Statistics::parse("[[0, \"x\", 1, 2]]")
            .unwrap()
            .write(&mut object)
            .unwrap(),
        ["y", "y"]
    );
    assert_eq!(ranges(&object), [Some((1.0, 2.0)), None, None, None, None]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("", "statistics: they are neither a list nor an object"),
        (
            "[\n[0, \"x\", 1, 2],\n]",
            "statistics: they are no JSON at line 3 column 1; a comma",
        ),
        (
            "[[0, \"x\", 1",
            "statistics: they end too early, at line 1 column 11; close",
        ),
        (
            "[[0, \"x\", NaN, 2]]",
            "statistics: NaN at line 1 column 11 is no range; leave out",
        ),
        (
            "[[0, \"x\", 1, Infinity]]",
            "statistics: Infinity at line 1 column 14 is no range; leave out",
        ),
        (
            "{\"x\": {\"min\": [-Infinity], \"max\": [1]}}",
            "statistics: Infinity at line 1 column",
        ),
        (
            "[[0, \"x\", 1, 1e39]]",
            "entry 0: 1e39 is beyond f32; give finite",
        ),
        (
            "[[0, \"x\", 1, 2], [1, \"w\", 1]]",
            "entry 1: it is no [index, \"name\", min, max]; write",
        ),
        ("[[-1, \"x\", 1, 2]]", "entry 0: it is no [index"),
        ("[[0, \"x\", \"a\", 2]]", "entry 0: `\"a\"` is no number; give"),
        (
            "[[0, \"x\", 1, 2], [0, \"x\", 1, 2]]",
            "entry 1: tensor 0 stands there twice; give",
        ),
        (
            "[[0, \"x\", 2, 1]]",
            "statistics of `x`: its recorded range 2…1 is none; record",
        ),
        (
            "{\"x\": {\"min\": [1], \"max\": [2]}, \"x\": {}}",
            "statistics: key `x` stands there twice",
        ),
        (
            "{\"x\": {\"min\": [1]}}",
            "entry `x`: `min` or `max` is missing; write",
        ),
        (
            "{\"x\": {\"min\": [1], \"max\": [2], \"mean\": [0]}}",
            "entry `x`: unknown key `mean`; write",
        ),
        (
            "{\"x\": {\"min\": [1, 2], \"max\": [2]}}",
            "entry `x`: it has a list of 2 numbers; give",
        ),
        ("{\"x\": 1}", "entry `x`: it is no JSON object"),
    ];
    for (text, wanted) in cases {
        let error = Statistics::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text}");
        assert!(error.to_string().starts_with(wanted), "{text}: {error}");
    }
}

#[test]
fn statistics_of_another_model_are_refused() {
    for (text, wanted) in [
        (
            "[[1, \"x\", 1, 2]]",
            "statistics of `x`: tensor 1 of the model is `w`; give",
        ),
        (
            "[[9, \"x\", 1, 2]]",
            "statistics of `x`: it is tensor 9, the model has 5; give",
        ),
        (
            "{\"z\": {\"min\": [1], \"max\": [2]}}",
            "statistics of `z`: the model has no such tensor; give",
        ),
        (
            "[[3, \"i\", 1, 2]]",
            "statistics: no activation has a recorded range; record",
        ),
        ("[]", "statistics: no activation has a recorded range; record"),
    ] {
        let mut changed = model();
        let error = Statistics::parse(text).unwrap().write(&mut changed).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{text}: {error}");
        assert_eq!(changed, model());
    }
}
