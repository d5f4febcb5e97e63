//! What a run refuses: inputs that the graph does not take, outputs that it does not say.

use crate::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::{MAX_ELEMENTS, MAX_LIVE_ELEMENTS};
use quant_ir::value::Value;
use quant_ir::{Graph, Operator, Tensor, TensorId};

/// Refuses inputs that the graph does not take.
///
/// # Errors
/// Another number, type or shape; a dimension of −1 in the signature takes any size.
pub fn check_inputs(graph: &Graph, inputs: &[Value]) -> Result<()> {
    if inputs.len() != graph.inputs().len() {
        return Err(Error::new(
            "record",
            Problem::Count(format!(
                "{} inputs are given, the model has {}",
                inputs.len(),
                graph.inputs().len()
            )),
            "give one value for each graph input",
        ));
    }
    for (id, value) in graph.inputs().iter().zip(inputs) {
        let tensor = graph.tensor(*id);
        if value.dtype() != tensor.dtype || !shape_fits(tensor, &value.shape) {
            return Err(Error::new(
                Place::tensor("input", &tensor.name).numbered(id.0),
                Problem::Value {
                    found: value.dtype(),
                    found_shape: value.shape.clone(),
                    expected: tensor.dtype,
                    expected_shape: tensor.shape.clone(),
                },
                "give data of the model's type and shape",
            ));
        }
        if !value.is_whole() {
            return Err(Error::new(
                Place::tensor("input", &tensor.name).numbered(id.0),
                Problem::Count(format!(
                    "{} elements do not fill shape {:?}",
                    value.data.len(),
                    value.shape
                )),
                "give as many elements as the shape has",
            ));
        }
    }
    Ok(())
}

/// Refuses a result that does not fill its shape, before anything reads it: kernels go by shapes. `shape` is what the
/// operator's shape rule said, when it said one.
pub(super) fn check_made(graph: &Graph, op: &Operator, value: &Value, shape: Option<&[usize]>) -> Result<()> {
    if value.is_whole() && shape.is_none_or(|shape| shape == value.shape) {
        return Ok(());
    }
    Err(Error::new(
        ops::place(graph, op),
        Problem::Unsupported(format!(
            "its kernel made {} elements for an output of shape {:?}",
            value.data.len(),
            shape.unwrap_or(&value.shape)
        )),
        "report it with the model, and replace the operator",
    ))
}

/// Refuses another number of outputs than the operator makes, and what [`check_output`] refuses. `shapes` is empty for
/// operators that only know when they have run.
pub(super) fn check_outputs(graph: &Graph, op: &Operator, shapes: &[Vec<usize>], said: bool) -> Result<()> {
    if !shapes.is_empty() {
        check_number(graph, op, shapes.len(), op.outputs.len() == shapes.len())?;
    }
    let mut outputs = op.outputs.iter().zip(shapes);
    outputs.try_for_each(|(id, shape)| check_output(graph, op, *id, shape, said))
}

/// Refuses another number of outputs than the operator makes, when it is not `right`.
pub(super) fn check_number(graph: &Graph, op: &Operator, made: usize, right: bool) -> Result<()> {
    if right {
        return Ok(());
    }
    Err(Error::new(
        ops::place(graph, op),
        Problem::Count(format!("it has {} outputs, it makes {made}", op.outputs.len())),
        "convert the model again",
    ))
}

/// Refuses an output of another shape than the model says, or larger than any tensor may be.
/// Unless `said`, the file's shapes do not hold for this run (inputs of another size, a called graph), and only
/// those count that a signature repeats.
pub(super) fn check_output(
    graph: &Graph,
    op: &Operator,
    id: TensorId,
    shape: &[usize],
    said: bool,
) -> Result<()> {
    check_size(graph, op, shape)?;
    let tensor = graph.tensor(id);
    if (!said && tensor.shape_signature.is_none())
        || shape_fits(tensor, shape)
        || (tensor.shape.is_empty() && !tensor.has_rank)
    {
        return Ok(());
    }
    Err(Error::new(
        ops::place(graph, op),
        Problem::OutputShape {
            found: shape.to_vec(),
            expected: tensor.shape.clone(),
        },
        "correct the shape in the model",
    ))
}

/// Refuses an output larger than any tensor may be.
pub(super) fn check_size(graph: &Graph, op: &Operator, shape: &[usize]) -> Result<()> {
    let elements = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if elements.is_none_or(|elements| elements > MAX_ELEMENTS) {
        return Err(Error::new(
            ops::place(graph, op),
            Problem::TooLarge {
                what: "its output of shape",
                shape: shape.to_vec(),
                limit: MAX_ELEMENTS,
            },
            "correct the operator's options",
        ));
    }
    Ok(())
}

/// Refuses more elements of activations than may live at once.
pub(super) fn check_live(graph: &Graph, op: &Operator, live: usize) -> Result<()> {
    if live <= MAX_LIVE_ELEMENTS {
        return Ok(());
    }
    Err(Error::limit(
        ops::place(graph, op),
        format!("activations of {live} elements live at once, more than {MAX_LIVE_ELEMENTS}"),
        "use smaller inputs, or fewer graph outputs",
    ))
}

/// Whether an input has another shape than the file says, as its signature allows.
pub(super) fn resized(graph: &Graph, inputs: &[Value]) -> bool {
    let said = |(id, value): (&TensorId, &Value)| {
        let shape = graph.tensor(*id).shape.iter();
        shape
            .map(|d| usize::try_from(*d).ok())
            .ne(value.shape.iter().map(|d| Some(*d)))
    };
    graph.inputs().iter().zip(inputs).any(said)
}

fn shape_fits(tensor: &Tensor, shape: &[usize]) -> bool {
    let wanted = tensor.shape_signature.as_ref().unwrap_or(&tensor.shape);
    wanted.len() == shape.len()
        && wanted
            .iter()
            .zip(shape)
            .all(|(w, d)| *w < 0 || usize::try_from(*w) == Ok(*d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::error::ErrorKind;
    use quant_ir::value::Data;

    #[test]
    fn values_that_do_not_fill_their_shape_are_named() {
        let recipe = quant_case::recipe::parse(
            r#"operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 3 } }
            operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 3 } }
            operation { type: "Abs" input: "x" output: "y" }
            input: "x" output: "y""#,
        );
        let model = quant_recipe::build(&recipe.unwrap()).unwrap();
        let (graph, op) = (model.main(), &model.main().operators()[0]);
        let value = |shape: &[usize], count| Value {
            shape: shape.to_vec(),
            data: Data::F32(vec![0.0; count].into()),
        };
        assert_eq!(check_made(graph, op, &value(&[2, 3], 6), Some(&[2, 3])), Ok(()));
        let huge = [usize::MAX, 2, 0];
        for (wrong, shape) in [
            (value(&[2, 3], 1), None),
            (value(&[2, 3], 7), Some(&[2, 3][..])),
            (value(&[6], 6), Some(&[2, 3][..])),
            (value(&huge, 0), None),
        ] {
            let error = check_made(graph, op, &wrong, shape).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let told = error.to_string();
            assert!(
                told.starts_with("ABS `y`: its kernel made ") && told.contains(" elements"),
                "{told}"
            );
        }
        let given = crate::run(&model, &[value(&[2, 3], 5)]);
        let told = given.unwrap_err();
        assert!(matches!(told.problem(), Problem::Count(_)), "{told}");
        assert_eq!(told.tensor(), Some("x"));
    }
}
