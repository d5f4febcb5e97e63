//! What type and granularity an operation has.

use quant_case::qconf::Qconf;
use quant_case::recipe::Operation;
use quant_case::{Granularity, QuantType};

/// Type and granularity of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub dtype: QuantType,
    pub granularity: Granularity,
}

/// The setting of an operation: the configuration's where it names an output, else the default.
pub fn setting(operation: &Operation, default: Setting, qconf: Option<&Qconf>) -> Setting {
    let layers = qconf.iter().flat_map(|qconf| &qconf.layers);
    let named = layers
        .into_iter()
        .find(|layer| layer.names.iter().any(|name| operation.outputs.contains(name)));
    named.map_or(default, |layer| Setting {
        dtype: layer.dtype,
        granularity: layer.granularity,
    })
}
