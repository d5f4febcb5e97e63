//! Words of the package's own: a marker for each, and which of them go together.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::args::Args;
use crate::manifest::{Case, Manifest};
use crate::marker::marker;

/// The markers, and the combinations that exist; nothing for a package that uses ONE's words alone.
///
/// # Errors
/// A stage that `build.rs` declares has no type in the arguments, or the other way round.
pub fn words(args: &Args, manifest: &Manifest) -> Result<TokenStream> {
    let Args { krate, stages, .. } = args;
    let [granularities, types, own_stages] = &manifest.words;
    if let Some((word, _)) = stages
        .iter()
        .find(|(word, _)| !own_stages.contains(&word.to_string()))
    {
        let what = format!(
            "build.rs declares no stage `{word}`; declare it with `.stage(\"{word}\")`, or remove it here"
        );
        return Err(Error::new(word.span(), what));
    }
    let stage = |word: &String| {
        let made = stages.iter().find(|(stage, _)| stage == word);
        let (_, made) = made.ok_or_else(|| {
            let what = format!(
                "build.rs declares the stage `{word}`; say here what it makes of a tensor: `stages = {{ {word}: TYPE }}`"
            );
            Error::new(proc_macro2::Span::call_site(), what)
        })?;
        let (name, doc) = (marker(word), format!("The stage `{word}`, declared in build.rs."));
        Ok(quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            #[allow(dead_code)]
            pub struct #name;
            impl #krate::markers::StageMarker for #name {
                const VALUE: #krate::markers::Stage = #krate::markers::Stage::Own(#word);
                type Tensor = #made;
            }
        })
    };
    let stages = own_stages.iter().map(stage).collect::<Result<Vec<_>>>()?;
    let plain = |axis: &str, words: &[String]| {
        let kind = marker(&format!("{axis}_marker"));
        let one = |word: &String| {
            let (name, doc) = (
                marker(word),
                format!("The {axis} `{word}`, declared in build.rs."),
            );
            quote! {
                #[doc = #doc]
                #[derive(Clone, Copy, Debug)]
                #[allow(dead_code)]
                pub struct #name;
                impl #krate::markers::#kind for #name {
                    const WORD: #krate::markers::Word = #krate::markers::Word::new(#word);
                }
            }
        };
        words.iter().map(one).collect::<TokenStream>()
    };
    let (granularities, types) = (plain("granularity", granularities), plain("type", types));
    let exist = manifest.exists.iter().map(|combination| {
        let [granularity, dtype, stage] = combination
            .each_ref()
            .map(|word| path(args, manifest, word, &TokenStream::new()));
        quote! { impl #krate::markers::Exists<#dtype, #stage, __Words> for #granularity {} }
    });
    Ok(quote! {
        #[doc(hidden)]
        #[allow(dead_code)]
        struct __Words;
        #granularities
        #types
        #(#stages)*
        #(#exist)*
    })
}

/// The markers of a case's granularity, type and stage, from so many modules below the macro as `up` says.
pub fn paths(args: &Args, manifest: &Manifest, case: &Case, up: &TokenStream) -> [TokenStream; 3] {
    let words = [&case.granularity, &case.dtype, &case.stage];
    // The module that has the markers of the directive's own words.
    let own = match case.kind.as_str() {
        "tflite" => quote! { tflite },
        "onnx" => quote! { onnx },
        _ => return words.map(|word| path(args, manifest, word, up)),
    };
    let krate = &args.krate;
    let is_own = |axis: usize, word: &str| match axis {
        0 => matches!(word, "recipe" | "block"),
        1 => true,
        _ => matches!(word, "calibration" | "remedies"),
    };
    [0, 1, 2].map(|axis| {
        let (word, name) = (words[axis], marker(words[axis]));
        if is_own(axis, word) {
            quote! { #krate::markers::#own::#name }
        } else {
            quote! { #krate::markers::#name }
        }
    })
}

/// The marker of a word of an addTest, from so many modules below the macro as `up` says.
fn path(Args { krate, .. }: &Args, manifest: &Manifest, word: &str, up: &TokenStream) -> TokenStream {
    let name = marker(word);
    if manifest.words.iter().flatten().any(|own| own == word) {
        quote! { #up #name }
    } else {
        quote! { #krate::markers::#name }
    }
}
