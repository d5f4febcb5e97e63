//! What is done with pictures and arrays before the model takes them, as options.

use std::fmt::{self, Display};
use std::str::FromStr;

use clap::ValueEnum as _;
use quant_picture::prepare::{Fit, Scale};
use quant_picture::resize::Filter;
use quant_picture::{Preparation, Preset};

use crate::failure::{Failure, Result};

/// How pictures, and arrays of other types than the model's input, become what it takes (docs/data.md).
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Prepare {
    /// How the model's training prepared pictures: mobilenet (0.875 of it, TensorFlow's bilinear, −1…1), imagenet-pytorch
    /// (short side 256, Pillow's bilinear, 224 of it, ImageNet's mean and deviation) or amct-sample (Pillow's bicubic, x / 128 − 1)
    #[arg(long, value_name = "NAME", help_heading = "Pictures and arrays")]
    preset: Option<Preset>,
    /// A number 0…255 of the data becomes (number · SCALE − MEAN) / STD: a number, or 1/D, as in 1/255
    #[arg(long, value_name = "SCALE", help_heading = "Pictures and arrays")]
    scale: Option<Scale>,
    /// MEAN, for all channels or one for each, behind the scale
    #[arg(
        long,
        value_name = "MEAN,…",
        value_delimiter = ',',
        allow_negative_numbers = true,
        help_heading = "Pictures and arrays"
    )]
    mean: Vec<f32>,
    /// STD, for all channels or one for each
    #[arg(
        long,
        value_name = "STD,…",
        value_delimiter = ',',
        help_heading = "Pictures and arrays"
    )]
    std: Vec<f32>,
    /// How a picture comes to the input's size: nearest, box, bilinear, hamming, bicubic or lanczos as Pillow computes them,
    /// tf1-bilinear or tf2-bilinear; with :N the short side becomes N pixels and the middle is cut out [default: bicubic]
    #[arg(long, value_name = "FILTER[:N]", help_heading = "Pictures and arrays")]
    resize: Option<Resize>,
    /// The central part of a picture that is kept before the resize, as 0.875; 1 keeps all
    #[arg(long, value_name = "FRACTION", value_parser = fraction, help_heading = "Pictures and arrays")]
    crop: Option<f64>,
    /// The model takes blue before green and red
    #[arg(long, help_heading = "Pictures and arrays")]
    bgr: bool,
    /// Order of axes: of arrays in the data, where it is not the model's; of the input that takes pictures, where its shape
    /// does not say
    #[arg(long, value_name = "LAYOUT", help_heading = "Pictures and arrays")]
    layout: Option<Layout>,
    /// The field of tf.Example that an input takes, where it has another name; repeatable
    #[arg(long = "field", value_name = "INPUT=FIELD", value_parser = field, help_heading = "Pictures and arrays")]
    fields: Vec<(String, String)>,
}

/// Which axis has the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// The last one.
    Nhwc,
    /// The one behind the batch.
    Nchw,
}

/// A filter, and what becomes of the sides.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Resize {
    filter: Filter,
    fit: Fit,
}

impl FromStr for Resize {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (filter, fit) = match text.split_once(':') {
            None => (text, Fit::Stretch),
            Some((filter, side)) => {
                let side = side.parse().ok().filter(|side| *side > 0);
                let side = side.ok_or("write FILTER:N, as in bilinear:256")?;
                (filter, Fit::Short(Some(side)))
            }
        };
        let filter = filter.parse()?;
        Ok(Self { filter, fit })
    }
}

fn fraction(text: &str) -> std::result::Result<f64, String> {
    let fraction = text.parse().ok().filter(|x: &f64| *x > 0.0 && *x <= 1.0);
    fraction.ok_or_else(|| "give a fraction above 0, at most 1, as 0.875".to_owned())
}

fn field(text: &str) -> std::result::Result<(String, String), String> {
    let (input, field) = text
        .rsplit_once('=')
        .ok_or("write INPUT=FIELD, as in x=image/encoded")?;
    Ok((input.to_owned(), field.to_owned()))
}

/// A filter of pictures with the short side, as it is given.
impl Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&Filter::ALL, self.filter))?;
        match self.fit {
            Fit::Short(Some(side)) => write!(f, ":{side}"),
            Fit::Short(None) | Fit::Stretch => Ok(()),
        }
    }
}

