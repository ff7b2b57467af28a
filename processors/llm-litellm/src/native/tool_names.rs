//! Names of tools in a service's alphabet.

/// The tools that have another name at the service.
#[derive(Debug)]
pub(crate) struct ToolNames {
    /// The caller's names and those that are sent.
    renamed: Vec<(String, String)>,
    alphabet: Alphabet,
}

/// The names that a service takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alphabet {
    /// The nearest name that the service takes; the name itself if it takes it.
    pub(crate) nearest: fn(&str) -> String,
    /// The longest name, in bytes.
    pub(crate) longest: usize,
}

impl Alphabet {
    fn has(&self, name: &str) -> bool {
        (self.nearest)(name) == name
    }
}

impl ToolNames {
    /// Gives each of the caller's names one of its own, which is none of those that are `taken`.
    pub(crate) fn new<'a>(
        names: impl Iterator<Item = &'a str> + Clone,
        taken: impl Iterator<Item = &'a str>,
        alphabet: Alphabet,
    ) -> Self {
        let kept = names.clone().filter(|name| alphabet.has(name));
        let mut used: Vec<String> = kept.chain(taken).map(str::to_owned).collect();
        let mut renamed: Vec<(String, String)> = Vec::new();
        for name in names.filter(|name| !name.is_empty()) {
            if alphabet.has(name) || renamed.iter().any(|(own, _)| own == name) {
                continue;
            }
            let nearest = (alphabet.nearest)(name);
            let mut sent = nearest.clone();
            for number in 2.. {
                if !used.contains(&sent) {
                    break;
                }
                let end = format!("_{number}");
                let start = alphabet.longest.saturating_sub(end.len());
                sent = nearest.chars().take(start).collect::<String>() + &end;
            }
            used.push(sent.clone());
            renamed.push((name.to_owned(), sent));
        }
        Self { renamed, alphabet }
    }

    /// The name that is sent for a caller's.
    pub(crate) fn sent(&self, name: &str) -> String {
        let renamed = self.renamed.iter().find(|(own, _)| own == name);
        match renamed {
            Some((_, sent)) => sent.clone(),
            None => (self.alphabet.nearest)(name), // also of an earlier call, whose tool is gone
        }
    }

    /// The caller's name for one of an answer.
    pub(crate) fn own<'a>(&'a self, sent: &'a str) -> &'a str {
        let renamed = self.renamed.iter().find(|(_, name)| name == sent);
        renamed.map_or(sent, |(own, _)| own)
    }

    /// How the names differ from the caller's.
    pub(crate) fn changes(&self) -> impl Iterator<Item = String> {
        self.renamed.iter().map(|(own, sent)| format!("{own} to {sent}"))
    }
}
