//! STABLEHLO_COMPOSITE: an operator that carries its own meaning, as a graph of the same file. Runtimes that know its
//! name may have a kernel of their own; here the graph runs.

use quant_schema::BuiltinOptions2T;

use super::if_op::outputs;
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::STABLEHLO_COMPOSITE,
    name: "StableHLOComposite",
    inputs: (0, usize::MAX),
    shape: |_| Ok(Vec::new()),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let place = call.place();
    let graph = match call.op.options.newer() {
        BuiltinOptions2T::StableHLOCompositeOptions(options) => options.decomposition_subgraph_index,
        _ => return Err(options::mismatch(&place, "StableHLOCompositeOptions")),
    };
    let inputs = (0..call.inputs.len()).map(|at| call.input(at).cloned());
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    outputs(call, call.run.call(&place, graph, &inputs)?)
}

#[cfg(test)]
mod tests {
    use quant_schema::StableHLOCompositeOptionsT;

    use super::*;
    use crate as interp;
    use quant_ir::ErrorKind;
    use quant_ir::{Model, OpId, Options};

    /// `y` = the composite of `reads`, whose meaning is the graph `number`; graph 1 adds its two inputs.
    fn model(reads: &str, number: i32) -> Model {
        let build = |text: &str| quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
        let operand =
            |name: &str| format!(r#"operand {{ name: "{name}" type: FLOAT32 shape {{ dim: 2 }} }}"#);
        let operands = ["x", "y"].map(operand).join("\n");
        let mut model = build(&format!(
            r#"{operands} operation {{ type: "StableHLOComposite" {reads} output: "y" }} input: "x" output: "y""#
        ));
        let operands = ["a", "b", "c"].map(operand).join("\n");
        let body = build(&format!(
            r#"{operands} operation {{ type: "Add" input: "a" input: "b" output: "c" }}
            input: "a" input: "b" output: "c""#
        ));
        model.add_graph(body.main().clone());
        let mut options = StableHLOCompositeOptionsT::default();
        options.decomposition_subgraph_index = number;
        let options = Options::newer_kind(BuiltinOptions2T::StableHLOCompositeOptions(Box::new(options)));
        let main = model.main_mut();
        main.edit(OpId(0), |op| op.options = options).unwrap();
        model
    }

    fn run(model: &Model) -> Result<Vec<Value>> {
        interp::run(model, &[Value::f32(vec![2], vec![1.5, -3.0])])
    }

    #[test]
    fn its_graph_runs() {
        let made = run(&model(r#"input: "x" input: "x""#, 1)).unwrap();
        assert_eq!(made[0].as_f32().unwrap(), [3.0, -6.0]);
    }

    #[test]
    fn what_contradicts_itself_is_an_error_that_names_it() {
        let twice = r#"input: "x" input: "x""#;
        let mut more_outputs = model(twice, 1);
        let body = &mut more_outputs.graphs_mut()[1];
        body.set_outputs(body.outputs().repeat(2)).unwrap();
        let mut none = model(twice, 1);
        let main = none.main_mut();
        main.edit(OpId(0), |op| op.options = Options::default()).unwrap();
        let rows = [
            (model(twice, 2), "subgraph 2 does not exist"),
            (model(twice, -1), "subgraph -1 does not exist"),
            (
                model(r#"input: "x""#, 1),
                "it takes (float32, float32), and is called with (float32)",
            ),
            (model(r#"input: "x" input: """#, 1), "input 1 is missing"),
            (more_outputs, "its graph makes 2 values for 1 outputs"),
            (none, "it does not carry StableHLOCompositeOptions"),
        ];
        for (model, what) in rows {
            let error = run(&model).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            let text = error.to_string();
            assert!(
                text.starts_with("STABLEHLO_COMPOSITE `y`: ") && text.contains(what),
                "{text}"
            );
        }
        // A graph that calls itself.
        let error = run(&model(r#"input: "x""#, 0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
}
