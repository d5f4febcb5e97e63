//! Whose integers.

/// Whose integer arithmetic is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// The reference kernels of LiteRT (`BUILTIN_REF`).
    #[default]
    LitertReference,
    /// The kernels that LiteRT takes without delegates: products of matrices and convolutions are rounded once.
    Litert,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::LitertReference, Self::Litert];

    /// Its name, as in `litert-reference`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LitertReference => "litert-reference",
            Self::Litert => "litert",
        }
    }
}
