//! `quant accuracy`.

use std::fs;
use std::path::Path;

use quant_picture::tfrecord::frame;
use serde_json::Value;

use super::fails_with;
use super::pictures::{VECTORS, example, pixels, write_model};
use crate::common::{REPOSITORY, floats, outcome, passes, quant, run, say, shared, write_npy};

#[test]
fn accuracy_counts_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.recipe"), &[1, 6]);
    // Scores are the negative of these: the smallest is the answer.
    let rows = [
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
        [5.0, 4.0, 3.0, 2.0, 1.0, 0.0],
        [1.0, 0.0, 2.0, 3.0, 4.0, 5.0],
    ];
    write_npy(&folder.join("d.npy"), "<f4", "3, 6", &floats(rows.as_flattened()));
    fs::write(folder.join("labels.txt"), "1\n1\n6\n").unwrap();
    let line = "accuracy m.recipe --data d.npy --labels labels.txt --label-offset -1";
    let text = passes(folder, line);
    assert!(
        text.starts_with("top-1  33.33 %  (1 of 3)\ntop-5  33.33 %  (1 of 3)\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&passes(folder, &format!("{line} --json -"))).unwrap();
    assert_eq!(json["top1"]["right"], 1);
    assert_eq!(
        json["confusion"][1],
        serde_json::json!({"class": 0, "taken_for": 5, "examples": 1})
    );
    for threads in [1, 2, 5] {
        assert_eq!(passes(folder, &format!("{line} --threads {threads}")), text);
    }
    write_npy(
        &folder.join("labels.npy"),
        "<i8",
        "3",
        &[[0; 8], [5, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]].concat(),
    );
    let text = passes(folder, "accuracy m.recipe --data d.npy --labels labels.npy");
    assert!(text.starts_with("top-1  100.00 %  (3 of 3)\n"), "{text}");
    // The model's file is the last argument: `test` is pleased, `echo` prints it.
    let evaluator = |command: &str| {
        let args = ["accuracy", "m.recipe", "--evaluator", command];
        outcome(run("quant", folder, args))
    };
    let (code, text, _) = evaluator("echo accuracy 0.75; test -f");
    assert_eq!((code, &*text), (0, "accuracy  0.75\n"));
    let (code, _, error) = evaluator("echo");
    assert!(
        code == 1 && error.contains("its last line is `m.recipe`"),
        "{error}"
    );
    // However much it says on its way.
    let (code, text, error) = evaluator("head -c 3000000 /dev/zero | tr '\\0' '\\n'; echo 3; #");
    assert_eq!((code, &*text), (0, "accuracy  3\n"), "{error}");
    let start = std::time::Instant::now();
    let args = [
        "accuracy",
        "m.recipe",
        "--time-limit",
        "1",
        "--evaluator",
        "sleep 60; echo",
    ];
    let (code, _, error) = outcome(run("quant", folder, args));
    assert!(
        code == 1 && error.contains("it took more than 1 seconds; give more with --time-limit"),
        "{error}"
    );
    // What it leaves behind does not hold it up.
    let mut args = args;
    args[5] = "sleep 60 & echo 3; #";
    let (code, _, error) = outcome(run("quant", folder, args));
    assert!(
        code == 1 && error.contains("it took more than 1 seconds"),
        "{error}"
    );
    assert!(start.elapsed().as_secs() < 40);
    fs::write(folder.join("short.txt"), "1\n").unwrap();
    for (line, code, what) in [
        (
            "--data d.npy --labels short.txt",
            1,
            "short.txt: 1 labels for 3 examples",
        ),
        ("--data d.npy", 2, "give --labels FILE"),
        (
            "--data d.npy --labels labels.txt",
            1,
            "class 6 of 6 scores; classes count from 0",
        ),
        (
            "--data d.npy --labels labels.npy --output z",
            2,
            "there is no output `z`; its outputs are `y`",
        ),
        ("--data d.npy --labels folders", 2, "has no pictures in folders"),
        ("--data d.npy --labels field:a", 2, "is no TFRecord"),
        ("--evaluator false", 1, "it failed"),
        ("--evaluator true", 1, "print a number there"),
        ("", 2, "--data"),
    ] {
        fails_with(folder, &format!("accuracy m.recipe {line}"), code, what);
    }
}

#[test]
fn accuracy_of_pictures_in_folders_and_of_tfrecords() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Each of the 231 numbers of a picture is a score: the darkest is the answer.
    write_model(&folder.join("m.recipe"), &[1, 7, 11, 3]);
    let png = fs::read(format!("{VECTORS}/rgb.png")).unwrap();
    let rgb = pixels("rgb.png");
    let darkest = |pixels: &[u8]| pixels.iter().enumerate().min_by_key(|(_, x)| **x).unwrap().0;
    let (darkest, other) = (darkest(&rgb), darkest(&pixels("rgba.png")));
    let rgba = fs::read(format!("{VECTORS}/rgba.png")).unwrap();
    for (class, name, bytes) in [(darkest, "right.png", &png), (other + 1, "wrong.png", &rgba)] {
        fs::create_dir_all(folder.join(format!("photos/{class}"))).unwrap();
        fs::write(folder.join(format!("photos/{class}/{name}")), bytes).unwrap();
    }
    let text = passes(folder, "accuracy m.recipe --data photos --scale 1");
    assert!(text.starts_with("top-1  50.00 %  (1 of 2)\n"), "{text}");
    fs::write(
        folder.join("labels.txt"),
        format!("right.png {darkest}\nwrong.png {other}\n"),
    )
    .unwrap();
    let text = passes(
        folder,
        "accuracy m.recipe --data photos --scale 1 --labels labels.txt",
    );
    assert!(text.starts_with("top-1  100.00 %  (2 of 2)\n"), "{text}");
    let (near, offset) = (100, i64::try_from(darkest).unwrap() - 100);
    fs::write(folder.join("d.tfrecord"), frame(&example(&png, near))).unwrap();
    let line = format!("accuracy m.recipe --data d.tfrecord --scale 1 --label-offset {offset}");
    assert!(passes(folder, &line).starts_with("top-1  100.00 %  (1 of 1)\n"));
    fails_with(
        folder,
        &format!("{line} --labels field:label"),
        1,
        "there is no field `label`",
    );
}

