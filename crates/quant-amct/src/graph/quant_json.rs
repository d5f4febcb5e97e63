//! The file beside a quantized graph that says what its nodes were before.

use quant_tensorflow::Graph;

use super::quantized::Quantized;
use crate::json::Json;

/// The text of `_quant.json`: every node but constants, with the original nodes that it stands for; a Dequant node says
/// whose output it gives.
pub fn quant_json(graph: &Graph, quantized: &Quantized) -> String {
    let attribute = |key: &str, value: Json| Json::object([("key", Json::text(key)), ("value", value)]);
    let nodes = graph
        .nodes
        .iter()
        .filter(|node| node.op() != "Const")
        .map(|node| {
            let name = node.name();
            let mut members = vec![
                ("name".to_owned(), Json::text(name)),
                ("type".to_owned(), Json::text(node.op())),
            ];
            if let Some(origins) = quantized.origins.get(name) {
                let list = Json::object([("val_type", Json::Int(1)), ("s", Json::texts(origins))]);
                let names = attribute("_datadump_original_op_names", Json::object([("list", list)]));
                members.push(("attr".to_owned(), Json::List(vec![names])));
            }
            if let Some(origin) = quantized.replaces.get(name) {
                let format = node
                    .text("data_format")
                    .ok()
                    .flatten()
                    .unwrap_or_else(|| "NHWC".to_owned());
                let described = Json::List(vec![
                    attribute("_datadump_origin_name", Json::object([("s", Json::text(origin))])),
                    attribute(
                        "_datadump_origin_output_index",
                        Json::object([("i", Json::Int(0))]),
                    ),
                    attribute(
                        "_datadump_origin_format",
                        Json::object([("s", Json::text(format))]),
                    ),
                ]);
                members.push((
                    "output_desc".to_owned(),
                    Json::List(vec![Json::object([("attr", described)])]),
                ));
            }
            Json::Object(members)
        });
    let ops = Json::object([("op", Json::List(nodes.collect()))]);
    Json::object([("graph", Json::List(vec![ops]))]).write()
}
