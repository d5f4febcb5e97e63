//! Operators of shapes, indices, types, rows and state with inputs and options at random: an error or a value, never a
//! panic, and the value has the elements of its shape.

use std::fmt::Write as _;

use quant_case::operators::{self, FieldKind, shape, special};
use quant_core::interp;

/// Operators of other tables whose inputs may be odd in many ways.
const MORE: &[&str] = &[
    "AssignVariable",
    "Atan2",
    "BitwiseXor",
    "CallOnce",
    "Cast",
    "Conv2D",
    "Densify",
    "Dequantize",
    "If",
    "LSTM",
    "Mean",
    "Quantize",
    "ReadVariable",
    "ReduceAll",
    "RightShift",
    "RmsNorm",
    "RoPE",
    "Sign",
    "StableHLOComposite",
    "UnidirectionalSequenceLSTM",
    "VarHandle",
    "While",
];

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn number(&mut self) -> i64 {
        match self.below(40) {
            0 => i64::from(i32::MAX),
            1 => i64::from(i32::MIN),
            2 => 1_000_000,
            _ => self.below(7) as i64 - 2,
        }
    }
}

#[test]
fn no_input_makes_an_operator_panic() {
    let mut random = Random(7);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..200 {
        let more = MORE.iter().map(|kind| operators::find(kind).unwrap());
        for operator in shape::TABLE.iter().chain(special::TABLE).chain(more) {
            let mut text = String::new();
            let (fewest, most) = operator.inputs;
            let count = (fewest + usize::from(most > fewest) * random.below(3)).min(most);
            let (mut reads, mut options) = (String::new(), String::new());
            for input in 0..count {
                // Values first, then what says how: mostly integers of rank 0 to 2.
                let data = input == 0 && random.below(8) != 0;
                let kind = if data || random.below(8) == 0 {
                    ["FLOAT32", "INT32", "BOOL"][random.below(3)]
                } else {
                    ["INT32", "INT32", "INT64"][random.below(3)]
                };
                let rank = if data { random.below(6) } else { random.below(3) };
                let shape: Vec<usize> = (0..rank).map(|_| random.below(5)).collect();
                let elements: usize = shape.iter().product();
                let mut dims = String::new();
                for dim in &shape {
                    write!(dims, "dim: {dim} ").unwrap();
                }
                let mut numbers = String::new();
                for _ in 0..elements {
                    let number = if kind == "BOOL" { 1 } else { random.number() };
                    write!(numbers, "arg: \"{number}\" ").unwrap();
                }
                let filler = format!("filler {{ tag: \"explicit\" {numbers} }}");
                writeln!(
                    text,
                    "operand {{ name: \"i{input}\" type: {kind} shape {{ {dims} }} {filler} }}"
                )
                .unwrap();
                write!(reads, "input: \"i{input}\" ").unwrap();
            }
            let outputs = 1 + random.below(3);
            for output in 0..outputs {
                writeln!(
                    text,
                    "operand {{ name: \"o{output}\" type: FLOAT32 shape {{ }} }}"
                )
                .unwrap();
                write!(reads, "output: \"o{output}\" ").unwrap();
            }
            for field in operator.fields {
                let value = match field.kind {
                    FieldKind::Int(_) | FieldKind::Ints | FieldKind::Floats => random.number().to_string(),
                    FieldKind::Float(x) => x.to_string(),
                    FieldKind::Bool(_) => (random.below(2) == 0).to_string(),
                    FieldKind::Word(words) => words[random.below(words.len())].to_owned(),
                };
                write!(options, "{}: {value} ", field.name).unwrap();
            }
            let (kind, message) = (operator.kind, operator.options);
            let options = if message.is_empty() || random.below(3) == 0 {
                String::new()
            } else {
                format!("{message} {{ {options} }}")
            };
            writeln!(
                text,
                "operation {{ type: \"{kind}\" {reads} {options} }}\noutput: \"o0\""
            )
            .unwrap();
            // A recipe is refused when it calls graphs that it does not have.
            let Ok(parsed) = quant_case::recipe::parse(&text) else {
                bad += 1;
                continue;
            };
            let mut model = quant_recipe::build(&parsed).unwrap_or_else(|error| panic!("{error}\n{text}"));
            for tensor in model.main_mut().tensors_mut() {
                tensor.has_rank = false;
            }
            match interp::run(&model, &[]) {
                Ok(values) => {
                    good += 1;
                    for value in values {
                        let bytes = value.dtype().bytes(value.len());
                        assert_eq!(bytes, Some(value.to_le_bytes().len()), "{text}");
                    }
                }
                Err(_) => bad += 1,
            }
        }
    }
    assert!(good > 500 && bad > 500, "{good} values, {bad} errors");
}
