//! Integer kernels against a real runtime, bit for bit: each file of `tests/integer_vectors` holds models of one operator and
//! what LiteRT makes of them in its three profiles (`tools/make_integer_vectors.py`). Inputs are random numbers of a seed, made
//! here as there; of some runs checksums are stored. Every operator has ten thousand values and more in each type and profile that
//! runs. The last lines are a table of operator, types and profiles with the numbers of values (`--nocapture`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::Crc;
use flate2::read::GzDecoder;
use quant_core::error::Error;
use quant_core::format;
use quant_core::interp::{Interpreter, Profile, Sequence, Workspace};
use quant_core::ir::Model;
use quant_core::value::{Data, Value};
use rayon::prelude::*;
use serde_json::Value as Json;

/// What LiteRT computes and we refuse: operator, types, profile (or any), and the reason.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("SUM", "int16", "litert-reference", "reads its integers as bytes"),
    (
        "FLOAT_FULLY_CONNECTED",
        "float32 int4 blocks",
        "litert-reference",
        "weights in blocks have a kernel in `litert` alone",
    ),
];

/// Values that each operator has at least, in each type and profile in which it runs at all.
const ENOUGH: usize = 10_000;

/// Cases, values and refused cases, for each operator and type, of each profile.
type Counts = BTreeMap<(String, String), [[usize; 3]; 3]>;

#[test]
fn every_integer_kernel_computes_what_the_runtime_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integer_vectors");
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&only))
        .collect();
    files.sort();
    let parts: Vec<(Counts, Vec<String>)> = files
        .par_iter()
        .with_max_len(1)
        .map(|path| compare(path))
        .collect();
    let counts: Counts = parts.iter().flat_map(|(counts, _)| counts.clone()).collect();
    let mut wrong: Vec<String> = parts.into_iter().flat_map(|(_, wrong)| wrong).collect();
    for ((operator, types), profiles) in &counts {
        for (profile, [_, values, _]) in Profile::ALL.into_iter().zip(profiles) {
            if (1..ENOUGH).contains(values) {
                wrong.push(format!(
                    "{operator} {types}, {}: {values} values are too few",
                    profile.name()
                ));
            }
        }
    }
    print_table(&counts);
    let sum = |at: usize| counts.values().flatten().map(|count| count[at]).sum::<usize>();
    println!("all: {} cases, {} values, {} refused", sum(0), sum(1), sum(2));
    assert!(sum(0) > 0, "there are no vectors");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// The cases of a file: unpacked first, because a reader of single bytes asks the decoder for each.
pub fn cases(path: &Path) -> Vec<Json> {
    let mut text = Vec::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The cases of a file, and what is wrong with them.
fn compare(path: &Path) -> (Counts, Vec<String>) {
    let (mut counts, mut wrong) = (Counts::new(), Vec::new());
    for case in &cases(path) {
        let mut vector = Vector::of(case);
        let (operator, types) = (word(case, "operator"), word(case, "types"));
        let count = counts.entry((operator.into(), types.into())).or_default();
        for (profile, count) in Profile::ALL.into_iter().zip(count) {
            let name = format!("{operator} {types} {}, {}", word(case, "name"), profile.name());
            let Some(wanted) = of(case, "outputs", profile) else {
                // What the runtime refuses, or computes in a way of its own, nobody computes here.
                let litert = [Profile::LitertReference, Profile::Litert, Profile::Xnnpack];
                if litert.contains(&profile) && vector.check(profile, &[Json::Array(Vec::new())], &[]).is_ok()
                {
                    wrong.push(format!("{name}: it runs here, and not there"));
                }
                continue;
            };
            let refused = REFUSED.iter().find(|(of, is, by, _)| {
                (*of, *is) == (operator, types) && [profile.name(), "any"].contains(by)
            });
            let further = of(case, "further", profile).unwrap_or_default();
            match (vector.check(profile, wanted, further), refused) {
                (Ok(values), None) => *count = [count[0] + 1, count[1] + values, count[2]],
                (Err(Wrong::Refused(said)), Some((.., reason))) if said.contains(reason) => count[2] += 1,
                (Err(Wrong::Refused(said) | Wrong::Differs(said)), _) => {
                    wrong.push(format!("{name}: {said}"));
                }
                (Ok(_), Some(_)) => wrong.push(format!("{name}: it is no longer refused")),
            }
        }
    }
    (counts, wrong)
}

/// What stands under a key for a profile: the name of another profile stands for its values.
fn of<'j>(case: &'j Json, key: &str, profile: Profile) -> Option<&'j [Json]> {
    let found = &case[key][profile.name()];
    let found = found.as_str().map_or(found, |same| &case[key][same]);
    found.as_array().map(Vec::as_slice)
}

/// A row for each operator: the types with the number of values, of each profile where they differ.
fn print_table(counts: &Counts) {
    println!("| operator | values equal, by type |\n|---|---|");
    let mut rows = BTreeMap::<&str, Vec<String>>::new();
    for ((operator, types), profiles) in counts {
        let mut values: Vec<String> = profiles.iter().map(|count| count[1].to_string()).collect();
        if values.iter().all(|other| *other == values[0]) {
            values.truncate(1);
        }
        let values = values.join(" / ");
        let cells = rows.entry(operator).or_default();
        cells.push(format!("{} {values}", types.replace('>', " to ")));
    }
    for (operator, cells) in rows {
        println!("| {operator} | {} |", cells.join(", "));
    }
}

#[derive(Clone)]
enum Wrong {
    Refused(String),
    Differs(String),
}

pub fn word<'j>(case: &'j Json, key: &str) -> &'j str {
    case[key].as_str().unwrap_or_default()
}

