//! Parameters that an API takes from some of its models alone, for callers who want those left out that a model does not take.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use crate::native::interface::{Call, NativeApi, NativeRequest};
use crate::parameters::DropParams;
use crate::parameters::shape::Shaped;
use crate::requested_model::RequestedModel;

/// The request without the parameters that the model does not take, if the caller wants it so: those without which there is a
/// request, or another error.
///
/// # Errors
///
/// Those of the API.
pub(crate) fn request(
    api: &dyn NativeApi,
    model: &RequestedModel,
    shaped: &mut Shaped,
    drop: &DropParams,
) -> Result<NativeRequest, ProcessorError> {
    let mut request = api.request(&call(&shaped.params, model));
    while drop.is_for_all
        && let Err(error) = &request
    {
        let mut without = api
            .judged()
            .iter()
            .filter_map(|name| without(name, error, api, model, &mut shaped.params));
        let Some((name, next)) = without.next() else { break };
        shaped.dropped.push(name.to_owned());
        request = next;
    }
    request
}

/// Removes a parameter if it is at fault, and returns it with the request that there is without it.
fn without<'a>(
    name: &'a str,
    error: &ProcessorError,
    api: &dyn NativeApi,
    model: &RequestedModel,
    params: &mut Map<String, Value>,
) -> Option<(&'a str, Result<NativeRequest, ProcessorError>)> {
    let (members, member) = holder(params, name)?;
    let at = members.keys().position(|known| known == member)?;
    let value = members.shift_remove(member)?;
    let request = api.request(&call(params, model));
    if request
        .as_ref()
        .is_err_and(|other| other.message() == error.message())
    {
        let (members, member) = holder(params, name)?;
        members.shift_insert(at, member.to_owned(), value);
        return None;
    }
    Some((name, request))
}

/// The object that has a parameter, or the member of one, and its name there.
fn holder<'p, 'n>(
    params: &'p mut Map<String, Value>,
    name: &'n str,
) -> Option<(&'p mut Map<String, Value>, &'n str)> {
    match name.split_once('.') {
        Some((parent, member)) => Some((params.get_mut(parent)?.as_object_mut()?, member)),
        None => Some((params, name)),
    }
}

/// The call of an API with these parameters.
pub(crate) fn call<'a>(params: &'a Map<String, Value>, model: &'a RequestedModel) -> Call<'a> {
    Call {
        params,
        model: &model.model,
    }
}
