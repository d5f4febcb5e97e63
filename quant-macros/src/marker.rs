//! Names that words become: the types that stand for them, and the modules and functions of tests.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::manifest::Attributes;

/// `fake_quantization` to `FakeQuantization`.
pub fn marker(word: &str) -> Ident {
    let part =
        |part: &str| part.get(..1).unwrap_or_default().to_uppercase() + part.get(1..).unwrap_or_default();
    format_ident!("{}", word.split('_').map(part).collect::<String>())
}

/// A test of a name: a function, or where its row has tags a module with a function that is called after them, so that
/// `cargo test tag_slow` finds it and whatever found it before still does.
pub fn test(
    name: &str,
    attributes: Option<&Attributes>,
    body: &dyn Fn(&TokenStream) -> TokenStream,
) -> TokenStream {
    let ignore = attributes.and_then(|attributes| attributes.ignore.as_ref());
    let ignore = ignore.map(|why| quote! { #[ignore = #why] });
    let name = format_ident!("{name}");
    let tags = attributes.map_or(&[][..], |attributes| &attributes.tags);
    if tags.is_empty() {
        let body = body(&TokenStream::new());
        return quote! { #[test] #ignore fn #name() { #body } };
    }
    let tags: Vec<String> = tags.iter().map(|tag| format!("tag_{tag}")).collect();
    let tags = format_ident!("{}", tags.join("_"));
    let body = body(&quote! { super:: });
    quote! { mod #name { #[test] #ignore fn #tags() { #body } } }
}
