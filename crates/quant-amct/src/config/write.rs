//! A configuration as the text of `config.json`.

use super::{Activation, Algorithm, Config, LayerConfig, TensorQuantize};
use crate::json::Json;

impl Config {
    /// The text of `config.json`, byte for byte as AMCT lays it out.
    pub fn to_json(&self) -> String {
        let mut members = vec![
            ("version".to_owned(), Json::Int(1)),
            ("batch_num".to_owned(), Json::Int(self.batch_num as i64)),
            ("activation_offset".to_owned(), Json::Bool(self.activation_offset)),
            ("joint_quant".to_owned(), Json::Bool(self.joint_quant)),
            ("do_fusion".to_owned(), Json::Bool(self.do_fusion)),
        ];
        if let Some(mode) = &self.fakequant_precision_mode {
            members.push(("fakequant_precision_mode".to_owned(), Json::text(mode)));
        }
        members.push((
            "skip_fusion_layers".to_owned(),
            Json::texts(&self.skip_fusion_layers),
        ));
        let tensors = self.tensor_quantize.iter().map(|tensor| self.tensor(tensor));
        members.push(("tensor_quantize".to_owned(), Json::List(tensors.collect())));
        let layers = self
            .layers
            .iter()
            .map(|(name, layer)| (name.clone(), self.layer(layer)));
        members.extend(layers);
        Json::Object(members).write()
    }

    fn tensor(&self, tensor: &TensorQuantize) -> Json {
        Json::object([
            ("layer_name", Json::text(&tensor.layer_name)),
            ("input_index", Json::Int(tensor.input_index as i64)),
            ("activation_quant_params", self.activation(&tensor.activation)),
        ])
    }

    fn layer(&self, layer: &LayerConfig) -> Json {
        Json::object([
            ("quant_enable", Json::Bool(layer.quant_enable)),
            ("activation_quant_params", self.activation(&layer.activation)),
            (
                "weight_quant_params",
                Json::object([
                    ("num_bits", Json::Int(8)),
                    ("channel_wise", Json::Bool(layer.channel_wise)),
                    ("wts_algo", Json::text("arq_quantize")),
                ]),
            ),
        ])
    }

    fn activation(&self, activation: &Activation) -> Json {
        let asymmetric = Json::Bool(self.asymmetric(activation));
        match activation.algorithm {
            Algorithm::Ifmr {
                max_percentile,
                min_percentile,
                search_range: (start, end),
                search_step,
            } => Json::object([
                ("num_bits", Json::Int(8)),
                ("max_percentile", Json::Float(max_percentile)),
                ("min_percentile", Json::Float(min_percentile)),
                (
                    "search_range",
                    Json::List(vec![Json::Float(start), Json::Float(end)]),
                ),
                ("search_step", Json::Float(search_step)),
                ("act_algo", Json::text("ifmr")),
                ("asymmetric", asymmetric),
            ]),
            Algorithm::Hfmg { num_of_bins } => Json::object([
                ("num_bits", Json::Int(8)),
                ("act_algo", Json::text("hfmg")),
                ("asymmetric", asymmetric),
                ("num_of_bins", Json::Int(num_of_bins as i64)),
            ]),
        }
    }
}
