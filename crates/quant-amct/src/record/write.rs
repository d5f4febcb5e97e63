//! A record as text.

use quant_tensorflow::text::{Writer, quoted, single};

use super::Record;

impl Record {
    /// The text of the record. Floats have six digits when these read back, else nine.
    pub fn to_text(&self) -> String {
        let mut writer = Writer::default();
        for (key, entry) in &self.entries {
            writer.open("record");
            writer.field("key", &quoted(key.as_bytes()));
            writer.open("value");
            if let Some(scale) = entry.scale_d {
                writer.field("scale_d", &single(scale));
            }
            if let Some(offset) = entry.offset_d {
                writer.field("offset_d", &offset.to_string());
            }
            for scale in &entry.scale_w {
                writer.field("scale_w", &single(*scale));
            }
            for offset in &entry.offset_w {
                writer.field("offset_w", &offset.to_string());
            }
            for shift in &entry.shift_bit {
                writer.field("shift_bit", &shift.to_string());
            }
            for (name, word) in &entry.others {
                writer.field(name, word);
            }
            writer.close();
            writer.close();
        }
        writer.text
    }
}
