//! Targets that take TensorFlow's graphs.

use quant_core::format;
use quant_core::ir::FileFormat;
use quant_tensorflow::{Graph, Lowering, text};

/// A graph's binary form: an error, or a graph that is written and read as the same one, in both forms, and a model that can
/// be written.
///
/// # Panics
/// Something got lost.
pub fn graph_def(bytes: &[u8]) {
    let Ok(graph) = Graph::from_bytes(bytes.to_vec()) else {
        return;
    };
    match graph.to_bytes().and_then(Graph::from_bytes) {
        Ok(again) => assert_eq!(again, graph, "the binary form lost something"),
        Err(error) => panic!("what was written is refused: {error}"),
    }
    of_graph(&graph);
}

/// The text form of any message, and that of a graph.
///
/// # Panics
/// What was written is not read, or reads as something else.
pub fn graph_text(bytes: &[u8]) {
    let bytes = String::from_utf8_lossy(bytes);
    let fields = text::read(&bytes);
    let Ok(graph) = Graph::from_text(&bytes) else {
        return;
    };
    assert!(fields.is_ok(), "a graph's text is no text");
    of_graph(&graph);
}

fn of_graph(graph: &Graph) {
    let Ok(text) = graph.to_text() else {
        panic!("a graph that was read has no text");
    };
    // Packed numbers may have been several fields.
    let again = Graph::from_text(&text).and_then(|graph| graph.to_text());
    match again {
        Ok(again) => assert_eq!(again, text, "the text form lost something"),
        Err(error) => panic!("a text that was written is refused: {error}"),
    }
    for whole in [true, false] {
        let lowering = Lowering {
            whole,
            ..Lowering::default()
        };
        let Ok(lowered) = graph.lower(&lowering) else {
            continue;
        };
        if let Ok(file) = format::export(&lowered.model, FileFormat::Tflite)
            && let Err(error) = format::import(&file)
        {
            panic!("the file of a graph's model is refused: {error}");
        }
    }
}
