//! One layer after the other quantized, and all new nodes put in at once.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{Attribute, DataType, Graph, List, Node, Tensor};

use super::consts::{floats, sweep};
use super::edit::{producer_name, replace_input};
use super::group;
use super::index::Index;
use super::layers::activation_input;
use super::names::Names;
use super::quantized::{Options, Quantized};
use super::tensors::{int8, uint64};
use super::weights::Weights;
use crate::algorithm::{Bits, arq, bias};
use crate::layer::Kind;
use crate::record::Entry;

/// Weights as integers: their shape, and they.
pub(super) type Integers = (Vec<usize>, Vec<i8>);

/// The state of a quantization.
pub(super) struct Work {
    pub index: Index,
    pub names: Names,
    /// New nodes behind the node of a number.
    pub behind: BTreeMap<usize, Vec<Node>>,
    pub unread: Vec<String>,
    /// Nodes whose readers read another one: the old, the new.
    pub readers: BTreeMap<String, String>,
    pub found: Quantized,
    /// The weights of layers, by the numbers of the layers.
    pub integers: BTreeMap<usize, Result<Integers>>,
}

impl Work {
    /// A layer: Quant before its activation, WeightQuant, its bias in whole numbers, Dequant behind it.
    pub fn layer(
        &mut self,
        graph: &mut Graph,
        number: usize,
        kind: Kind,
        entry: &Entry,
        options: &Options,
    ) -> Result<()> {
        let node = graph.nodes[number].clone();
        let name = node.name().to_owned();
        let refuse =
            |what: &str, hint: &str| Err(Error::new(node.place(), Problem::Invalid(what.to_owned()), hint));
        let Some(scale_d) = entry.scale_d else {
            return refuse("its record has no scale_d", "calibrate the layer");
        };
        if !entry.shift_bit.is_empty() {
            return refuse(
                "its record has a shift_bit",
                "shifts are not supported; take a record without",
            );
        }
        if kind.weights() == entry.scale_w.is_empty() {
            let what = if kind.weights() {
                "its record has no scale_w"
            } else {
                "its record has scale_w, and it no weights"
            };
            return refuse(what, "take the record of this graph");
        }
        let group = group::of(graph, &self.index, number, kind, &options.outputs)?;
        let tail = graph.nodes[group.tail()].name().to_owned();
        let folded = options.folded.iter().find(|folded| folded.layer == name);
        let mut original = vec![name.clone()];
        original.extend(group.bias.map(|_| tail.clone()));
        if let Some(folded) = folded {
            original.clone_from(&folded.original);
        }

        let quant = quant_node(
            &mut self.names,
            &node,
            activation_input(kind),
            scale_d,
            entry.offset_d.unwrap_or(0),
        );
        replace_input(&mut graph.nodes[number], activation_input(kind), quant.name());
        self.found
            .origins
            .insert(quant.name().to_owned(), original.clone());
        self.behind.entry(number).or_default().push(quant);
        if kind.weights() {
            self.weights(graph, number, kind, entry)?;
        }
        let scope = self.names.beside(&name, "dequant");
        let mut new = Vec::new();
        if let Some(adds) = group.bias {
            let values = floats(graph, &self.index, &graph.nodes[adds], 1)?.1;
            if entry.scale_w.len() > 1 && entry.scale_w.len() != values.len() {
                return refuse(
                    "its bias has another number of values than scale_w",
                    "take the record of this graph",
                );
            }
            let integers = bias::quantize(&values, scale_d, &entry.scale_w)
                .map_err(|error| error.within(node.place()))?;
            let whole: Vec<f32> = integers.iter().map(|x| *x as f32).collect();
            let constant = format!("{scope}/bias_int");
            self.unread
                .extend(replace_input(&mut graph.nodes[adds], 1, &constant));
            new.push(Node::constant(&constant, Tensor::floats(&[whole.len()], &whole)));
            self.found.origins.insert(tail.clone(), original.clone());
        }
        let scales = if kind.weights() {
            bias::dequant_scales(scale_d, &entry.scale_w)
        } else {
            vec![scale_d]
        };
        let word = |scale: &f32| bias::dequant_word(if options.fp16 { bias::s19(*scale) } else { *scale }, 0);
        let words: Vec<u64> = scales.iter().map(word).collect();
        new.push(Node::constant(
            &format!("{scope}/deq_scale"),
            uint64(&[words.len()], &words),
        ));
        let dequant = format!("{scope}/AscendDequant");
        let mut node = Node::new(&dequant, "AscendDequant", &[&tail, &format!("{scope}/deq_scale")]);
        node.set("T", &Attribute::Type(DataType::FLOAT));
        node.set(
            "data_format",
            &Attribute::Bytes(data_format(&graph.nodes[number])?.into_bytes()),
        );
        node.set("ksize", &ints(window(&graph.nodes[number], kind)?));
        new.push(node);
        self.behind.entry(group.tail()).or_default().extend(new);
        let last = original.last().cloned().unwrap_or_default();
        self.found.replaces.insert(dequant.clone(), last);
        self.found.origins.insert(name, original.clone());
        self.found.origins.insert(dequant.clone(), original);
        self.readers.insert(tail, dequant);
        Ok(())
    }

