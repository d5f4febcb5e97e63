//! What becomes of ranges that observers say, whatever they saw.

use super::*;
use crate::record::{Merge, Pass, RandomRecords};
use quant_ir::error::ErrorKind;

/// Says a range, or none.
#[derive(Clone, Debug)]
struct Says(Option<Range>);

impl Observer for Says {
    type Sample = ();

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn sample(&self, _: &[f32], _: Range) {}

    fn add(&mut self, (): ()) {}

    fn merge(&mut self, _: Self) {}

    fn range(&self) -> Option<Range> {
        self.0
    }
}

fn model(outputs: usize) -> Model {
    let names: Vec<String> = (0..outputs).map(|number| format!("y{number}")).collect();
    let mut text = r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } } input: "x" "#.to_owned();
    for name in names {
        let operand = "type: FLOAT32 shape { dim: 2 }";
        text.push_str(&[r#"operand { name: ""#, &name, "\" ", operand, " } "].concat());
        text.push_str(&[r#"operation { type: "Abs" input: "x" output: ""#, &name, "\" } "].concat());
        text.push_str(&[r#"output: ""#, &name, "\" "].concat());
    }
    quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap()
}

/// Records `part` of three random ones, with an observer that says `range` of the tensor `y0` alone.
fn recorded(model: &Model, part: ops::Range<usize>, range: Option<Range>) -> Recorded<Says> {
    let records = RandomRecords::new(model.main().input_tensors(), 1, 3).unwrap();
    let pass = Pass {
        records: &records,
        part,
        threads: 1,
        lowest: None,
        floats: quant_interp::FloatProfile::default(),
        sequence: false,
        progress: &|_| (),
    };
    let says = model.main().find("y0").unwrap();
    pass.run(model, |id| Says(range.filter(|_| id == says))).unwrap()
}

/// The ranges of a model's tensors.
fn ranges(model: &Model) -> Vec<Option<(f32, f32)>> {
    let tensors = model.main().tensors().iter();
    let range = |quant: &QuantParam| Some((*quant.min.first()?, *quant.max.first()?));
    tensors
        .map(|tensor| tensor.quant.as_ref().and_then(range))
        .collect()
}

#[test]
fn ranges_that_are_finite_and_in_order_are_written() {
    for (min, max) in [(-1.0, 2.0), (2.0, 2.0), (0.0, 0.0), (f32::MIN, f32::MAX)] {
        let mut model = model(2);
        let recorded = recorded(&model, 0..1, Some(Range { min, max }));
        assert_eq!(recorded.write(&mut model), Ok(vec![]));
        assert_eq!(ranges(&model), [None, Some((min, max)), None]);
    }
    for (min, max) in [
        (2.0, -1.0),
        (f32::NEG_INFINITY, 1.0),
        (0.0, f32::INFINITY),
        (f32::NAN, 1.0),
        (0.0, f32::NAN),
        (f32::INFINITY, f32::NEG_INFINITY),
    ] {
        let mut model = model(2);
        let before = model.clone();
        let recorded = recorded(&model, 0..1, Some(Range { min, max }));
        let error = recorded.write(&mut model).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::UnboundedRange { .. }),
            "{error}"
        );
        assert!(error.to_string().starts_with("activation `y0`"), "{error}");
        assert_eq!(model, before);
    }
}

#[test]
fn parts_follow_each_other_and_are_of_one_model() {
    let one = model(2);
    let mut front = recorded(&one, 0..1, None);
    assert_eq!(front.records(), 0..1);
    assert!(front.observer(TensorId(2)).is_some() && front.observer(TensorId(3)).is_none());
    for part in [0..1, 2..3] {
        let error = front
            .merge(recorded(&one, part.clone(), None))
            .unwrap_err()
            .to_string();
        let wanted = format!("records {}…{} do not follow records 0…1", part.start, part.end);
        assert!(error.contains(&wanted), "{error}");
    }
    let other = recorded(&model(3), 1..2, None);
    let error = front.merge(other.clone()).unwrap_err().to_string();
    assert!(error.contains("one has 3 tensors, the other 4"), "{error}");
    assert_eq!(front.records(), 0..1, "what fails leaves it as it was");
    front.merge(recorded(&one, 1..3, None)).unwrap();
    assert_eq!(front.records(), 0..3);
    let error = other.write(&mut one.clone()).unwrap_err();
    assert!(
        error.to_string().contains("it has 4 tensors, the model 3"),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
