//! A text to a record.

use std::collections::BTreeSet;

use quant_ir::Result;
use quant_tensorflow::text::{self, Field};

use super::{Entry, Record};

impl Record {
    /// Reads a record file.
    ///
    /// # Errors
    /// `Parse` with line and column: no text of protobuf, a field that a record does not have, a value of another kind;
    /// scales that are not finite and above 0; offsets outside int8; unequal numbers of scales and offsets of weights; a key
    /// twice.
    pub fn read(text: &str) -> Result<Self> {
        let mut record = Self::default();
        let mut keys = BTreeSet::new();
        for field in text::read(text)? {
            if field.name != "record" {
                return Err(field.error(
                    "is no record",
                    "a record file has `record { key … value { … } }` alone",
                ));
            }
            let (key, entry) = entry(&field)?;
            if !keys.insert(key.clone()) {
                let what = format!("stands there twice for `{key}`");
                return Err(field.error(&what, "delete one of them"));
            }
            record.entries.push((key, entry));
        }
        Ok(record)
    }
}

fn entry(record: &Field<'_>) -> Result<(String, Entry)> {
    let (mut key, mut entry) = (None, Entry::default());
    for field in record.message()? {
        match field.name {
            "key" => {
                let text = field.scalar()?.text().filter(|text| !text.is_empty());
                key =
                    Some(text.ok_or_else(|| field.error("is no name", "write the layer's name in quotes"))?);
            }
            "value" => value(field, &mut entry)?,
            _ => return Err(field.error("is no field of a record", "it has `key` and `value`")),
        }
    }
    let key = key
        .ok_or_else(|| record.error("has no key", "name its layer"))?
        .to_owned();
    if !entry.offset_w.is_empty() && entry.offset_w.len() != entry.scale_w.len() {
        let (scales, offsets) = (entry.scale_w.len(), entry.offset_w.len());
        let what = format!("of `{key}` has {scales} scale_w and {offsets} offset_w");
        return Err(record.error(&what, "write as many of both"));
    }
    Ok((key, entry))
}

fn value(value: &Field<'_>, entry: &mut Entry) -> Result<()> {
    for field in value.message()? {
        match field.name {
            "scale_d" => once(field, &mut entry.scale_d, scale(field)?)?,
            "offset_d" => once(field, &mut entry.offset_d, offset(field)?)?,
            "scale_w" => entry.scale_w.push(scale(field)?),
            "offset_w" => entry.offset_w.push(zero(field)?),
            "shift_bit" => entry.shift_bit.push(offset(field)?),
            "skip_fusion" | "act_type" | "wts_type" | "channels" | "height" | "width" => {
                let word = field.scalar()?.word();
                let word = word.ok_or_else(|| field.error("is no word", "write it without quotes"))?;
                entry.others.push((field.name.to_owned(), word.to_owned()));
            }
            _ => {
                let hint =
                    "it has scale_d, offset_d, scale_w, offset_w, shift_bit, skip_fusion, act_type, wts_type";
                return Err(field.error("is no field of a record's value", hint));
            }
        }
    }
    Ok(())
}

fn once<T>(field: &Field<'_>, place: &mut Option<T>, value: T) -> Result<()> {
    if place.replace(value).is_some() {
        return Err(field.error("stands there twice", "a layer has one"));
    }
    Ok(())
}

fn scale(field: &Field<'_>) -> Result<f32> {
    let scale = field
        .scalar()?
        .single()
        .filter(|scale| scale.is_finite() && *scale > 0.0);
    scale.ok_or_else(|| field.error("is no scale", "a scale is a finite number greater than 0"))
}

fn offset(field: &Field<'_>) -> Result<i32> {
    let offset = field.scalar()?.int().and_then(|x| i8::try_from(x).ok());
    offset
        .map(i32::from)
        .ok_or_else(|| field.error("is no int8", "it lies in -128…127"))
}

fn zero(field: &Field<'_>) -> Result<i32> {
    if field.scalar()?.int() == Some(0) {
        return Ok(0);
    }
    Err(field.error("is not 0", "weights are symmetric"))
}
