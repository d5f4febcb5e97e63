//! Speed and memory of everything that handles weights, on a model of 11 million of them: no recipe may hold more than 2²⁴.
//!
//! `cargo bench --bench weights [-- ROUNDS]`; needs Python for `tools/make_large_model.py`, and GNU time for peaks.
//!
//! Speed is in-process arithmetic on two threads, from a model to a model: no file is read or written while the clock
//! runs, except that the pages of a mapped input (which the system has in its cache) are brought into the process.
//! The peer is a copy of the same bytes on the same threads into memory that was touched before; its rate is taken
//! anew in each round, between the measurements. GB/s are bytes of the float model in a second.
//!
//! Peak memory and time of whole commands, with their files, are what `/usr/bin/time -v` says.

use std::fs::File;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::format::{Export, export, import_shared};
use quant_core::ir::{Bytes, DType, FileFormat, Model, QuantParam};
use quant_core::scheme::tflite::{Kept, Options, dynamic, float16};
use quant_core::{Result, fake_quantize, quantize, weights_only};
use rayon::prelude::*;

const THREADS: usize = 2;

fn main() {
    let rounds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(9);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("weights");
    std::fs::create_dir_all(&folder).unwrap();
    let model = large_model(&folder);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS)
        .build_global();
    pool.unwrap();
    speed(&model, rounds);
    peaks(&folder, &model);
}

/// The path of the model, which is made once.
fn large_model(folder: &Path) -> PathBuf {
    let path = folder.join("large.tflite");
    if !path.exists() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/make_large_model.py");
        let done = Command::new("python3")
            .arg(script)
            .arg(env!("CARGO_BIN_EXE_quant"))
            .arg(&path)
            .arg("3")
            .status();
        assert!(done.unwrap().success());
    }
    path
}

/// One of TensorFlow Lite's quantizers that need no data.
type Flavour = fn(&mut Model, &Options) -> Result<Vec<Kept>>;

/// What is measured: its name, and a run of it that returns its seconds.
type Work = (String, Box<dyn Fn() -> f64>);

fn speed(path: &Path, rounds: usize) {
    let bytes = std::fs::read(path).unwrap();
    let size = bytes.len();
    let mut copy = vec![1u8; size];
    let memory = Bytes::from(bytes);
    let path = path.to_owned();
    let mapped = move || Bytes::new(quant_schema::map(&File::open(&path).unwrap()).unwrap());
    let mut work: Vec<Work> = Vec::new();
    for (dtype, granularity) in [
        (QuantType::Uint8, Granularity::Layer),
        (QuantType::Uint8, Granularity::Channel),
        (QuantType::Int16, Granularity::Channel),
    ] {
        let (from, config) = (memory.clone(), Config::new(dtype, granularity));
        let mut add = |what: &str, run: Box<dyn Fn() -> f64>| {
            work.push((format!("{dtype} {granularity}: {what}"), run));
        };
        let (file, settings) = (from.clone(), config.clone());
        add(
            "fake-quantize + quantize",
            Box::new(move || both(&file, &settings)),
        );
        let settings = config.clone();
        add(
            "fake-quantize + quantize, mapped input",
            Box::new({
                let mapped = mapped.clone();
                move || both(&mapped(), &settings)
            }),
        );
        let (file, settings) = (from.clone(), config.clone());
        add(
            "fake-quantize, every float made",
            Box::new(move || floats_made(&file, &settings)),
        );
        let (file, settings) = (fake_quantized(&from, &config), config);
        add(
            "quantize from those floats",
            Box::new(move || from_floats(&file, &settings)),
        );
    }
    for dtype in [QuantType::Int8, QuantType::Int4] {
        let (from, mapped) = (memory.clone(), mapped.clone());
        work.push((
            format!("weights-only {dtype}"),
            Box::new(move || weights_alone(&from, dtype)),
        ));
        work.push((
            format!("weights-only {dtype}, mapped input"),
            Box::new(move || weights_alone(&mapped(), dtype)),
        ));
    }
    for (name, flavour) in [
        ("dynamic", dynamic::quantize as Flavour),
        ("dynamic, the older quantizer's", dynamic::quantize_legacy),
        ("float16", float16::quantize),
    ] {
        let (from, mapped) = (memory.clone(), mapped.clone());
        work.push((name.to_owned(), Box::new(move || flavoured(&from, flavour))));
        work.push((
            format!("{name}, mapped input"),
            Box::new(move || flavoured(&mapped(), flavour)),
        ));
    }
    // Seconds, and those of the copy just before.
    let mut seconds: Vec<Vec<(f64, f64)>> = vec![Vec::new(); work.len()];
    for _ in 0..rounds {
        for ((_, run), seconds) in work.iter().zip(&mut seconds) {
            let copied = timed(|| {
                let part = size.div_ceil(THREADS);
                copy.par_chunks_mut(part)
                    .zip(memory.par_chunks(part))
                    .for_each(|(to, from)| to.copy_from_slice(from));
            });
            seconds.push((run(), copied));
        }
    }
    let copies = seconds.iter().flatten().map(|(_, copied)| *copied);
    let rate = |seconds: f64| size as f64 / seconds / 1e9;
    println!("{size} bytes, {THREADS} threads, {rounds} rounds");
    let (slowest, median, fastest) = spread(copies.map(rate));
    println!("copy of the same bytes: {median:.2} GB/s ({slowest:.2} … {fastest:.2})\n");
    println!("{:<58} {:>6}   of the copy: min  median  max", "", "GB/s");
    for ((name, _), seconds) in work.iter().zip(&seconds) {
        let (_, gigabytes, _) = spread(seconds.iter().map(|(own, _)| rate(*own)));
        let (min, median, max) = spread(seconds.iter().map(|(own, copied)| copied / own));
        println!("{name:<58} {gigabytes:>6.2} {min:>18.2} {median:>7.2} {max:>5.2}");
    }
}

