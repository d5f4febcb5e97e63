//! Quantizers of graphs by AMCT's flows: `quant-amct`, and external commands.

use std::fs;
use std::path::Path;

use quant_amct::config::{Simple, create, read_simple};
use quant_amct::flow::{Calibration, Folding};
use quant_amct::graph::{Options, convert_qat, layers};
use quant_amct::record::Record;
use quant_case::record_files::Files;
use quant_case::records::{lines, words};
use quant_core::value::Value;
use quant_tensorflow::{Attribute, Graph, Lowering, Node};

use super::commands::Commands;
use super::process::{self, Folder};
use super::{CheckpointCase, Method};
use crate::results::Quantized;

/// What this project's quantizer makes of a case.
pub(super) fn run(case: &CheckpointCase) -> Result<Vec<Quantized>, String> {
    let mut graph = show(Graph::from_text(&text(&case.file)?))?;
    let outputs = show(graph.lower(&Lowering::default()))?.outputs;
    let outputs: Vec<String> = outputs
        .iter()
        .map(|name| name.strip_suffix(":0").unwrap_or(name).to_owned())
        .collect();
    let names = names(&graph)?;
    if case.row.method == Method::Qat {
        let options = Options {
            outputs,
            ..Options::default()
        };
        show(convert_qat(&mut graph, &options))?;
        return tensors(&graph, &names);
    }
    let layers = show(layers(&graph))?;
    let companion = case.companion.as_deref().map(text).transpose()?;
    if let (Method::Convert, Some(record)) = (case.row.method, &companion) {
        let config = show(create(&Simple::default(), &layers))?;
        let folding = show(Folding::of(&graph, &config, &outputs))?;
        let (quantized, _) = show(folding.quantize(&show(Record::read(record))?))?;
        return tensors(&quantized, &names);
    }
    let simple = companion.map_or(Ok(Simple::default()), |text| read_simple(&text));
    let config = show(create(&show(simple)?, &layers))?;
    let calibration = Calibration {
        config: &config,
        outputs: &outputs,
        memory: 1 << 20,
        progress: &|| {},
    };
    let batches = batches(&graph, case)?;
    let found = show(calibration.run(&graph, &batches))?;
    let (quantized, _) = show(found.folding.quantize(&found.record))?;
    tensors(&quantized, &names)
}

/// What commands make of a case.
pub(super) fn external<C: Commands>(case: &CheckpointCase) -> Result<Vec<Quantized>, String> {
    let template = match case.row.method {
        Method::Calibrate => C::AMCT_CALIBRATE,
        Method::Convert => C::AMCT_CONVERT,
        _ => C::AMCT_QAT,
    };
    if template.is_empty() {
        return Err(format!(
            "the tool chain has no command for {}; give one, or remove the row",
            case.row
        ));
    }
    let folder = Folder::new()?;
    let out = folder.path("out");
    let path = |path: &Option<_>| {
        path.as_ref()
            .map(|path: &std::path::PathBuf| path.display().to_string())
    };
    let missing: &[&str] = if case.companion.is_some() {
        &[]
    } else {
        &["config"]
    };
    let words = process::words(template, missing, &|word| match word {
        "in" => Some(case.file.display().to_string()),
        "out" => Some(out.display().to_string()),
        "data" => path(&case.batches),
        "config" => path(&case.companion),
        _ => None,
    })?;
    process::run(&words, &folder, C::TIME_OUT)?;
    let file = folder.path("out_quantized.pb");
    let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let names = names(&show(Graph::from_text(&text(&case.file)?))?)?;
    tensors(&show(Graph::from_bytes(bytes))?, &names)
}