    /// A layer's weights as integers.
    fn weights(&mut self, graph: &mut Graph, number: usize, kind: Kind, entry: &Entry) -> Result<()> {
        let node = &graph.nodes[number];
        let made = self.integers.remove(&number);
        let (shape, integers) = made.unwrap_or_else(|| integers(graph, &self.index, node, kind, entry))?;
        let offsets: Vec<usize> = match (entry.scale_w.len(), kind) {
            (1, _) => vec![1],
            // Where the channels are, the other lengths 1.
            (_, Kind::Depthwise) => [&[1, 1], &shape[2..]].concat(),
            (count, _) => {
                let axis = if kind == Kind::Deconvolution {
                    2
                } else {
                    shape.len() - 1
                };
                (0..shape.len())
                    .map(|at| if at == axis { count } else { 1 })
                    .collect()
            }
        };
        let scope = self.names.beside(node.name(), "weight_quant");
        let [values, offset, quant] =
            ["weights", "offset_w", "AscendWeightQuant"].map(|last| format!("{scope}/{last}"));
        let mut new = Node::new(&quant, "AscendWeightQuant", &[&values, &offset]);
        new.set("T", &Attribute::Type(DataType::FLOAT));
        new.set("dst_type", &Attribute::Bytes(b"INT8".to_vec()));
        let zeros = vec![0; offsets.iter().product()];
        self.behind.entry(number).or_default().extend([
            Node::constant(&values, int8(&shape, &integers)),
            Node::constant(&offset, int8(&offsets, &zeros)),
            new,
        ]);
        self.unread
            .extend(replace_input(&mut graph.nodes[number], 1, &quant));
        Ok(())
    }

    /// Inputs that are quantized by themselves: Quant and AntiQuant in front of them.
    pub fn tensors(
        &mut self,
        graph: &mut Graph,
        number: usize,
        factors: &BTreeMap<&str, &Entry>,
    ) -> Result<()> {
        let node = graph.nodes[number].clone();
        for input in 0..node.input_names().count() {
            let Some(entry) = factors.get(format!("{}:{input}", node.name()).as_str()) else {
                continue;
            };
            let Some(scale) = entry.scale_d else {
                let problem = Problem::Invalid(format!("the record of its input {input} has no scale_d"));
                return Err(Error::new(node.place(), problem, "calibrate it"));
            };
            let quant = quant_node(&mut self.names, &node, input, scale, entry.offset_d.unwrap_or(0));
            let anti = format!("{}/AscendAntiQuant", self.names.beside(node.name(), "anti_quant"));
            let mut back = Node::new(&anti, "AscendAntiQuant", &[quant.name()]);
            back.set("T", &Attribute::Type(DataType::FLOAT));
            back.set("scale", &Attribute::Float(scale));
            back.set("offset", &Attribute::Float(entry.offset_d.unwrap_or(0) as f32));
            replace_input(&mut graph.nodes[number], input, &anti);
            for new in [quant.name(), &anti] {
                self.found
                    .origins
                    .insert(new.to_owned(), vec![node.name().to_owned()]);
            }
            self.behind.entry(number).or_default().extend([quant, back]);
        }
        Ok(())
    }

