//! From the bytes of a picture's file to the numbers that a network takes.

use std::str::FromStr;

use crate::crop;
use crate::decode::decode;
use crate::error::{Error, Result};
use crate::picture::Picture;
use crate::resize::{self, Filter};

/// The part of a picture that pytorch's recipes for ImageNet keep: 224 of a short side of 256.
const KEPT: f64 = 0.875;

/// What a pixel, 0…255, is multiplied with. A fraction 1/D divides, which rounds once where 1/D times rounds twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Times this.
    Times(f32),
    /// By this.
    By(f32),
}

impl Scale {
    fn of(self, value: f32) -> f32 {
        match self {
            Self::Times(factor) => value * factor,
            Self::By(divisor) => value / divisor,
        }
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse().ok();
            number.filter(|x: &f32| x.is_finite() && *x != 0.0)
        };
        let scale = match text.split_once('/') {
            Some((one, divisor)) if one.trim() == "1" => number(divisor).map(Self::By),
            Some(_) => None,
            None => number(text).map(Self::Times),
        };
        scale.ok_or_else(|| "give a number that is not 0, or 1/D, as in 1/255".to_owned())
    }
}

/// How a picture comes to its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Both sides at once, whatever their proportion.
    Stretch,
    /// The short side becomes so many pixels, the long one follows (rounded down, as torchvision does), and the middle is
    /// cut out. `None`: so many that 0.875 of it stay.
    Short(Option<usize>),
}

/// What is done with a picture, in this order: decoded, cut ([`Self::crop`]), resized, normalized:
/// `(pixel · scale − mean) / std`. Filters of floats see scaled pixels, as `tf.image.convert_image_dtype` makes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// The central part that is kept before the resize ([`crop::central`]).
    pub crop: Option<f64>,
    /// How the picture comes to its size.
    pub fit: Fit,
    /// How pixels come about.
    pub filter: Filter,
    /// Blue first.
    pub bgr: bool,
    /// Factor of a pixel.
    pub scale: Scale,
    /// One for each channel, or one for all, in the order of the network's channels.
    pub mean: Vec<f32>,
    /// The same.
    pub std: Vec<f32>,
}

impl Default for Preparation {
    /// The whole picture, Pillow's default filter, and pixels as they are.
    fn default() -> Self {
        Self {
            crop: None,
            fit: Fit::Stretch,
            filter: Filter::Bicubic,
            bgr: false,
            scale: Scale::Times(1.0),
            mean: vec![0.0],
            std: vec![1.0],
        }
    }
}

/// Preparations that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// How TensorFlow's MobileNets and Inceptions are evaluated (slim's `preprocess_for_eval`): floats of 0…1, 0.875 of
    /// the picture, TensorFlow 1's bilinear, (x − 0.5) · 2. It is also AMCT's accuracy sample.
    MobileNet,
    /// torchvision's for ImageNet: short side of 256 for 224, Pillow's bilinear, the middle, x / 255, mean
    /// 0.485, 0.456, 0.406 and standard deviation 0.229, 0.224, 0.225.
    ImageNetPytorch,
    /// AMCT's samples: the whole picture, Pillow's bicubic, x / 128 − 1.
    AmctSample,
}

impl Preset {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 3] = [
        ("mobilenet", Self::MobileNet),
        ("imagenet-pytorch", Self::ImageNetPytorch),
        ("amct-sample", Self::AmctSample),
    ];

    /// What it stands for.
    pub fn preparation(self) -> Preparation {
        match self {
            Self::MobileNet => Preparation {
                crop: Some(0.875),
                filter: Filter::Tf1Bilinear,
                scale: Scale::Times(1.0 / 255.0),
                mean: vec![0.5],
                // Twice is by a half, to the bit.
                std: vec![0.5],
                ..Preparation::default()
            },
            Self::ImageNetPytorch => Preparation {
                fit: Fit::Short(None),
                filter: Filter::Bilinear,
                scale: Scale::By(255.0),
                mean: vec![0.485, 0.456, 0.406],
                std: vec![0.229, 0.224, 0.225],
                ..Preparation::default()
            },
            Self::AmctSample => Preparation {
                scale: Scale::By(128.0),
                mean: vec![1.0],
                ..Preparation::default()
            },
        }
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, preset)| *preset).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
            format!("presets are {}", words.join(", "))
        })
    }
}

impl Preparation {
    /// Whether means and standard deviations are one, or one for each channel.
    ///
    /// # Errors
    /// They are not.
    pub fn check(&self, channels: usize) -> Result<()> {
        for (name, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != 1 && values.len() != channels {
                let what = format!("{name}: {} numbers for {channels} channels", values.len());
                return Err(Error::invalid(what, "give one, or one for each channel"));
            }
        }
        Ok(())
    }

    /// The pixels of a picture's file, as the tool decodes it whose filter is taken.
    ///
    /// # Errors
    /// The file cannot be decoded.
    pub fn decode(&self, file: &[u8]) -> Result<Picture> {
        decode(file, self.filter.decoder())
    }

