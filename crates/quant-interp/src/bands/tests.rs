//! Bands of every height beside the whole.

use super::*;
use quant_kernel::Range as Extremes;

/// Two layers: name, filter's rows and columns, stride, padding, activation, channels made of how many.
struct Layer(
    &'static str,
    [usize; 2],
    usize,
    &'static str,
    &'static str,
    [usize; 2],
);

/// A model of `between` between two layers, of an image of 11 × 7 or another size.
fn model(size: [usize; 2], layers: &[Layer; 2], more: &str) -> Model {
    let mut recipe = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: {} dim: {} dim: {} }} }} "#,
        size[0], size[1], layers[0].5[1]
    );
    let (mut size, mut image) = (size, "x");
    for (name, Layer(kind, filter, stride, padding, activation, [made, of])) in
        ["between", "y"].into_iter().zip(layers)
    {
        let output = |size: usize, filter: usize| match *padding {
            "SAME" => size.div_ceil(*stride),
            _ => (size - filter) / stride + 1,
        };
        size = [output(size[0], filter[0]), output(size[1], filter[1])];
        let (dims, options) = match *kind {
            "Conv2D" => ([*made, filter[0], filter[1], *of], "conv2d_options"),
            _ => ([1, filter[0], filter[1], *made], "depthwiseconv2d_options"),
        };
        let multiplier = if *kind == "Conv2D" {
            ""
        } else {
            "depth_multiplier: 1"
        };
        let dims = dims.map(|dim| format!("dim: {dim}")).join(" ");
        let layer = format!(
            r#"
            operand {{ name: "{name}_w" type: FLOAT32 shape {{ {dims} }} filler {{ tag: "gaussian" arg: "0.0" arg: "1.0" }} }}
            operand {{ name: "{name}_b" type: FLOAT32 shape {{ dim: {made} }} filler {{ tag: "gaussian" arg: "0.0" arg: "1.0" }} }}
            operand {{ name: "{name}" type: FLOAT32 shape {{ dim: 1 dim: {} dim: {} dim: {made} }} }}
            operation {{ type: "{kind}" input: "{image}" input: "{name}_w" input: "{name}_b" output: "{name}"
                {options} {{ padding: {padding} stride_w: {stride} stride_h: {stride} activation: {activation} {multiplier} }} }}"#,
            size[0], size[1]
        );
        recipe += &layer;
        image = name;
    }
    recipe += more;
    recipe += r#" input: "x" output: "y""#;
    quant_recipe::build(&quant_case::recipe::parse(&recipe).unwrap()).unwrap()
}

/// Wants ranges alone, or values.
#[derive(Default)]
struct Seen {
    values_too: bool,
    values: Vec<(TensorId, Value)>,
    ranges: Vec<(TensorId, Extremes)>,
}

impl Watch for Seen {
    fn value(&mut self, _: usize, id: TensorId, value: &Value, range: Option<Extremes>) -> Result<()> {
        let values = value.as_f32().unwrap();
        if let Some(range) = range {
            assert_eq!(range.checked(values), Extremes::of(values));
        }
        self.values.push((id, value.clone()));
        Ok(())
    }

    fn only_range(&self, _: TensorId) -> bool {
        !self.values_too
    }

    fn range(&mut self, _: usize, id: TensorId, range: Extremes) -> Result<()> {
        self.ranges.push((id, range));
        Ok(())
    }
}

fn seen(interpreter: &Interpreter<'_>, image: &Value, workspace: &mut Workspace, values_too: bool) -> Seen {
    let mut seen = Seen {
        values_too,
        ..Seen::default()
    };
    let inputs = &mut |_| Ok(vec![image.clone()]);
    interpreter
        .run_together(1, false, inputs, workspace, &mut seen)
        .unwrap();
    seen
}

fn bits(value: &Value) -> Vec<u32> {
    value.as_f32().unwrap().iter().map(|x| x.to_bits()).collect()
}

