//! The index of uses: for each tensor of a graph who makes it and who reads it.

use super::{OpId, Operator, Tensor, TensorId};
use crate::error::{Error, Problem, Result};

/// One entry for each tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses {
    pub of: Vec<Use>,
}

/// The uses of one tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// The operator that makes it.
    pub producer: Option<OpId>,
    /// The operators that read it, in execution order, each once.
    pub readers: Vec<OpId>,
    /// Whether it is a graph input.
    pub input: bool,
    /// How often it is listed as a graph output.
    pub outputs: usize,
}

impl Uses {
    /// Those of a graph's interface, as if it had no operators.
    pub fn of_interface(tensors: usize, inputs: &[TensorId], outputs: &[TensorId]) -> Self {
        let mut uses = Self {
            of: vec![Use::default(); tensors],
        };
        inputs.iter().for_each(|id| uses.of[id.0].input = true);
        outputs.iter().for_each(|id| uses.of[id.0].outputs += 1);
        uses
    }

    /// Those of operators that are known to fit.
    pub fn of_checked(
        tensors: usize,
        inputs: &[TensorId],
        outputs: &[TensorId],
        operators: &[Operator],
    ) -> Self {
        let mut uses = Self::of_interface(tensors, inputs, outputs);
        for (index, op) in operators.iter().enumerate() {
            uses.note(OpId(index), op);
        }
        uses
    }

    /// Whether an operator may stand at `index` among those that are noted.
    ///
    /// # Errors
    /// It names a tensor that is not there, makes one that has a producer, or reads one that is made later.
    pub fn check(&self, tensors: &[Tensor], index: OpId, op: &Operator) -> Result<()> {
        let wrong = |problem: Problem, hint: &str| {
            let place = format!("operator {} ({})", index.0, op.code.builtin);
            Err(Error::new(place, problem, hint))
        };
        let numbers = op.intermediates.iter().flatten();
        let intermediates = numbers.filter_map(|number| match number {
            -1 => None,
            number => Some(usize::try_from(*number).unwrap_or(usize::MAX)),
        });
        let operands = op.inputs.iter().flatten().chain(&op.outputs).map(|id| id.0);
        if let Some(missing) = operands.chain(intermediates).find(|at| *at >= self.of.len()) {
            let what = format!("tensor {missing} does not exist");
            return wrong(Problem::Malformed(what), "add the tensor first");
        }
        let mut made = op.outputs.clone();
        made.sort_unstable();
        let twice = made
            .windows(2)
            .find(|pair| pair[0] == pair[1])
            .map(|pair| pair[0]);
        for id in &made {
            let (of, tensor) = (&self.of[id.0], &tensors[id.0]);
            if of.input || of.producer.is_some() || twice == Some(*id) {
                return wrong(
                    Problem::Malformed(format!("`{}` is made twice", tensor.name)),
                    "give it an output that nothing else makes",
                );
            }
            let early = of.readers.first().is_some_and(|reader| *reader < index);
            if early && !tensor.is_variable {
                return wrong(
                    Problem::Order(format!("`{}` is read before it is made", tensor.name)),
                    "list operators in execution order",
                );
            }
        }
        for id in op.inputs.iter().flatten() {
            let late = self.of[id.0].producer.is_some_and(|producer| producer > index);
            let own = made.binary_search(id).is_ok();
            if (late || own) && !tensors[id.0].is_variable {
                return wrong(
                    Problem::Order(format!("it reads `{}` before it is made", tensors[id.0].name)),
                    "list operators in execution order",
                );
            }
        }
        Ok(())
    }

    /// Notes what an operator makes and reads.
    pub fn note(&mut self, index: OpId, op: &Operator) {
        for id in &op.outputs {
            self.of[id.0].producer = Some(index);
        }
        for id in op.inputs.iter().flatten() {
            let readers = &mut self.of[id.0].readers;
            // Mostly operators come one behind the other.
            if readers.last().is_none_or(|last| *last < index) {
                readers.push(index);
            } else if let Err(at) = readers.binary_search(&index) {
                readers.insert(at, index);
            }
        }
    }

    /// Forgets what an operator makes and reads.
    pub fn forget(&mut self, index: OpId, op: &Operator) {
        for id in &op.outputs {
            self.of[id.0].producer = None;
        }
        for id in op.inputs.iter().flatten() {
            let readers = &mut self.of[id.0].readers;
            if let Ok(at) = readers.binary_search(&index) {
                readers.remove(at);
            }
        }
    }

    /// Forgets all operators.
    pub fn clear(&mut self) {
        for of in &mut self.of {
            of.producer = None;
            of.readers.clear();
        }
    }
}