fn word<T: Copy + PartialEq>(all: &[(&'static str, T)], wanted: T) -> &'static str {
    let found = all.iter().find(|(_, one)| *one == wanted);
    found.map_or("", |(word, _)| word)
}

/// The options that are given, as they may be given again; `none` without one.
impl Display for Prepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |all: &[f32]| all.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        let scale = |scale| match scale {
            Scale::Times(factor) => factor.to_string(),
            Scale::By(divisor) => format!("1/{divisor}"),
        };
        let layout = |layout: Layout| {
            layout
                .to_possible_value()
                .map(|value| value.get_name().to_owned())
        };
        let flags = [
            (
                "--preset",
                self.preset.map(|preset| word(&Preset::ALL, preset).to_owned()),
            ),
            ("--scale", self.scale.map(scale)),
            ("--mean", (!self.mean.is_empty()).then(|| list(&self.mean))),
            ("--std", (!self.std.is_empty()).then(|| list(&self.std))),
            ("--resize", self.resize.map(|resize| resize.to_string())),
            ("--crop", self.crop.map(|fraction| fraction.to_string())),
            ("--layout", self.layout.and_then(layout)),
        ];
        let mut words: Vec<String> = flags
            .into_iter()
            .filter_map(|(flag, value)| Some(format!("{flag} {}", value?)))
            .collect();
        words.extend(self.bgr.then(|| "--bgr".to_owned()));
        words.extend(
            self.fields
                .iter()
                .map(|(input, field)| format!("--field {input}={field}")),
        );
        if words.is_empty() {
            words.push("none".to_owned());
        }
        f.write_str(&words.join(" "))
    }
}

impl Prepare {
    /// Whether somebody said how numbers of 0…255 become the model's.
    pub fn normalizes(&self) -> bool {
        self.preset.is_some() || self.scale.is_some() || !self.mean.is_empty() || !self.std.is_empty()
    }

    /// Whether arrays change that have the type and the shape of their input.
    pub fn changes(&self) -> bool {
        self.normalizes() || self.bgr || self.layout.is_some()
    }

    /// What is done: the preset's, and what single options say in its place.
    pub fn preparation(&self) -> Result<Preparation> {
        let mut preparation = self.preset.map_or_else(Preparation::default, Preset::preparation);
        if let Some(scale) = self.scale {
            preparation.scale = scale;
        }
        if !self.mean.is_empty() {
            preparation.mean.clone_from(&self.mean);
        }
        if !self.std.is_empty() {
            preparation.std.clone_from(&self.std);
        }
        if let Some(Resize { filter, fit }) = self.resize {
            (preparation.filter, preparation.fit) = (filter, fit);
        }
        if let Some(fraction) = self.crop {
            preparation.crop = Some(fraction);
        }
        preparation.bgr |= self.bgr;
        let usable = |x: &f32| x.is_finite();
        if !preparation.mean.iter().all(usable) || !preparation.std.iter().all(|x| usable(x) && *x != 0.0) {
            return Err(Failure::Usage(
                "--mean and --std take finite numbers, and no --std is 0".to_owned(),
            ));
        }
        Ok(preparation)
    }

    /// Whether the model takes blue first.
    pub fn bgr(&self) -> bool {
        self.bgr
    }

    /// The order of axes, when somebody said it.
    pub fn layout(&self) -> Option<Layout> {
        self.layout
    }

    /// The field of an input, when somebody said it.
    pub fn field(&self, input: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(name, _)| name == input);
        field.map(|(_, field)| field.as_str())
    }

    /// Options that say the order of axes alone.
    #[cfg(test)]
    pub fn with_layout(layout: Option<Layout>) -> Self {
        Self {
            layout,
            ..Self::default()
        }
    }

    /// Inputs of which somebody said the field.
    pub fn inputs_with_fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(input, _)| input.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let resize = |text: &str| text.parse::<Resize>();
        let stretch = Resize {
            filter: Filter::Bilinear,
            fit: Fit::Stretch,
        };
        assert_eq!(resize("bilinear"), Ok(stretch));
        let fit = Fit::Short(Some(256));
        assert_eq!(resize("bilinear:256"), Ok(Resize { fit, ..stretch }));
        for wrong in ["", "cubic", "bilinear:", "bilinear:0", "bilinear:-1", ":256"] {
            assert!(resize(wrong).is_err(), "{wrong}");
        }
        assert_eq!("1/255".parse(), Ok(Scale::By(255.0)));
        assert_eq!("0.5".parse(), Ok(Scale::Times(0.5)));
        for wrong in ["", "0", "1/0", "2/255", "nan", "1/inf", "a"] {
            assert!(wrong.parse::<Scale>().is_err(), "{wrong}");
        }
        assert_eq!(field("a:0=b"), Ok(("a:0".to_owned(), "b".to_owned())));
        assert!(field("a").is_err());
        for wrong in ["0", "1.5", "nan", "-1"] {
            assert!(fraction(wrong).is_err(), "{wrong}");
        }
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        prepare: Prepare,
    }

    /// Recordings of many machines are compared by this text.
    #[test]
    fn options_are_written_as_they_are_given() {
        let all = "--preset mobilenet --scale 1/255 --mean 0.5,1 --std 2 --resize bilinear:256 --crop 0.875 --layout nchw --bgr \
            --field x=image/encoded --field y=label";
        for text in ["--resize tf1-bilinear", "--scale 0.5", "--layout nhwc", all] {
            let line = <Line as clap::Parser>::parse_from(format!("quant {text}").split_whitespace());
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(line.prepare.to_string(), words.join(" "));
        }
        assert_eq!(Prepare::default().to_string(), "none");
    }

    #[test]
    fn single_options_change_a_preset() {
        let options = Prepare {
            preset: Some(Preset::ImageNetPytorch),
            std: vec![1.0],
            crop: Some(0.5),
            ..Prepare::default()
        };
        let preparation = options.preparation().unwrap();
        assert_eq!(preparation.mean, [0.485, 0.456, 0.406]);
        assert_eq!((preparation.std, preparation.crop), (vec![1.0], Some(0.5)));
        assert!(options.normalizes() && !Prepare::default().normalizes());
        let zero = Prepare {
            std: vec![0.0],
            ..Prepare::default()
        };
        assert!(zero.preparation().is_err());
    }
}
