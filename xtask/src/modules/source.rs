//! What one module says: the names that it defines and imports, and the paths that it mentions.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::Visit;
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, LitStr, Macro, Meta, Path, UseTree, Visibility};

/// The names and paths of one module, without what is compiled for tests alone.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// What the module itself defines.
    pub(super) items: Vec<String>,
    /// What `use` brings in: a name, and the path that it stands for.
    pub(super) imports: Vec<(String, Vec<String>)>,
    /// What `use path::*` brings in.
    pub(super) globs: Vec<Vec<String>>,
    pub(super) mentions: Vec<Mention>,
}

/// A path of at least two segments. (A single one is defined or imported in the same module.)
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn new(items: &[Item]) -> Self {
        let mut source = Self::default();
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            source.items.extend(name(item));
            source.visit_item(item);
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

    fn add_import(&mut self, prefix: &[String], ident: &syn::Ident, alias: &syn::Ident) {
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

    /// Paths in the tokens of a macro, which has no syntax that `syn` knows.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut start = Span::call_site();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 || path.is_empty() {
                        self.end_of_path(&mut path, start);
                        start = ident.span();
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_of_path(&mut path, start);
                    colons = 0;
                    self.scan(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.end_of_path(&mut path, start);
                    colons = 0;
                }
            }
        }
        self.end_of_path(&mut path, start);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>, start: Span) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.mention(path, start);
        }
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => item.attrs.as_slice(),
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    /// A module of its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(in path)` says who may know this module, not what this module knows.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&mut Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| text(&segment.ident)).collect();
        if let Some(first) = path.segments.first()
            && names.len() > 1
            && path.leading_colon.is_none()
        {
            self.mention(names, first.ident.span());
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

fn text(ident: &syn::Ident) -> String {
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

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(text(ident))
}
