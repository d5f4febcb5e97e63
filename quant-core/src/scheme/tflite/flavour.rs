//! TensorFlow Lite's quantizers as schemes: the name of each, and what can be asked of it.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model};

use super::Options;
use crate::config::{Calibration, Config, Scheme};
use crate::record::Mode;
use crate::scheme::Kept;
use crate::scheme::setting::Setting;

/// One of TensorFlow Lite's quantizers, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Flavour {
    /// Which one.
    pub kind: &'static Kind,
    /// What is asked of it. Types of the interface that a configuration has hold in place of those here.
    pub options: Options,
}

/// A quantizer of TensorFlow Lite's.
#[derive(Debug)]
pub struct Kind {
    /// Its name as a scheme.
    pub name: &'static str,
    /// What it makes, in a few words.
    pub makes: &'static str,
    /// Whether it takes recorded ranges.
    pub recorded: bool,
    /// The types that inputs and outputs of the model can have.
    pub interface: &'static [DType],
    /// What else can be asked of it.
    pub wishes: &'static [Wish],
    /// What it does to a model.
    pub quantize: fn(&mut Model, &Options) -> Result<Vec<Kept>>,
}

/// What can be asked of some quantizers and not of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// [`Options::per_tensor`].
    PerTensor,
    /// [`Options::dense_per_tensor`].
    DensePerTensor,
    /// [`Options::weights`].
    Weights,
    /// [`Options::bias`].
    Bias,
    /// [`Options::float`].
    Float,
    /// [`Options::strict`].
    Strict,
    /// [`Options::compat`].
    Compat,
}

impl Wish {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PerTensor,
        Self::DensePerTensor,
        Self::Weights,
        Self::Bias,
        Self::Float,
        Self::Strict,
        Self::Compat,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PerTensor => "per-tensor",
            Self::DensePerTensor => "dense-per-tensor",
            Self::Weights => "weight-type",
            Self::Bias => "bias-type",
            Self::Float => "float",
            Self::Strict => "strict",
            Self::Compat => "compat",
        }
    }

    /// Whether somebody asks for it.
    pub fn is_asked(self, options: &Options) -> bool {
        match self {
            Self::PerTensor => options.per_tensor,
            Self::DensePerTensor => options.dense_per_tensor,
            Self::Weights => options.weights != Options::default().weights,
            Self::Bias => options.bias != Options::default().bias,
            Self::Float => !options.float.is_empty(),
            Self::Strict => options.strict,
            Self::Compat => options.compat,
        }
    }
}

impl Kind {
    /// Whether such a thing can be asked of it.
    pub fn has(&self, wish: Wish) -> bool {
        self.wishes.contains(&wish)
    }
}

impl Flavour {
    /// With nothing asked of it: float inputs and outputs, one scale for each channel.
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            options: Options::default(),
        }
    }

    /// What a configuration asks of it.
    fn asked(&self, config: &Config) -> Result<Options> {
        let refused = |what: String, hint: String| {
            Err(Error::new(
                Place::named("scheme", self.kind.name),
                Problem::Option(what),
                hint,
            ))
        };
        if config.setting != Setting::FLOAT32 || !config.layers.is_empty() {
            return refused(
                "it has one type and granularity, and no layers with others".to_owned(),
                "leave them out, or take the scheme `one`".to_owned(),
            );
        }
        let mut options = self.options.clone();
        let ends = [
            ("input", &config.input_types, &mut options.input),
            ("output", &config.output_types, &mut options.output),
        ];
        for (what, given, wanted) in ends {
            if let Some(first) = given.first() {
                if given.iter().any(|dtype| dtype != first) {
                    return refused(
                        format!("its {what}s have one type, and several are given"),
                        "give one for all".to_owned(),
                    );
                }
                *wanted = *first;
            }
            if !self.kind.interface.contains(wanted) {
                let words: Vec<&str> = self.kind.interface.iter().map(|dtype| dtype.word()).collect();
                return refused(
                    format!("{wanted} is no type that its {what}s can have"),
                    format!("give {}", words.join(", ")),
                );
            }
        }
        let lacking = |wish: &Wish| wish.is_asked(&options) && !self.kind.has(*wish);
        if let Some(wish) = Wish::ALL.into_iter().find(lacking) {
            return refused(
                format!("it has no option `{}`", wish.word()),
                "leave the option out, or take another scheme".to_owned(),
            );
        }
        Ok(options)
    }
}

impl Scheme for Flavour {
    fn name(&self) -> &'static str {
        self.kind.name
    }

    /// The least and the greatest value of all records, as TensorFlow's calibrator keeps them.
    fn calibration(&self) -> Calibration {
        if self.kind.recorded {
            Calibration::Float(Mode::Running)
        } else {
            Calibration::None
        }
    }

    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
        let options = self.asked(config)?;
        (self.kind.quantize)(model, &options)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::quantize;
    use quant_ir::FileFormat;

    static KIND: Kind = Kind {
        name: "try",
        makes: "nothing",
        recorded: false,
        interface: &[DType::Float32, DType::Int8],
        wishes: &[Wish::PerTensor, Wish::Strict],
        quantize: |_, options| {
            assert_eq!(options.input, DType::Int8);
            Ok(Vec::new())
        },
    };

    fn said(flavour: Flavour, change: impl FnOnce(&mut Config)) -> Option<String> {
        let mut config = Config::of(Arc::new(flavour), Setting::FLOAT32);
        config.input_types = vec![DType::Int8];
        change(&mut config);
        let done = quantize::run(&mut Model::new(FileFormat::Tflite), &config);
        done.err().map(|error| error.to_string())
    }

    #[test]
    fn what_a_flavour_does_not_have_is_an_error_that_names_it() {
        let mut asked = Flavour::new(&KIND);
        asked.options.per_tensor = true;
        asked.options.strict = true;
        assert_eq!(said(asked.clone(), |_| ()), None);
        asked.options.compat = true;
        assert_eq!(
            said(asked, |_| ()).unwrap(),
            "scheme `try`: it has no option `compat`; leave the option out, or take another scheme"
        );
        let plain = Flavour::new(&KIND);
        assert_eq!(
            said(plain.clone(), |config| config.output_types = vec![DType::Int16]).unwrap(),
            "scheme `try`: int16 is no type that its outputs can have; give float32, int8"
        );
        let two = |config: &mut Config| config.input_types.push(DType::Float32);
        assert_eq!(
            said(plain.clone(), two).unwrap(),
            "scheme `try`: its inputs have one type, and several are given; give one for all"
        );
        let setting = "activations uint8-asymmetric-tensor".parse().unwrap();
        let error = said(plain, |config| config.setting = setting).unwrap();
        assert!(
            error.starts_with("scheme `try`: it has one type and granularity"),
            "{error}"
        );
    }
}
