//! JSON pointers (RFC 6901).

/// Appends a member's name or an item's number.
pub(crate) fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// The pointer to a member below another pointer.
pub(crate) fn child(parent: &str, name: &str) -> String {
    let mut pointer = parent.to_owned();
    push(&mut pointer, name);
    pointer
}
