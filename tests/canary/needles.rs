//! What to look for.

/// A part of every secret, and of nothing else.
const MARK: &str = "k4n4r13nv0gl";

/// Returns a secret that tells where it was.
pub fn secret(place: &str) -> String {
    format!("{MARK} {place}")
}

/// How much of a line is shown before a secret and behind it, in bytes.
const AROUND: usize = 100;

/// Returns where a secret is in each line that has one, in any of its forms.
pub fn leaks(text: &str) -> Vec<&str> {
    let needles = needles();
    let leak = |line: &str| needles.iter().find_map(|needle| line.find(needle));
    let leaks = text.lines().filter_map(|line| Some((line, leak(line)?)));
    let shown = leaks.map(|(line, at)| {
        let from = line.floor_char_boundary(at.saturating_sub(AROUND));
        &line[from..line.ceil_char_boundary(at + AROUND)]
    });
    shown.collect()
}

/// The mark as it is, as bytes in a `Debug`, in hexadecimal, and in base64 wherever it may start.
fn needles() -> Vec<String> {
    let bytes = MARK.as_bytes();
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    let mut needles = vec![
        MARK.to_owned(),
        numbers.join(", "),
        numbers.join(","),
        bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for skipped in 0..3 {
        let padded = [&vec![0; skipped], bytes].concat();
        // Without the digits that hold bits of what stands before and behind.
        let from = (skipped * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        needles.push(base64(&padded)[from..to].to_owned());
    }
    needles
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let byte = |n: usize| u32::from(group.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift & 63) as usize]))
    };
    bytes.chunks(3).flat_map(digits).collect()
}

#[test]
fn every_form_of_a_secret_is_found() {
    let json = format!("\"{}\"", secret("x"));
    for skipped in 0..3 {
        let bytes = [&vec![b'['; skipped], json.as_bytes()].concat();
        for form in [
            base64(&bytes),
            format!("{bytes:?}"),
            format!("{:?}", String::from_utf8_lossy(&bytes)),
            serde_json::to_string(&bytes).unwrap(),
        ] {
            let line = format!("level=INFO {form} and so on");
            assert_eq!(leaks(&format!("a\n{line}\nb")), [line.as_str()], "{form}");
        }
    }
    assert!(leaks("k4n4r13 nv0gl").is_empty());
}