/// The networks of the accuracy benchmark are as often right as its README says.
#[test]
fn accuracy_of_the_references_networks() {
    let reference = shared().join("reference/accuracy");
    let Ok(readme) = fs::read_to_string(reference.join("README.md")) else {
        return say("accuracy: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    };
    let mut nets = 0;
    for line in readme
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("data_"))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (net, data, wanted) = (
            cells[1],
            reference.join(cells[2]),
            cells[4].parse::<f64>().unwrap(),
        );
        // What the networks were trained on.
        let normal = match cells[2] {
            "data_mnist" => "--scale 1/255",
            "data_fashion" => "--scale 1/255 --mean 0.286 --std 0.353",
            other => panic!("{other} is new here"),
        };
        let line = format!(
            "accuracy {} --data {} --labels {} {normal} --json -",
            reference.join(net).join("model.tflite").display(),
            data.join("test_images.npy").display(),
            data.join("test_labels.npy").display()
        );
        let found: Value = serde_json::from_str(&passes(Path::new(REPOSITORY), &line)).unwrap();
        assert_eq!(found["top1"]["percent"], wanted, "{net}");
        nets += 1;
    }
    assert!(nets > 0);
    say(&format!("accuracy: {nets} networks, top-1 of all as LiteRT's"));
}

/// An ImageNet classifier as a frozen graph, on photographs in TFRecords: as many are right as in TensorFlow, with
/// TensorFlow's and with Pillow's resize.
#[test]
fn accuracy_of_a_frozen_graph_on_photographs() {
    let folder = shared().join("models/efficientnet_lite0_224");
    let photographs = shared().join("reference/amct/images/validation-*");
    let Ok(text) = fs::read_to_string(folder.join("accuracy.json")) else {
        return say(
            "accuracy of photographs: SKIPPED, there is no reference data; set QUANT_REFERENCE to it",
        );
    };
    let wanted: Value = serde_json::from_str(&text).unwrap();
    for (key, prepared) in [
        ("tf_crop875_bilinear", "--crop 0.875 --resize tf1-bilinear"),
        ("pil_resize", "--resize bicubic"),
    ] {
        // Pixels of (v − 127) / 128; the records count classes from 1, the network from 0.
        let line = format!(
            "accuracy {} --data {} {prepared} --scale 1 --mean 127 --std 128 --label-offset -1 --json -",
            folder.join("model.pb").display(),
            photographs.display()
        );
        // The graph's outputs are told on the standard error.
        let (code, text, error) = outcome(quant(Path::new(REPOSITORY), &line));
        assert_eq!(code, 0, "{error}");
        let found: Value = serde_json::from_str(&text).unwrap();
        for top in ["top1", "top5"] {
            assert_eq!(found[top]["right"], wanted[key][top], "{key} {top}");
        }
    }
    say("accuracy: photographs through a frozen graph as in TensorFlow, with its resize and with Pillow's");
}
