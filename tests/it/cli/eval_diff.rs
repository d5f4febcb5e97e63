//! `quant eval-diff`: numbers by hand, open sizes, any number of threads.

use std::fs;

use serde_json::json;

use super::{fails_with, near, read_json};
use crate::common::{passes, write_unary};

#[test]
fn eval_diff_of_numbers_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("abs.recipe"), "Abs");
    write_unary(&folder.join("relu.recipe"), "ReLU");
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/0.txt"), "1,-2,3,-4,5\n").unwrap();
    fs::write(folder.join("in/1.txt"), "-1,-2,-3,-4,-5\n").unwrap();
    let table = passes(
        folder,
        "eval-diff abs.recipe relu.recipe --data in --json diff.json --dump-output-prefix out",
    );
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 7, "four metrics need a legend: {table}");
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        words,
        [
            "y", "2.10000", "70.0000", "1.12500", "7.50000", "0.50000", "1.00000"
        ]
    );
    assert_eq!(lines[2], "2 records");
    // 1 2 3 4 5 against 1 0 3 0 5, and against zeros: the means of both records.
    let report = read_json(&folder.join("diff.json"));
    let output = &report["outputs"][0];
    assert_eq!((&report["records"], &output["name"]), (&json!(2), &json!("y")));
    for (metric, wanted) in [
        ("mae", f64::midpoint(1.2, 3.0)),
        ("mape", f64::midpoint(40.0, 100.0)),
        ("mpeir", f64::midpoint(1.0, 1.25)),
        ("mse", f64::midpoint(4.0, 11.0)),
        ("top1", 0.5),
        ("top5", 1.0),
    ] {
        near(&output[metric], wanted);
    }
    let bytes: Vec<u8> = [1.0f32, 0.0, 3.0, 0.0, 5.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    assert_eq!(fs::read(folder.join("out.0.second.output0")).unwrap(), bytes);
    assert_eq!(fs::read(folder.join("out.1.first.output0")).unwrap().len(), 20);

    // Words choose, and the second model may have records of its own.
    fs::create_dir(folder.join("other")).unwrap();
    fs::write(folder.join("other/0.txt"), "1,2,3,4,5\n").unwrap();
    fs::write(folder.join("other/1.txt"), "1,2,3,4,5\n").unwrap();
    let table = passes(
        folder,
        "eval-diff abs.recipe relu.recipe --data in --data-b other --metric mse,top1",
    );
    assert_eq!(
        table,
        "output  mse     top1\ny         0  1.00000\n2 records\n\
         top1   part of the records whose largest element stands at the same place\n"
    );

    fs::write(folder.join("other/2.txt"), "1,2,3,4,5\n").unwrap();
    let two = "eval-diff abs.recipe relu.recipe --data in";
    fails_with(
        folder,
        &format!("{two} --data-b other"),
        1,
        "records: 2 for the first model, 3 for the second",
    );
    fails_with(folder, &format!("{two} --metric rmse"), 2, "possible values: mae");
    fails_with(folder, &format!("{two} --threads 0"), 2, "give at least 1");
    fails_with(
        folder,
        "eval-diff abs.recipe relu.recipe --data no",
        5,
        "no: No such file",
    );
    fails_with(folder, "eval-diff abs.recipe relu.recipe", 2, "--data");
    fails_with(
        folder,
        &format!("{two} --json no/such.json"),
        5,
        "no: No such file",
    );
    fails_with(
        folder,
        &format!("{two} --dump-output-prefix no/out"),
        5,
        "no: No such file",
    );
    fails_with(
        folder,
        "eval-diff @Split_000 abs.recipe --data random:1:2",
        1,
        "outputs",
    );
    fails_with(
        folder,
        "eval-diff abs.recipe @ReLU_000 --data random:1:2",
        1,
        "tensor `y`: its shape is [5]",
    );
}

#[test]
fn open_dimensions_take_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operation { type: "Abs" input: "x" output: "y" }
        input: "x" output: "y""#;
    let mut model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
    for tensor in model.main_mut().tensors_mut() {
        tensor.shape_signature = Some(vec![-1, 4]);
    }
    let bytes = quant_core::format::export(&model, quant_core::ir::FileFormat::Tflite).unwrap();
    fs::write(folder.join("open.tflite"), bytes).unwrap();
    let data = "--data random:1:3 --shape x=5,4";
    passes(folder, &format!("run open.tflite {data} -o q.circle"));
    passes(
        folder,
        &format!("eval-diff open.tflite q.circle {data} --json diff.json"),
    );
    let mae = read_json(&folder.join("diff.json"))["outputs"][0]["mae"]
        .as_f64()
        .unwrap();
    assert!(mae > 0.0 && mae < 0.02, "{mae}");
    passes(
        folder,
        &format!("error-report open.tflite q.circle {data} -o errors.json"),
    );
    assert_eq!(
        read_json(&folder.join("errors.json"))["tensors"][0]["elements"],
        20
    );
    passes(
        folder,
        &format!("mpq open.tflite {data} --metric mse --ratio 1 -o qconf.json"),
    );
}

#[test]
fn any_number_of_threads_finds_the_same_errors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "run @Net_001 --data random:3:5 -o q.circle");
    let with = |threads: usize| {
        let tail = format!("@Net_001 q.circle --data random:4:70 --threads {threads}");
        passes(folder, &format!("eval-diff {tail} --json diff.json"));
        passes(folder, &format!("error-report {tail} -o errors.json"));
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        (read("diff.json"), read("errors.json"))
    };
    assert!(with(1) == with(2) && with(1) == with(7));
    // Fewer records than threads share them within operators.
    let few = |threads: usize| {
        passes(
            folder,
            &format!("eval-diff @Net_001 q.circle --data random:4:2 --threads {threads}"),
        )
    };
    assert_eq!(few(1), few(5));
}
