//! From the words of a line to its rows.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::Stage;
use crate::attributes::{Attributes, Part};
use crate::axes::{Device, Method};
use crate::checkpoint;
use crate::limits::MAX_MATRIX_ROWS;
use crate::line::{LineError, Span};
use crate::matrix::{braces, too_many};
use crate::row::{Row, RowKind};
use crate::word::Word;
use crate::words::Words;

/// What all rows of a line have.
pub(super) struct Line<'a> {
    pub attributes: Attributes,
    pub number: u32,
    pub words: &'a Words,
}

/// The kind of a row; `None` for that of a checkpoint or an AMCT graph.
pub(super) fn directive(word: &str) -> Result<Option<RowKind>, String> {
    match word {
        "addTest" => Ok(Some(RowKind::Test)),
        "addQConfTest" => Ok(Some(RowKind::QConf)),
        "addWeightsOnlyTest" => Ok(Some(RowKind::WeightsOnly)),
        "addTFLiteTest" => Ok(Some(RowKind::TFLite)),
        "addRecipeTest" => Ok(Some(RowKind::Recipe)),
        "addOnnxTest" => Ok(Some(RowKind::Onnx)),
        checkpoint::DIRECTIVE | checkpoint::AMCT => Ok(None),
        "ignore" | "fails" | "tolerance" | "tag" | "observer" | "remedies" => Err(format!(
            "attribute `{word}` stands behind no row; write it behind one, on the same line"
        )),
        other => Err(format!(
            "directive `{other}` is unknown; use addTest, addQConfTest, addWeightsOnlyTest, addTFLiteTest, addRecipeTest, addOnnxTest, addCheckpointTest or addAmctTest"
        )),
    }
}

/// How a row is written.
pub(super) fn form(kind: &Result<Option<RowKind>, String>, amct: bool) -> &'static str {
    match kind {
        Ok(None) if amct => "write `addAmctTest(NAME calibrate|convert|qat)`",
        Ok(None) => "write `addCheckpointTest(NAME DEVICE METHOD)`",
        Ok(Some(RowKind::TFLite)) => "write `addTFLiteTest(MODEL layer|channel TYPE)`",
        Ok(Some(RowKind::Recipe)) => "write `addRecipeTest(MODEL RECIPE)`",
        Ok(Some(RowKind::Onnx)) => "write `addOnnxTest(MODEL layer|channel|block TYPE)`",
        _ => "write `addTest(MODEL layer|channel TYPE)`",
    }
}

