//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>.

use memchr::memchr2;

/// A longer event is none of a completion's, in bytes: 16 MiB.
const LONGEST: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts bytes, which may come in any pieces, into the data of events.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The line that is not whole yet.
    line: Vec<u8>,
    /// The data of the event that is not whole yet.
    data: Option<Vec<u8>>,
    /// A line feed that comes next belongs to the carriage return before it.
    after_return: bool,
    has_begun: bool,
}

/// An event is larger than 16 MiB.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// Takes the next bytes; gives the data of each event that ends in them. Where one has several lines of data, a space
    /// stands between them: JSON may have one wherever it may have a line feed.
    pub(super) fn feed<E: From<TooLong>>(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        loop {
            if let Some((data, rest)) = self.whole_event(bytes) {
                self.has_begun = true;
                take(data)?;
                bytes = rest;
                continue;
            }
            let Some(at) = memchr2(b'\n', b'\r', bytes) else {
                break;
            };
            let (line, rest) = bytes.split_at(at);
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                rest => rest.get(1..).unwrap_or_default(),
            };
            match self.line.is_empty() {
                true => self.end_line(line, &mut take)?,
                false => {
                    let mut whole = std::mem::take(&mut self.line);
                    whole.extend_from_slice(line);
                    self.end_line(&whole, &mut take)?;
                }
            }
        }
        self.line.extend_from_slice(bytes);
        self.check()
    }

    /// The data of an event that is what nearly every one is, a single line and whole, and what comes after it.
    fn whole_event<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        if !self.line.is_empty() || self.data.is_some() {
            return None;
        }
        let line = bytes.strip_prefix(b"data: ")?;
        let (data, end) = line.split_at(memchr2(b'\n', b'\r', line)?);
        let rest = end.strip_prefix(b"\n\n")?;
        (data.len() <= LONGEST).then_some((data, rest))
    }

    fn check<E: From<TooLong>>(&self) -> Result<(), E> {
        match self.line.len() + self.data.as_ref().map_or(0, Vec::len) {
            0..=LONGEST => Ok(()),
            _ => Err(TooLong.into()),
        }
    }

    fn end_line<E: From<TooLong>>(
        &mut self,
        mut line: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !std::mem::replace(&mut self.has_begun, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return match self.data.take() {
                Some(data) => take(&data),
                None => Ok(()),
            };
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => &[],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            Some(_) | None => return Ok(()), // a comment, or a field that says nothing here
        };
        match &mut self.data {
            Some(data) => {
                data.push(b' ');
                data.extend_from_slice(value);
            }
            none => *none = Some(value.to_vec()),
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut all = Vec::new();
        for piece in pieces {
            let fed: Result<(), TooLong> = events.feed(piece, |data| {
                all.push(String::from_utf8_lossy(data).into_owned());
                Ok(())
            });
            fed.unwrap();
        }
        all
    }

    #[test]
    fn lines_become_events() {
        for (text, expected) in [
            ("data: a\n\ndata:b\n\n", vec!["a", "b"]),
            ("\u{feff}data: a\r\n\r\ndata:  b\r\r", vec!["a", " b"]),
            (": comment\nevent: x\nid: 1\nretry: 5\ndata: a\n\n", vec!["a"]),
            ("data: {\"a\":\ndata: 1}\n\n", vec!["{\"a\": 1}"]),
            ("data\n\n", vec![""]),
            ("datax: a\n\n\n\n", vec![]),
            ("data: not ended\n", vec![]),
        ] {
            assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let endless = vec![b'x'; LONGEST + 1];
        let mut whole = b"data: ".to_vec();
        whole.extend_from_slice(&endless);
        whole.extend_from_slice(b"\n\n");
        for piece in [endless, whole] {
            let fed = Events::default().feed(&piece, |_| Ok::<(), TooLong>(()));
            assert_eq!(fed, Err(TooLong));
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(lines in prop::collection::vec(prop_oneof![
            Just("data: é{\"a\":1}".to_owned()), Just(String::new()), Just(":c".to_owned()), "[a-z :]{0,8}"], 0..12),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")], size in 1_usize..6,
        ) {
            let mut text = lines.join(end);
            text.push_str(end);
            text.push_str(end);
            let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(events(&pieces), events(&[text.as_bytes()]));
        }
    }
}
