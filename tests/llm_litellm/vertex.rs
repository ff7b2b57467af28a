//! Vertex AI: Gemini's API with an account of Google Cloud. The exchange of tokens is written from
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Url;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use support::{Answer, Dir, Server, Test};

use crate::native::{ask, completion, output};

/// A key for these tests alone.
const PRIVATE_KEY: &str = include_str!("vertex/key.pem");
const TOKEN: &str = "ya29.token-0123456789abcdef";
const ANSWER: &str = include_str!("recorded/vertex_generate_content/answer.json");
const STREAM: &str = include_str!("recorded/vertex_generate_content/text.stream");

/// A service that gives tokens at `/token`, and answers everywhere else.
fn google() -> Server {
    Server::start(|request| match request.path.as_str() {
        "/token" => Answer::json(
            200,
            &json!({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}),
        ),
        path if path.contains(":stream") => {
            Answer::new(200, STREAM).header("content-type", "text/event-stream")
        }
        _ => Answer::new(200, ANSWER).header("content-type", "application/json"),
    })
}

fn service_account(server: &Server) -> Value {
    json!({"type": "service_account", "project_id": "my-project", "private_key_id": "k1", "private_key": PRIVATE_KEY,
        "client_email": "me@my-project.iam.gserviceaccount.com", "token_uri": server.url("/token")})
}

fn vertex(server: &Server, model: &str, params: Value) -> Test {
    ask(
        &format!("vertex_ai/{model}"),
        json!([{"role": "user", "content": "hi"}]),
        params,
    )
    .env("VERTEXAI_API_BASE", server.url(""))
}

/// The fields of a form.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let query = std::str::from_utf8(body).unwrap();
    let url = Url::parse(&format!("http://h/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}

#[test]
fn a_service_account_gets_a_token() {
    let server = google();
    let run = vertex(&server, "gemini-2.5-flash", json!({"labels": {"team": "a"}}))
        .env("VERTEXAI_CREDENTIALS", service_account(&server).to_string())
        .run();
    run.assert_success();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let fields = form(&requests[0].body);
    assert_eq!(
        fields[0],
        (
            "grant_type".to_owned(),
            "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()
        )
    );
    assert_eq!(fields[1].0, "assertion");
    let (content, signature) = fields[1].1.rsplit_once('.').unwrap();
    let der: String = PRIVATE_KEY
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(content.as_bytes(), &signature).unwrap();
    let part =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, claims) = content.split_once('.').unwrap();
    assert_eq!(part(header), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let claims = part(claims);
    assert_eq!(claims["iss"], "me@my-project.iam.gserviceaccount.com");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    assert_eq!(claims["aud"], server.url("/token"));
    assert_eq!(
        claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
        3600
    );

    let request = &requests[1];
    assert_eq!(
        request.path,
        "/v1/projects/my-project/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent"
    );
    assert_eq!(
        request.header("authorization").unwrap(),
        format!("Bearer {TOKEN}").as_bytes()
    );
    assert_eq!(
        request.json(),
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "labels": {"team": "a"}})
    );
    assert_eq!(completion(&run)["choices"][0]["message"]["content"], "Grüezi");
    assert_eq!(output(&run, "native.json").unwrap(), ANSWER.as_bytes());
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["api"], "vertex_generate_content");
    assert_eq!(extra["key"], "VERTEXAI_CREDENTIALS");
    let key = PRIVATE_KEY.lines().nth(1).unwrap();
    run.assert_nowhere(TOKEN)
        .assert_nowhere(key)
        .assert_nowhere(&URL_SAFE_NO_PAD.encode(&signature));
}

#[test]
fn a_file_may_hold_the_account_and_variables_the_project() {
    let server = google();
    let user = json!({"type": "authorized_user", "client_id": "c", "client_secret": "s&c-0123456789", "refresh_token": "r-0123456789abcdef",
        "quota_project_id": "quota", "token_uri": server.url("/token")});
    let dir = Dir::new();
    for (name, account) in [("a.json", service_account(&server)), ("b.json", user)] {
        std::fs::write(dir.path(name), account.to_string()).unwrap();
    }
    let path = |name: &str| dir.path(name);
    let run = vertex(&server, "gemini-3-pro-preview", json!({"stream": true}))
        .env("GOOGLE_APPLICATION_CREDENTIALS", path("a.json"))
        .env("VERTEXAI_PROJECT", "other")
        .run();
    run.assert_success();
    assert_eq!(completion(&run)["usage"]["completion_tokens"], 12);
    let run = vertex(&server, "gemini/123", json!({}))
        .env("VERTEXAI_CREDENTIALS", path("b.json"))
        .env("GOOGLE_APPLICATION_CREDENTIALS", path("a.json"))
        .env("VERTEX_LOCATION", "europe-west4")
        .run();
    run.assert_success();
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/token",
            "/v1/projects/other/locations/global/publishers/google/models/gemini-3-pro-preview:streamGenerateContent?alt=sse",
            "/token",
            "/v1/projects/quota/locations/europe-west4/endpoints/123:generateContent",
        ]
    );
    let expected = [
        ("grant_type", "refresh_token"),
        ("client_id", "c"),
        ("client_secret", "s&c-0123456789"),
        ("refresh_token", "r-0123456789abcdef"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form(&requests[2].body), expected);
    run.assert_nowhere("r-0123456789abcdef")
        .assert_nowhere("s&c-0123456789");
}

