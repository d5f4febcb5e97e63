//! `record.txt`: the factors of each quantized layer, as a text of protobuf.

mod read;
mod write;

use std::collections::BTreeMap;

/// A record: layers with their factors, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Keys with their factors. A key is a layer's name, or `layer:index` for a quantized input.
    pub entries: Vec<(String, Entry)>,
}

/// The factors of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Scale of the activation; `None` where the layer has none of its own.
    pub scale_d: Option<f32>,
    /// Offset of the activation.
    pub offset_d: Option<i32>,
    /// Scales of the weights: one, or one for each output channel; none for a pool.
    pub scale_w: Vec<f32>,
    /// Offsets of the weights, as many.
    pub offset_w: Vec<i32>,
    /// Shifts; read and written, refused where a graph is converted.
    pub shift_bit: Vec<i32>,
    /// Fields that are kept as they are: `skip_fusion`, `act_type`, `wts_type`, and Caffe's `channels`, `height`, `width`,
    /// as name and word.
    pub others: Vec<(String, String)>,
}

impl Record {
    /// The factors of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, entry)| entry)
    }

    /// All factors by key.
    pub fn by_key(&self) -> BTreeMap<&str, &Entry> {
        self.entries
            .iter()
            .map(|(key, entry)| (key.as_str(), entry))
            .collect()
    }
}
