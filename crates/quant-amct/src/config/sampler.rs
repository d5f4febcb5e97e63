//! How a device is asked for times, as AMCT's sampler configuration (`.cfg`) says it.

use quant_ir::Result;
use quant_tensorflow::text::{self, Field, Value};

use super::simple::{string, uint, unknown};
use crate::json::Json;

/// A sampler configuration. It is checked and kept beside what was measured; no device is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampler {
    /// The processor.
    pub soc_version: String,
    /// Shapes of inputs, as `input:32,224,224,3`, with `;` between inputs.
    pub input_shape: String,
    /// Where the devices are.
    pub distribute_config: Option<Distribution>,
    /// `null`, `debug`, `info`, `warning` or `error`.
    pub log: Option<String>,
    /// Options of the compiler, in their order.
    pub atc: Vec<(String, String)>,
}

/// Where devices are.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// In a file.
    File(String),
    /// At an address.
    Address {
        /// Name or number of the computer.
        ip: String,
        /// Port.
        port: u64,
    },
}

/// Reads a sampler configuration.
///
/// # Errors
/// `Parse`, with its place: no text of protobuf, a field that AMCT does not have or that is missing, a value of another kind.
pub fn read_sampler(text: &str) -> Result<Sampler> {
    let fields = text::read(text)?;
    let mut found = None;
    for field in &fields {
        if field.name != "ascend_sampler_config" {
            return Err(unknown(field, "SamplerConfig"));
        }
        if found.is_some() {
            return Err(field.error("is there twice", "keep one"));
        }
        found = Some(sampler(field)?);
    }
    found.ok_or_else(|| {
        let problem = quant_ir::Problem::Missing("no ascend_sampler_config".into());
        quant_ir::Error::new("", problem, "write ascend_sampler_config { soc_version: … }")
    })
}

fn sampler(message: &Field<'_>) -> Result<Sampler> {
    let mut sampler = Sampler::default();
    for field in message.message()? {
        match field.name {
            "soc_version" => sampler.soc_version = word(field)?,
            "input_shape" => sampler.input_shape = string(field)?,
            "distribute_config" => sampler.distribute_config = Some(distribution(field)?),
            "log" => {
                let level = word(field)?;
                if !["null", "debug", "info", "warning", "error"].contains(&level.as_str()) {
                    return Err(field.error("is no level", "write null, debug, info, warning or error"));
                }
                sampler.log = Some(level);
            }
            "atc" => {
                for field in field.message()? {
                    match field.name {
                        "options" => sampler.atc.push(option(field)?),
                        _ => return Err(unknown(field, "Atc")),
                    }
                }
            }
            _ => return Err(unknown(field, "AscendSamplerConfig")),
        }
    }
    if sampler.soc_version.is_empty() {
        return Err(message.error("has no soc_version", "name the processor"));
    }
    if sampler.input_shape.is_empty() {
        return Err(message.error("has no input_shape", "write input_shape: \"input:1,224,224,3\""));
    }
    Ok(sampler)
}

fn distribution(field: &Field<'_>) -> Result<Distribution> {
    if matches!(field.value, Value::Scalar(_)) {
        return string(field).map(Distribution::File);
    }
    let (mut ip, mut port) = (None, None);
    for field in field.message()? {
        match field.name {
            "ip" => ip = Some(string(field)?),
            "port" => port = Some(uint(field)?),
            _ => return Err(unknown(field, "DistributeConfig")),
        }
    }
    match (ip, port) {
        (Some(ip), Some(port)) => Ok(Distribution::Address { ip, port }),
        _ => Err(field.error("needs ip and port", "or the name of a file")),
    }
}

fn option(field: &Field<'_>) -> Result<(String, String)> {
    let (mut key, mut value) = (None, None);
    for field in field.message()? {
        match field.name {
            "key" => key = Some(string(field)?),
            "value" => value = Some(string(field)?),
            _ => return Err(unknown(field, "Option")),
        }
    }
    match (key, value) {
        (Some(key), Some(value)) => Ok((key, value)),
        _ => Err(field.error("needs key and value", "")),
    }
}

/// A bare word, or a text.
fn word(field: &Field<'_>) -> Result<String> {
    let scalar = field.scalar()?;
    let word = scalar.word().or_else(|| scalar.text()).map(str::to_owned);
    word.ok_or_else(|| field.error("is no word", ""))
}

impl Sampler {
    /// As a JSON object.
    pub fn json(&self) -> Json {
        let distribution = match &self.distribute_config {
            None => Json::Null,
            Some(Distribution::File(name)) => Json::text(name),
            Some(Distribution::Address { ip, port }) => Json::object([
                ("ip", Json::text(ip)),
                ("port", Json::Int(i64::try_from(*port).unwrap_or(i64::MAX))),
            ]),
        };
        let atc = self
            .atc
            .iter()
            .map(|(key, value)| (key.clone(), Json::text(value)));
        Json::object([
            ("soc_version", Json::text(&self.soc_version)),
            ("input_shape", Json::text(&self.input_shape)),
            ("distribute_config", distribution),
            ("log", self.log.as_ref().map_or(Json::Null, Json::text)),
            ("atc", Json::Object(atc.collect())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_and_what_is_wrong() {
        let text = "ascend_sampler_config: { soc_version: Some1 input_shape: 'x:1,2' log: info
            distribute_config { ip: 'host' port: 80 } atc: { options: [ {key: 'a', value: 'b'}, {key: 'c', value: '1'} ] } }";
        let sampler = read_sampler(text).unwrap();
        assert_eq!(sampler.soc_version, "Some1");
        assert_eq!(sampler.log.as_deref(), Some("info"));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(sampler.atc, [pair("a", "b"), pair("c", "1")]);
        let (ip, port) = ("host".to_owned(), 80);
        assert_eq!(
            sampler.distribute_config,
            Some(Distribution::Address { ip, port })
        );
        for (text, what) in [
            ("", "no ascend_sampler_config"),
            ("sampler {}", "has no field named \"sampler\""),
            (
                "ascend_sampler_config { input_shape: 'x:1' }",
                "has no soc_version",
            ),
            ("ascend_sampler_config { soc_version: A }", "has no input_shape"),
            ("ascend_sampler_config { log: loud }", "`log` is no level"),
            (
                "ascend_sampler_config { distribute_config { ip: 'a' } }",
                "needs ip and port",
            ),
            (
                "ascend_sampler_config { speed: 1 }",
                "has no field named \"speed\"",
            ),
        ] {
            let error = read_sampler(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