    /// Puts the new nodes in, and makes everybody read what was dequantized.
    pub fn finish(mut self, graph: &mut Graph, options: &Options) -> Result<Quantized> {
        let old = std::mem::take(&mut graph.nodes);
        for (number, node) in old.into_iter().enumerate() {
            graph.nodes.push(node);
            graph
                .nodes
                .extend(self.behind.remove(&number).unwrap_or_default());
        }
        for node in &mut graph.nodes {
            let own = self.found.replaces.contains_key(node.name());
            let renamed = |name: &str| {
                let new = self.readers.get(&producer_name(name)).filter(|_| !own);
                match new {
                    Some(new) if name.starts_with('^') => format!("^{new}"),
                    Some(new) => new.clone(),
                    None => name.to_owned(),
                }
            };
            if node
                .input_names()
                .any(|name| self.readers.contains_key(&producer_name(name)))
            {
                let inputs: Vec<String> = node.input_names().map(renamed).collect();
                node.set_inputs(&inputs);
            }
        }
        for output in &options.outputs {
            let folded = options
                .folded
                .iter()
                .find(|folded| folded.original.last() == Some(output));
            let now = folded.map_or(output, |folded| &folded.bias);
            let now = self.readers.get(now).unwrap_or(now);
            if now != output {
                self.found.renamed.push((output.clone(), now.clone()));
            }
        }
        sweep(graph, &self.unread, &options.outputs)?;
        Ok(self.found)
    }
}

/// The weights of a layer as integers, with their shape.
pub(super) fn integers(
    graph: &Graph,
    index: &Index,
    node: &Node,
    kind: Kind,
    entry: &Entry,
) -> Result<Integers> {
    let weights = Weights::of(graph, index, node, kind, entry.scale_w.len())?;
    let integers = arq::quantize(&weights.values, &entry.scale_w, weights.layout, Bits::INT8);
    Ok((weights.shape, integers))
}

fn quant_node(names: &mut Names, layer: &Node, input: usize, scale: f32, offset: i32) -> Node {
    let name = format!("{}/AscendQuant", names.beside(layer.name(), "act_quant"));
    let read = layer.input_names().nth(input).unwrap_or_default();
    let mut node = Node::new(&name, "AscendQuant", &[read]);
    node.set("T", &Attribute::Type(DataType::FLOAT));
    node.set("dst_type", &Attribute::Bytes(b"INT8".to_vec()));
    node.set("offset", &Attribute::Float(offset as f32));
    node.set("quant_bits", &Attribute::Int(8));
    node.set("scale", &Attribute::Float(1.0 / scale));
    node
}

fn data_format(node: &Node) -> Result<String> {
    Ok(node.text("data_format")?.unwrap_or_else(|| "NHWC".to_owned()))
}

/// The window of a pool, `[1, 1]` for anything else.
fn window(node: &Node, kind: Kind) -> Result<Vec<i64>> {
    if kind.weights() {
        return Ok(vec![1, 1]);
    }
    let sizes = node.list("ksize")?.map(|list| list.ints).unwrap_or_default();
    match (data_format(node)?.as_str(), sizes.as_slice()) {
        ("NCHW", [_, _, height, width]) | (_, [_, height, width, _]) => Ok(vec![*height, *width]),
        _ => {
            let what = format!("a window of sizes {sizes:?}");
            Err(Error::new(
                node.place(),
                Problem::Option(what),
                "freeze the graph again",
            ))
        }
    }
}

fn ints(ints: Vec<i64>) -> Attribute {
    Attribute::List(List {
        ints,
        ..List::default()
    })
}