/// The batches of a case: a file each, with a line for each placeholder.
fn batches(graph: &Graph, case: &CheckpointCase) -> Result<Vec<Vec<Value>>, String> {
    let folder = case.batches.as_deref().ok_or("the case has no batches")?;
    let files = Files::find(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let shapes = graph.nodes.iter().filter(|node| node.op() == "Placeholder");
    let shapes = shapes.map(|node| match show(node.get("shape"))? {
        Some(Attribute::Shape(shape)) => {
            let sizes = shape.0.unwrap_or_default();
            Ok(sizes
                .into_iter()
                .filter_map(|size| usize::try_from(size).ok())
                .collect())
        }
        _ => Err(format!("`{}` has no shape", node.name())),
    });
    let shapes: Vec<Vec<usize>> = shapes.collect::<Result<_, String>>()?;
    let batch = |path: &Path| {
        let text = text(path)?;
        let value = |(shape, (_, line)): (&Vec<usize>, (usize, &str))| {
            let numbers = words(line).map(str::parse::<f32>).collect::<Result<_, _>>();
            let numbers: Vec<f32> = numbers.map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(Value::f32(shape.clone(), numbers))
        };
        shapes
            .iter()
            .zip(lines(&text))
            .map(value)
            .collect::<Result<Vec<_>, String>>()
    };
    files.paths().map(batch).collect()
}

/// The layers of a float graph.
fn names(graph: &Graph) -> Result<Vec<String>, String> {
    let layers = show(layers(graph))?.into_iter();
    let known = |op: &str| quant_amct::layer::Kind::of(op).is_some();
    Ok(layers
        .filter(|layer| known(&layer.op))
        .map(|layer| layer.name)
        .collect())
}

/// What stands in a quantized graph beside its layers.
fn tensors(graph: &Graph, layers: &[String]) -> Result<Vec<Quantized>, String> {
    let mut all = Vec::new();
    for name in layers {
        let node = find(graph, name)?;
        let reads = |op: &str| {
            let mut inputs = node.input_names().filter_map(|input| graph.find(input));
            inputs.find(|input| input.op() == op)
        };
        let quant = reads("AscendQuant").ok_or_else(|| format!("`{name}` is float"))?;
        let number = |key: &str| show(quant.float(key))?.ok_or_else(|| format!("AscendQuant has no {key}"));
        let scale_d = 1.0 / number("scale")?;
        all.push(Quantized {
            name: format!("{name}/input"),
            dtype: "int8".to_owned(),
            scale: Some(vec![scale_d]),
            zero_point: Some(vec![number("offset")? as i64]),
            quantized_dimension: None,
            values: None,
        });
        let Some(weights) = reads("AscendWeightQuant") else {
            continue;
        };
        let adds = reader(graph, name, "BiasAdd");
        let dequant = reader(graph, adds.map_or(name, Node::name), "AscendDequant");
        let dequant = dequant.ok_or_else(|| format!("`{name}` is not dequantized"))?;
        let (_, words) = constant(graph, dequant, 1)?;
        // The lower half of a word is the scale of the sums.
        let sums: Vec<f32> = words.iter().map(|word| f32::from_bits(*word as u32)).collect();
        let (shape, values) = constant(graph, weights, 0)?;
        let (_, offsets) = constant(graph, weights, 1)?;
        all.push(Quantized {
            name: name.clone(),
            dtype: "int8".to_owned(),
            scale: Some(sums.iter().map(|sum| sum / scale_d).collect()),
            zero_point: Some(offsets),
            quantized_dimension: None,
            values: Some((shape, values)),
        });
        if let Some(adds) = adds {
            let bias = show(input(graph, adds, 1)?.tensor("value"))?;
            let bias = bias.and_then(|tensor| Some((tensor.shape.clone(), tensor.to_floats()?)));
            let (shape, bias) = bias.ok_or_else(|| format!("the bias of `{name}` is no constant"))?;
            all.push(Quantized {
                name: format!("{name}/bias"),
                dtype: "int32".to_owned(),
                scale: Some(sums),
                zero_point: None,
                quantized_dimension: None,
                values: Some((shape, bias.into_iter().map(|x| x as i64).collect())),
            });
        }
    }
    Ok(all)
}

fn find<'a>(graph: &'a Graph, name: &str) -> Result<&'a Node, String> {
    graph.find(name).ok_or_else(|| format!("`{name}` is gone"))
}

/// The node of an operator that reads another.
fn reader<'a>(graph: &'a Graph, name: &str, op: &str) -> Option<&'a Node> {
    let mut nodes = graph.nodes.iter().filter(|node| node.op() == op);
    nodes.find(|node| node.input_names().any(|input| input == name))
}

fn input<'a>(graph: &'a Graph, node: &Node, input: usize) -> Result<&'a Node, String> {
    let name = node
        .input_names()
        .nth(input)
        .ok_or_else(|| format!("`{}` has no input {input}", node.name()))?;
    find(graph, name)
}

/// Shape and whole numbers of a constant input.
fn constant(graph: &Graph, node: &Node, number: usize) -> Result<(Vec<usize>, Vec<i64>), String> {
    let tensor = show(input(graph, node, number)?.tensor("value"))?;
    let found = tensor.and_then(|tensor| {
        let numbers = if tensor.data_type == quant_tensorflow::DataType::UINT64 {
            let words = tensor.bytes().as_chunks().0;
            words.iter().map(|word| i64::from_le_bytes(*word)).collect()
        } else {
            tensor.to_ints()?
        };
        Some((tensor.shape.clone(), numbers))
    });
    found.ok_or_else(|| format!("input {number} of `{}` holds no whole numbers", node.name()))
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn show<T>(result: quant_core::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
