//! `visq` writes the errors of layers; all these programs help.

use std::fs;

use quant_hdf5::Type;
use serde_json::{Value, json};

use super::entry;
use crate::common::{array, floats, refuses, succeeds, write_h5, write_unary};

/// By hand: x in halves, y in quarters.
#[test]
fn visq_writes_the_errors_of_layers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("f.recipe"), "Abs");
    let params = json!({
        "x": entry(folder, "x", "uint8", &[0.5], &[128]),
        "y": entry(folder, "y", "uint8", &[0.25], &[0]),
    });
    fs::write(folder.join("q.json"), params.to_string()).unwrap();
    succeeds("q-implant", folder, "f.recipe q.json q.circle");
    // x becomes 1 -2 3 0 4, and 1 1 1 1 1.
    write_h5(
        &folder.join("d.h5"),
        [[1.2, -2.1, 3.0, 0.0, 4.1], [1.0, 1.0, 1.0, 1.0, 0.9]]
            .map(|values| vec![array(Type::Float(4), &[5], floats(&values))]),
    );
    let line = "-f f.recipe --q_circle q.circle -d d.h5 --mpeir_output mpeir.json --mse_output mse.json \
                --tae_output tae.json --srmse_output srmse.json --dump_dot_graph --batch_size 1";
    assert_eq!(succeeds("visq", folder, line), "");
    let mse = f64::midpoint(0.06 / 5.0, 0.01 / 5.0);
    for (file, metric, wanted) in [
        (
            "mpeir.json",
            "MPEIR",
            f64::midpoint(0.2 / (4.1 + 1e-6), 0.1 / (0.1 + 1e-6)),
        ),
        ("mse.json", "MSE", mse),
        ("tae.json", "TAE", f64::midpoint(0.4, 0.1)),
        ("srmse.json", "SRMSE", mse.sqrt() / 0.25),
    ] {
        let text: Value = serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        assert_eq!(text["meta"]["model"], "f.recipe");
        assert_eq!(text["meta"]["metric"], metric);
        let colors = text["meta"]["colorscheme"].as_array().unwrap();
        assert_eq!(
            (colors.len(), &colors[0]["c"], &colors[8]["c"]),
            (9, &json!("#ffffcc"), &json!("#800026"))
        );
        // No input, and one graph.
        let layers = text["error"][0].as_object().unwrap();
        assert_eq!((text["error"].as_array().unwrap().len(), layers.len()), (1, 1));
        let found = layers["y"].as_f64().unwrap();
        assert!(
            (found - wanted).abs() <= 1e-6 * wanted,
            "{metric}: {found} {wanted}"
        );
        let dot = fs::read_to_string(folder.join(format!("{file}.dot"))).unwrap();
        assert!(
            dot.starts_with("digraph \"f.recipe\" {\n") && dot.ends_with("}\n"),
            "{dot}"
        );
        for part in [
            "\"x\";",
            "\"x\" -> \"y\";",
            &format!("xlabel=\"{metric}: {wanted:.4}\""),
        ] {
            assert!(dot.contains(part), "{part} is not in\n{dot}");
        }
    }
    // What the data are is seen from the file: the records as a list, and as a folder.
    fs::create_dir(folder.join("raw")).unwrap();
    fs::write(folder.join("raw/0"), floats(&[1.2, -2.1, 3.0, 0.0, 4.1])).unwrap();
    fs::write(folder.join("raw/1"), floats(&[1.0, 1.0, 1.0, 1.0, 0.9])).unwrap();
    fs::write(folder.join("list.txt"), "raw/0\nraw/1\n").unwrap();
    for data in ["raw", "list.txt"] {
        succeeds(
            "visq",
            folder,
            &format!("-f f.recipe -q q.circle -d {data} --tae_output other.json"),
        );
        assert_eq!(
            fs::read(folder.join("other.json")).unwrap(),
            fs::read(folder.join("tae.json")).unwrap(),
            "{data}"
        );
    }
    let models = "-f f.recipe -q q.circle";
    succeeds("visq", folder, &format!("{models} --tae_output random.json"));
    refuses("visq", folder, models, "At least one output should be given");
    refuses(
        "visq",
        folder,
        &format!("{models} -d none.h5 --tae_output e.json"),
        "none.h5",
    );
    refuses(
        "visq",
        folder,
        &format!("{models} -b 0 --tae_output e.json"),
        "--batch_size 0",
    );
    refuses(
        "visq",
        folder,
        "-f q.circle -q q.circle --tae_output e.json",
        "quantized already",
    );
    refuses(
        "visq",
        folder,
        "-f f.recipe -q f.recipe --tae_output e.json",
        "no quantized activation has the name",
    );
    assert!(!folder.join("e.json").exists());
}

/// Every program has help with examples, exit codes and completions.
#[test]
fn programs_help() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["circle-eval-diff", "q-implant", "circle-mpqsolver", "visq"] {
        let help = succeeds(program, folder.path(), "--help");
        assert!(
            help.contains("Examples:\n  ") && help.contains("Exit codes:\n  0    done"),
            "{help}"
        );
        for shell in ["bash", "fish"] {
            let text = succeeds(
                "quant",
                folder.path(),
                &format!("completions {shell} --program {program}"),
            );
            assert!(text.contains(program), "{program}");
        }
    }
    for program in ["circle-eval-diff", "q-implant", "circle-mpqsolver"] {
        assert!(succeeds(program, folder.path(), "--version").starts_with(program));
    }
}
