//! `circle-eval-diff`: prints what the original does.

use std::fs;

use quant_hdf5::Type;

use crate::common::{REPOSITORY, array, floats, refuses, succeeds, write_h5, write_unary};

#[test]
fn eval_diff_prints_what_the_original_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("a.recipe"), "Abs");
    write_unary(&folder.join("b.recipe"), "Neg");
    let records = [[1.0, -2.0, 3.0, 0.0, -5.0], [-1.0, 2.0, -3.0, 0.0, 4.0]];
    write_h5(
        &folder.join("data.h5"),
        records
            .iter()
            .map(|values| vec![array(Type::Float(4), &[5], floats(values))]),
    );
    fs::create_dir(folder.join("raw")).unwrap();
    for (at, values) in records.iter().enumerate() {
        fs::write(folder.join(format!("raw/{at}")), floats(values)).unwrap();
    }
    let all = "--print_mse --print_mae --print_mape --print_mpeir --print_top1_match --print_top5_match";
    let models = "--first_model a.recipe --second_model b.recipe";
    let data = "--first_input_data data.h5 --second_input_data data.h5";
    // |a| is 1 2 3 0 5 and 1 2 3 0 4; b is -1 2 -3 0 5 and 1 -2 3 0 -4. Differences: 2 0 6 0 0 and 0 4 0 0 8.
    let wanted = "\
Evaluating 0'th data
Evaluating 1'th data
Mean Absolute Error (MAE)
MAE for y is 2

Mean Absolute Percentage Error (MAPE)
MAPE for y is 100%

Mean Peak Error to Interval Ratio (MPEIR)
MPEIR for y is 1.6

Ratio of Matched Indices between Top-1 results of the models
Mean Top-1 match ratio for y is 0.5

Ratio of Matched Indices between Top-5 results of the models
Mean Top-5 match ratio for y is 1

Mean Squared Error (MSE)
MSE for y is 12

";
    assert_eq!(
        succeeds("circle-eval-diff", folder, &format!("{models} {data} {all}")),
        wanted
    );
    for format in ["directory", "dir"] {
        let data = data.replace("data.h5", "raw");
        let line =
            format!("{models} {data} --input_data_format {format} {all} --dump_output_with_prefix out");
        assert_eq!(succeeds("circle-eval-diff", folder, &line), wanted);
    }
    assert_eq!(
        fs::read(folder.join("out.0.first.output0")).unwrap(),
        floats(&[1.0, 2.0, 3.0, 0.0, 5.0])
    );
    assert_eq!(
        fs::read(folder.join("out.1.second.output0")).unwrap(),
        floats(&[1.0, -2.0, 3.0, -0.0, -4.0])
    );
    // Without a metric there are the records alone; without data three of them, the same ones each time.
    assert_eq!(
        succeeds("circle-eval-diff", folder, &format!("{models} {data}")),
        "Evaluating 0'th data\nEvaluating 1'th data\n"
    );
    let random = succeeds("circle-eval-diff", folder, &format!("{models} --print_mae"));
    assert!(
        random.starts_with("Evaluating 0'th data\nEvaluating 1'th data\nEvaluating 2'th data\nMean"),
        "{random}"
    );
    assert_eq!(
        random,
        succeeds("circle-eval-diff", folder, &format!("{models} --print_mae"))
    );
}

#[test]
fn eval_diff_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("a.recipe"), "Abs");
    let fails = |line: &str, what: &str| refuses("circle-eval-diff", folder, line, what);
    fails("", "--first_model");
    let models = "--first_model a.recipe --second_model a.recipe";
    fails(
        &format!("{models} --first_input_data a.h5"),
        "Input data path should be given for both first_model and second_model, or neither must be given",
    );
    let data = "--first_input_data a.h5 --second_input_data a.h5";
    fails(&format!("{models} {data}"), "a.h5");
    fails(&format!("{models} {data} --input_data_format text"), "text");
    fails(&format!("{models} --print_mae --bogus"), "--bogus");
    fails("--first_model none.circle --second_model a.recipe", "none.circle");
}

/// Top-5 of a tensor of fewer elements.
#[test]
fn eval_diff_leaves_small_outputs_out_of_matches() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 3 } }
        operand { name: "y" type: FLOAT32 shape { dim: 3 } }
        operation { type: "Abs" input: "x" output: "y" }
        input: "x" output: "y""#;
    fs::write(folder.path().join("a.recipe"), text).unwrap();
    let line = "--first_model a.recipe --second_model a.recipe --print_top5_match --print_top1_match";
    assert_eq!(
        succeeds("circle-eval-diff", folder.path(), line),
        "Top-5metric for y is ignored, because it has elements less than 5\n\
         Evaluating 0'th data\nEvaluating 1'th data\nEvaluating 2'th data\n\
         Ratio of Matched Indices between Top-1 results of the models\nMean Top-1 match ratio for y is 1\n\n\
         Ratio of Matched Indices between Top-5 results of the models\n\n"
    );
}

/// What is printed is the mean distance of the values that are dumped.
#[test]
fn eval_diff_of_a_quantized_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = &format!("{REPOSITORY}/recipes/Conv2D_004/test.recipe");
    succeeds(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:4 -o q.circle"),
    );
    succeeds("quant", folder, &format!("convert {recipe} -o f.circle"));
    let line = "--first_model f.circle --second_model q.circle --print_mae --dump_output_with_prefix p";
    let printed = succeeds("circle-eval-diff", folder, line);
    let mae = printed
        .lines()
        .find_map(|line| line.strip_prefix("MAE for ofm is "));
    let mae: f64 = mae.unwrap().parse().unwrap();
    let floats = |name: String| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let floats = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|x| f64::from(f32::from_le_bytes(*x)));
        floats.collect::<Vec<f64>>()
    };
    let mut sum = 0.0;
    for record in 0..3 {
        let (a, b) = (
            floats(format!("p.{record}.first.output0")),
            floats(format!("p.{record}.second.output0")),
        );
        let distances = a.iter().zip(&b).map(|(a, b)| (a - b).abs());
        sum += distances.sum::<f64>() / a.len() as f64;
    }
    assert!(mae > 0.0 && (mae - sum / 3.0).abs() <= 1e-5 * mae, "{mae} {sum}");
}
