//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>.

use memchr::{memchr, memchr2};
use runtime::http::LARGEST_BODY;
use runtime::http::lenient_json::BYTE_ORDER_MARK;

use crate::failure::Failure;

/// The longest event, in bytes: a service may send a whole answer in one, with its images.
const LONGEST: usize = LARGEST_BODY;

/// The fields of an event; a comment has no name.
const FIELDS: [&[u8]; 5] = [b"", b"data", b"event", b"id", b"retry"];

/// Splits bytes, which may come in chunks of any size, into events.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Whether each line is the data of an event, without fields.
    is_lines: bool,
    /// The incomplete line.
    line: Vec<u8>,
    /// The data of the incomplete event.
    data: Option<Vec<u8>>,
    /// Whether that event is named `error`.
    is_error: bool,
    /// Whether a line feed that comes next belongs to the carriage return before it.
    after_return: bool,
    has_begun: bool,
    /// Whether a line has come that no stream of events has.
    pub(super) has_strays: bool,
}

/// A complete event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    /// Whether the service names it an error.
    pub(super) is_error: bool,
    /// Several lines of data are joined by spaces: JSON may have a space wherever it may have a line feed.
    pub(super) data: &'a [u8],
}

impl Events {
    /// For lines instead of events.
    pub(super) fn lines() -> Self {
        Self {
            is_lines: true,
            ..Self::default()
        }
    }

    /// Reads the next bytes, and passes on each event that ends in them.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for an event that is too long; those of `take`.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        loop {
            if let Some((data, rest)) = self.whole_event(bytes) {
                self.has_begun = true;
                let is_error = false;
                take(Event { is_error, data })?;
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
            if self.line.is_empty() {
                self.end_line(line, &mut take)?;
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.end_line(&whole, &mut take)?;
            }
        }
        self.line.extend_from_slice(bytes);
        self.check()
    }

    /// Passes on the last event, which may lack its blank line.
    ///
    /// # Errors
    ///
    /// Those of [`feed`](Self::feed).
    pub(super) fn finish(
        &mut self,
        mut take: impl FnMut(Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let line = std::mem::take(&mut self.line);
        let ended = if line.is_empty() {
            Ok(())
        } else {
            self.end_line(&line, &mut take)
        };
        // also what has come of an event that is too long
        ended.and(self.end_event(&mut take))
    }

    /// A fast path for nearly all events, which are complete and have one line: the data, and the bytes after the event.
    fn whole_event<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        if !self.line.is_empty() || self.data.is_some() || self.is_error || self.is_lines {
            return None;
        }
        let line = bytes.strip_prefix(b"data: ")?;
        let (data, end) = line.split_at(memchr2(b'\n', b'\r', line)?);
        let rest = end.strip_prefix(b"\n\n")?;
        (data.len() <= LONGEST).then_some((data, rest))
    }

    fn check(&self) -> Result<(), Failure> {
        if self.line.len() + self.data.as_ref().map_or(0, Vec::len) > LONGEST {
            let what = format!("a stream with an event of more than {LONGEST} bytes; ask it for less");
            return Err(Failure::from_stream(&what));
        }
        Ok(())
    }

    fn end_line(
        &mut self,
        mut line: &[u8],
        take: &mut impl FnMut(Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.has_begun, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if self.is_lines {
            let is_error = false;
            return take(Event { is_error, data: line });
        }
        if line.is_empty() {
            return self.end_event(take);
        }
        let name_end = memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(name_end);
        let value = match value {
            [b':', b' ', value @ ..] | [b':', value @ ..] => value,
            _ => &[],
        };
        match (name, &mut self.data) {
            (b"event", _) => self.is_error = value.trim_ascii() == b"error",
            (b"data", Some(data)) => {
                data.push(b' ');
                data.extend_from_slice(value);
            }
            (b"data", data) => *data = Some(value.to_vec()),
            (name, _) => self.has_strays |= !FIELDS.contains(&name) && !name.trim_ascii().is_empty(),
        }
        self.check()
    }

    fn end_event(&mut self, take: &mut impl FnMut(Event<'_>) -> Result<(), Failure>) -> Result<(), Failure> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = self.data.take();
        data.map_or(Ok(()), |data| {
            take(Event {
                is_error,
                data: &data,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(mut events: Events, chunks: &[&[u8]]) -> Vec<String> {
        let mut all = Vec::new();
        let mut take = |event: Event<'_>| {
            let mark = if event.is_error { "!" } else { "" };
            all.push(format!("{mark}{}", String::from_utf8_lossy(event.data)));
            Ok(())
        };
        for chunk in chunks {
            events.feed(chunk, &mut take).unwrap();
        }
        events.finish(&mut take).unwrap();
        all
    }

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        read(Events::default(), chunks)
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
            ("data: not ended\n", vec!["not ended"]),
            ("data: a\n\ndata: not ended", vec!["a", "not ended"]),
            ("event: error\ndata: a\n\ndata: b\n\n", vec!["!a", "b"]),
            (
                "data: a\nevent:error\n\nevent: error\n\ndata: b\n\n",
                vec!["!a", "b"],
            ),
            ("event: errors\ndata: a\n\n", vec!["a"]),
        ] {
            assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_may_be_an_event() {
        let lines = "\u{feff}a: b\r\ndata: c\n\nd";
        let expected = ["a: b", "data: c", "", "d"];
        assert_eq!(read(Events::lines(), &[lines.as_bytes()]), expected);
    }

    #[test]
    fn an_endless_event_is_refused() {
        let endless = vec![b'x'; LONGEST + 1];
        let mut whole = b"data: ".to_vec();
        whole.extend_from_slice(&endless);
        whole.extend_from_slice(b"\n\n");
        for bytes in [endless, whole] {
            let failure = Events::default().feed(&bytes, |_| Ok(())).unwrap_err();
            assert!(
                failure.error.message().contains("an event of more than"),
                "{failure:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_size_of_chunks_makes_no_difference(lines in prop::collection::vec(prop_oneof![
            Just("data: é{\"a\":1}".to_owned()), Just(String::new()), Just(":c".to_owned()), "[a-z :]{0,8}"], 0..12),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")], size in 1_usize..6,
        ) {
            let mut text = lines.join(end);
            text.push_str(end);
            text.push_str(end);
            let chunks: Vec<_> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(events(&chunks), events(&[text.as_bytes()]));
        }
    }
}
