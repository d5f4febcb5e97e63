//! The tests of checkpoints.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::manifest::Checkpoint;
use crate::marker::{marker, test};

/// A module for each checkpoint, its devices and methods.
pub(crate) fn checkpoints(krate: &syn::Path, cases: &[Checkpoint]) -> TokenStream {
    let mut tree: BTreeMap<(&str, &str), BTreeMap<&str, TokenStream>> = BTreeMap::new();
    for case in cases {
        let method = format_ident!("{}", case.method);
        let [device, by] = [&case.device, &case.method].map(|word| marker(word));
        let name = &case.name;
        let attributes = case.attributes.as_ref();
        let text = attributes.map_or("", |attributes| attributes.text.as_str());
        let test = test("quantization", attributes, &|up| {
            quote! {
                use #krate::markers as m;
                #krate::run::checkpoint::<super::super::super::#up __Quantizer, m::#device, m::#by>(
                    super::super::super::#up __ACCEPT,
                    env!("CARGO_MANIFEST_DIR"),
                    #name,
                    #text,
                );
            }
        });
        let test = quote! { mod #method { #test } };
        let methods = tree.entry((&case.module, &case.device)).or_default();
        methods.insert(&case.method, test);
    }
    let mut modules: BTreeMap<&str, TokenStream> = BTreeMap::new();
    for ((module, device), methods) in tree {
        let (device, methods) = (format_ident!("{device}"), methods.values());
        modules
            .entry(module)
            .or_default()
            .extend(quote! { mod #device { #(#methods)* } });
    }
    modules
        .iter()
        .map(|(module, devices)| {
            let module = format_ident!("{module}");
            quote! { mod #module { #devices } }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_have_their_documented_names() {
        let case = |device: &str, method: &str| Checkpoint {
            module: "net_1".into(),
            name: "Net-1".into(),
            device: device.into(),
            method: method.into(),
            attributes: None,
        };
        let cases = [
            case("max78000", "qat"),
            case("max78002", "max"),
            case("max78000", "stddev"),
        ];
        let krate = syn::parse_quote!(tg);
        let text = checkpoints(&krate, &cases).to_string();
        for part in [
            "mod net_1 { mod max78000 { mod qat { # [test] fn quantization ()",
            "mod max78002 { mod max {",
            "m :: Max78000 , m :: Stddev > (",
            "\"Net-1\"",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(text.matches("mod net_1 ").count(), 1, "{text}");
    }
}
