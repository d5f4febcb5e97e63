//! `qconf.json`: layers with a type and granularity of their own.
//!
//! Only the top-level `layers` array is read, as in the original; comments (`//`, `/* */`) are allowed.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::{Granularity, QuantType, json};

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

/// The sets of names of which one holds: the default names of all layers, and each alternate list.
pub fn sets(layers: &[LayerConf]) -> Vec<Vec<(&str, &LayerConf)>> {
    let default = layers
        .iter()
        .flat_map(|layer| layer.names.iter().map(move |name| (name.as_str(), layer)));
    let alternates = layers.iter().flat_map(|layer| {
        let lists = layer.alternate.iter();
        lists.map(move |(_, names)| names.iter().map(|name| (name.as_str(), layer)).collect())
    });
    std::iter::once(default.collect()).chain(alternates).collect()
}

impl Qconf {
    /// The names that hold, with their layers: the default set of names, or the one alternate list that is
    /// wholly present. An alternate list replaces the whole default set, as in the original.
    ///
    /// # Errors
    /// A name that is not present or named twice, or alternates that leave no set or several.
    pub fn names(&self, present: &dyn Fn(&str) -> bool) -> Result<Vec<(&str, &LayerConf)>, String> {
        let sets = sets(&self.layers);
        let missing = |set: &[(&str, &LayerConf)]| {
            set.iter()
                .map(|(name, _)| *name)
                .find(|name| !present(name))
                .map(str::to_owned)
        };
        if let [only] = sets.as_slice()
            && let Some(name) = missing(only)
        {
            return Err(format!(
                "no operation makes `{name}`; name a layer by the output of its operation"
            ));
        }
        let mut fitting = sets.into_iter().filter(|set| missing(set).is_none());
        let (first, others) = (fitting.next(), fitting.count());
        let set = match first {
            Some(set) if others == 0 => set,
            first => {
                return Err(format!(
                    "{} of the sets of names (default and alternates) fit the model; name layers so that exactly one does",
                    others.saturating_add(usize::from(first.is_some()))
                ));
            }
        };
        let mut seen = BTreeSet::new();
        match set.iter().find(|(name, _)| !seen.insert(*name)) {
            Some((twice, _)) => Err(format!("layer `{twice}` is named twice; name each layer once")),
            None => Ok(set),
        }
    }
}

/// Reads a configuration.
///
/// # Errors
/// What is wrong, with the layer's number and the way out.
pub fn parse(text: &str) -> Result<Qconf, String> {
    let text = strip_comments(text);
    let entries = json::object(&text)?;
    let layers = entries.iter().find(|(key, _)| key == "layers");
    let layers: Option<Vec<&RawValue>> = layers.and_then(|(_, value)| serde_json::from_str(value.get()).ok());
    let layers = layers.ok_or("there is no `layers` array; add `\"layers\": [ … ]`")?;
    let layers = layers
        .iter()
        .enumerate()
        .map(|(n, layer)| self::layer(layer.get()).map_err(|e| format!("layers[{n}]: {e}")));
    Ok(Qconf {
        layers: layers.collect::<Result<_, _>>()?,
    })
}

fn layer(text: &str) -> Result<LayerConf, String> {
    let (mut names, mut alternate) = (Vec::new(), Vec::new());
    let (mut dtype, mut granularity) = (None, None);
    for (key, value) in json::object(text)? {
        let value = value.get();
        match key.as_str() {
            "name" => names.push(string(value, "name")?),
            "names" => names.extend(strings(value, "names")?),
            "dtype" => {
                let word: QuantType = string(value, "dtype")?
                    .to_ascii_lowercase()
                    .parse()
                    .map_err(|e| format!("dtype: {e}"))?;
                dtype = Some(word);
            }
            "granularity" => {
                let word: Granularity = string(value, "granularity")?
                    .to_ascii_lowercase()
                    .parse()
                    .map_err(|e| format!("granularity: {e}"))?;
                granularity = Some(word);
            }
            "alternate" => {
                let lists = json::object(value).map_err(|_| "alternate: an object of lists of names")?;
                for (key, list) in lists {
                    alternate.push((key.clone(), strings(list.get(), &key)?));
                }
            }
            _ => {
                return Err(format!(
                    "unknown key `{key}`; known are name, names, dtype, granularity, alternate"
                ));
            }
        }
    }
    if names.is_empty() {
        return Err("it names no layer; add `name` or `names`".to_owned());
    }
    let dtype = dtype.ok_or("`dtype` is missing; add it")?;
    let granularity = granularity.ok_or("`granularity` is missing; add it")?;
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
    Ok(LayerConf {
        names,
        dtype,
        granularity,
        alternate,
    })
}

fn string(text: &str, key: &str) -> Result<String, String> {
    serde_json::from_str(text).map_err(|_| format!("{key}: a string"))
}

fn strings(text: &str, key: &str) -> Result<Vec<String>, String> {
    serde_json::from_str(text).map_err(|_| format!("{key}: a list of names"))
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
            "layers": [ { "name": "a//b", "names": ["c"], "dtype": "INT16", "granularity": "Channel",
                          "alternate": { "x": ["d"] } /* note */ } ] }"#;
        let qconf = parse(text).unwrap();
        assert_eq!(qconf.layers[0].names, ["a//b", "c"]);
        assert_eq!(qconf.layers[0].dtype, QuantType::Int16);
        assert_eq!(
            qconf.layers[0].alternate,
            [("x".to_owned(), vec!["d".to_owned()])]
        );
    }

    #[test]
    fn one_set_of_names_holds() {
        let layer = |names: &[&str], alternate: &[&str]| LayerConf {
            names: names.iter().map(ToString::to_string).collect(),
            dtype: QuantType::Int16,
            granularity: Granularity::Channel,
            alternate: alternate
                .iter()
                .map(|name| ("other".to_owned(), vec![(*name).to_owned()]))
                .collect(),
        };
        let rows: [(LayerConf, Result<&str, &str>); 5] = [
            (layer(&["a"], &[]), Ok("a")),
            (layer(&["x"], &["b"]), Ok("b")),
            (
                layer(&["x"], &[]),
                Err("no operation makes `x`; name a layer by the output of its operation"),
            ),
            (layer(&["x"], &["y"]), Err("0 of the sets")),
            (layer(&["a"], &["b"]), Err("2 of the sets")),
        ];
        for (layer, wanted) in rows {
            let qconf = Qconf {
                layers: vec![layer.clone()],
            };
            match (qconf.names(&|name| "ab".contains(name)), wanted) {
                (Ok(names), Ok(wanted)) => assert_eq!(names, [(wanted, &layer)]),
                (Err(error), Err(wanted)) => assert!(error.starts_with(wanted), "{error}"),
                (got, wanted) => panic!("{got:?} instead of {wanted:?}"),
            }
        }
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
