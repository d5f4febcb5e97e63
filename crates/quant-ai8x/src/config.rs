//! The configuration of a network: which bits its layers have.

use std::collections::BTreeMap;

use quant_torch::{Error, Place, Problem, Result};

use crate::bits::Bits;
use crate::device::Device;
use crate::yaml::{self, Node, Value};

/// The layers of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// For each layer, in the order of their sequence numbers.
    quantization: Vec<Option<Bits>>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Network {
    /// How many layers there are.
    pub fn layers(&self) -> usize {
        self.quantization.len()
    }

    /// The bits of a layer, where the configuration says them.
    pub fn bits(&self, layer: usize) -> Option<Bits> {
        self.quantization.get(layer).copied().flatten()
    }
}

/// Keys of the whole.
const KEYS: &[&str] = &[
    "arch",
    "bias",
    "dataset",
    "layers",
    "output_map",
    "snoop",
    "weights",
];

/// Keys of a layer.
const LAYER_KEYS: &[&str] = &[
    "activate",
    "activation",
    "avg_pool",
    "bias_group",
    "bypass",
    "calcx4",
    "conv_groups",
    "convolution",
    "data_format",
    "dilation",
    "eltwise",
    "flatten",
    "groups",
    "in_channel_skip",
    "in_channels",
    "in_crop",
    "in_dim",
    "in_offset",
    "in_sequences",
    "in_skip",
    "kernel_size",
    "max_pool",
    "name",
    "next_sequence",
    "op",
    "operands",
    "operation",
    "operator",
    "out_channels",
    "out_offset",
    "output",
    "output_pad",
    "output_processors",
    "output_shift",
    "output_width",
    "pad",
    "pool_dilation",
    "pool_first",
    "pool_stride",
    "processors",
    "quantization",
    "read_gap",
    "readahead",
    "sequence",
    "simulated_sequence",
    "snoop_sequence",
    "streaming",
    "stride",
    "tcalc",
    "write_gap",
];

fn wrong(node: &Node, what: impl Into<String>, hint: &str) -> Error {
    Error::new(Place::Line(node.line), Problem::Parse(what.into()), hint)
}

fn known(node: &Node, keys: &[&str], of: &str) -> Result<()> {
    let Value::Map(entries) = &node.value else {
        return Err(wrong(
            node,
            format!("{of} is no mapping"),
            "write `key: value` lines",
        ));
    };
    for (key, value) in entries {
        if !keys.contains(&key.as_str()) {
            let what = format!("the configuration contains the unknown key `{key}` for {of}");
            return Err(wrong(value, what, "correct or remove it"));
        }
    }
    Ok(())
}

/// Reads a configuration. Only what decides the bits is looked at in full; of everything else, that its keys are
/// known and stand once.
///
/// # Errors
/// It is no YAML, or no configuration of a network, with the line.
pub fn parse(text: &str, device: Device) -> Result<Network> {
    let root = yaml::parse(text)?;
    known(&root, KEYS, "the network")?;
    for key in ["layers", "arch", "dataset"] {
        if root.get(key).is_none() {
            let what = format!("the configuration does not contain `{key}`");
            return Err(wrong(&root, what, "add it; layers, arch and dataset are needed"));
        }
    }
    let list = match root.get("layers").map(|node| (&node.value, node)) {
        Some((Value::List(list), _)) if !list.is_empty() => list,
        _ => {
            return Err(wrong(
                &root,
                "`layers` is no list of layers",
                "write one `- ` item a layer",
            ));
        }
    };
    let mut layers = BTreeMap::new();
    let mut warnings = Vec::new();
    let mut next = 0;
    for node in list {
        known(node, LAYER_KEYS, "`layers`")?;
        let sequence = match node.get("sequence") {
            Some(value) => {
                let number = value.int().and_then(|n| usize::try_from(n).ok());
                number.ok_or_else(|| wrong(value, "`sequence` is no layer number", "count from 0"))?
            }
            None => next,
        };
        let in_layer = |node: &Node, what: &str, hint: &str| {
            let what = format!("{what} (found in layer sequence {sequence} in YAML configuration)");
            wrong(node, what, hint)
        };
        if sequence >= device.max_layers() {
            let what = format!("this device supports up to {} layers", device.max_layers());
            return Err(in_layer(node, &what, "use a larger device or fewer layers"));
        }
        if device.has_processors() && node.get("processors").is_none_or(Node::is_null) {
            return Err(in_layer(
                node,
                "`processors` must not be zero or missing",
                "say which processors",
            ));
        }
        let bits = node.get("quantization").map(|value| {
            bits(value).ok_or_else(|| {
                in_layer(
                    value,
                    "`quantization` must be 1, 2, 4, 8 or bin/binary",
                    "use one of these",
                )
            })
        });
        if layers.insert(sequence, bits.transpose()?).is_some() {
            return Err(in_layer(
                node,
                "layer was already specified",
                "give it another `sequence`",
            ));
        }
        let place = format!("layer sequence {sequence} in YAML configuration.");
        if node.get("out_offset").is_none() {
            warnings.push(format!("Defaulting to `out_offset = 0` for {place}"));
        }
        if ["convolution", "operation", "op", "operator"]
            .iter()
            .all(|key| node.get(key).is_none())
        {
            warnings.push(format!("Defaulting to `op: Conv2d` for {place}"));
        }
        next = sequence + 1;
    }
    Ok(Network {
        quantization: layers.into_values().collect(),
        warnings,
    })
}

fn bits(node: &Node) -> Option<Bits> {
    if let Some(bits) = node.int() {
        return matches!(bits, 1 | 2 | 4 | 8).then_some(Bits::Signed(bits as u8));
    }
    let text = node.text()?.to_lowercase();
    matches!(text.as_str(), "bin" | "binary").then_some(Bits::Binary)
}
