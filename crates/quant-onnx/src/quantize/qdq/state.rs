//! What is known while a model is quantized.

use std::collections::{BTreeMap, BTreeSet};

use super::mark::{Bias, Marks};
use crate::quantize::activations::Quantized;
use crate::quantize::draft::Draft;
use crate::quantize::options::Options;
use crate::quantize::params::Params;

/// A graph on its way, and what its nodes want.
pub(super) struct Qdq<'a> {
    pub draft: &'a mut Draft,
    pub options: &'a Options,
    /// Parameters of activations, of those with a range.
    pub activations: BTreeMap<String, Quantized>,
    pub marks: Marks,
    pub biases: Vec<(String, Bias)>,
    pub bias_names: BTreeSet<String>,
    /// Numbers of the quantized nodes that read a tensor, one for each time.
    pub receivers: BTreeMap<String, Vec<usize>>,
    /// Parameters of marked initializers.
    pub constants: BTreeMap<String, Quantized>,
    /// Names of scale and zero point of what has been quantized.
    pub done: BTreeMap<String, Done>,
}

/// What stands in the graph for a quantized tensor's parameters.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub scale: String,
    pub zero_point: String,
    pub params: Vec<Params>,
}
