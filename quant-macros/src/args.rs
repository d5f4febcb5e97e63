//! The arguments of the macro.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Path, Result, Token, Type, parse_quote};

/// `crate = PATH, quantizer = TYPE`, each at most once, in any order.
pub struct Args {
    /// The path of `quant_testgen`.
    pub krate: Path,
    /// The quantizer under test.
    pub quantizer: Type,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut krate, mut quantizer): (Option<Path>, Option<Type>) = (None, None);
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            let twice = match key.to_string().as_str() {
                "crate" => krate.replace(input.call(Path::parse_mod_style)?).is_some(),
                "quantizer" => quantizer.replace(input.parse()?).is_some(),
                other => {
                    let what = format!("`{other}` is no argument; use `crate = PATH` or `quantizer = TYPE`");
                    return Err(Error::new(key.span(), what));
                }
            };
            if twice {
                return Err(Error::new(key.span(), format!("`{key}` stands here twice")));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let krate = krate.unwrap_or_else(|| parse_quote!(::quant_testgen));
        let quantizer = quantizer.unwrap_or_else(|| parse_quote!(#krate::run::CoreQuantizer));
        Ok(Self { krate, quantizer })
    }
}
