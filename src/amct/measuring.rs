//! Times of models by a command of the user's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use quant_amct::search::{Clock, LayerTime, Timing};
use quant_core::{Error, Problem, Result};
use quant_tensorflow::Graph;

use super::speed::Mixed;
use crate::failure::Failure;
use crate::files;
use crate::verbs::accuracy::evaluator;

/// A command that gets the file of a model and prints times of its nodes, or what it takes.
pub struct Command<'a> {
    /// The command.
    pub command: &'a str,
    /// Seconds that it may take each time.
    pub seconds: u64,
    /// Where the model is put for it.
    pub folder: PathBuf,
}

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Report {
    total: f64,
    nodes: BTreeMap<String, f64>,
}

/// The times of mixed models by a command.
pub struct Measured<'a> {
    command: Command<'a>,
    mixed: &'a Mixed<'a>,
    /// The names in the float graph of each layer with its bias and batch normalization.
    groups: Vec<Vec<String>>,
    /// Models are measured once.
    known: BTreeMap<Vec<bool>, Report>,
}

impl<'a> Measured<'a> {
    /// Asks nothing yet.
    pub fn new(command: Command<'a>, mixed: &'a Mixed<'a>) -> Result<Self> {
        let (_, done) = mixed.quantize(&vec![true; mixed.layers.len()])?;
        let group = |layer: &String| done.origins.get(layer).cloned().unwrap_or_default();
        Ok(Self {
            command,
            mixed,
            groups: mixed.layers.iter().map(group).collect(),
            known: BTreeMap::new(),
        })
    }

    /// The nodes of the model that belong to each layer.
    fn nodes(&self, quantized: &[bool]) -> Result<Vec<Vec<String>>> {
        let (graph, done) = self.mixed.quantize(quantized)?;
        let of = |layer: &String| {
            let own = done
                .origins
                .iter()
                .filter(|(_, from)| from.first() == Some(layer));
            let mut nodes: Vec<String> = own.map(|(node, _)| node.clone()).collect();
            let reads = graph
                .find(layer)
                .into_iter()
                .flat_map(quant_tensorflow::Node::input_names);
            let weights = |name: &&str| {
                graph
                    .find(name)
                    .is_some_and(|node| node.op() == "AscendWeightQuant")
            };
            nodes.extend(reads.filter(weights).map(str::to_owned));
            nodes
        };
        Ok(self.mixed.layers.iter().map(of).collect())
    }

    fn report(&mut self, quantized: &[bool]) -> Result<Report> {
        if let Some(known) = self.known.get(quantized) {
            return Ok(known.clone());
        }
        let report = if quantized.contains(&true) {
            self.ask(&self.mixed.quantize(quantized)?.0)?
        } else {
            self.ask(self.mixed.graph)?
        };
        self.known.insert(quantized.to_vec(), report.clone());
        Ok(report)
    }

    fn ask(&self, graph: &Graph) -> Result<Report> {
        let path = self.command.folder.join("measured.pb");
        let bytes = graph.to_bytes()?;
        let Command { command, seconds, .. } = self.command;
        let printed = files::write(&path, &bytes)
            .and_then(|()| evaluator::output("--measure", command, &path, seconds))
            .map_err(|failure| match failure {
                Failure::Core(error) => error,
                Failure::Io(what) => Error::new("", Problem::Io(what), ""),
                other => wrong(other.to_string()),
            })?;
        Report::read(&printed, &|name| graph.find(name).is_some())
            .map_err(|what| wrong(format!("--measure {command}: {what}")))
    }

    /// The sum of the nodes of a layer.
    fn sum(&self, report: &Report, nodes: &[String], layer: &str) -> Result<f64> {
        let times: Vec<f64> = nodes
            .iter()
            .filter_map(|node| report.nodes.get(node).copied())
            .collect();
        if times.is_empty() {
            let what = "it prints times of nodes, and none of layer";
            let hint = "print those of all layers, or the total alone";
            return Err(wrong(format!(
                "--measure {}: {what} `{layer}`; {hint}",
                self.command.command
            )));
        }
        Ok(times.iter().sum())
    }
}

fn wrong(what: String) -> Error {
    Error::new("", Problem::Invalid(what), "")
}

impl Clock for Measured<'_> {
    fn time(&mut self, quantized: &[bool]) -> Result<Timing> {
        let report = self.report(quantized)?;
        let mut layers = vec![LayerTime::default(); quantized.len()];
        let on: Vec<usize> = (0..quantized.len()).filter(|index| quantized[*index]).collect();
        if !on.is_empty() && report.nodes.is_empty() {
            // Each layer by what the model takes with it and without.
            for index in on {
                let mut without = quantized.to_vec();
                without[index] = false;
                layers[index] = LayerTime {
                    float: self.report(&without)?.total,
                    quantized: report.total,
                };
            }
        } else if !on.is_empty() {
            let float = self.report(&vec![false; quantized.len()])?;
            let nodes = self.nodes(quantized)?;
            for index in on {
                let layer = &self.mixed.layers[index];
                layers[index] = LayerTime {
                    float: self.sum(&float, &self.groups[index], layer)?,
                    quantized: self.sum(&report, &nodes[index], layer)?,
                };
            }
        }
        Ok(Timing {
            total: report.total,
            layers,
        })
    }
}

impl Report {
    /// Lines of a node and its time (blanks or a comma between), a line `total TIME`, or a number alone as the last line.
    /// Other lines are the program's own. Without a total it is the sum.
    fn read(text: &str, is_node: &dyn Fn(&str) -> bool) -> std::result::Result<Self, String> {
        let mut nodes = BTreeMap::new();
        let mut total = None;
        let time = |word: &str| {
            let time = word
                .parse()
                .ok()
                .filter(|time: &f64| time.is_finite() && *time >= 0.0);
            time.ok_or_else(|| format!("`{word}` is no time; print numbers from 0 on"))
        };
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        for (index, line) in lines.iter().enumerate() {
            let cut = |c: char| c == ',' || c.is_whitespace();
            let words: Vec<&str> = line.split(cut).filter(|word| !word.is_empty()).collect();
            match words[..] {
                ["total", word] => total = Some(time(word)?),
                [name, word] if is_node(name) => {
                    let twice = nodes.insert(name.to_owned(), time(word)?);
                    twice.map_or(Ok(()), |_| {
                        Err(format!("node `{name}` is there twice; print it once"))
                    })?;
                }
                [word] if index + 1 == lines.len() && word.parse::<f64>().is_ok() => {
                    total = Some(time(word)?);
                }
                _ => {}
            }
        }
        if nodes.is_empty() && total.is_none() {
            let last = lines.last().map_or("", |line| line.trim());
            return Err(format!(
                "its last line is `{last}`; print lines of a node and its time, or the total there"
            ));
        }
        Ok(Self {
            total: total.unwrap_or_else(|| nodes.values().sum()),
            nodes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn what_a_command_prints() {
        let is_node = |name: &str| ["a/conv", "b"].contains(&name);
        let read = |text| Report::read(text, &is_node);
        let found = read("starting 7\na/conv, 1.5\nb\t2\n").unwrap();
        assert_eq!((found.total, found.nodes.len()), (3.5, 2));
        assert_eq!(read("b 2\ntotal 9\n").unwrap().total, 9.0);
        assert_eq!(read("ready\n12.5\n\n").unwrap().total, 12.5);
        for (text, what) in [
            ("", "its last line is ``"),
            ("done", "its last line is `done`"),
            ("nan", "`nan` is no time"),
            ("b -1", "`-1` is no time"),
            ("b 1\nb 2", "node `b` is there twice"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
