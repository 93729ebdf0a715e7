//! The least of an HTTP client: it blocks, and needs no runtime.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// Fetches a page, or says why there is none.
pub fn get(address: impl ToString, path: &str) -> std::io::Result<String> {
    let address = address.to_string();
    let mut stream = TcpStream::connect(&address)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200") {
        Ok(body.to_owned())
    } else {
        Err(std::io::Error::other(head.to_owned()))
    }
}
