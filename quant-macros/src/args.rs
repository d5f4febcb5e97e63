//! The arguments of the macro.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Path, Result, Token, Type, braced, parse_quote};

/// `crate = PATH, quantizer = TYPE, stages = { WORD: TYPE, … }`, each at most once, in any order.
pub struct Args {
    /// The path of `quant_testgen`.
    pub krate: Path,
    /// The quantizer under test.
    pub quantizer: Type,
    /// What each of the package's own stages makes of a tensor.
    pub stages: Vec<(Ident, Type)>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut krate, mut quantizer): (Option<Path>, Option<Type>) = (None, None);
        let mut stages: Option<Vec<(Ident, Type)>> = None;
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            let twice = match key.to_string().as_str() {
                "crate" => krate.replace(input.call(Path::parse_mod_style)?).is_some(),
                "quantizer" => quantizer.replace(input.parse()?).is_some(),
                "stages" => stages.replace(self::stages(input)?).is_some(),
                other => {
                    let what = format!(
                        "`{other}` is no argument; use `crate = PATH`, `quantizer = TYPE` or `stages = {{ WORD: TYPE }}`"
                    );
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
        Ok(Self {
            krate,
            quantizer,
            stages: stages.unwrap_or_default(),
        })
    }
}

/// `{ WORD: TYPE, … }`.
fn stages(input: ParseStream<'_>) -> Result<Vec<(Ident, Type)>> {
    let inside;
    braced!(inside in input);
    let mut stages: Vec<(Ident, Type)> = Vec::new();
    while !inside.is_empty() {
        let word = inside.call(Ident::parse_any)?;
        inside.parse::<Token![:]>()?;
        if stages.iter().any(|(other, _)| *other == word) {
            return Err(Error::new(
                word.span(),
                format!("stage `{word}` stands here twice"),
            ));
        }
        stages.push((word, inside.parse()?));
        if !inside.is_empty() {
            inside.parse::<Token![,]>()?;
        }
    }
    Ok(stages)
}
