//! What nodes of frameworks have in common: attributes of known kinds.

/// Methods of `Node` that read an attribute of one kind each, with the hint for one that is of another kind. The type has
/// `get(name)`, which gives an `Attribute`, and `place()`.
#[macro_export]
macro_rules! typed_attributes {
    ($node:ty, $hint:literal; $($(#[$doc:meta])* $name:ident: $type:ty, $wanted:literal = $found:pat => $value:expr;)*) => {
        impl $node {
            $(
                $(#[$doc])*
                ///
                /// `None` when it is not there.
                ///
                /// # Errors
                /// It is of another kind, or cannot be read.
                pub fn $name(&self, name: &str) -> ::quant_ir::Result<Option<$type>> {
                    let value = match self.get(name)? {
                        None => return Ok(None),
                        Some($found) => $value,
                        #[allow(unreachable_patterns)] // a pattern may take all that there is
                        Some(_) => None,
                    };
                    value.map(Some).ok_or_else(|| {
                        let what = format!("attribute `{name}` is not {}", $wanted);
                        ::quant_ir::Error::new(self.place(), ::quant_ir::Problem::Malformed(what), $hint)
                    })
                }
            )*
        }
    };
}
