//! Model files that are cut, patched, folded onto themselves or that claim more than they hold: each is an error, or
//! what it says is right; soon, and in little memory. `cargo test --test hostile -- --nocapture` prints the table.

use std::fs;

use quant_core::ErrorKind;
use quant_core::format::{import, import_shared};
use quant_core::interp::{self, check_inputs};
use quant_core::ir::Bytes;
use quant_core::record::{RandomRecords, Records};
use quant_hostile::{crafted, patch, seeds, targets};

use super::measure::{Table, alone};

/// Small models of recipes, of several operators.
const SMALL: [&str; 4] = ["Net_000", "Conv2D_003", "Concatenation_000", "InstanceNorm_000"];

fn small() -> impl Iterator<Item = &'static (String, Vec<u8>)> {
    seeds::files()
        .iter()
        .filter(|(name, _)| SMALL.contains(&name.as_str()))
}

#[test]
fn real_models_cut_at_200_places() {
    let _alone = alone();
    let files = seeds::reference_models();
    if files.is_empty() {
        println!("SKIPPED: no models; set QUANT_REFERENCE to the reference data");
    }
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let whole = import(&bytes).unwrap();
        let mut table = Table::new(format!("cut: {}", path.file_name().unwrap().to_string_lossy()));
        for cut in 0..200 {
            // Half of the places where the tables may stand, half anywhere.
            let end = match cut % 2 {
                0 => bytes.len() * cut / 200,
                _ => cut * 8,
            };
            let part = Bytes::from(bytes[..end].to_vec());
            table.case(&|| format!("{end} bytes"), || match import_shared(&part) {
                // What is cut off says nothing.
                Ok(model) => model == whole,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
                    false
                }
            });
        }
        table.print();
        assert_eq!(table.counts(), (200, 200), "{}", path.display());
    }
}

#[test]
fn every_word_of_small_models_set_to_edges() {
    let _alone = alone();
    for (name, bytes) in small() {
        let mut table = Table::new(format!("words: {name}"));
        for at in 0..bytes.len() / 4 {
            for value in [0, 1, -1, i32::MAX, i32::MIN, -4, 4] {
                let mut patched = bytes.clone();
                patch::word(&mut patched, at, value);
                // What stood there before is no change.
                if patched == *bytes {
                    continue;
                }
                table.case(&|| format!("word {at} = {value}"), || {
                    targets::all_stages(&patched, at as u8)
                });
            }
        }
        table.print();
        let (errors, cases) = table.counts();
        assert!(
            errors > cases / 10,
            "{name}: only {errors} of {cases} are refused"
        );
    }
}

#[test]
fn every_byte_of_small_models_inverted() {
    let _alone = alone();
    for (name, bytes) in small() {
        let mut table = Table::new(format!("bytes: {name}"));
        for at in 0..bytes.len() {
            let mut patched = bytes.clone();
            patched[at] = !patched[at];
            table.case(&|| format!("byte {at}"), || import(&patched).is_ok());
        }
        table.print();
    }
}

/// Offsets that point backwards, to themselves, to what another points to, or beyond the end.
#[test]
fn offsets_that_point_elsewhere() {
    let _alone = alone();
    for (name, bytes) in small() {
        let mut table = Table::new(format!("offsets: {name}"));
        let words = bytes.len() / 4;
        for at in 0..words {
            let back = -(i32::try_from(at * 4).unwrap());
            let rest = i32::try_from(bytes.len() - at * 4).unwrap();
            // Each word points to every 29th of the others, its neighbour to the next ones.
            let others = (at % 29..words)
                .step_by(29)
                .map(|other| i32::try_from(other * 4).unwrap() + back);
            for value in [back, back / 2, rest, rest - 4, rest / 2]
                .into_iter()
                .chain(others)
            {
                let mut patched = bytes.clone();
                patch::word(&mut patched, at, value);
                table.case(&|| format!("word {at} = {value}"), || import(&patched).is_ok());
            }
        }
        table.print();
    }
}

/// A table that many offsets point to counts each time.
#[test]
fn vectors_folded_onto_one_table() {
    let _alone = alone();
    let mut table = Table::new("folded vectors");
    for (tensors, dims) in [
        (100, 10),
        (1_000, 1_000),
        (100_000, 10),
        (10_000, 100_000),
        (1_000_000, 1),
    ] {
        let file = crafted::shared_tensor(tensors, dims);
        table.case(&|| format!("{tensors} times {dims} dimensions"), || {
            // A thousandth of the time and memory that it would take to read what the file seems to hold.
            import(&file).is_ok()
        });
    }
    table.print();
    // A hundred small tensors are few enough.
    assert_eq!(table.counts(), (4, 5));
}

/// One more than there may be is told before any of them is read.
#[test]
fn more_than_any_limit_allows() {
    let _alone = alone();
    let mut table = Table::new("counts");
    let rows: [(&str, Vec<u8>, bool); 8] = [
        ("65536 operator codes", crafted::many(1 << 16, 1, 0), true),
        ("65537 operator codes", crafted::many((1 << 16) + 1, 1, 0), false),
        ("4096 subgraphs", crafted::many(0, 1 << 12, 0), true),
        ("4097 subgraphs", crafted::many(0, (1 << 12) + 1, 0), false),
        ("2097153 buffers", crafted::many(0, 1, (1 << 21) + 1), false),
        ("1048577 tensors", crafted::large_graph((1 << 20) + 1, 0), false),
        ("262144 operators", crafted::large_graph(0, 1 << 18), true),
        ("262145 operators", crafted::large_graph(0, (1 << 18) + 1), false),
    ];
    for (what, file, allowed) in rows {
        let run = || {
            let read = import(&file).map(drop);
            if let Err(error) = &read {
                assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
                assert!(error.to_string().contains(what), "{error}");
            }
            read.is_ok()
        };
        if allowed {
            // What is right may take its time and memory.
            assert!(run(), "{what}");
        } else {
            table.case(&|| what.to_owned(), run);
        }
    }
    table.print();
    assert_eq!(table.counts(), (5, 5));
}

