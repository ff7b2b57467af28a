//! Reading a request, as far as a service that knows what comes needs it.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

/// Reads head and body; gives the request line, or `None` at the connection's end.
pub(crate) fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<String>> {
    let mut request = String::new();
    if reader.read_line(&mut request)? == 0 {
        return Ok(None);
    }
    let mut body_length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                body_length = value.parse().unwrap_or_default();
            }
            None if line.trim_end().is_empty() => break,
            Some(_) | None => {}
        }
    }
    io::copy(&mut reader.take(body_length), &mut io::sink())?;
    Ok(Some(request))
}