    /// A picture's file as floats of `height` × `width` × `channels`.
    ///
    /// # Errors
    /// The file cannot be decoded, or the size cannot be reached.
    pub fn floats(&self, file: &[u8], width: usize, height: usize, channels: usize) -> Result<Vec<f32>> {
        self.floats_of(&self.decode(file)?, width, height, channels)
    }

    /// A picture as floats of `height` × `width` × `channels`.
    ///
    /// # Errors
    /// The size cannot be reached.
    pub fn floats_of(
        &self,
        picture: &Picture,
        width: usize,
        height: usize,
        channels: usize,
    ) -> Result<Vec<f32>> {
        self.check(channels)?;
        let mut data = if self.filter.is_float() {
            let picture = self.cut(picture)?.with_channels(channels)?;
            let picture = picture.map(|x| self.scale.of(f32::from(x)));
            let resize = |picture: &Picture<f32>, w, h| resize::floats(picture, w, h, self.filter);
            self.fitted(&picture, width, height, resize)?.data
        } else {
            let picture = self.sized(picture, width, height, channels)?;
            picture.map(|x| self.scale.of(f32::from(x))).data
        };
        if self.bgr {
            swap(&mut data, channels);
        }
        self.center(&mut data, channels, 1);
        Ok(data)
    }

    /// A picture as bytes of `height` × `width` × `channels`: without what [`Self::scale`] and the rest make of them.
    ///
    /// # Errors
    /// As [`Self::floats_of`].
    pub fn bytes_of(
        &self,
        picture: &Picture,
        width: usize,
        height: usize,
        channels: usize,
    ) -> Result<Vec<u8>> {
        let mut data = if self.filter.is_float() {
            let picture = self.cut(picture)?.with_channels(channels)?.map(f32::from);
            let resize = |picture: &Picture<f32>, w, h| resize::floats(picture, w, h, self.filter);
            let picture = self.fitted(&picture, width, height, resize)?;
            // Means of bytes: not below 0, not above 255.
            picture.map(|x| (x + 0.5) as u8).data
        } else {
            self.sized(picture, width, height, channels)?.data
        };
        if self.bgr {
            swap(&mut data, channels);
        }
        Ok(data)
    }

    /// Numbers 0…255 of other arrays, normalized in place as those of a picture. Channels follow each other at a distance of
    /// `inner` elements: 1 in NHWC, height · width in NCHW.
    ///
    /// # Errors
    /// Another number of means than channels.
    pub fn normalize(&self, data: &mut [f32], channels: usize, inner: usize) -> Result<()> {
        self.check(channels)?;
        data.iter_mut().for_each(|x| *x = self.scale.of(*x));
        self.center(data, channels, inner);
        Ok(())
    }

    fn sized(&self, picture: &Picture, width: usize, height: usize, channels: usize) -> Result<Picture> {
        let picture = self.cut(picture)?.with_channels(channels)?;
        let resize = |picture: &Picture, w, h| resize::bytes(picture, w, h, self.filter);
        self.fitted(&picture, width, height, resize)
    }

    /// The part of a picture that is kept before the resize.
    fn cut(&self, picture: &Picture) -> Result<Picture> {
        self.crop.map_or_else(
            || Ok(picture.clone()),
            |fraction| crop::central(picture, fraction),
        )
    }

    /// What was cut, in its size.
    fn fitted<T: Copy>(
        &self,
        picture: &Picture<T>,
        width: usize,
        height: usize,
        resize: impl Fn(&Picture<T>, usize, usize) -> Result<Picture<T>>,
    ) -> Result<Picture<T>> {
        let Fit::Short(short) = self.fit else {
            return resize(picture, width, height);
        };
        let short = short.unwrap_or((width.min(height) as f64 / KEPT) as usize);
        let (w, h) = (picture.width, picture.height);
        let long = short.saturating_mul(w.max(h)) / w.min(h);
        let (w, h) = if w <= h { (short, long) } else { (long, short) };
        crop::center(&resize(picture, w, h)?, width, height)
    }

    /// Mean and standard deviation.
    fn center(&self, data: &mut [f32], channels: usize, inner: usize) {
        let one = |values: &[f32], channel: usize| values[if values.len() == 1 { 0 } else { channel }];
        let pairs: Vec<(f32, f32)> = (0..channels)
            .map(|channel| (one(&self.mean, channel), one(&self.std, channel)))
            .collect();
        for block in data.chunks_mut(inner * channels) {
            for (part, (mean, std)) in block.chunks_mut(inner).zip(&pairs) {
                part.iter_mut().for_each(|x| *x = (*x - mean) / std);
            }
        }
    }
}

/// Red and blue change places.
fn swap<T>(data: &mut [T], channels: usize) {
    if channels == 3 {
        data.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
    }
}

/// `height` × `width` × `channels` to `channels` × `height` × `width`.
pub fn channels_first<T: Copy>(data: &[T], channels: usize) -> Vec<T> {
    let channel = |c| data.iter().skip(c).step_by(channels).copied();
    (0..channels).flat_map(channel).collect()
}
