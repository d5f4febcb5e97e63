//! `record-minmax` as scripts meet it: data of every form gives one result.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use quant_core::ir::{FileFormat, Model};
use quant_core::{dump, format};
use quant_hdf5::Type;

use super::{FIXTURES, ONE, TWO};
use crate::common::{REPOSITORY, array, floats, refuses, succeeds, write_h5};

/// Values of record `index` for the two inputs of [`TWO`].
fn two(index: usize) -> (Vec<f32>, Vec<f32>) {
    let value = |i: usize, step: f32| ((index * 7 + i * 5) % 11) as f32 * step - 1.5;
    (
        (0..6).map(|i| value(i, 0.5)).collect(),
        (0..3).map(|i| value(i, 0.25)).collect(),
    )
}

/// The recorded range of a tensor.
fn range(path: &Path, name: &str) -> (f32, f32) {
    let model = format::import(&fs::read(path).unwrap()).unwrap();
    let graph = model.main();
    let quant = graph.tensor(graph.find(name).unwrap()).quant.as_ref().unwrap();
    (quant.min[0], quant.max[0])
}

#[test]
fn every_way_in_which_h5py_stores_records_gives_one_result() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(FIXTURES).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "types.h5" {
            continue;
        }
        succeeds(
            "record-minmax",
            folder,
            &format!("--input_model one.recipe --input_data {FIXTURES}/{name} --output_model {name}.circle"),
        );
        let path = folder.join(format!("{name}.circle"));
        // Record i is 0…23 plus i; percentiles 1 and 99 of two or twenty of them.
        let last = if name.contains("many") { 19.0 } else { 1.0 };
        let (min, max) = range(&path, "x");
        assert!(
            (min - 0.01 * last).abs() < 1e-5 && (max - 23.0 - 0.99 * last).abs() < 1e-5,
            "{name}: {min} {max}"
        );
        seen.entry(last as usize)
            .or_insert_with(Vec::new)
            .push(fs::read(path).unwrap());
    }
    for (last, files) in seen {
        assert!(
            files.len() >= 2 && files.iter().all(|file| *file == files[0]),
            "{last}"
        );
    }
    // The verbs of `quant` take the same file.
    let line = format!("record one.recipe --data {FIXTURES}/new_gzip.h5 -o verb.circle");
    succeeds("quant", folder, &line);
    assert_eq!(
        fs::read(folder.join("verb.circle")).unwrap(),
        fs::read(folder.join("new_gzip.h5.circle")).unwrap()
    );
}

#[test]
fn lists_folders_and_h5_give_one_result_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    fs::create_dir_all(folder.join("raw/not_a_record")).unwrap();
    let (mut list, mut legacy, mut records) = (String::new(), String::new(), Vec::new());
    for index in 0..23 {
        let (a, b) = two(index);
        // Names whose order is that of the numbers; written last to first, so that no system has them so by chance.
        let name = format!("{:02}", 22 - index);
        let (last_a, last_b) = two(22 - index);
        fs::write(
            folder.join("raw").join(name),
            [floats(&last_a), floats(&last_b)].concat(),
        )
        .unwrap();
        fs::write(folder.join(format!("{index}.a")), floats(&a)).unwrap();
        fs::write(folder.join(format!("{index}.b")), floats(&b)).unwrap();
        writeln!(list, "{index}.a {index}.b").unwrap();
        writeln!(legacy, " raw/{index:02} ").unwrap();
        let f32 = Type::Float(4);
        records.push(vec![
            array(f32.clone(), &[2, 3], floats(&a)),
            array(f32, &[1, 3], floats(&b)),
        ]);
    }
    fs::write(folder.join("list.txt"), list).unwrap();
    fs::write(folder.join("legacy.txt"), legacy + "\n").unwrap();
    write_h5(&folder.join("data.h5"), records);
    for mode in [
        "",
        "--mode percentile --min_percentile 10 --max_percentile 90.5",
        "--mode moving_average",
        "--mode moving_average --moving_avg_batch 4 --moving_avg_const 0.25",
        "--mode moving_average --moving_avg_batch 256",
    ] {
        let mut first = None;
        for (data, format) in [
            ("data.h5", ""),
            ("data.h5", "--input_data_format hdf5"),
            ("list.txt", "--input_data_format list"),
            ("legacy.txt", "--input_data_format filelist"),
            ("raw", "--input_data_format directory"),
            ("raw", "--input_data_format dir"),
        ] {
            for threads in [1, 2, 7] {
                let line = format!(
                    "--input_model two.recipe --input_data {data} {format} {mode} --num_threads {threads} --output_model o.circle"
                );
                let said = succeeds("record-minmax", folder, &line);
                assert!(said.contains("Number of recorded data: 23"), "{said}");
                let bytes = fs::read(folder.join("o.circle")).unwrap();
                assert!(*first.get_or_insert_with(|| bytes.clone()) == bytes, "{line}");
            }
        }
    }
    // A batch of all records is their extremes.
    let all: Vec<f32> = (0..23).flat_map(|index| two(index).0).collect();
    let extremes = (
        all.iter().copied().fold(f32::MAX, f32::min),
        all.iter().copied().fold(f32::MIN, f32::max),
    );
    assert_eq!(range(&folder.join("o.circle"), "a"), extremes);
    for data in ["data.h5", "list:list.txt", "list:legacy.txt", "raw:raw"] {
        succeeds(
            "quant",
            folder,
            &format!(
                "record two.recipe --data {data} -o {}.circle",
                data.replace(':', "_")
            ),
        );
    }
    let made = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(made("data.h5.circle") == made("list_list.txt.circle"));
    assert!(made("data.h5.circle") == made("list_legacy.txt.circle"));
    assert!(made("data.h5.circle") == made("raw_raw.circle"));
}

