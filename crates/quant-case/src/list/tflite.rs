//! From the words of addTFLiteTest and addRecipeTest to their rows.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use super::row::{Line, all, choice};
use crate::Granularity;
use crate::attributes::Part;
use crate::limits::MAX_MATRIX_ROWS;
use crate::line::{LineError, Span};
use crate::matrix::too_many;
use crate::row::{Row, RowKind};
use crate::tflite::{BuiltIn, Flavour, RECIPE, refusal};
use crate::word::Word;

impl Line<'_> {
    /// The rows of a line of addTFLiteTest: models, then granularities, then types.
    pub fn flavours(
        &self,
        models: &[String],
        granularity: Span<'_>,
        flavour: Span<'_>,
    ) -> Result<Vec<Row>, LineError> {
        let words = |all: &'static [Flavour]| all.iter().map(|flavour| flavour.word()).collect::<Vec<_>>();
        let granularities = all(granularity, |word| {
            let unknown = |_| format!("granularity `{word}` is unknown; use layer or channel");
            word.parse::<Granularity>().map_err(unknown)
        })?;
        let flavours = all(flavour, |word| {
            let known = words(Flavour::ALL);
            let unknown = |_| format!("type `{word}` is unknown; use {}", choice(&known, &[]));
            word.parse::<Flavour>().map_err(unknown)
        })?;
        let mut settings = Vec::new();
        for granularity in &granularities {
            for flavour in &flavours {
                let setting = (Word::of_granularity(*granularity), Word::new(flavour.word()));
                if let Some(way_out) = refusal(*granularity, *flavour) {
                    let model = models.first().map_or("", String::as_str);
                    let row = self.row(RowKind::TFLite, model, setting);
                    return Err((1, format!("{row}: {way_out}")));
                }
                settings.push(setting);
            }
        }
        self.all(RowKind::TFLite, models, &settings)
    }

    /// The rows of a line of addRecipeTest: models, then recipes.
    pub fn recipes(&self, models: &[String], recipe: Span<'_>) -> Result<Vec<Row>, LineError> {
        let known: Vec<&str> = BuiltIn::ALL.iter().map(|recipe| recipe.word()).collect();
        let recipes = all(recipe, |word| {
            let unknown = |_| format!("recipe `{word}` is unknown; use {}", choice(&known, &[]));
            word.parse::<BuiltIn>().map_err(unknown)
        })?;
        let settings: Vec<_> = recipes
            .iter()
            .map(|recipe| (RECIPE, Word::new(recipe.word())))
            .collect();
        self.all(RowKind::Recipe, models, &settings)
    }

    fn all(
        &self,
        kind: RowKind,
        models: &[String],
        settings: &[(Word, Word)],
    ) -> Result<Vec<Row>, LineError> {
        if models.len().saturating_mul(settings.len()) > MAX_MATRIX_ROWS {
            return Err((1, too_many()));
        }
        let settings = |model| settings.iter().map(move |setting| (model, *setting));
        let rows = models
            .iter()
            .flat_map(settings)
            .map(|(model, setting)| self.row(kind, model, setting));
        let rows: Vec<Row> = rows.collect();
        let ranges = self
            .attributes
            .tolerances
            .iter()
            .find(|own| matches!(own.part, Part::Min | Part::Max));
        match (ranges, rows.iter().find(|row| !row.needs_records())) {
            (Some(own), Some(row)) => Err((
                1,
                format!("{row} records nothing, so it compares no {}; remove it", own.part),
            )),
            _ => Ok(rows),
        }
    }

    fn row(&self, kind: RowKind, model: &str, (granularity, dtype): (Word, Word)) -> Row {
        Row {
            kind,
            model: model.to_owned(),
            granularity,
            dtype,
            declared: Vec::new(),
            attributes: self.attributes.clone(),
            line: self.number,
        }
    }
}
