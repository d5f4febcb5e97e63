//! The recipes that have a name in ai-edge-quantizer (`recipe.py` and its folder `recipes/`).

use quant_ir::error::{Error, Place, Problem, Result};

use super::entry::{Algorithm, Entry, Granularity, Kind, OpConfig, Operation, Precision, TensorConfig};
use super::list::Recipe;

impl Recipe {
    /// A recipe that has a name in ai-edge-quantizer, such as `static_wi8_ai8`.
    ///
    /// # Errors
    /// No recipe has the name: the error lists those that have. `Unsupported`: one for several models of one file.
    pub fn builtin(name: &str) -> Result<Self> {
        named(name)
    }

    /// The names that [`Self::builtin`] knows.
    pub fn names() -> Vec<String> {
        names()
    }
}

const fn tensor(bits: u8, granularity: Granularity) -> TensorConfig {
    TensorConfig {
        bits,
        symmetric: true,
        granularity,
        kind: Kind::Int,
        max_hadamard: 0,
    }
}

/// Weights of that many bits beside float activations, which the runtime makes integers of.
fn dynamic(bits: u8, granularity: Granularity) -> OpConfig {
    OpConfig {
        weights: Some(tensor(bits, granularity)),
        precision: Precision::Integer,
        ..OpConfig::default()
    }
}

/// Weights that are dequantized.
fn weight_only(bits: u8, symmetric: bool) -> OpConfig {
    let weights = tensor(bits, Granularity::Channel);
    OpConfig {
        weights: Some(TensorConfig { symmetric, ..weights }),
        explicit_dequantize: true,
        ..OpConfig::default()
    }
}

/// Integer activations beside weights of 8 bits; those of 8 bits have a zero point.
fn statics(bits: u8) -> OpConfig {
    let activations = tensor(bits, Granularity::Tensor);
    OpConfig {
        activations: Some(TensorConfig {
            symmetric: bits == 16,
            ..activations
        }),
        ..dynamic(8, Granularity::Channel)
    }
}

/// The settings by name.
fn settings() -> Vec<(String, Algorithm, OpConfig)> {
    use Algorithm::{DecomposedHadamard, MinMax};
    let mut all = vec![
        ("static_wi8_ai8".to_owned(), MinMax, statics(8)),
        ("static_wi8_ai16".to_owned(), MinMax, statics(16)),
        ("weight_only_wi8_afp32".to_owned(), MinMax, weight_only(8, true)),
        ("weight_only_wi4_afp32".to_owned(), MinMax, weight_only(4, true)),
        ("default_a8w8".to_owned(), MinMax, statics(8)),
        ("default_a16w8".to_owned(), MinMax, statics(16)),
        ("default_af32w8float".to_owned(), MinMax, weight_only(8, false)),
        ("default_af32w4float".to_owned(), MinMax, weight_only(4, false)),
    ];
    let legacy = OpConfig {
        min_weight_elements: 1024,
        ..dynamic(8, Granularity::Channel)
    };
    all.push(("dynamic_legacy_wi8_afp32".to_owned(), MinMax, legacy));
    for bits in [8, 4, 2] {
        let channel = dynamic(bits, Granularity::Channel);
        if bits > 2 {
            all.push((format!("dynamic_wi{bits}_afp32"), MinMax, channel));
            let name = format!("dynamic_wi{bits}_afp32_hadamard");
            all.push((name, DecomposedHadamard, channel));
        }
        all.push((format!("dynamic_wi{bits}c_afp32"), MinMax, channel));
        all.push((format!("dynamic_wi{bits}c_hr_afp32"), DecomposedHadamard, channel));
        for block in [32, 64] {
            let name = format!("dynamic_wi{bits}b{block}_afp32");
            all.push((name, MinMax, dynamic(bits, Granularity::Block(block))));
        }
    }
    all
}

/// All names.
fn names() -> Vec<String> {
    let mut names: Vec<String> = settings().into_iter().map(|(name, ..)| name).collect();
    names.push(SAMPLE.to_owned());
    names.sort();
    names
}

const SAMPLE: &str = "sample_advanced_usage";

/// The recipe of that name.
///
/// # Errors
/// None has the name. `Unsupported`: one for several models of one file.
fn named(name: &str) -> Result<Recipe> {
    let plain = name.strip_suffix("_recipe").unwrap_or(name);
    let mut recipe = Recipe::default();
    if let Some((_, algorithm, config)) = settings().into_iter().find(|(known, ..)| known == plain) {
        let entry = Entry {
            operation: Operation::All,
            algorithm,
            config,
        };
        recipe.add(".*", entry)?;
        return Ok(recipe);
    }
    if plain == SAMPLE {
        return sample();
    }
    if plain.starts_with("gemma4_") || plain == "dynamic_wi8_afp32_litertlm" {
        return Err(Error::unsupported(
            Place::named("recipe", name),
            "it gives recipes to the models of a LiteRT-LM file",
            "take the models out of the file, and give each a recipe of its own",
        ));
    }
    let names = names();
    Err(Error::new(
        Place::named("recipe", name),
        Problem::Missing("no recipe has this name".to_owned()),
        format!("use one of {}, or the path of a JSON file", names.join(", ")),
    ))
}

/// `sample_advanced_usage`: static int8, but FULLY_CONNECTED has int4 weights alone and CONV_2D stays float.
fn sample() -> Result<Recipe> {
    use quant_ir::Builtin;
    let mut recipe = Recipe::default();
    for (operation, algorithm, config) in [
        (Operation::All, Algorithm::MinMax, statics(8)),
        (
            Operation::Op(Builtin::FULLY_CONNECTED),
            Algorithm::MinMax,
            weight_only(4, true),
        ),
        (
            Operation::Op(Builtin::CONV_2D),
            Algorithm::NoQuantize,
            OpConfig::default(),
        ),
    ] {
        let entry = Entry {
            operation,
            algorithm,
            config,
        };
        recipe.add(".*", entry)?;
    }
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_recipe() {
        for name in names() {
            let recipe = Recipe::builtin(&name).unwrap();
            assert!(!recipe.is_empty(), "{name}");
            let ranges = ["static", "default_a8", "default_a16", SAMPLE];
            let ranges = ranges.iter().any(|start| name.starts_with(start));
            assert_eq!(recipe.needs_ranges(), ranges, "{name}");
        }
        for (name, shown) in [
            (
                "static_wi8",
                "recipe `static_wi8`: no recipe has this name; use one of default_a16w8, default_a8w8, ",
            ),
            (
                "gemma4_mixed48",
                "recipe `gemma4_mixed48`: it gives recipes to the models of a LiteRT-LM file; take",
            ),
        ] {
            let error = Recipe::builtin(name).unwrap_err().to_string();
            assert!(error.starts_with(shown), "{error}");
        }
    }
}
