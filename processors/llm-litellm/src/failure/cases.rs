//! What services answer where they fail, by service: the code, whether a retry and another model may help, and the message.
//!
//! The bodies are written after the services' documentation and public reports, see [`crate::refusal`]'s signs.

use reqwest::header::{HeaderName, HeaderValue};

use super::*;
use ErrorCode::{
    ProviderAuth as Auth, ProviderRateLimit as Limit, ProviderRejected as Rejected,
    ProviderResponse as Response, ProviderUnavailable as Down,
};

/// Whether a retry, and whether another model, may help.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hope {
    None,
    Fallback,
    Both,
}

use Hope::{Both, Fallback, None as No};

/// The status and the body of the answer, then what is made of it; the last is the end of the message, after the status.
type Case = (u16, &'static str, ErrorCode, Hope, &'static str);

#[rustfmt::skip]
const OPENAI: &[Case] = &[
    (400, r#"{"error":{"message":"Invalid value for 'temperature'.","type":"invalid_request_error","param":"temperature","code":"decimal_above_max_value"}}"#, Rejected, No, ": Invalid value for 'temperature'."),
    (400, r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: This model's maximum context length is 8192 tokens."),
    (400, r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}"#, Rejected, No, ", as its content policy refuses the request: Invalid prompt: your prompt was flagged as potentially violating our usage policy."),
    (400, r#"{"error":{"message":"This content was flagged.","type":"invalid_request_error","code":"cyber_policy"}}"#, Rejected, No, ", as its content policy refuses the request: This content was flagged."),
    (401, r#"{"error":{"message":"Incorrect API key provided: sk-abc***.","type":"invalid_request_error","code":"invalid_api_key"}}"#, Auth, No, ": Incorrect API key provided: sk-abc***."),
    (401, r#"{"error":{"message":"Your IP is not allowed.","type":"invalid_request_error","code":"ip_not_authorized"}}"#, Rejected, No, ", as a firewall in front of it refuses the request: Your IP is not allowed."),
    (403, r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}"#, Rejected, Fallback, ", as it does not serve this country or region: Country, region, or territory not supported"),
    (403, r#"{"error":{"code":403,"message":"Country, region, or territory not supported"}}"#, Rejected, Fallback, ", as it does not serve this country or region: Country, region, or territory not supported"),
    (403, r#"{"error":{"message":"Project `proj_1` does not have access to model `gpt-4o`","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Project `proj_1` does not have access to model `gpt-4o`"),
    (403, r#"{"error":{"message":"You are not allowed to sample from this model","type":"invalid_request_error"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: You are not allowed to sample from this model"),
    (404, r#"{"error":{"message":"The model `gpt-x` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#, Rejected, No, ": The model `gpt-x` does not exist or you do not have access to it."),
    (408, r#"{"error":{"message":"Request timed out.","type":"timeout"}}"#, Down, Both, ": Request timed out."),
    (409, r#"{"error":{"message":"The resource was updated by another request.","type":"conflict"}}"#, Down, Both, ": The resource was updated by another request."),
    (429, r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000. Please try again in 1.5s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#, Limit, Both, ": Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000. Please try again in 1.5s."),
    (429, r#"{"error":{"message":"Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 50000.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#, Limit, Fallback, ", as the request is larger than it takes: Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 50000."),
    (429, r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#, Limit, Fallback, ", as the account is out of credit or closed: You exceeded your current quota, please check your plan and billing details."),
    (429, r#"{"error":{"message":"No credits.","type":"insufficient_quota","code":"credit_balance_exhausted"}}"#, Limit, Fallback, ", as the account is out of credit or closed: No credits."),
    (429, r#"{"error":{"message":"Your project reached its limit.","code":"project_spend_limit_exceeded"}}"#, Limit, Fallback, ", as the account is out of credit or closed: Your project reached its limit."),
    (503, r#"{"error":{"message":"Slow down","type":"server_error","code":"slow_down"}}"#, Down, Both, ": Slow down"),
];

#[rustfmt::skip]
const ANTHROPIC: &[Case] = &[
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"},"request_id":"req_1"}"#, Rejected, No, ": max_tokens: Field required"),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: prompt is too long: 210000 tokens > 200000 maximum"),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Your credit balance is too low to access the Anthropic API."),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01."}}"#, Rejected, Fallback, ", as the account is out of credit or closed: You have reached your specified API usage limits. You will regain access on 2026-12-01."),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#, Rejected, No, ", as its content policy refuses the request: Output blocked by content filtering policy"),
    (401, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#, Auth, No, ": invalid x-api-key"),
    (402, r#"{"type":"error","error":{"type":"billing_error","message":"Check your payment details."}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Check your payment details."),
    (403, r#"{"type":"error","error":{"type":"permission_error","message":"Your API key may not use this resource."}}"#, Auth, No, ": Your API key may not use this resource."),
    (403, r#"{"error":{"type":"forbidden","message":"Request not allowed"}}"#, Rejected, Fallback, ", as it does not serve this country or region: Request not allowed"),
    (403, r#"{"error":{"type":"forbidden","message":"App unavailable in region"}}"#, Rejected, Fallback, ", as it does not serve this country or region: App unavailable in region"),
    (404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#, Rejected, No, ": model: claude-x"),
    (413, r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, Rejected, Fallback, ", as the request is larger than it takes: Request exceeds the maximum size"),
    (429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your rate limit."}}"#, Limit, Both, ": This request would exceed your rate limit."),
    (429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"Usage is paused.","details":{"error_code":"enforced_spend_limit_reached"}}}"#, Limit, Fallback, ", as the account is out of credit or closed: Usage is paused."),
    (500, r#"{"type":"error","error":{"type":"api_error","message":"Internal server error"}}"#, Down, Both, ": Internal server error"),
    (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Down, Both, ": Overloaded"),
];

#[rustfmt::skip]
const GOOGLE: &[Case] = &[
    (400, r#"{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"seed\".","status":"INVALID_ARGUMENT"}}"#, Rejected, No, ": Invalid JSON payload received. Unknown name \"seed\"."),
    (400, r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]"#, Auth, No, ": API key not valid. Please pass a valid API key."),
    (400, r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#, Rejected, Fallback, ", as it does not serve this country or region: User location is not supported for the API use."),
    (400, r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    (400, r#"{"error":{"code":400,"message":"Request payload size exceeds the limit: 20971520 bytes.","status":"INVALID_ARGUMENT"}}"#, Rejected, Fallback, ", as the request is larger than it takes: Request payload size exceeds the limit: 20971520 bytes."),
    (402, r#"{"error":{"code":402,"message":"Your prepayment credits are depleted.","status":"RESOURCE_EXHAUSTED"}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Your prepayment credits are depleted."),
    (403, r#"{"error":{"code":403,"message":"Your location is not supported for this model","status":"PERMISSION_DENIED"}}"#, Rejected, Fallback, ", as it does not serve this country or region: Your location is not supported for this model"),
    (403, r#"{"error":{"code":403,"message":"The request is missing a valid API key.","status":"PERMISSION_DENIED"}}"#, Auth, No, ": The request is missing a valid API key."),
    (403, r#"{"error":{"code":403,"message":"Your project has been denied access. Please contact support.","status":"PERMISSION_DENIED"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Your project has been denied access. Please contact support."),
    (403, r#"{"error":{"code":403,"message":"Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/p' (or it may not exist).","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"IAM_PERMISSION_DENIED"}]}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/p' (or it may not exist)."),
    (403, r#"{"error":{"code":403,"message":"Vertex AI API has not been used in project 7 before or it is disabled.","status":"PERMISSION_DENIED"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Vertex AI API has not been used in project 7 before or it is disabled."),
    (403, r#"{"error":{"code":403,"message":"This API method requires billing to be enabled.","status":"PERMISSION_DENIED","details":[{"reason":"BILLING_DISABLED"}]}}"#, Rejected, Fallback, ", as the account is out of credit or closed: This API method requires billing to be enabled."),
    (404, r#"{"error":{"code":404,"message":"models/gemini-x is not found for API version v1beta","status":"NOT_FOUND"}}"#, Rejected, No, ": models/gemini-x is not found for API version v1beta"),
    (429, r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}]}}"#, Limit, Both, ": You exceeded your current quota."),
    (429, r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}]}}"#, Limit, Both, ": You exceeded your current quota."),
    (429, r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"},{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}]}}"#, Limit, Fallback, ", as the account has no quota left: You exceeded your current quota."),
    (429, r#"{"error":{"code":429,"message":"Quota exceeded for metric: m, limit: 0, model: x. Please retry in 2.5s.","status":"RESOURCE_EXHAUSTED"}}"#, Limit, Fallback, ", as the account has no quota left: Quota exceeded for metric: m, limit: 0, model: x. Please retry in 2.5s."),
    (429, r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED"}}"#, Limit, Fallback, ": You exceeded your current quota."),
    (429, r#"{"error":{"code":429,"message":"Resource exhausted. Please try again later.","status":"RESOURCE_EXHAUSTED"}}"#, Limit, Both, ": Resource exhausted. Please try again later."),
    (500, r#"{"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com","status":"RESOURCE_EXHAUSTED"}}"#, Limit, Both, ": Quota exceeded for aiplatform.googleapis.com"),
    (503, r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#, Down, Both, ": The model is overloaded. Please try again later."),
    (504, r#"{"error":{"code":504,"message":"Deadline expired before operation could complete.","status":"DEADLINE_EXCEEDED"}}"#, Down, Both, ": Deadline expired before operation could complete."),
];

#[rustfmt::skip]
const AZURE: &[Case] = &[
    (400, r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}"#, Rejected, No, ", as its content policy refuses the request: The response was filtered due to the prompt triggering Azure OpenAI's content management policy."),
    (401, r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#, Auth, No, ": Access denied due to invalid subscription key or wrong API endpoint."),
    (401, r#"{"error":{"code":"PermissionDenied","message":"Principal does not have access to API/Operation."}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Principal does not have access to API/Operation."),
    (403, r#"{"error":{"code":"AccessDenied","message":"Access denied due to Virtual Network/Firewall rules."}}"#, Rejected, No, ", as a firewall in front of it refuses the request: Access denied due to Virtual Network/Firewall rules."),
    (404, r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#, Rejected, No, ": The API deployment for this resource does not exist."),
    (404, r#"{"error":{"code":"404","message":"Resource not found"}}"#, Rejected, No, ": Resource not found"),
    (429, r#"{"error":{"code":"429","message":"Your requests have exceeded call rate limit. Please retry after 20 seconds."}}"#, Limit, Both, ": Your requests have exceeded call rate limit. Please retry after 20 seconds."),
];

#[rustfmt::skip]
const OTHERS: &[Case] = &[
    // Ollama (https://docs.ollama.com/api/errors)
    (400, r#"{"error":"registry.ollama.ai/library/x does not support tools"}"#, Rejected, No, ": registry.ollama.ai/library/x does not support tools"),
    (400, r#"{"error":"the input length exceeds the context length"}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: the input length exceeds the context length"),
    (404, r#"{"error":"model 'x' not found"}"#, Rejected, No, ": model 'x' not found"),
    (500, r#"{"error":"model requires more system memory (5.0 GiB) than is available (3.9 GiB)"}"#, Down, Both, ": model requires more system memory (5.0 GiB) than is available (3.9 GiB)"),
    (503, r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#, Down, Both, ": server busy, please try again.  maximum pending requests exceeded"),
    // OpenRouter
    (402, r#"{"error":{"message":"Insufficient credits. Add more.","code":402}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Insufficient credits. Add more."),
    (403, r#"{"error":{"message":"x requires moderation on OpenAI. Your input was flagged.","code":403,"metadata":{"reasons":["violence"],"flagged_input":"...","provider_name":"OpenAI"}}}"#, Rejected, No, ", as its content policy refuses the request: x requires moderation on OpenAI. Your input was flagged."),
    (403, r#"{"error":{"message":"Your input was flagged","code":403,"metadata":{"reasons":["x"],"flagged_input":"..","provider_name":"X"}}}"#, Rejected, No, ", as its content policy refuses the request: Your input was flagged"),
    (403, r#"{"error":{"message":"Key limit exceeded (total limit).","code":403}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Key limit exceeded (total limit)."),
    (404, r#"{"error":{"message":"No endpoints found matching your data policy.","code":404}}"#, Rejected, Fallback, ", as the account may not use this model, or lacks a permission: No endpoints found matching your data policy."),
    (429, r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m is temporarily rate-limited upstream","provider_name":"X"}}}"#, Limit, Both, ": Provider returned error: m is temporarily rate-limited upstream"),
    // Groq
    (403, r#"{"error":{"message":"The model `m` is blocked at the project level.","type":"permissions_error","code":"model_permission_blocked_project"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: The model `m` is blocked at the project level."),
    (403, r#"{"error":{"message":"Access denied. Please check your network settings."}}"#, Rejected, No, ", as a firewall in front of it refuses the request: Access denied. Please check your network settings."),
    (413, r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9000","type":"tokens","code":"rate_limit_exceeded"}}"#, Rejected, Fallback, ", as the request is larger than it takes: Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9000"),
    (498, r#"{"error":{"message":"Flex tier capacity exceeded","code":"capacity_exceeded"}}"#, Limit, Both, ": Flex tier capacity exceeded"),
    // Mistral
    (422, r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","code":null}"#, Rejected, No, ": seed: Extra inputs are not permitted"),
    (429, r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","code":"3505"}"#, Limit, Both, ": Service tier capacity exceeded for this model."),
    // xAI
    (403, r#"{"code":"The caller does not have permission","error":"Your team has either used all available credits or reached its monthly spending limit."}"#, Rejected, Fallback, ", as the account is out of credit or closed: Your team has either used all available credits or reached its monthly spending limit."),
    (403, r#"{"code":"403","error":"Content violates usage guidelines."}"#, Rejected, No, ", as its content policy refuses the request: Content violates usage guidelines."),
    // DeepSeek, DashScope, Cohere, Moonshot
    (402, r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Insufficient Balance"),
    (400, r#"{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}"#, Rejected, No, ", as its content policy refuses the request: Input data may contain inappropriate content."),
    (400, r#"{"error":{"code":"Arrearage","type":"Arrearage","message":"Access denied, please make sure your account is in good standing."}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Access denied, please make sure your account is in good standing."),
    (403, r#"{"error":{"code":"AccessDenied.Unpurchased","message":"Access to model denied."}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: Access to model denied."),
    (400, r#"{"message":"too many tokens: total number of tokens cannot exceed 128000"}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: too many tokens: total number of tokens cannot exceed 128000"),
    (401, r#"{"message":"invalid api token"}"#, Auth, No, ": invalid api token"),
    (400, r#"{"error":{"message":"Invalid request: Your request exceeded model token limit: 8192","type":"invalid_request_error"}}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: Invalid request: Your request exceeded model token limit: 8192"),
    // a LiteLLM proxy
    (401, r#"{"error":{"message":"Authentication Error, Invalid proxy server token passed.","type":"token_not_found_in_db","param":"key","code":"401"}}"#, Auth, No, ": Authentication Error, Invalid proxy server token passed."),
    (403, r#"{"error":{"message":"team not allowed to access model.","type":"team_model_access_denied","param":"model","code":"403"}}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: team not allowed to access model."),
    (400, r#"{"error":{"message":"Budget has been exceeded! Current cost: 2","type":"budget_exceeded","param":null,"code":"400"}}"#, Rejected, Fallback, ", as the account is out of credit or closed: Budget has been exceeded! Current cost: 2"),
    // gateways and firewalls
    (403, "<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>", Auth, No, " with a web page, as firewalls and proxies do; check the network and the provider's address, then the key"),
    (403, "error code: 1020", Rejected, No, ", as a firewall in front of it refuses the request: error code: 1020"),
    (403, "error code: 1009", Rejected, Fallback, ", as it does not serve this country or region: error code: 1009"),
    (403, r#"{"message":"Access denied from your location"}"#, Rejected, Fallback, ", as it does not serve this country or region: Access denied from your location"),
    (403, r#"{"error":{"message":"Access from your country is forbidden"}}"#, Rejected, Fallback, ", as it does not serve this country or region: Access from your country is forbidden"),
    (403, "<html><title>Error 1009</title>The owner of this website has banned your region</html>", Rejected, Fallback, ", as it does not serve this country or region"),
    (403, "<html><span class=\"cf-error-code\">1020</span></html>", Rejected, No, ", as a firewall in front of it refuses the request"),
    (422, r#"{"error":"Input validation error: `inputs` must have less than 4096 tokens. Given: 5000","error_type":"validation"}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: Input validation error: `inputs` must have less than 4096 tokens. Given: 5000"),
    (408, "", Down, Both, " without a reason; try again later"),
    (425, "", Down, Both, " without a reason; try again later"),
    (403, "", Auth, No, " without a reason; check the key, and what it is allowed to do"),
    (402, "", Rejected, Fallback, ", as the account is out of credit or closed"),
    (413, "<html><h1>413 Request Entity Too Large</h1></html>", Rejected, No, " without a reason; check the model, the parameters and the provider's address"),
    (502, "<html><h1>502 Bad Gateway</h1></html>", Down, Both, " without a reason; try again later"),
    (504, "upstream request timeout", Down, Both, ": upstream request timeout"),
    (520, "error code: 520", Down, Both, ": error code: 520"),
    (529, "", Down, Both, " without a reason; try again later"),
];

/// The name of the exception, as the header has it.
type AwsCase = (u16, &'static str, &'static str, ErrorCode, Hope, &'static str);

#[rustfmt::skip]
const AWS: &[AwsCase] = &[
    (400, "ValidationException", r#"{"message":"The provided model identifier is invalid."}"#, Rejected, No, ": The provided model identifier is invalid."),
    (400, "ValidationException", r#"{"message":"Input is too long for requested model."}"#, Rejected, Fallback, ", as the prompt does not fit the model's context window: Input is too long for requested model."),
    (403, "AccessDeniedException", r#"{"message":"You don't have access to the model with the specified model ID."}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: You don't have access to the model with the specified model ID."),
    (403, "AccessDeniedException", r#"{"Message":"User: arn:aws:iam::1:user/u is not authorized to perform: bedrock:InvokeModel"}"#, Auth, Fallback, ", as the account may not use this model, or lacks a permission: User: arn:aws:iam::1:user/u is not authorized to perform: bedrock:InvokeModel"),
    (400, "AccessDeniedException", r#"{"message":"Access to Anthropic models is not allowed from unsupported countries, regions, or territories."}"#, Rejected, Fallback, ", as it does not serve this country or region: Access to Anthropic models is not allowed from unsupported countries, regions, or territories."),
    (403, "UnrecognizedClientException", r#"{"message":"The security token included in the request is invalid."}"#, Auth, No, ": The security token included in the request is invalid."),
    (403, "ExpiredTokenException:http://internal.amazon.com/coral/com.amazon.bedrock/", r#"{"message":"It expired."}"#, Auth, No, ": It expired."),
    (400, "IncompleteSignature", r#"{"message":"no"}"#, Auth, No, ": no"),
    (429, "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", r#"{"message":"Too many tokens, please wait before trying again."}"#, Limit, Both, ": Too many tokens, please wait before trying again."),
    (400, "ThrottlingException", r#"{"message":"Rate exceeded"}"#, Limit, Both, ": Rate exceeded"),
    (400, "ServiceQuotaExceededException", r#"{"message":"Your request exceeds the service quota."}"#, Limit, Both, ": Your request exceeds the service quota."),
    (424, "ModelErrorException", r#"{"message":"The model failed.","originalStatusCode":500}"#, Down, Both, ": The model failed."),
    (408, "ModelTimeoutException", r#"{"message":"Model has timed out in processing the request."}"#, Down, Both, ": Model has timed out in processing the request."),
    (404, "ResourceNotFoundException", r#"{"message":"Model use case details have not been submitted for this account."}"#, Rejected, Fallback, ", as the account may not use this model, or lacks a permission: Model use case details have not been submitted for this account."),
    (503, "ServiceUnavailableException", r#"{"message":"Bedrock is unable to process your request."}"#, Down, Both, ": Bedrock is unable to process your request."),
    (400, "", r#"{"__type":"com.amazon.coral.service#ThrottlingException","message":"Rate exceeded"}"#, Limit, Both, ": Rate exceeded"),
    (403, "", r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"It expired."}"#, Auth, No, ": It expired."),
];

/// Errors in an answer whose status is 200, or in a stream.
#[rustfmt::skip]
const IN_SUCCESS: &[Case] = &[
    (200, r#"{"error":{"code":"server_error","message":"The server had an error."}}"#, Down, Both, " with an error: The server had an error."),
    (200, r#"{"error":{"code":"rate_limit_exceeded","message":"Slow down."}}"#, Limit, Both, " with an error: Slow down."),
    (200, r#"{"error":{"code":"invalid_prompt","message":"It was flagged under our usage policy."}}"#, Rejected, No, " with an error, as its content policy refuses the request: It was flagged under our usage policy."),
    (200, r#"{"error":{"code":"vector_store_timeout","message":"It timed out."}}"#, Down, Both, " with an error: It timed out."),
    (200, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Down, Both, " with an error: Overloaded"),
    (200, r#"{"type":"error","error":{"type":"invalid_request_error","message":"no"}}"#, Rejected, No, " with an error: no"),
    (200, r#"{"type":"error","error":{"type":"authentication_error","message":"no"}}"#, Auth, No, " with an error: no"),
    (200, r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#, Down, Both, " with an error 503: The model is overloaded."),
    (200, r#"{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"no"}}}"#, Down, Both, " with an error 502: Provider returned error: no"),
    (200, r#"{"error":{"code":402,"message":"Pay."}}"#, Rejected, Fallback, " with an error 402, as the account is out of credit or closed: Pay."),
    (200, r#"{"error":{"code":408,"message":"It timed out."}}"#, Down, Both, " with an error 408: It timed out."),
    (200, r#"{"error":{"code":403,"message":"Country, region, or territory not supported"}}"#, Rejected, Fallback, " with an error 403, as it does not serve this country or region: Country, region, or territory not supported"),
    (200, r#"{"__type":"throttlingException","message":"Rate exceeded"}"#, Limit, Both, " with an error: Rate exceeded"),
    (200, r#"{"__type":"modelStreamErrorException","message":"It broke."}"#, Down, Both, " with an error: It broke."),
    (200, r#"{"error":"an error was encountered while running the model"}"#, Response, No, " with an error: an error was encountered while running the model"),
    (200, r#"{"error":"invalid api key"}"#, Auth, No, " with an error: invalid api key"),
    (200, r#"{"error":{"code":17,"message":"no"}}"#, Response, No, " with an error: no"),
    (200, r#"{"error":{"code":"502"}}"#, Down, Both, " with an error 502 that it does not name"),
    (200, r#"{"error":"prompt is too long"}"#, Response, Fallback, " with an error, as the prompt does not fit the model's context window: prompt is too long"),
];

fn answer(status: u16, aws_exception: &str, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    if !aws_exception.is_empty() {
        let value = HeaderValue::from_str(aws_exception).unwrap();
        headers.insert(HeaderName::from_static("x-amzn-errortype"), value);
    }
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.into(),
    }
}

fn check(failure: Failure, status: u16, body: &str, code: ErrorCode, hope: Hope, message: &str) {
    let found = match (failure.retry == Retry::Counted, failure.is_worth_a_fallback) {
        (true, true) => Both,
        (false, true) => Fallback,
        (false, false) => No,
        (true, false) => panic!("what may pass may pass elsewhere: {body}"),
    };
    assert_eq!((failure.error.code(), found), (code, hope), "{status} {body}");
    assert_eq!(
        failure.error.message(),
        format!("the provider answered {status}{message}")
    );
}

#[test]
fn each_service_is_understood() {
    for (status, body, code, hope, message) in [OPENAI, ANTHROPIC, GOOGLE, AZURE, OTHERS].concat() {
        let failure = Failure::from_status(&answer(status, "", body)).unwrap();
        check(failure, status, body, code, hope, message);
    }
    for (status, exception, body, code, hope, message) in AWS.iter().copied() {
        let failure = Failure::from_status(&answer(status, exception, body)).unwrap();
        check(failure, status, body, code, hope, message);
    }
}

#[test]
fn an_error_inside_a_successful_answer() {
    for (status, body, code, hope, message) in IN_SUCCESS.iter().copied() {
        let failure = Failure::from_error_body(StatusCode::OK, body.as_bytes());
        check(failure, status, body, code, hope, message);
    }
}

#[test]
fn the_service_decides_on_a_retry() {
    for (status, should, expected) in [(400, "true", true), (503, "false", false), (503, "perhaps", true)] {
        let mut answer = answer(status, "", "");
        answer
            .headers
            .insert(SHOULD_RETRY, HeaderValue::from_str(should).unwrap());
        let failure = Failure::from_status(&answer).unwrap();
        assert_eq!(failure.retry == Retry::Counted, expected, "{status} {should}");
    }
}

#[test]
fn a_success_is_no_failure() {
    assert!(Failure::from_status(&answer(200, "", "{}")).is_none());
}
