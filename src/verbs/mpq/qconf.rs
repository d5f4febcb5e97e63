//! Configurations that are written.

use serde_json::json;

/// A configuration of int16 layers. The default type stands there for readers; commands take it from `--type`.
pub fn qconf(default: &str, layers: &[String]) -> String {
    let entries = layers
        .iter()
        .map(|name| json!({"name": name, "dtype": "int16", "granularity": "channel"}));
    let qconf = json!({
        "default_quantization_dtype": default,
        "default_granularity": "channel",
        "layers": entries.collect::<Vec<_>>(),
    });
    format!("{qconf:#}\n")
}
