//! Operators whose inputs go with each other, with one of them of another shape or missing: an error or a value,
//! never a panic.

use std::fmt::Write as _;

use quant_core::interp;
use quant_core::ir::OpId;
use quant_core::value::Value;

/// The operator over float inputs of these shapes; `None` is an absent one.
fn run(
    kind: &str,
    shapes: &[Option<&[i32]>],
    outputs: usize,
    options: &str,
    custom: &[i32],
) -> Option<Vec<Value>> {
    let (mut text, mut operands) = (String::new(), String::new());
    for (number, shape) in shapes.iter().enumerate() {
        let Some(shape) = shape else {
            operands.push_str("input: \"\" ");
            continue;
        };
        let list = |all: Vec<String>| all.join(" ");
        let dims = list(shape.iter().map(|d| format!("dim: {d}")).collect());
        let count = shape.iter().product::<i32>();
        let values = list((0..count).map(|at| format!("arg: \"{}\"", at % 5 - 2)).collect());
        writeln!(
            text,
            "operand {{ name: \"i{number}\" type: FLOAT32 shape {{ {dims} }} filler {{ tag: \"explicit\" {values} }} }}"
        )
        .unwrap();
        write!(operands, "input: \"i{number}\" ").unwrap();
    }
    for number in 0..outputs {
        writeln!(
            text,
            "operand {{ name: \"o{number}\" type: FLOAT32 shape {{ }} }} output: \"o{number}\""
        )
        .unwrap();
        write!(operands, "output: \"o{number}\" ").unwrap();
    }
    writeln!(text, "operation {{ type: \"{kind}\" {operands} {options} }}").unwrap();
    let parsed = quant_case::recipe::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut model = quant_recipe::build(&parsed).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for tensor in model.main_mut().tensors_mut() {
        tensor.has_rank = false;
    }
    if !custom.is_empty() {
        let bytes = custom.iter().flat_map(|x| x.to_le_bytes()).collect();
        let main = model.main_mut();
        main.edit(OpId(0), |op| op.custom_options = Some(bytes)).unwrap();
    }
    interp::run(&model, &[]).ok()
}

/// The operator runs as given; then with each input replaced or left out, and each custom option replaced.
fn shake(kind: &str, shapes: &[Option<&[i32]>], outputs: usize, options: &str, custom: &[i32]) {
    assert!(run(kind, shapes, outputs, options, custom).is_some(), "{kind}");
    let others: &[Option<&[i32]>] = &[
        None,
        Some(&[]),
        Some(&[0]),
        Some(&[1]),
        Some(&[4]),
        Some(&[0, 0]),
        Some(&[2, 3]),
        Some(&[3, 2]),
        Some(&[4, 0]),
        Some(&[2, 2, 2]),
        Some(&[0, 2, 3]),
        Some(&[2, 0, 3]),
        Some(&[2, 2, 0]),
        Some(&[1, 3, 3, 2]),
        Some(&[0, 3, 3, 2]),
        Some(&[1, 0, 3, 2]),
        Some(&[1, 3, 3, 0]),
    ];
    let mut errors = 0;
    for at in 0..shapes.len() {
        for other in others {
            let mut shapes = shapes.to_vec();
            shapes[at] = *other;
            errors += usize::from(run(kind, &shapes, outputs, options, custom).is_none());
        }
    }
    assert!(errors > shapes.len(), "{kind}: {errors} errors");
    for at in 0..custom.len() {
        for other in [i32::MIN, -1, 0, 1, 2, 3, 7, 1 << 10, i32::MAX] {
            let mut custom = custom.to_vec();
            custom[at] = other;
            drop(run(kind, shapes, outputs, options, &custom));
            drop(run(kind, shapes, outputs, options, &custom[..at]));
        }
    }
}

#[test]
fn one_odd_input_is_no_panic() {
    let (x, w): (&[i32], &[i32]) = (&[2, 2, 3], &[4, 3]);
    let (r, c): (&[i32], &[i32]) = (&[4, 2], &[2, 4]);
    let b: &[i32] = &[4];
    let mut lstm = vec![Some(x)];
    lstm.extend([Some(w); 4]);
    lstm.extend([Some(r); 4]);
    lstm.extend([Some(b); 7]);
    lstm.extend([Some(&[2, 4][..]), Some(&[2][..]), Some(&[2, 2][..]), Some(c)]);
    lstm.extend([Some(b); 4]);
    for time_major in ["true", "false"] {
        let options =
            format!("unidirectional_sequence_lstm_options {{ activation: TANH time_major: {time_major} }}");
        shake("UnidirectionalSequenceLSTM", &lstm, 1, &options, &[]);
    }
    lstm[0] = Some(&[2, 3]);
    shake("LSTM", &lstm, 1, "lstm_options { activation: TANH }", &[]);
    let image: Option<&[i32]> = Some(&[2, 3, 3, 2]);
    shake("MaxPoolingWithArgmax2D", &[image], 2, "", &[1, 2, 2, 2, 2, 0]);
    shake("MaxUnpooling2D", &[image, image], 1, "", &[2, 2, 2, 2, 2, 0]);
    let conv = [image, Some(&[4, 2, 2, 2][..]), Some(&[4][..])];
    shake("Convolution2DTransposeBias", &conv, 1, "", &[1, 2, 2]);
    shake("RmsNorm", &[image, Some(&[2])], 1, "", &[]);
    shake("RoPE", &[image, Some(&[2]), Some(&[2])], 1, "", &[]);
}
