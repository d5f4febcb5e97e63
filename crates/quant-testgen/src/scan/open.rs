//! Goldens of which only the test knows the names: those of model files, and of stages of the package's own.

use std::fs;

use quant_case::row::Row;
use quant_case::{Stage, Words};

use super::Scanner;

impl Scanner {
    /// Lays claim to whatever goldens a stage has; one at least. The test tells a tensor without a golden and a golden
    /// without a tensor.
    pub(super) fn open_goldens(&mut self, row: &Row, place: &str, stage: Stage) -> bool {
        let folder = self.layout.goldens(row, stage);
        self.claims.folder(&folder, place);
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let goldens: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "json"))
            .collect();
        let none = goldens.is_empty();
        for golden in goldens {
            self.claims.file(golden, place);
        }
        self.scan.missing_goldens |= none;
        if none && !self.create {
            let why = match stage {
                Stage::Own(_) => "which tensors a stage of your own has is known when it runs",
                _ => "which tensors a model file has at a stage is known when it runs",
            };
            let what = format!(
                "{}/*.json are missing; {why}, so accept what the quantizer makes with `cargo insta test --review`, or \
                 remove {row}",
                self.show(&folder)
            );
            self.error(place, &what);
        }
        true
    }

    /// Where the words of a package are known by name alone, nobody can say which goldens rows with them have.
    pub(super) fn foreign(&mut self, row: &Row, place: &str, words: &Words) {
        if !words.is_foreign() {
            return;
        }
        let [_, _, stages] = words.axes();
        for stage in stages {
            let folder = self.layout.goldens(row, Stage::Own(stage));
            self.claims.whole(folder, place);
        }
        if let (false, Some(folder)) = (
            row.is_ones(),
            self.layout.goldens(row, Stage::Quantization).parent(),
        ) {
            self.claims.whole(folder.to_owned(), place);
        }
    }
}
