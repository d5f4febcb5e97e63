//! `qconf.json`: layers with a type and granularity of their own.
//!
//! Only the top-level `layers` array is read, as in the original; comments (`//`, `/* */`) are allowed.

use serde_json::{Map, Value};

use crate::{Granularity, QuantType};

/// A mixed-precision configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Qconf {
    /// Its layers.
    pub layers: Vec<LayerConf>,
}

/// Layers that share a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerConf {
    /// Names of output tensors.
    pub names: Vec<String>,
    /// Their type: uint8 or int16.
    pub dtype: QuantType,
    /// Granularity of their weights.
    pub granularity: Granularity,
    /// Named lists that may stand in place of the names of the whole configuration.
    pub alternate: Vec<(String, Vec<String>)>,
}

impl Qconf {
    /// The type of the layer of that name, when the configuration names it.
    pub fn dtype_of(&self, name: &str) -> Option<QuantType> {
        self.layers
            .iter()
            .find(|layer| layer.names.iter().any(|n| n == name))
            .map(|layer| layer.dtype)
    }
}

/// Reads a configuration.
///
/// # Errors
/// What is wrong, with the layer's number and the way out.
pub fn parse(text: &str) -> Result<Qconf, String> {
    let value: Value = serde_json::from_str(&strip_comments(text)).map_err(|error| error.to_string())?;
    let layers = value
        .get("layers")
        .and_then(Value::as_array)
        .ok_or("there is no `layers` array; add `\"layers\": [ … ]`")?;
    let layers = layers
        .iter()
        .enumerate()
        .map(|(n, layer)| self::layer(layer).map_err(|e| format!("layers[{n}]: {e}")));
    Ok(Qconf {
        layers: layers.collect::<Result<_, _>>()?,
    })
}

fn layer(value: &Value) -> Result<LayerConf, String> {
    let object = value.as_object().ok_or("a layer is an object")?;
    if let Some(key) = object
        .keys()
        .find(|key| !["name", "names", "dtype", "granularity", "alternate"].contains(&key.as_str()))
    {
        return Err(format!(
            "unknown key `{key}`; known are name, names, dtype, granularity, alternate"
        ));
    }
    let mut names = Vec::new();
    if let Some(name) = object.get("name") {
        names.push(string(name, "name")?);
    }
    if let Some(list) = object.get("names") {
        names.extend(strings(list, "names")?);
    }
    if names.is_empty() {
        return Err("it names no layer; add `name` or `names`".to_owned());
    }
    let dtype: QuantType = required(object, "dtype")?
        .parse()
        .map_err(|e| format!("dtype: {e}"))?;
    let granularity: Granularity = required(object, "granularity")?
        .parse()
        .map_err(|e| format!("granularity: {e}"))?;
    match (dtype, granularity) {
        (QuantType::Int8 | QuantType::Int4, _) => {
            return Err(format!("dtype: {dtype} is for weights only; use uint8 or int16"));
        }
        (QuantType::Int16, Granularity::Layer) => {
            return Err(
                "layer-wise quantization supports only uint8; use granularity `channel`, or dtype `uint8`"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let mut alternate = Vec::new();
    if let Some(value) = object.get("alternate") {
        for (key, list) in value
            .as_object()
            .ok_or("alternate: an object of lists of names")?
        {
            alternate.push((key.clone(), strings(list, key)?));
        }
    }
    Ok(LayerConf {
        names,
        dtype,
        granularity,
        alternate,
    })
}

fn required(object: &Map<String, Value>, key: &str) -> Result<String, String> {
    string(
        object
            .get(key)
            .ok_or_else(|| format!("`{key}` is missing; add it"))?,
        key,
    )
}

fn string(value: &Value, key: &str) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{key}: a string"))
}

fn strings(value: &Value, key: &str) -> Result<Vec<String>, String> {
    value
        .as_array()
        .ok_or_else(|| format!("{key}: a list of names"))?
        .iter()
        .map(|v| string(v, key))
        .collect()
}

/// Replaces comments outside strings with blanks, so that positions stay.
fn strip_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(_)) if in_string => {
                out.push(c);
                out.extend(chars.next());
            }
            ('"', _) => {
                in_string = !in_string;
                out.push(c);
            }
            ('/', Some('/')) if !in_string => {
                while chars.peek().is_some_and(|c| *c != '\n') {
                    chars.next();
                    out.push(' ');
                }
            }
            ('/', Some('*')) if !in_string => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    out.push(if c == '\n' { c } else { ' ' });
                    if (last, c) == ('*', '/') {
                        break;
                    }
                    last = c;
                }
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_types_and_comments() {
        let text = r#"{ "default_quantization_dtype": "uint8", // ignored
            "layers": [ { "name": "a//b", "names": ["c"], "dtype": "int16", "granularity": "channel",
                          "alternate": { "x": ["d"] } /* note */ } ] }"#;
        let qconf = parse(text).unwrap();
        assert_eq!(qconf.layers[0].names, ["a//b", "c"]);
        assert_eq!(
            qconf.layers[0].alternate,
            [("x".to_owned(), vec!["d".to_owned()])]
        );
        assert_eq!(
            (qconf.dtype_of("c"), qconf.dtype_of("z")),
            (Some(QuantType::Int16), None)
        );
    }

    #[test]
    fn errors_name_the_layer() {
        let rows = [
            ("{}", "there is no `layers` array; add `\"layers\": [ … ]`"),
            (
                r#"{"layers":[{"dtype":"uint8"}]}"#,
                "layers[0]: it names no layer; add `name` or `names`",
            ),
            (
                r#"{"layers":[{"name":"a"}]}"#,
                "layers[0]: `dtype` is missing; add it",
            ),
            (
                r#"{"layers":[{"name":"a","dtype":"int32","granularity":"layer"}]}"#,
                "layers[0]: dtype: `int32` is none of uint8, int16, int8, int4",
            ),
            (
                r#"{"layers":[{"name":"a","dtype":"int16","granularity":"layer"}]}"#,
                "layers[0]: layer-wise quantization supports only uint8; use granularity `channel`, or dtype `uint8`",
            ),
            (
                r#"{"layers":[{"nam":"a"}]}"#,
                "layers[0]: unknown key `nam`; known are name, names, dtype, granularity, alternate",
            ),
        ];
        for (text, error) in rows {
            assert_eq!(parse(text).unwrap_err(), error, "{text}");
        }
    }
}
