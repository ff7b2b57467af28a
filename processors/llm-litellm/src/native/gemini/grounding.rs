//! What an answer is grounded on: <https://ai.google.dev/api/generate-content#GroundingMetadata>.

use serde_json::Value;

use crate::native::object::{list, object};

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
    let mut cited = Vec::new();
    for metadata in all(std::slice::from_ref(candidate), "groundingMetadata") {
        for support in list(metadata, "groundingSupports") {
            for index in list(support, "groundingChunkIndices") {
                cited.extend(annotation(metadata, support, index));
            }
        }
    }
    cited
}

fn annotation(metadata: &Value, support: &Value, index: &Value) -> Option<Value> {
    let index = usize::try_from(index.as_u64()?).ok()?;
    let web = metadata.get("groundingChunks")?.get(index)?.get("web")?;
    let text = |name: &str| web.get(name).and_then(Value::as_str).unwrap_or_default();
    // JSON of protocol buffers has no zeros
    let end = support.pointer("/segment/endIndex")?;
    let start = support.pointer("/segment/startIndex").and_then(Value::as_u64);
    let cited = object([
        ("start_index", start.unwrap_or_default().into()),
        ("end_index", end.clone()),
        ("url", text("uri").into()),
        ("title", text("title").into()),
    ]);
    Some(object([("type", "url_citation".into()), ("url_citation", cited)]))
}

/// Counts each query once. Google Maps counts at least once, whatever it was asked.
pub(super) fn requests(metadata: &[&Value]) -> Requests {
    let (mut web, mut maps) = (Vec::new(), Vec::new());
    let mut has_maps = false;
    for item in metadata {
        let is_of_maps = has_chunk(item, "maps");
        let token = item.get("googleMapsWidgetContextToken");
        has_maps |= is_of_maps || token.is_some_and(|token| token != "");
        let queries = if is_of_maps && !has_chunk(item, "web") {
            &mut maps
        } else {
            &mut web
        };
        let asked = list(item, "webSearchQueries").iter().filter_map(Value::as_str);
        queries.extend(asked.filter(|query| !query.is_empty()));
    }
    let searches = count(web);
    Requests {
        web: (searches > 0).then_some(searches),
        maps: has_maps.then(|| count(maps).max(1)),
    }
}

fn count(mut queries: Vec<&str>) -> u64 {
    queries.sort_unstable();
    queries.dedup();
    queries.len() as u64
}

fn has_chunk(metadata: &Value, kind: &str) -> bool {
    list(metadata, "groundingChunks")
        .iter()
        .any(|chunk| chunk.get(kind).is_some())
}
