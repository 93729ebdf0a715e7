//! The least of a protobuf reader: it finds single fields in an encoded message and looks at
//! nothing else.

/// A field's value, as far as it is looked at.
enum Found<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// Returns the text of a field of an encoded message, where it has one.
pub(super) fn text(message: &[u8], field: u64) -> Option<&str> {
    std::str::from_utf8(bytes(message, field)?).ok()
}

/// Returns the bytes of a field: those of text, or of a message.
pub(super) fn bytes(message: &[u8], field: u64) -> Option<&[u8]> {
    find(message, |number, found| match found {
        Found::Bytes(bytes) if number == field => Some(bytes),
        _ => None,
    })
}

/// Returns whether a flag is set.
pub(super) fn flag(message: &[u8], field: u64) -> bool {
    let set = find(message, |number, found| match found {
        Found::Number(value) if number == field => Some(value != 0),
        _ => None,
    });
    set.unwrap_or_default()
}

/// Reads fields until one is what is looked for. A message that breaks off has no more of them.
fn find<'a, T>(
    mut rest: &'a [u8],
    mut wanted: impl FnMut(u64, Found<'a>) -> Option<T>,
) -> Option<T> {
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let found = match key & 7 {
            0 => Found::Number(varint(&mut rest)?),
            1 => skip(&mut rest, 8)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Found::Bytes(take(&mut rest, length)?)
            }
            5 => skip(&mut rest, 4)?,
            _ => return None,
        };
        if let Some(value) = wanted(key >> 3, found) {
            return Some(value);
        }
    }
    None
}

fn skip<'a>(rest: &mut &'a [u8], length: usize) -> Option<Found<'a>> {
    take(rest, length).map(|_| Found::Other)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, left) = rest.split_first()?;
        *rest = left;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
