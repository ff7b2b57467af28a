//! Which provider a line will ask, as far as the lines before it have shown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::run::service::Service;

/// What the log events of the batch's runs have shown.
#[derive(Debug, Default)]
pub(super) struct Providers {
    known: HashSet<Arc<str>>,
    by_service: HashMap<Service, Arc<str>>,
    /// The provider of models whose names have no `/`.
    of_plain_names: Option<Arc<str>>,
    /// Whether a model's name was seen to begin with its provider, as it does for `llm/litellm@1`.
    names_tell: bool,
}

impl Providers {
    /// The provider of a service; a name of its own where nothing is known yet.
    pub(super) fn provider(&self, service: &Service) -> Arc<str> {
        let prefix = service.prefix();
        if let (None, Some(prefix)) = (&service.address, prefix)
            && let Some(provider) = self.known.get(prefix)
        {
            return Arc::clone(provider);
        }
        if let Some(provider) = self.by_service.get(service) {
            return Arc::clone(provider);
        }
        if let Some(address) = &service.address {
            return address.as_str().into();
        }
        if let (None, Some(provider)) = (prefix, &self.of_plain_names) {
            return Arc::clone(provider);
        }
        // a processor whose models do not name their providers has one provider
        match (self.names_tell, self.known.len(), self.known.iter().next()) {
            (false, 1, Some(provider)) if self.of_plain_names.is_some() || !self.by_service.is_empty() => {
                Arc::clone(provider)
            }
            _ => prefix.unwrap_or_default().into(),
        }
    }

    /// Takes the provider that a run of this service named, and returns it.
    pub(super) fn learn(&mut self, service: &Service, provider: &str) -> Arc<str> {
        let provider: Arc<str> = match self.known.get(provider) {
            Some(known) => Arc::clone(known),
            None => provider.into(),
        };
        self.known.insert(Arc::clone(&provider));
        match (&service.address, service.prefix()) {
            (None, Some(prefix)) if *prefix == *provider => self.names_tell = true,
            (None, None) => {
                self.of_plain_names.get_or_insert_with(|| Arc::clone(&provider));
            }
            _ => {
                self.by_service
                    .entry(service.clone())
                    .or_insert_with(|| Arc::clone(&provider));
            }
        }
        provider
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(model: &str) -> Service {
        Service {
            model: model.into(),
            address: None,
        }
    }

    #[test]
    fn a_prefix_that_names_a_provider_tells_it_for_every_model() {
        let mut providers = Providers::default();
        providers.learn(&service("groq/a"), "groq");
        assert_eq!(&*providers.provider(&service("groq/b")), "groq");
        assert_eq!(&*providers.provider(&service("openai/a")), "openai");
        assert_eq!(&*providers.provider(&service("gpt")), "");
        providers.learn(&service("gpt"), "openai");
        assert_eq!(&*providers.provider(&service("")), "openai");
        // one that was asked in its place does not become its provider
        providers.learn(&service("openai/a"), "groq");
        assert_eq!(&*providers.provider(&service("openai/a")), "openai");
    }

    #[test]
    fn where_names_tell_nothing_the_only_provider_is_everyones() {
        let mut providers = Providers::default();
        assert_ne!(
            providers.provider(&service("a/x")),
            providers.provider(&service("b/y"))
        );
        providers.learn(&service("a/x"), "replicate");
        for model in ["a/x", "b/y", "", "0123abcd"] {
            assert_eq!(&*providers.provider(&service(model)), "replicate", "{model}");
        }
    }

    #[test]
    fn an_address_is_a_provider_of_its_own() {
        let mut providers = Providers::default();
        let own = Service {
            model: "openai/a".into(),
            address: Some("http://127.0.0.1:1/v1".into()),
        };
        providers.learn(&service("openai/a"), "openai");
        assert_ne!(&*providers.provider(&own), "openai");
        providers.learn(&own, "127.0.0.1");
        assert_eq!(&*providers.provider(&own), "127.0.0.1");
        assert_eq!(&*providers.provider(&service("openai/b")), "openai");
    }
}