#[test]
fn an_access_token_is_enough() {
    for (base, model, compatible, path) in [
        (
            "",
            "gemini-2.5-flash",
            false,
            "/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent",
        ),
        (
            "/v1beta1",
            "gemini-2.5-flash",
            false,
            "/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent",
        ),
        (
            "/gw",
            "google/gemini-2.0-x",
            false,
            "/gw/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.0-x:generateContent",
        ),
        (
            "/v1/projects/q/locations/l",
            "gemini-x",
            false,
            "/v1/projects/q/locations/l/publishers/google/models/gemini-x:generateContent",
        ),
        (
            "/v1/projects/q/locations/l/publishers/google/models/y",
            "gemini-x",
            false,
            "/v1/projects/q/locations/l/publishers/google/models/gemini-x:generateContent",
        ),
        (
            "",
            "google/gemini-2.5-flash",
            true,
            "/v1/projects/p/locations/us-central1/endpoints/openapi/chat/completions",
        ),
    ] {
        let server = crate::service();
        let run = vertex(&server, model, json!({ "openai_compatible": compatible }))
            .env("VERTEXAI_API_BASE", server.url(base))
            .env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
            .env("VERTEX_PROJECT", "p")
            .run();
        run.assert_success().assert_nowhere(TOKEN);
        assert_eq!(run.receipt()["extra"]["key"], "GOOGLE_OAUTH_ACCESS_TOKEN");
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].path, path);
        assert_eq!(
            requests[0].header("authorization").unwrap(),
            format!("Bearer {TOKEN}").as_bytes()
        );
    }
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let server = google();
    let with = |account: Value| {
        vertex(&server, "gemini-x", json!({})).env("VERTEXAI_CREDENTIALS", account.to_string())
    };
    let mut without_key = service_account(&server);
    without_key["private_key"] = "-----BEGIN PRIVATE KEY-----\nAAAAAAAA\n-----END PRIVATE KEY-----\n".into();
    let token = |test: Test| test.env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN);
    let plain = || vertex(&server, "gemini-x", json!({}));
    for (test, code, exit, message) in [
        (
            plain(),
            "ERR_MISSING_SECRET",
            6,
            "vertex_ai/ needs an account; set VERTEXAI_CREDENTIALS or GOOGLE_APPLICATION_CREDENTIALS",
        ),
        (
            token(plain()),
            "ERR_USAGE",
            2,
            "vertex_ai/ needs a project; set VERTEXAI_PROJECT",
        ),
        (
            token(plain()).env("VERTEXAI_PROJECT", "p/../x"),
            "ERR_USAGE",
            2,
            "VERTEXAI_PROJECT is no id of a project",
        ),
        (
            token(plain())
                .env("VERTEXAI_PROJECT", "p")
                .env("VERTEXAI_LOCATION", "evil.com"),
            "ERR_USAGE",
            2,
            "VERTEXAI_LOCATION is no location",
        ),
        (
            with(json!({"type": "service_account"})),
            "ERR_MISSING_SECRET",
            6,
            "VERTEXAI_CREDENTIALS has no client_email",
        ),
        (
            with(json!({"type": "external_account"})),
            "ERR_MISSING_SECRET",
            6,
            "VERTEXAI_CREDENTIALS is neither a service account nor a user",
        ),
        (
            with(without_key),
            "ERR_MISSING_SECRET",
            6,
            "VERTEXAI_CREDENTIALS has a private_key that cannot be used",
        ),
        (
            plain().env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/at-all.json"),
            "ERR_MISSING_SECRET",
            6,
            "GOOGLE_APPLICATION_CREDENTIALS is neither the JSON of an account nor a file that can be read",
        ),
    ] {
        let run = test.run();
        run.assert_failure(code, exit);
        run.assert_message(message);
        run.assert_nowhere("at-all")
            .assert_nowhere("evil.com")
            .assert_nowhere(TOKEN);
    }
    let run = token(vertex(&server, "llama3-405b", json!({})).env("VERTEXAI_PROJECT", "p")).run();
    run.assert_failure("ERR_INPUTS", 3);
    run.assert_message("the model is not Google's");
    assert!(server.requests().is_empty());
}

#[test]
fn a_token_that_is_refused_is_reported() {
    let refused = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."});
    for (status, body, code, exit, message, count) in [
        (
            400,
            refused,
            "ERR_PROVIDER_AUTH",
            10,
            "the account of VERTEXAI_CREDENTIALS gets no access token: the provider answered 400: Invalid JWT Signature.",
            1,
        ),
        (
            503,
            json!({}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
            "the account of VERTEXAI_CREDENTIALS gets no access token",
            3,
        ),
        (
            200,
            json!({}),
            "ERR_PROVIDER_RESPONSE",
            14,
            "without an access token",
            1,
        ),
    ] {
        let server = Server::always(Answer::json(status, &body));
        let run = vertex(&server, "gemini-x", json!({}))
            .env("VERTEXAI_CREDENTIALS", service_account(&server).to_string())
            .run();
        run.assert_failure(code, exit);
        run.assert_message(message);
        assert_eq!(server.requests().len(), count);
    }
}

#[test]
fn a_fallback_answers_if_there_is_no_token() {
    let down = Server::always(Answer::json(503, &json!({})));
    let gemini = crate::service();
    let run = vertex(
        &down,
        "gemini-x",
        json!({"fallbacks": ["gemini/gemini-2.5-flash"]}),
    )
    .env("VERTEXAI_CREDENTIALS", service_account(&down).to_string())
    .env("GEMINI_API_BASE", gemini.url(""))
    .env("GEMINI_API_KEY", crate::KEY)
    .run();
    run.assert_success();
    assert_eq!(
        run.receipt()["extra"]["failed_models"],
        "vertex_ai/gemini-x (ERR_PROVIDER_UNAVAILABLE)"
    );
}
