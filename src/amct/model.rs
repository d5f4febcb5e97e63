//! Frozen graphs from files, and the names and shapes that go with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use quant_amct::run::Runner;
use quant_tensorflow::{Attribute, Graph};

use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// Names of output nodes, as in `a:0;b:0` or `a,b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs(pub Vec<String>);

impl FromStr for Outputs {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let names = text
            .split([';', ','])
            .map(str::trim)
            .filter(|name| !name.is_empty());
        // Output 0 is what a node's name means.
        let names: Vec<String> = names
            .map(|name| name.strip_suffix(":0").unwrap_or(name).to_owned())
            .collect();
        if names.is_empty() {
            return Err("name the output nodes, as in a:0;b:0".to_owned());
        }
        Ok(Self(names))
    }
}

/// Shapes of inputs, as in `input:32,224,224,3;other:32,10`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputShape(pub BTreeMap<String, Vec<usize>>);

impl FromStr for InputShape {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || "write NAME:D,D,…, as in input:32,224,224,3, with ; between inputs".to_owned();
        let one = |part: &str| {
            let (name, sizes) = part.rsplit_once(':').ok_or_else(wrong)?;
            let name = name.trim();
            let name = name.strip_suffix(":0").unwrap_or(name);
            let size = |size: &str| size.trim().parse().ok().filter(|size: &usize| *size > 0);
            let sizes: Option<Vec<usize>> = sizes.split(',').map(size).collect();
            Ok((name.to_owned(), sizes.ok_or_else(wrong)?))
        };
        let parts = text.split(';').filter(|part| !part.trim().is_empty());
        parts
            .map(one)
            .collect::<std::result::Result<_, String>>()
            .map(Self)
    }
}

/// Reads a frozen graph: `.pbtxt` as text, anything else as bytes.
pub fn read(path: &Path) -> Result<Graph> {
    let graph = if files::extension(path) == "pbtxt" {
        Graph::from_text(&files::read_text(path)?)
    } else {
        used_files::read(path);
        Graph::from_bytes(std::fs::read(path).map_err(|error| Failure::io(path, &error))?)
    };
    let graph = graph.map_err(|error| error.within(path.display()))?;
    if graph.nodes.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: a graph without nodes; give a frozen TensorFlow graph",
            path.display()
        )));
    }
    Ok(graph)
}

/// The outputs that were asked for, which must be nodes; else those that nobody reads.
pub fn outputs(graph: &Graph, asked: Option<&Outputs>, path: &Path) -> Result<Vec<String>> {
    if let Some(Outputs(names)) = asked {
        for name in names {
            let node = name.split(':').next().unwrap_or(name);
            if graph.find(node).is_none() {
                return Err(Failure::Usage(format!(
                    "--outputs: {} has no node `{node}`",
                    path.display()
                )));
            }
        }
        return Ok(names.clone());
    }
    Ok(graph.results().map_err(|error| error.within(path.display()))?)
}

/// Shapes of the inputs for batches of `batch`: those that were given; else those of the graph, with an open first axis as
/// long as the batch.
pub fn shapes(graph: &Graph, given: &InputShape, batch: usize) -> Result<BTreeMap<String, Vec<usize>>> {
    let mut shapes = given.0.clone();
    for node in graph.nodes.iter().filter(|node| node.op() == "Placeholder") {
        if shapes.contains_key(node.name()) {
            continue;
        }
        let Some(Attribute::Shape(shape)) = node.get("shape")? else {
            continue;
        };
        let Some(sizes) = shape.0 else { continue };
        let size = |(axis, size): (usize, &i64)| match usize::try_from(*size) {
            Ok(size) => Some(size),
            Err(_) => (axis == 0).then_some(batch),
        };
        let sizes: Option<Vec<usize>> = sizes.iter().enumerate().map(size).collect();
        if let Some(sizes) = sizes {
            shapes.insert(node.name().to_owned(), sizes);
        }
    }
    Ok(shapes)
}

/// A graph that runs on batches of these shapes.
pub fn runner(
    graph: &Graph,
    outputs: &[String],
    shapes: &BTreeMap<String, Vec<usize>>,
    path: &Path,
) -> Result<Runner> {
    Ok(Runner::new(graph, outputs, shapes).map_err(|error| error.within(path.display()))?)
}