fn spread(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Ranges as they would have been recorded.
fn record(model: &mut Model) {
    for at in 0..model.main().tensors().len() {
        let tensor = &model.main().tensors()[at];
        if tensor.dtype == DType::Float32 && !model.is_const(tensor) {
            model.main_mut().tensors_mut()[at].quant = Some(QuantParam {
                min: vec![-10.0],
                max: vec![10.0],
                ..QuantParam::default()
            });
        }
    }
}

fn both(file: &Bytes, config: &Config) -> f64 {
    let mut model = import_shared(file).unwrap();
    let first = timed(|| fake_quantize::run(&mut model, config).unwrap());
    record(&mut model);
    first + timed(|| quantize::run(&mut model, config).unwrap())
}

/// Fake quantization as a command does it, every float made for the file, which nobody writes.
fn floats_made(file: &Bytes, config: &Config) -> f64 {
    let mut model = import_shared(file).unwrap();
    timed(|| {
        fake_quantize::run(&mut model, config).unwrap();
        let file = Export::new(&model, FileFormat::Circle).unwrap();
        let done: Result<(), ()> = file.pieces(|piece| {
            black_box(piece);
            Ok(())
        });
        done.unwrap();
    })
}

/// What step 3 begins with, in memory.
fn fake_quantized(file: &Bytes, config: &Config) -> Bytes {
    let mut model = import_shared(file).unwrap();
    fake_quantize::run(&mut model, config).unwrap();
    record(&mut model);
    export(&model, FileFormat::Circle).unwrap().into()
}

fn from_floats(file: &Bytes, config: &Config) -> f64 {
    let mut model = import_shared(file).unwrap();
    timed(|| quantize::run(&mut model, config).unwrap())
}

fn weights_alone(file: &Bytes, dtype: QuantType) -> f64 {
    let mut model = import_shared(file).unwrap();
    timed(|| weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap())
}

fn flavoured(file: &Bytes, flavour: Flavour) -> f64 {
    let mut model = import_shared(file).unwrap();
    timed(|| flavour(&mut model, &Options::default()).unwrap())
}

/// Whole commands.
fn peaks(folder: &Path, model: &Path) {
    let recorded = |dtype: QuantType, granularity: Granularity| {
        let path = folder.join(format!("recorded-{dtype}-{granularity}.circle"));
        let file = Bytes::new(quant_schema::map(&File::open(model).unwrap()).unwrap());
        std::fs::write(
            &path,
            &fake_quantized(&file, &Config::new(dtype, granularity))[..],
        )
        .unwrap();
    };
    recorded(QuantType::Uint8, Granularity::Layer);
    recorded(QuantType::Uint8, Granularity::Channel);
    recorded(QuantType::Int16, Granularity::Channel);
    let size = std::fs::metadata(model).unwrap().len() as f64;
    println!("\n{:<72} {:>6} {:>9} {:>9}", "", "s", "peak MB", "of model");
    for line in [
        "fake-quantize large.tflite --type uint8 --granularity layer -o out.circle",
        "fake-quantize large.tflite --type uint8 --granularity channel -o out.circle",
        "fake-quantize large.tflite --type int16 -o out.circle",
        "quantize recorded-uint8-layer.circle --granularity layer -o out.circle",
        "quantize recorded-uint8-channel.circle -o out.circle",
        "quantize recorded-int16-channel.circle --type int16 -o out.circle",
        "weights-only large.tflite --type int16 -o out.circle",
        "weights-only large.tflite --type int8 -o out.circle",
        "weights-only large.tflite --type int4 -o out.circle",
        "convert large.tflite -o out.circle",
        "run large.tflite --data random:1:1 -o out.circle",
        "run large.tflite --type int16 --data random:1:1 -o out.circle",
    ] {
        let mut command = Command::new("/usr/bin/time");
        command
            .arg("-v")
            .arg(env!("CARGO_BIN_EXE_quant"))
            .args(line.split(' '));
        if !line.starts_with("convert") {
            command.args(["--threads", &THREADS.to_string()]);
        }
        let start = Instant::now();
        let Ok(done) = command.current_dir(folder).output() else {
            println!("there is no /usr/bin/time: peaks are not measured");
            return;
        };
        let seconds = start.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{line}\n{said}");
        let peak = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("Maximum resident set size (kbytes): "));
        let peak: f64 = peak.and_then(|peak| peak.parse().ok()).unwrap_or(f64::NAN);
        println!(
            "{line:<72} {seconds:>6.2} {:>9.0} {:>9.2}",
            peak * 1024.0 / 1e6,
            peak * 1024.0 / size
        );
    }
}
