//! Options of a model's operators.

/// Options of a kind: `options!(Conv2DOptions: Conv2DOptionsT { field: value, … })`; fields that are not named are
/// defaults. (The generated structs are non-exhaustive.) The caller has quant-ir and quant-schema.
#[macro_export]
macro_rules! options {
    ($kind:ident: $type:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        #[allow(unused_mut)] // some have no fields
        let mut options = ::quant_schema::$type::default();
        $(options.$field = $value;)*
        ::quant_ir::Options::new(::quant_schema::BuiltinOptionsT::$kind(Box::new(options)))
    }};
}