#[test]
fn random_records_are_those_of_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    succeeds(
        "record-minmax",
        folder,
        "--input_model two.recipe --output_model o.circle --min_percentile 0 --max_percentile 100",
    );
    // The first six floats of a default-seeded std::mt19937 in −5…5, as g++ prints them, are in record 0.
    let (min, max) = range(&folder.join("o.circle"), "a");
    assert!(
        min <= f32::from_bits(0xc06e_ba7b) && max >= f32::from_bits(0x4096_09a6),
        "{min} {max}"
    );
    assert!(min >= -5.0 && max < 5.0);
    succeeds(
        "record-minmax",
        folder,
        "--input_model two.recipe --output_model p.circle --num_threads 3 --min_percentile 0 --max_percentile 100",
    );
    assert!(fs::read(folder.join("o.circle")).unwrap() == fs::read(folder.join("p.circle")).unwrap());
}

#[test]
fn what_step_1_left_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = format!("{REPOSITORY}/recipes/Conv2D_004/test.recipe");
    succeeds(
        "quant",
        folder,
        &format!("fake-quantize {recipe} -o step1.circle"),
    );
    succeeds(
        "record-minmax",
        folder,
        "--input_model step1.circle --output_model step2.circle --generate_profile_data",
    );
    let read = |name: &str| format::import(&fs::read(folder.join(name)).unwrap()).unwrap();
    let (before, after) = (read("step1.circle"), read("step2.circle"));
    let weights = |model: &Model| {
        let graph = model.main();
        dump::tensor(model, graph.tensor(graph.find("ker").unwrap())).unwrap()
    };
    assert_eq!(weights(&before), weights(&after));
    assert!(weights(&after).scale.is_some());
    let names: Vec<&str> = after.metadata.iter().flatten().map(|m| m.name.as_str()).collect();
    assert!(
        names.contains(&"ONE_op_table") && names.contains(&"ONE_source_table"),
        "{names:?}"
    );
}

#[test]
fn an_open_batch_of_images_is_one_and_other_open_dimensions_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    succeeds("quant", folder, "convert one.recipe -o one.circle");
    let whole = format::import(&fs::read(folder.join("one.circle")).unwrap()).unwrap();
    let line = format!("--input_model open.circle --input_data {FIXTURES}/new.h5 --output_model o.circle");
    for (signature, works) in [
        ([-1, 3, 4, 2], true),
        ([1, -1, 4, 2], false),
        ([-1, 3, 4, -1], false),
    ] {
        let mut model = whole.clone();
        for name in ["x", "y"] {
            let id = model.main().find(name).unwrap();
            model.main_mut().tensor_mut(id).shape_signature = Some(signature.to_vec());
        }
        fs::write(
            folder.join("open.circle"),
            format::export(&model, FileFormat::Circle).unwrap(),
        )
        .unwrap();
        if works {
            succeeds("record-minmax", folder, &line);
        } else {
            let said = refuses("record-minmax", folder, &line, "");
            assert!(
                said.contains("`x`") && said.contains("unknown dimension"),
                "{said}"
            );
        }
    }
}