/// Recipes of less than 1 kB whose models claim 2⁴⁰ elements or 2³¹ of something.
#[test]
fn small_files_that_claim_much() {
    let _alone = alone();
    let mut table = Table::new("claims of 1 kB");
    for (what, recipe) in CLAIMS {
        assert!(recipe.len() < 1024);
        table.case(&|| (*what).to_owned(), || {
            let Ok(recipe) = quant_case::recipe::parse(recipe) else {
                return false;
            };
            let model = quant_recipe::build(&recipe).unwrap();
            let Ok(model) = quant_core::format::export(&model, model.format).map(|bytes| import(&bytes))
            else {
                return false;
            };
            let Ok(model) = model else { return false };
            let run = || {
                let records = RandomRecords::new(model.main().input_tensors(), 1, 1)?;
                let inputs = records.get(0)?;
                check_inputs(model.main(), &inputs)?;
                interp::run(&model, &inputs)
            };
            run().is_ok()
        });
    }
    table.print();
    assert_eq!(table.counts(), (CLAIMS.len(), CLAIMS.len()));
}

const CLAIMS: &[(&str, &str)] = &[
    (
        "an input of 2^40 elements",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1048576 dim: 1048576 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1048576 dim: 1048576 } }
           operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#,
    ),
    (
        "a constant of 2^40 elements",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1048576 dim: 1048576 } filler { tag: "constant" arg: "1" } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 } }
           operation { type: "Abs" input: "x" output: "y" } output: "y""#,
    ),
    (
        "constants of 2^24 elements each",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 16777216 } filler { tag: "gaussian" arg: "1" arg: "1" } }
           operand { name: "z" type: FLOAT32 shape { dim: 16777216 } filler { tag: "constant" arg: "1" } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 } }
           operation { type: "Add" input: "x" input: "z" output: "y" } output: "y""#,
    ),
    (
        "Fill with 2^40",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 } }
           operand { name: "d" type: INT32 shape { dim: 2 } filler { tag: "constant" arg: "1048576" } }
           operand { name: "v" type: FLOAT32 filler { tag: "constant" arg: "1" } }
           operand { name: "f" type: FLOAT32 }
           operand { name: "y" type: FLOAT32 }
           operation { type: "Fill" input: "d" input: "v" output: "f" }
           operation { type: "Add" input: "x" input: "f" output: "y" } input: "x" output: "y""#,
    ),
    (
        "Tile by 2^31",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } }
           operand { name: "m" type: INT32 shape { dim: 1 } filler { tag: "constant" arg: "2147483647" } }
           operand { name: "y" type: FLOAT32 }
           operation { type: "Tile" input: "x" input: "m" output: "y" } input: "x" output: "y""#,
    ),
    (
        "Pad by 2^31",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } }
           operand { name: "p" type: INT32 shape { dim: 1 dim: 2 } filler { tag: "constant" arg: "2147483647" } }
           operand { name: "y" type: FLOAT32 }
           operation { type: "Pad" input: "x" input: "p" output: "y" } input: "x" output: "y""#,
    ),
    (
        "Range to 2^31",
        r#"operand { name: "a" type: INT32 filler { tag: "constant" arg: "-2147483648" } }
           operand { name: "b" type: INT32 filler { tag: "constant" arg: "2147483647" } }
           operand { name: "c" type: INT32 filler { tag: "constant" arg: "1" } }
           operand { name: "y" type: INT32 }
           operation { type: "Range" input: "a" input: "b" input: "c" output: "y" } output: "y""#,
    ),
    (
        "OneHot of depth 2^31",
        r#"operand { name: "x" type: INT32 shape { dim: 4 } }
           operand { name: "d" type: INT32 filler { tag: "constant" arg: "2147483647" } }
           operand { name: "n" type: FLOAT32 filler { tag: "constant" arg: "1" } }
           operand { name: "y" type: FLOAT32 }
           operation { type: "OneHot" input: "x" input: "d" input: "n" input: "n" output: "y" } input: "x" output: "y""#,
    ),
    (
        "a stride of 2^31",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
           operation { type: "MaxPool2D" input: "x" output: "y" maxpool2d_options { padding: SAME
             stride_w: 2147483647 stride_h: 2147483647 filter_width: 2147483647 filter_height: 2147483647 } }
           input: "x" output: "y""#,
    ),
    (
        "Resize to 2^31",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
           operand { name: "s" type: INT32 shape { dim: 2 } filler { tag: "constant" arg: "2147483647" } }
           operand { name: "y" type: FLOAT32 }
           operation { type: "ResizeBilinear" input: "x" input: "s" output: "y" } input: "x" output: "y""#,
    ),
    (
        "a space of 2^31 by blocks",
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
           operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
           operation { type: "DepthToSpace" input: "x" output: "y" depth_to_space_options { block_size: 2147483647 } }
           input: "x" output: "y""#,
    ),
];
