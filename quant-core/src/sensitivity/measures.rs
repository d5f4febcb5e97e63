//! Which measures are asked.

/// What is measured of each layer. The first two take half as many runs of the model as there are layers, each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measures {
    /// [`super::Layer::restored`].
    pub restored: bool,
    /// [`super::Layer::alone`].
    pub alone: bool,
    /// [`super::Layer::added`], and what of it weights, inputs and output make: as fast as a few runs of the model.
    pub added: bool,
}

impl Measures {
    /// All of them.
    pub const ALL: Self = Self {
        restored: true,
        alone: true,
        added: true,
    };
    /// None of them.
    pub const NONE: Self = Self {
        restored: false,
        alone: false,
        added: false,
    };
    /// What layers add to their own outputs.
    pub const ADDED: Self = Self {
        added: true,
        ..Self::NONE
    };
    /// What restoring each wins.
    pub const RESTORED: Self = Self {
        restored: true,
        ..Self::NONE
    };
}