/// Compares bands of every height with the whole.
fn compare(size: [usize; 2], layers: &[Layer; 2], poison: &[(usize, f32)]) -> usize {
    let model = model(size, layers, "");
    let mut interpreter = Interpreter::new(&model).unwrap();
    interpreter.late = 2;
    let count = size[0] * size[1] * layers[0].5[1];
    let mut image: Vec<f32> = (0..count).map(|at| (at * 37 % 101) as f32 / 25.0 - 2.0).collect();
    poison.iter().for_each(|(at, x)| image[*at] = *x);
    let image = Value::f32(vec![1, size[0], size[1], layers[0].5[1]], image);
    let mut workspace = Workspace::new(1);
    interpreter.pairs.clear();
    let whole = seen(&interpreter, &image, &mut workspace, false);
    let [_, (between, values), (y, wanted)] = whole.values.as_slice() else {
        panic!("three tensors")
    };
    let range = Extremes::of(values.as_f32().unwrap());
    let mut alone = 0;
    for band in 1..=wanted.shape[1] + 1 {
        interpreter.pairs = vec![Pair { first: 0, band }];
        let made = seen(&interpreter, &image, &mut workspace, false);
        let (last, value) = made.values.last().unwrap();
        assert_eq!((last, bits(value)), (y, bits(wanted)), "bands of {band}");
        if let &[(id, found)] = made.ranges.as_slice() {
            assert_eq!((&id, Some(found)), (between, range), "bands of {band}");
            assert_eq!(made.values.len(), 2);
            alone += 1;
        } else {
            assert_eq!(made.values.len(), 3, "all of it where the range is not known");
            assert_eq!(bits(&made.values[1].1), bits(values));
        }
        let made = seen(&interpreter, &image, &mut workspace, true);
        assert_eq!(
            (made.values.len(), made.ranges.len()),
            (3, 0),
            "values where they are wanted"
        );
    }
    alone
}

#[test]
fn bands_of_every_height_have_the_bits_of_the_whole() {
    let first = || {
        [
            Layer("Conv2D", [1, 1], 1, "SAME", "RELU6", [20, 3]),
            Layer("Conv2D", [3, 3], 2, "SAME", "NONE", [5, 3]),
            Layer("Conv2D", [2, 3], 1, "VALID", "RELU", [17, 2]),
            Layer("DepthwiseConv2D", [3, 3], 1, "SAME", "RELU6", [4, 4]),
        ]
    };
    for (size, padding, stride, filter) in [11, 12, 17].into_iter().flat_map(|size| {
        let windows = [
            ("SAME", 1, [3, 3]),
            ("SAME", 2, [3, 3]),
            ("VALID", 1, [3, 3]),
            ("VALID", 2, [3, 3]),
        ];
        let others = [
            ("SAME", 3, [2, 2]),
            ("VALID", 3, [2, 1]),
            ("SAME", 1, [5, 3]),
            ("VALID", 2, [4, 4]),
        ];
        windows
            .into_iter()
            .chain(others)
            .map(move |(padding, stride, filter)| (size, padding, stride, filter))
    }) {
        for kind in ["DepthwiseConv2D", "Conv2D"] {
            for first in first() {
                let channels = first.5[0];
                let made = if kind == "Conv2D" { 7 } else { channels };
                let second = Layer(kind, filter, stride, padding, "RELU6", [made, channels]);
                assert!(compare([size, 9], &[first, second], &[]) > 0);
            }
        }
    }
}

#[test]
fn numbers_that_are_none_are_told_as_in_the_whole() {
    let layers = || {
        [
            Layer("Conv2D", [1, 1], 1, "SAME", "NONE", [6, 3]),
            Layer("DepthwiseConv2D", [3, 3], 1, "SAME", "NONE", [6, 6]),
        ]
    };
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MIN, f32::MAX];
    for (at, x) in [0, 50, 296].into_iter().flat_map(|at| bad.map(|x| (at, x))) {
        compare([11, 9], &layers(), &[(at, x), (at / 2, -x)]);
    }
    let all: Vec<_> = (0..297).map(|at| (at, f32::NEG_INFINITY)).collect();
    assert_eq!(compare([11, 9], &layers(), &all), 0);
}

#[test]
fn pairs_are_those_whose_middle_fills_the_cache() {
    let found = |size: usize, more: &str| {
        let layers = [
            Layer("Conv2D", [1, 1], 1, "SAME", "RELU6", [96, 16]),
            Layer("DepthwiseConv2D", [3, 3], 2, "SAME", "RELU6", [96, 96]),
        ];
        let model = model([size, size], &layers, more);
        let interpreter = Interpreter::new(&model).unwrap();
        let steps = interpreter.steps.len();
        let pairs = pairs(&model, model.main(), &interpreter.steps, steps);
        pairs
            .iter()
            .map(|pair| (pair.first, pair.band))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(80, ""), [(0, 4)]);
    assert_eq!(found(30, ""), []);
    assert_eq!(found(80, r#" output: "between""#), []);
    let reader = r#"operand { name: "z" type: FLOAT32 shape { dim: 1 dim: 80 dim: 80 dim: 96 } }
        operation { type: "ReLU" input: "between" output: "z" } output: "z""#;
    assert_eq!(found(80, reader), []);
}
