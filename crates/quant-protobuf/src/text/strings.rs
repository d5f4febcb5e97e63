//! Strings with escapes.

use std::borrow::Cow;
use std::fmt::Write;

/// Where the string ends: before its quote.
pub(super) fn end(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// The bytes that a string with escapes stands for.
pub(super) fn unescaped(text: &str) -> Result<Cow<'_, [u8]>, String> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend(plain.as_bytes());
        let escape = escape.get(1..).unwrap_or_default();
        let first = escape.chars().next().unwrap_or('\0');
        let digits = |most: usize, radix: u32, behind: usize| -> &str {
            let text = escape.get(behind..).unwrap_or_default();
            let count = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
            text.get(..count).unwrap_or_default()
        };
        let used = match first {
            '0'..='7' => {
                let octal = digits(3, 8, 0);
                let byte = u8::from_str_radix(octal, 8);
                out.push(byte.map_err(|_| format!("`\\{octal}` is no byte"))?);
                octal.len()
            }
            'x' | 'X' => {
                let hex = digits(2, 16, 1);
                let byte = u8::from_str_radix(hex, 16);
                out.push(byte.map_err(|_| "`\\x` without digits".to_owned())?);
                hex.len().saturating_add(1)
            }
            'u' | 'U' => {
                let length = if first == 'u' { 4 } else { 8 };
                let hex = digits(length, 16, 1);
                let code = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
                let c = code.filter(|_| hex.len() == length);
                let c = c.ok_or_else(|| format!("`\\{first}{hex}` is no character"))?;
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                length.saturating_add(1)
            }
            _ => {
                let byte = match first {
                    'n' => b'\n',
                    'r' => b'\r',
                    't' => b'\t',
                    'a' => 7,
                    'b' => 8,
                    'f' => 12,
                    'v' => 11,
                    '"' => b'"',
                    '\'' => b'\'',
                    '\\' => b'\\',
                    '?' => b'?',
                    _ => return Err(format!("the escape `\\{}` is unknown", first.escape_debug())),
                };
                out.push(byte);
                1
            }
        };
        rest = escape.get(used..).unwrap_or_default();
    }
    out.extend(rest.as_bytes());
    Ok(Cow::Owned(out))
}

/// Bytes as protobuf writes them: in double quotes, those that are no printable ASCII as three octal digits.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_add(2));
    out.push('"');
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'"' => out.push_str("\\\""),
            b'\'' => out.push_str("\\'"),
            b'\\' => out.push_str("\\\\"),
            0x20..=0x7e => out.push(char::from(*byte)),
            _ => {
                // A string takes everything.
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
