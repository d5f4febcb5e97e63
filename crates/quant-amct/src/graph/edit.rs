//! Inputs of nodes read and changed.

use quant_tensorflow::Node;

/// The node that makes an input, as it is named there.
pub(super) fn producer_name(input: &str) -> String {
    input
        .trim_start_matches('^')
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Makes a node read another tensor; gives the node that it read before.
pub(super) fn replace_input(node: &mut Node, input: usize, new: &str) -> Option<String> {
    let mut inputs: Vec<String> = node.input_names().map(str::to_owned).collect();
    let old = inputs
        .get_mut(input)
        .map(|name| std::mem::replace(name, new.to_owned()));
    node.set_inputs(&inputs);
    old.map(|name| producer_name(&name))
}
