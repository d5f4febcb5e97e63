//! Writes what every flavour makes of every model of the reference, for `tools/check_tflite.py` to run it:
//!
//! ```sh
//! QUANT_TFLITE_WRITE=target/tflite cargo test -p quant-core --test it tflite::write -- --ignored
//! ```
//!
//! The files are `<folder>/<scheme>/<model>.tflite`, or `.refused` with the error where the flavour has one. Nothing is asked
//! for but what the scheme's name says: the originals' defects are mended.

use std::fs;
use std::path::{Path, PathBuf};

use quant_core::ir::{FileFormat, Model};
use quant_core::scheme::tflite::recipe::{self, Recipe};
use quant_core::scheme::tflite::{Kept, Options, dynamic, float16, uint8};
use quant_core::{Result, format};
use rayon::prelude::*;

use super::cases::{Case, folders};
use super::{flavours, ranges};
use crate::common::{say, shared};

/// Schemes beside the recipes.
const SCHEMES: [&str; 17] = [
    "int8",
    "int8_io_int8",
    "int8_io_uint8",
    "int8_per_tensor",
    "int8_dense_per_tensor",
    "int8_legacy",
    "int8_legacy_io_int8",
    "int8_legacy_per_tensor",
    "int16x8",
    "int16x8_io_int16",
    "int16x8_bias32",
    "dynamic",
    "dynamic_per_tensor",
    "dynamic_legacy",
    "dynamic_legacy_per_tensor",
    "float16",
    "uint8",
];

/// Those of the one large network: one of each kind.
const OF_LARGE: [&str; 8] = [
    "int8",
    "int8_legacy",
    "int16x8",
    "dynamic",
    "float16",
    "uint8",
    "aeq_static_wi8_ai8",
    "aeq_dynamic_wi8",
];

#[test]
#[ignore = "it writes 2,000 files, for tools/check_tflite.py"]
fn all_files() {
    let to =
        PathBuf::from(std::env::var_os("QUANT_TFLITE_WRITE").expect("QUANT_TFLITE_WRITE names a folder"));
    // Tests run in the folder of their package.
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(to);
    let root = shared().join("reference/tflite");
    let recipes = fs::read_dir(root.join("aeq_recipes")).unwrap();
    let recipes = recipes.map(|entry| {
        entry
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    });
    let schemes: Vec<String> = SCHEMES.iter().map(ToString::to_string).chain(recipes).collect();
    let folders: Vec<PathBuf> = folders(&root)
        .into_iter()
        .filter(|folder| !folder.starts_with(root.join("qat")))
        .collect();
    let pairs: Vec<_> = schemes
        .iter()
        .flat_map(|scheme| folders.iter().map(move |folder| (scheme, folder)))
        .collect();
    let written: Vec<bool> = pairs
        .par_iter()
        .map(|(scheme, folder)| {
            let case = Case {
                root: root.clone(),
                folder: (*folder).clone(),
                model: folder.file_name().unwrap().to_string_lossy().into_owned(),
                scheme: (*scheme).clone(),
            };
            write(&case, &to)
        })
        .collect();
    let files = written.iter().filter(|is| **is).count();
    say(&format!(
        "tflite: {files} files written, {} refused or left out",
        written.len() - files
    ));
    assert!(files > 1000, "{files}");
}

/// Whether there is a file.
fn write(case: &Case, to: &Path) -> bool {
    let folder = to.join(&case.scheme);
    fs::create_dir_all(&folder).unwrap();
    let lacks = |file: &str| !case.folder.join(file).is_file();
    let without = case.scheme.starts_with("aeq_gptq") && lacks(&format!("{}.json", case.scheme))
        || case.model == "mobilenetv2_160" && !OF_LARGE.contains(&case.scheme.as_str());
    if without {
        return false;
    }
    let mut model = case.float();
    let made = (|| -> Result<_> {
        quantize(&mut model, case)?;
        format::export(&model, FileFormat::Tflite)
    })();
    let file = |suffix: &str| folder.join(format!("{}.{suffix}", case.model));
    match &made {
        Ok(bytes) => fs::write(file("tflite"), bytes).unwrap(),
        Err(error) => fs::write(file("refused"), error.to_string()).unwrap(),
    }
    made.is_ok()
}

fn quantize(model: &mut Model, case: &Case) -> Result<Vec<Kept>> {
    let per_tensor = Options {
        per_tensor: case.scheme.ends_with("_per_tensor"),
        ..Options::default()
    };
    if let Some(suffix) = case.scheme.strip_prefix("dynamic") {
        return if suffix.starts_with("_legacy") {
            dynamic::quantize_legacy(model, &per_tensor)
        } else {
            dynamic::quantize(model, &per_tensor)
        };
    }
    match case.scheme.as_str() {
        "float16" => float16::quantize(model, &per_tensor),
        "uint8" => {
            ranges::tensorflow(model, case);
            uint8::quantize(model, &per_tensor)
        }
        // The averages of ai-edge-quantizer's calibration cut off values, which would hide other errors.
        scheme if scheme.starts_with("aeq_static") || scheme == "aeq_mixed" => {
            let file = case.root.join("aeq_recipes").join(format!("{scheme}.json"));
            let recipe = Recipe::parse(&fs::read_to_string(file).unwrap())?;
            ranges::tensorflow(model, case);
            recipe::quantize(model, &recipe, &per_tensor)
        }
        _ => {
            let (flavour, suffix) = flavours::find(&case.scheme).expect("the scheme has a flavour");
            let options = Options {
                compat: false,
                ..flavours::options(flavour, suffix, model)
            };
            (flavour.quantize)(model, case, &options)
        }
    }
}
