//! `amct predict`: what a float graph and its quantized one say of pictures, in the words of AMCT's samples.

use std::path::{Path, PathBuf};

use quant_amct::run::floats;
use quant_core::interp::{Interpreter, Workspace};

use crate::amct::{InputShape, Outputs, model};
use crate::data::{self, Data, Shapes};
use crate::failure::Result;
use crate::{files, options};

#[derive(clap::Args)]
pub struct Args {
    /// Float graph
    origin: PathBuf,
    /// Quantized graph
    quantized: PathBuf,
    /// Output node [default: the node that nobody reads]
    #[arg(long, value_name = "NAME")]
    outputs: Option<Outputs>,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    prepare: Shapes,
    /// Shapes of inputs, as in input:1,224,224,3, with ; between inputs
    #[arg(long, value_name = "SHAPES", default_value = "")]
    input_shape: InputShape,
}

pub fn run(args: &Args) -> Result {
    for (title, path) in [("Origin", &args.origin), ("Quantized", &args.quantized)] {
        files::print(&format!("{title} Model Prediction:\n"))?;
        predict(args, path)?;
    }
    Ok(())
}

/// The class with the greatest score, and that score, of each example.
fn predict(args: &Args, path: &Path) -> Result {
    let graph = model::read(path)?;
    // A quantized graph may give the output by the name of its Dequant node.
    let has = |outputs: &&Outputs| outputs.0.iter().all(|name| graph.find(name).is_some());
    let outputs = model::outputs(&graph, args.outputs.as_ref().filter(has), path)?;
    let shapes = model::shapes(&graph, &args.input_shape, 1)?;
    let runner = model::runner(&graph, &outputs, &shapes, path)?;
    let records = args.data.open(runner.model(), &args.prepare)?;
    let interpreter = Interpreter::new(runner.model()).map_err(|error| error.within(path.display()))?;
    let mut workspace = Workspace::default();
    for index in 0..records.len() {
        let values = interpreter.run_with(records.get(index)?, &mut workspace, &mut |_, _, _| Ok(()))?;
        let Some(value) = values.first() else { continue };
        let examples = value.shape.first().copied().unwrap_or(1).max(1);
        let scores = floats(value)?;
        for scores in scores.chunks((scores.len() / examples).max(1)) {
            let best = |best: usize, class: usize| if scores[class] > scores[best] { class } else { best };
            let class = (0..scores.len()).fold(0, best);
            files::print(&format!(
                " \tcategory index: {class}\n \tcategory prob: {:.3}\n",
                scores[class]
            ))?;
        }
    }
    Ok(())
}
