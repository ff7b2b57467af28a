//! A key that the service repeats gets into no document.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{Answer, Dir, Finished, Server};

use crate::{KEY, native, real, real_at, service};

/// Quotes, backslashes, 8 characters, letters beyond ASCII, and what URLs and HTML escape.
const ODD: [&str; 5] = [
    r#"p"a\'s\\s wörd"#,
    "\"\\\"\\'\"\\\\",
    "8 chars!",
    "ключ-от-всего",
    "a/b+c=d&e<f>%41",
];

fn forms(secret: &str) -> Vec<String> {
    let json = inner(secret);
    let mut percent = String::new();
    for byte in secret.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                percent.push(char::from(byte))
            }
            _ => write!(percent, "%{byte:02X}").unwrap(),
        }
    }
    vec![
        secret.to_owned(),
        json,
        percent,
        STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

/// A JSON string without its quotes.
fn inner(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[track_caller]
fn assert_no_form(run: &Finished, secret: &str) {
    for form in forms(secret) {
        run.assert_nowhere(&form).assert_nowhere(&inner(&form));
    }
}

#[test]
fn an_error_that_repeats_the_key() {
    for secret in ODD {
        for form in forms(secret) {
            let said = format!("Incorrect API key provided: {form}. See your account.");
            for answer in [
                Answer::json(401, &json!({"error": {"message": said}})),
                Answer::new(401, said.clone()),
                Answer::json(200, &json!({"error": said})),
            ] {
                let server = Server::always(answer);
                let run = real(&server)
                    .env("OPENAI_API_KEY", secret)
                    .env("LOG_LEVEL", "trace")
                    .run();
                assert_no_form(&run, secret);
                let message = run.message();
                assert!(
                    message.contains("Incorrect API key provided: [REDACTED]"),
                    "{run:?}"
                );
                let sent = format!("Bearer {secret}");
                assert_eq!(
                    server.requests()[0].header("authorization"),
                    Some(sent.as_bytes())
                );
            }
        }
    }
}

#[test]
fn a_key_at_the_end_of_a_long_error_is_not_cut_in_two() {
    let secret = ODD[0];
    for length in 960..1010 {
        let said = format!("{}{secret}", "x".repeat(length));
        let server = Server::always(Answer::json(400, &json!({ "error": said })));
        let run = real(&server).env("OPENAI_API_KEY", secret).run();
        run.assert_failure("ERR_PROVIDER_REJECTED", 11)
            .assert_nowhere("xp");
    }
}

#[test]
fn an_answer_that_repeats_the_key_is_not_kept() {
    for secret in ODD {
        for form in forms(secret) {
            let server = Server::always(Answer::json(
                200,
                &json!({"model": form, "choices": [{"message": {"content": form}}]}),
            ));
            let run = real(&server).env("OPENAI_API_KEY", secret).run();
            run.assert_failure("ERR_OUTPUT_SECRET", 23);
            assert_no_form(&run, secret);
        }
    }
}

#[test]
fn a_proxy_with_a_password_may_be_a_file_of_secrets_dir() {
    let proxy = Server::always(Answer::json(200, &json!({"choices": []})));
    let unused = Server::always(Answer::new(500, ""));
    let dir = Dir::new();
    let with_password = |server: &Server| server.url("").replace("http://", "http://alice:hunter22@") + "\n";
    dir.write("HTTP_PROXY", with_password(&proxy));
    dir.write("http_proxy", with_password(&unused)); // the upper-case name is looked up first
    dir.write("OPENAI_API_KEY", "sk-of-a-file\n");
    let test = real_at("http://service.example/v1", json!({}))
        .env("OPENAI_API_KEY", "")
        .env("SECRETS_DIR", dir.root());
    let run = test.run();
    run.assert_success().assert_nowhere("hunter22");
    let requests = proxy.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!(
        request.header("proxy-authorization"),
        Some(&b"Basic YWxpY2U6aHVudGVyMjI="[..])
    );
    assert_eq!(request.header("authorization"), Some(&b"Bearer sk-of-a-file"[..]));

    // the exceptions hold for it, and a variable wins
    let service = Server::always(Answer::json(200, &json!({"choices": []})));
    let excepted = real_at(&service.url("/v1"), json!({}))
        .execution_id("excepted")
        .env("SECRETS_DIR", dir.root())
        .env("NO_PROXY", "127.0.0.1");
    excepted.run().assert_success();
    assert_eq!((proxy.requests().len(), service.requests().len()), (1, 1));
    let other = Server::always(Answer::json(200, &json!({"choices": []})));
    let variable = test.execution_id("variable").env("HTTP_PROXY", other.url(""));
    variable.run().assert_success();
    assert_eq!((proxy.requests().len(), other.requests().len()), (1, 1));
}

#[test]
fn a_secret_in_a_message_reaches_an_api_that_converts_messages() {
    for (model, base, key, pointer) in [
        (
            "anthropic/claude-sonnet-4-5",
            "ANTHROPIC_API_BASE",
            "ANTHROPIC_API_KEY",
            "/messages/0/content/0/text",
        ),
        (
            "gemini/gemini-2.5-flash",
            "GEMINI_API_BASE",
            "GEMINI_API_KEY",
            "/contents/0/parts/0/text",
        ),
        (
            "ollama/llama3.2",
            "OLLAMA_API_BASE",
            "OLLAMA_API_KEY",
            "/messages/0/content",
        ),
    ] {
        let server = service();
        let content = json!([{"type": "text", "text": {"$secret": "PASSPHRASE"}}]);
        let run = native::ask(model, json!([{"role": "user", "content": content}]), json!({}))
            .env(base, server.url(""))
            .env(key, KEY)
            .env("PASSPHRASE", "open-sesame-0123456789")
            .run();
        run.assert_success().assert_nowhere("open-sesame");
        let body = native::body(&server);
        assert_eq!(body.pointer(pointer).unwrap(), "open-sesame-0123456789", "{body}");
    }
}
