//! What an answer is grounded on: <https://ai.google.dev/api/generate-content#GroundingMetadata>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The searches that an answer is charged for.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) web: Option<u64>,
    pub(super) maps: Option<u64>,
}

impl Requests {
    pub(super) fn is_charged(&self) -> bool {
        self.web.is_some() || self.maps.is_some()
    }
}

/// A member of each candidate. A stream may have had it several times, which makes it a list.
pub(super) fn all<'a>(candidates: &'a [Value], name: &str) -> Vec<&'a Value> {
    let members = candidates.iter().filter_map(|candidate| candidate.get(name));
    members
        .filter(|member| !member.is_null())
        .flat_map(|member| match member {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        })
        .collect()
}

/// The citations of a candidate's text, in OpenAI's form. The indexes are those of the service, which count bytes.
pub(super) fn annotations(candidate: &Value) -> Vec<Value> {
    let metadata = all(std::slice::from_ref(candidate), "groundingMetadata");
    let cited = metadata.into_iter().flat_map(|metadata| {
        let supports = list(metadata, "groundingSupports");
        supports.flat_map(move |support| {
            let chunks = list(support, "groundingChunkIndices");
            chunks.filter_map(move |index| {
                let web = metadata
                    .get("groundingChunks")?
                    .get(usize::try_from(index.as_u64()?).ok()?)?;
                let web = web.get("web")?;
                let text = |name: &str| web.get(name).and_then(Value::as_str).unwrap_or_default();
                // JSON of protocol buffers has no zeros
                let end = support.pointer("/segment/endIndex")?;
                let start = support.pointer("/segment/startIndex").and_then(Value::as_u64);
                Some(json!({
                    "type": "url_citation",
                    "url_citation": {
                        "start_index": start.unwrap_or_default(), "end_index": end,
                        "url": text("uri"), "title": text("title"),
                    },
                }))
            })
        })
    });
    cited.collect()
}

/// Counts each query once. Google Maps counts at least once, whatever it was asked.
pub(super) fn requests(metadata: &[&Value]) -> Requests {
    let (maps, web): (Vec<_>, Vec<_>) = metadata
        .iter()
        .partition(|item| has_chunk(item, "maps") && !has_chunk(item, "web"));
    let has_maps = metadata.iter().any(|item| {
        has_chunk(item, "maps")
            || item
                .get("googleMapsWidgetContextToken")
                .is_some_and(|token| token != "")
    });
    let count = |items: &[&Value]| {
        let queries = items.iter().flat_map(|item| list(item, "webSearchQueries"));
        let queries = queries
            .filter_map(Value::as_str)
            .filter(|query| !query.is_empty());
        queries.collect::<BTreeSet<_>>().len() as u64
    };
    let searches = count(&web);
    Requests {
        web: (searches > 0).then_some(searches),
        maps: has_maps.then(|| count(&maps).max(1)),
    }
}

fn has_chunk(metadata: &Value, kind: &str) -> bool {
    list(metadata, "groundingChunks").any(|chunk| chunk.get(kind).is_some())
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
