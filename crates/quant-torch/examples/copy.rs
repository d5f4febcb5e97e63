//! Copies a checkpoint: `copy IN OUT [zip|legacy]`. `tools/check_torch.py` asks PyTorch whether the copy is equal.

use std::path::Path;

use quant_torch::{Checkpoint, Error, Format, Problem};

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (from, to, format) = match words.as_slice() {
        [from, to] => (from, to, None),
        [from, to, word] if word == "zip" => (from, to, Some(Format::Zip)),
        [from, to, word] if word == "legacy" => (from, to, Some(Format::Legacy)),
        _ => {
            return Err(Error::new(
                "",
                Problem::Option("wrong arguments".into()),
                "write `copy IN OUT [zip|legacy]`",
            ));
        }
    };
    let mut checkpoint = Checkpoint::open(Path::new(from))?;
    if let Some(format) = format {
        checkpoint.set_format(format)?;
    }
    let mut bytes = Vec::new();
    checkpoint.write(&mut bytes)?;
    Ok(std::fs::write(to, bytes)?)
}