/// A case with what its profiles share: the model, and the inputs of the runs so far.
struct Vector<'j> {
    case: &'j Json,
    model: Result<Model, Wrong>,
    inputs: Vec<Vec<Value>>,
}

fn refused(error: &Error) -> Wrong {
    Wrong::Refused(error.to_string())
}

impl<'j> Vector<'j> {
    fn of(case: &'j Json) -> Self {
        Self {
            case,
            model: format::import(&bytes(word(case, "model"))).map_err(|error| refused(&error)),
            inputs: Vec::new(),
        }
    }

    /// How many values are equal, all of them: those of the first runs to the byte, of the `further` ones by their checksums.
    fn check(&mut self, profile: Profile, wanted: &[Json], further: &[Json]) -> Result<usize, Wrong> {
        let model = self.model.as_ref().map_err(Wrong::clone)?;
        let interpreter = Interpreter::with_profile(model, profile).map_err(|error| refused(&error))?;
        let (mut workspace, mut sequence, mut values) = (Workspace::default(), Sequence::default(), 0);
        for (run, wanted) in wanted.iter().chain(further).enumerate() {
            if run == self.inputs.len() {
                let inputs = self.case["inputs"].as_array().unwrap().iter();
                self.inputs
                    .push(inputs.map(|input| value(input, run as u64)).collect());
            }
            let inputs = self.inputs[run].clone();
            let made = interpreter
                .run_in_sequence(inputs, &mut workspace, &mut sequence, &mut |_, _, _| Ok(()))
                .map_err(|error| refused(&error))?;
            let mut crc = Crc::new();
            for (output, made) in made.iter().enumerate() {
                values += made.data.len();
                let data = raw(&made.data);
                match wanted.get(output) {
                    Some(wanted) => same(&data, &bytes(wanted.as_str().unwrap()))
                        .map_err(|said| Wrong::Differs(format!("run {run}, output {output}: {said}")))?,
                    None => crc.update(&data),
                }
            }
            if wanted
                .as_str()
                .is_some_and(|sum| sum != format!("{:08x}", crc.sum()))
            {
                return Err(Wrong::Differs(format!("run {run} has another checksum")));
            }
        }
        Ok(values)
    }
}

fn same(made: &[u8], wanted: &[u8]) -> Result<(), String> {
    if made.len() != wanted.len() {
        return Err(format!("{} bytes, the runtime has {}", made.len(), wanted.len()));
    }
    if made == wanted {
        return Ok(());
    }
    let parts: Vec<usize> = (0..made.len()).filter(|at| made[*at] != wanted[*at]).collect();
    let Some(at) = parts.first() else { return Ok(()) };
    let show = |data: &[u8]| format!("{:?}", &data[at / 8 * 8..data.len().min(at / 8 * 8 + 16)]);
    Err(format!(
        "{} of {} bytes, first at byte {at}: {} here, {} in the runtime",
        parts.len(),
        made.len(),
        show(made),
        show(wanted)
    ))
}

pub fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        other => panic!("{other} is no digit"),
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let mut bytes = Vec::with_capacity(pairs.len());
    for [high, low] in pairs {
        bytes.push(digit(*high) << 4 | digit(*low));
    }
    bytes
}

fn raw(data: &Data) -> Vec<u8> {
    match data {
        Data::I8(data) => data.iter().map(|q| *q as u8).collect(),
        Data::U8(data) => data.clone(),
        Data::Bool(data) => data.iter().map(|q| u8::from(*q)).collect(),
        Data::I16(data) => data.iter().flat_map(|q| q.to_le_bytes()).collect(),
        Data::I32(data) => data.iter().flat_map(|q| q.to_le_bytes()).collect(),
        Data::I64(data) => data.iter().flat_map(|q| q.to_le_bytes()).collect(),
        Data::F32(data) => data.iter().flat_map(|q| q.to_le_bytes()).collect(),
        other => panic!("no vectors of {other:?}"),
    }
}

/// An input of a run: numbers from `low` on, with `seed` 0 one after the other in the first, else by splitmix64; floats in steps of
/// `step`.
fn value(input: &Json, run: u64) -> Value {
    let shape: Vec<usize> = input["shape"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d.as_u64().unwrap() as usize)
        .collect();
    let (low, high) = (input["low"].as_i64().unwrap(), input["high"].as_i64().unwrap());
    let (seed, span) = (input["seed"].as_u64().unwrap(), (high - low + 1) as u64);
    let number = |at: usize| {
        let at = at as u64;
        let drawn = if (seed, run) == (0, 0) {
            at
        } else {
            splitmix(seed + 1000 * run, at)
        };
        low + (drawn % span) as i64
    };
    let numbers = (0..shape.iter().product()).map(number);
    let data = match word(input, "type") {
        "int8" => Data::I8(numbers.map(|q| q as i8).collect()),
        "uint8" => Data::U8(numbers.map(|q| q as u8).collect()),
        "int16" => Data::I16(numbers.map(|q| q as i16).collect()),
        "int32" => Data::I32(numbers.map(|q| q as i32).collect()),
        "bool" => Data::Bool(numbers.map(|q| q != 0).collect()),
        "float32" => {
            let step = input["step"].as_f64().unwrap() as f32;
            Data::F32(numbers.map(|q| q as f32 * step).collect())
        }
        other => panic!("no inputs of {other}"),
    };
    Value { shape, data }
}

/// The number `at` of the sequence of a seed, 31 bits (Steele, Lea & Flood 2014).
fn splitmix(seed: u64, at: u64) -> u64 {
    let golden = 0x9e37_79b9_7f4a_7c15u64;
    let z = seed
        .wrapping_mul(0x2545_f491_4f6c_dd1d)
        .wrapping_add((at + 1).wrapping_mul(golden));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) >> 33
}
