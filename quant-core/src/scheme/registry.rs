//! The families that are there, by their names.

use std::sync::Arc;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_types::{Granularity, QuantType};

use super::setting::{Encoding, Per, Setting};
use super::tflite::{FLAVOURS, Flavour};
use super::{Scheme, one};
use crate::config::Config;

/// Schemes by their names, the one that is taken when none is named first.
#[derive(Clone, Debug)]
pub struct Schemes(Vec<Arc<dyn Scheme>>);

impl Default for Schemes {
    /// Those of this crate, with the flags that they have when none is given: a line each.
    fn default() -> Self {
        // ONE's circle-quantizer, and TensorFlow Lite's.
        let mut all: Vec<Arc<dyn Scheme>> = vec![Arc::new(one::One::default())];
        all.extend(FLAVOURS.iter().map(|kind| Arc::new(Flavour::new(kind)) as _));
        Self(all)
    }
}

impl Schemes {
    /// Adds a scheme of one's own.
    ///
    /// # Errors
    /// Another one has its name.
    pub fn add(&mut self, scheme: impl Scheme + 'static) -> Result<()> {
        if self.iter().any(|other| other.name() == scheme.name()) {
            return Err(Error::new(
                Place::named("scheme", scheme.name()),
                Problem::Duplicate("another scheme has its name".into()),
                "give it another name",
            ));
        }
        self.0.push(Arc::new(scheme));
        Ok(())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Scheme> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The scheme of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, name: &str) -> Result<Arc<dyn Scheme>> {
        let found = self.0.iter().find(|scheme| scheme.name() == name);
        found.cloned().ok_or_else(|| {
            let names: Vec<&str> = self.iter().map(Scheme::name).collect();
            Error::new(
                Place::named("scheme", name),
                Problem::UnknownName {
                    name: name.to_owned(),
                    text: Some("there is no such scheme".into()),
                },
                format!("schemes are {}", names.join(", ")),
            )
        })
    }

    /// The scheme that is taken when none is named.
    pub fn standard(&self) -> Arc<dyn Scheme> {
        Arc::clone(&self.0[0])
    }
}

/// The scheme of this crate that has the name.
///
/// # Errors
/// There is none.
pub fn find(name: &str) -> Result<Arc<dyn Scheme>> {
    Schemes::default().find(name)
}

/// The scheme that is taken when none is named.
pub fn standard() -> Arc<dyn Scheme> {
    Schemes::default().standard()
}

impl Config {
    /// One setting for the whole model, in two words of the scheme that is taken when none is named.
    pub fn new(dtype: QuantType, granularity: Granularity) -> Self {
        one::One::default().config(dtype, granularity)
    }

    /// Weights alone become integers, symmetric, with one scale for each channel; in the scheme that is taken when none is
    /// named.
    pub fn weights_only(dtype: QuantType) -> Self {
        let weights = Encoding::of(dtype, Per::Channel);
        Self::of(standard(), Setting::weights(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_found_by_their_names() {
        assert_eq!(find("one").unwrap().name(), standard().name());
        let error = find("two").unwrap_err().to_string();
        assert!(
            error.starts_with("scheme `two`: there is no such scheme; schemes are one, "),
            "{error}"
        );
        let error = Schemes::default().add(one::One::default()).unwrap_err();
        assert!(matches!(error.problem(), Problem::Duplicate(_)), "{error}");
    }
}