/// Whether rows of a kind can have these attributes.
pub(super) fn may_have(kind: Option<RowKind>, attributes: &Attributes) -> Result<(), String> {
    if attributes.observer.is_some() && kind != Some(RowKind::Test) {
        return Err("an observer is of rows of addTest; remove it".to_owned());
    }
    if !attributes.remedies.is_empty() && kind != Some(RowKind::TFLite) {
        return Err("remedies are of rows of addTFLiteTest; remove them".to_owned());
    }
    for own in &attributes.tolerances {
        let part = own.part;
        match kind {
            None => {
                return Err(
                    "addCheckpointTest and addAmctTest compare integers, which have no tolerance; remove it"
                        .to_owned(),
                );
            }
            Some(RowKind::WeightsOnly) if matches!(part, Part::Min | Part::Max | Part::Bias) => {
                return Err(format!(
                    "addWeightsOnlyTest compares no {part}; use scale, zero_point or weights"
                ));
            }
            Some(RowKind::WeightsOnly) if own.is_for_floats() && part == Part::Weights => {
                return Err(
                    "addWeightsOnlyTest compares integers as weights; write `weights steps N`".to_owned(),
                );
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Where an error of a word is told: at the word where it stands for several, else at the beginning of the line.
pub(super) fn column(word: Span<'_>) -> u32 {
    if word.text.contains(['{', '}', '*']) {
        word.column
    } else {
        1
    }
}

impl Line<'_> {
    /// The rows of a line: models, then granularities, then types.
    pub fn rows(
        &self,
        kind: RowKind,
        models: &[String],
        granularity: Span<'_>,
        dtype: Span<'_>,
    ) -> Result<Vec<Row>, LineError> {
        let [granularities, types, _] = self.words.axes();
        let usual: &[&str] = match kind {
            RowKind::WeightsOnly => &["int4", "int8", "int16"],
            _ => &["uint8", "int16"],
        };
        let granularities = Axis("granularity", &["layer", "channel"], granularities)
            .of(granularity, |word| self.words.granularity_of(word))?;
        let types = Axis("type", usual, types).of(dtype, |word| self.words.dtype_of(word))?;
        self.matrix(kind, models, &granularities, &types, |granularity, dtype| {
            self.words.stages(kind, granularity, dtype)
        })
    }

    /// The rows of models, granularities and types; `stages` are those that are declared for a combination, or why there is none.
    pub fn matrix(
        &self,
        kind: RowKind,
        models: &[String],
        granularities: &[Word],
        types: &[Word],
        stages: impl Fn(Word, Word) -> Result<Vec<Stage>, String>,
    ) -> Result<Vec<Row>, LineError> {
        let row = |model: &str, granularity: Word, dtype: Word| Row {
            kind,
            model: model.to_owned(),
            granularity,
            dtype,
            declared: Vec::new(),
            attributes: self.attributes.clone(),
            line: self.number,
        };
        let mut settings = Vec::new();
        for granularity in granularities {
            for dtype in types {
                let stages = stages(*granularity, *dtype).map_err(|hint| {
                    let row = row(models.first().map_or("", String::as_str), *granularity, *dtype);
                    (1, format!("{row}: {hint}"))
                })?;
                settings.push((*granularity, *dtype, stages));
            }
        }
        within_limit(&[models.len(), settings.len()])?;
        let mut rows = Vec::new();
        for model in models {
            rows.extend(settings.iter().map(|(granularity, dtype, stages)| Row {
                declared: stages.clone(),
                ..row(model, *granularity, *dtype)
            }));
        }
        Ok(rows)
    }

    /// The rows of checkpoints: names, then devices, then methods. Without a device: those of AMCT's graphs.
    pub fn checkpoints(
        &self,
        names: &[String],
        device: Option<Span<'_>>,
        method: Span<'_>,
    ) -> Result<Vec<checkpoint::Row>, LineError> {
        let graphs = device.is_none();
        let devices = match device {
            Some(device) => {
                let known = Device::ALL.iter().filter(|device| !device.is_ascend());
                all(device, |word| one_of("device", word, known.clone(), Device::word))?
            }
            None => vec![Device::Ascend],
        };
        let axis = if graphs { "flow" } else { "method" };
        let known = Method::ALL
            .iter()
            .filter(|method| method.of_graphs() == graphs || **method == Method::Qat);
        let methods = all(method, |word| one_of(axis, word, known.clone(), Method::word))?;
        within_limit(&[names.len(), devices.len(), methods.len()])?;
        let mut rows = Vec::new();
        for name in names {
            for device in &devices {
                rows.extend(methods.iter().map(|method| checkpoint::Row {
                    name: name.clone(),
                    device: *device,
                    method: *method,
                    attributes: self.attributes.clone(),
                    line: self.number,
                }));
            }
        }
        Ok(rows)
    }
}

/// Whether a line stands for no more rows than one may, by the numbers of its words.
fn within_limit(counts: &[usize]) -> Result<(), LineError> {
    let rows = counts
        .iter()
        .fold(1usize, |rows, count| rows.saturating_mul(*count));
    if rows > MAX_MATRIX_ROWS {
        return Err((1, too_many()));
    }
    Ok(())
}

/// An axis of rows: its name, the usual words, and the package's own.
pub(super) struct Axis<'a>(pub &'static str, pub &'a [&'static str], pub &'a [&'static str]);

impl Axis<'_> {
    /// What the words of a word mean.
    pub fn of<T>(&self, word: Span<'_>, meaning: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, LineError> {
        let Self(name, usual, own) = self;
        all(word, |word| {
            let unknown = || format!("{name} `{word}` is unknown; use {}", choice(usual, own));
            meaning(word).ok_or_else(unknown)
        })
    }
}

/// What the words that a word stands for mean.
fn all<T>(word: Span<'_>, meaning: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, LineError> {
    let column = column(word);
    let words = braces(word)?;
    words
        .iter()
        .map(|word| meaning(word).map_err(|what| (column, what)))
        .collect()
}

/// The one of some values that has this word.
fn one_of<'a, T: Copy + 'a>(
    axis: &str,
    word: &str,
    known: impl Iterator<Item = &'a T> + Clone,
    of: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let found = known.clone().find(|value| of(**value) == word);
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = known.map(|value| of(*value)).collect();
        format!("{axis} `{word}` is unknown; use one of {}", words.join(", "))
    })
}

/// `a, b or c`.
fn choice(usual: &[&str], own: &[&str]) -> String {
    let words: Vec<&str> = usual.iter().chain(own).copied().collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => words.join(", "),
    }
}
