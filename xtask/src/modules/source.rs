//! The names that one module defines and imports, and the paths that it mentions.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::Visit;
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, LitStr, Macro, Meta, Path, UseTree, Visibility};

/// The names and paths of one module, without what is compiled for tests alone.
#[derive(Default)]
pub(super) struct Source {
    /// The names that the module itself defines.
    pub(super) items: Vec<String>,
    /// Each name that a `use` brings in, and its path.
    pub(super) imports: Vec<(String, Vec<String>)>,
    /// The path of each `use path::*`.
    pub(super) globs: Vec<Vec<String>>,
    pub(super) mentions: Vec<Mention>,
}

/// A path of at least two segments. (A single one is defined or imported in the same module.)
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn new(items: &[Item]) -> Self {
        let mut source = Self::default();
        for item in items {
            let (attributes, name) = head(item);
            if !is_for_tests(attributes) {
                source.items.extend(name.map(text));
                source.visit_item(item);
            }
        }
        source
    }

    fn mention(&mut self, path: Vec<String>, span: Span) {
        self.mentions.push(Mention {
            path,
            line: span.start().line,
        });
    }

    fn add_use(&mut self, prefix: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(text(&path.ident));
                self.add_use(prefix, &path.tree);
                prefix.pop();
            }
            UseTree::Name(name) => self.add_import(prefix, &name.ident, &name.ident),
            UseTree::Rename(rename) => self.add_import(prefix, &rename.ident, &rename.rename),
            UseTree::Glob(glob) => {
                self.globs.push(prefix.clone());
                self.mention(prefix.clone(), glob.star_token.spans[0]);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(prefix, tree);
                }
            }
        }
    }

    fn add_import(&mut self, prefix: &[String], ident: &Ident, alias: &Ident) {
        let mut path = prefix.to_vec();
        if ident != "self" {
            path.push(text(ident));
        }
        let alias = if alias == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            text(alias)
        };
        self.mention(path.clone(), ident.span());
        self.imports.push((alias, path));
    }

    /// Finds paths in the tokens of a macro, whose syntax `syn` does not know.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mention_path(&std::mem::take(&mut path));
                    }
                    path.push(ident);
                    colons = 0;
                }
                other => {
                    self.mention_path(&std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.scan(group.stream());
                    }
                }
            }
        }
        self.mention_path(&path);
    }

    fn mention_path(&mut self, path: &[Ident]) {
        if let [first, _, ..] = path {
            self.mention(path.iter().map(text).collect(), first.span());
        }
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(head(item).0) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    /// A module of its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(in path)` says who may know this module, not whom it knows.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&mut Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let names: Vec<Ident> = path
                .segments
                .iter()
                .map(|segment| segment.ident.clone())
                .collect();
            self.mention_path(&names);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        self.visit_path(&node.path);
        self.scan(node.tokens.clone());
    }

    /// Attributes such as `serde(with = "super::time")` name paths in strings.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if list.path.is_ident("doc") {
            return;
        }
        for token in list.tokens.clone() {
            if let TokenTree::Literal(literal) = token
                && let Ok(path) = syn::parse2::<LitStr>(TokenTree::Literal(literal).into())
                && let Ok(path) = path.parse::<Path>()
            {
                self.visit_path(&path);
            }
        }
        self.scan(list.tokens.clone());
    }
}

fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `#[cfg(test)]` and `#[test]`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::NameValue(_) => false,
    })
}

/// The attributes of an item, and the name that it defines.
fn head(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Mod(item) => (&item.attrs, None),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}
