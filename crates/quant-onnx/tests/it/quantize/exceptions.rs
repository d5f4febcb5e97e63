//! Option sets that are not compared, each with its reason.

/// Why a model's option set is not compared.
pub fn reason(model: &str, set: &str) -> Option<&'static str> {
    Some(match (model, set) {
        ("if_branch" | "loop_body", "dyn_sub") => "EnableSubgraph in a model with subgraphs is refused",
        _ => return None,
    })
}
