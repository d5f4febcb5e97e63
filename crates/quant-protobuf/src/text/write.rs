//! Fields to text, as protobuf's writers lay them out.

/// Writes fields a line each, two blanks in for each message around them.
///
/// ```
/// use quant_protobuf::text::{Writer, quoted};
///
/// let mut writer = Writer::default();
/// writer.open("record");
/// writer.field("key", &quoted(b"conv"));
/// writer.close();
/// assert_eq!(writer.text, "record {\n  key: \"conv\"\n}\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    /// What was written.
    pub text: String,
    depth: usize,
}

impl Writer {
    /// Begins a message.
    pub fn open(&mut self, name: &str) {
        self.indent();
        self.text.push_str(name);
        self.text.push_str(" {\n");
        self.depth = self.depth.saturating_add(1);
    }

    /// Ends the message that was begun last.
    pub fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.text.push_str("}\n");
    }

    /// A field: a word, a number, or a string with its quotes ([`super::quoted`]).
    pub fn field(&mut self, name: &str, value: &str) {
        self.indent();
        self.text.push_str(name);
        self.text.push_str(": ");
        self.text.push_str(value);
        self.text.push('\n');
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }
}
