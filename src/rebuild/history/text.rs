//! Text in the encodings that a shell's redirection writes.

use std::borrow::Cow;

use super::error::Fault;

/// Returns the text of bytes that begin like JSON: in UTF-8 or UTF-16, with or without a byte order
/// mark.
pub(super) fn json(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest)?,
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // Without a mark: JSON begins with an ASCII character.
        [1..=0x7F, 0, ..] => utf16(bytes, u16::from_le_bytes)?,
        [0, 1..=0x7F, ..] => utf16(bytes, u16::from_be_bytes)?,
        _ => utf8(bytes)?,
    };
    let begun = text.trim_start();
    if begun.starts_with(['{', '[']) {
        Ok(text)
    } else if begun.is_empty() {
        Err(Fault::Empty)
    } else {
        Err(Fault::NotJson)
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let text = str::from_utf8(bytes).map_err(Fault::other)?;
    Ok(Cow::Borrowed(text))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, Fault> {
    let (pairs, rest) = bytes.as_chunks();
    let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16(&units).map_err(Fault::other)?;
    if rest.is_empty() {
        Ok(Cow::Owned(text))
    } else {
        Err(Fault::NotJson)
    }
}
