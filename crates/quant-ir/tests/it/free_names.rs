//! Tests of `free_names`.

use quant_ir::Graph;

use quant_ir::{DType, FreeNames, Tensor};

/// What a walk over all names finds.
fn naive(names: &[String], name: &str) -> String {
    let numbered = (1..).map(|number| format!("{name}_{number}"));
    let mut all = std::iter::once(name.to_owned()).chain(numbered);
    all.find(|free| !names.contains(free)).unwrap()
}

#[test]
fn free_names_are_those_that_a_walk_finds() {
    let mut graph = Graph::new();
    let mut names: Vec<String> = ["w", "w_2", "x", "", "w", "w_1_1"].map(String::from).to_vec();
    for name in &names {
        graph.add_tensor(Tensor::new(name, DType::Float32, vec![1]));
    }
    let mut free = FreeNames::of(&graph);
    for (number, name) in ["w", "w", "", "y", "y", "w_1", "w", "x"]
        .into_iter()
        .cycle()
        .take(64)
        .enumerate()
    {
        let found = free.take(name);
        assert_eq!(found, naive(&names, name));
        names.push(found);
        // Every third time one that has been there for long goes.
        if number % 3 == 0 {
            let gone = names.remove(number % names.len());
            free.give_back(&gone);
        }
    }
}
