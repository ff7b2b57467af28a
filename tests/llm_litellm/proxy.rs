//! A real peer: the LiteLLM proxy, which answers without a model. `.ci/litellm-proxy` installs it and runs this.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Dir, Test};

use crate::processor;

/// As its users write it; each model answers the same each time.
const CONFIG: &str = r#"
model_list:
  - {model_name: gpt-4o-mini, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "a mock reply"}}
  - {model_name: err-429, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "litellm.RateLimitError"}}
  - {model_name: err-500, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "litellm.InternalServerError"}}
  - {model_name: err-context, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "litellm.ContextWindowExceededError"}}
  - {model_name: err-content, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "Exception: content_filter_policy"}}
  - {model_name: err-stream, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "Exception: mock_streaming_error"}}
  - {model_name: slow, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "late", mock_delay: 20}}
litellm_settings: {num_retries: 0, telemetry: false}
router_settings: {num_retries: 0, disable_cooldowns: true}
general_settings: {master_key: sk-local-0123456789abcdef}
"#;
const MASTER_KEY: &str = "sk-local-0123456789abcdef";

/// One with a check of its own for keys, which otherwise needs a database.
const GUARDED: &str = r#"
model_list:
  - {model_name: gpt-4o-mini, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-unused, mock_response: "a mock reply"}}
litellm_settings: {telemetry: false}
general_settings: {master_key: sk-of-somebody-else-0123, custom_auth: door.check, custom_auth_run_common_checks: false}
"#;
const DOOR: &str = r#"
from litellm.proxy._types import ProxyException, UserAPIKeyAuth

async def check(request, api_key):
    if api_key != "sk-local-0123456789abcdef":
        raise ProxyException(message="nobody knows this key", type="auth_error", param="api_key", code=401)
    return UserAPIKeyAuth(api_key=api_key)
"#;

/// It imports a lot of Python.
const LONGEST_START: Duration = Duration::from_secs(120);

struct Proxy {
    child: Child,
    address: SocketAddr,
    dir: Dir,
}

impl Proxy {
    fn start(config: &str) -> Self {
        let litellm = std::env::var_os("LITELLM").expect("LITELLM is the path of the executable");
        assert!(
            Path::new(&litellm).is_file(),
            "LITELLM is the path of the executable"
        );
        let dir = Dir::new();
        std::fs::write(dir.path("config.yaml"), config).unwrap();
        std::fs::write(dir.path("door.py"), DOOR).unwrap();
        let log = File::create(dir.path("log")).unwrap();
        // free a moment ago; the proxy takes no socket
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let child = Command::new(litellm)
            .args(["--config", "config.yaml", "--host", "127.0.0.1", "--port"])
            .arg(address.port().to_string())
            .current_dir(dir.root())
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True") // it would fetch one
            .env("LITELLM_TELEMETRY", "False")
            .env("DISABLE_ADMIN_UI", "True")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut proxy = Self { child, address, dir };
        proxy.wait();
        proxy
    }

    /// Asks for its health until it is well; each question waits for an answer, and a refused one for a moment.
    fn wait(&mut self) {
        let started = Instant::now();
        while !is_alive(self.address) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && started.elapsed() < LONGEST_START,
                "the proxy does not start: {ended:?}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path("log")).unwrap_or_default()
    }

    fn run(&self, model: &str) -> Test {
        self.run_with(model, json!({"temperature": 0.5}))
    }

    fn run_with(&self, model: &str, mut params: Value) -> Test {
        params["messages"] = json!([{"role": "user", "content": "hi"}]);
        params["num_retries"] = json!(0);
        let inputs = json!({"mode": "real", "model": model, "params": params});
        processor()
            .inputs(inputs.to_string())
            .env("OPENAI_BASE_URL", format!("http://{}/v1", self.address))
            .env("OPENAI_API_KEY", MASTER_KEY)
    }
}

impl Drop for Proxy {
    /// Ends its whole process group, and waits for the process itself.
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

fn is_alive(address: SocketAddr) -> bool {
    let Ok(mut connection) = TcpStream::connect(address) else {
        return false;
    };
    let request = format!("GET /health/liveliness HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    connection.write_all(request.as_bytes()).is_ok()
        && connection.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200 ")
}

#[test]
#[ignore = "needs a LiteLLM proxy; .ci/run installs one and runs it"]
fn a_proxy_answers() {
    let proxy = Proxy::start(CONFIG);

    let run = proxy.run("openai/gpt-4o-mini").run();
    run.assert_success();
    let answer: serde_json::Value =
        serde_json::from_slice(&run.files()["demo/run-1/outputs/response.json"]).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "a mock reply");
    let receipt = run.receipt();
    for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        assert_eq!(receipt["usage"][name], answer["usage"][name]);
    }
    assert_eq!(receipt["usage"]["attempts"], 1);
    assert_eq!(run.receipt()["extra"]["model"], "gpt-4o-mini");
    assert!(receipt["usage"]["cost_usd"].as_f64() > Some(0.0), "{run:?}");
    assert_eq!(receipt["extra"]["cost_source"], "header x-litellm-response-cost");

    let run = proxy.run_with("gpt-4o-mini", json!({"stream": true})).run();
    run.assert_success();
    let files = run.files();
    let answer: Value = serde_json::from_slice(&files["demo/run-1/outputs/response.json"]).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "a mock reply");
    assert_eq!(
        run.receipt()["usage"]["total_tokens"],
        answer["usage"]["total_tokens"]
    );
    let chunks = String::from_utf8(files["demo/run-1/outputs/stream.jsonl"].clone()).unwrap();
    assert!(chunks.lines().count() > 1, "{chunks}");

    for (model, code, status, said) in [
        (
            "err-context",
            "ERR_PROVIDER_REJECTED",
            11,
            "context window exceeded",
        ),
        ("err-content", "ERR_PROVIDER_REJECTED", 11, "content policy"),
        ("unheard-of", "ERR_PROVIDER_REJECTED", 11, "Invalid model name"),
        ("err-429", "ERR_PROVIDER_RATE_LIMIT", 12, "mock rate limit error"),
        (
            "err-500",
            "ERR_PROVIDER_UNAVAILABLE",
            13,
            "mock internal server error",
        ),
    ] {
        let run = proxy.run(model).run();
        run.assert_failure(code, status).assert_nowhere(MASTER_KEY);
        assert!(run.message().contains(said), "{run:?}\n{}", proxy.log());
    }

    let wrong_key = proxy
        .run("gpt-4o-mini")
        .env("OPENAI_API_KEY", "sk-wrong-0123456789")
        .run();
    // without a database the proxy cannot check the key, and says so
    wrong_key
        .assert_failure("ERR_PROVIDER_REJECTED", 11)
        .assert_nowhere("sk-wrong-0123456789");

    let broken = proxy.run_with("err-stream", json!({"stream": true})).run();
    broken.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);

    let slow = proxy.run("slow").env("TIMEOUT_S", "2").run();
    slow.assert_failure("ERR_TIMEOUT", 124);

    let after = proxy.run("gpt-4o-mini");
    drop(proxy);
    after.run().assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
#[ignore = "needs a LiteLLM proxy; .ci/run installs one and runs it"]
fn a_proxy_refuses_a_key() {
    let proxy = Proxy::start(GUARDED);
    proxy.run("gpt-4o-mini").run().assert_success();
    let wrong_key = proxy
        .run("gpt-4o-mini")
        .env("OPENAI_API_KEY", "sk-wrong-0123456789")
        .run();
    wrong_key
        .assert_failure("ERR_PROVIDER_AUTH", 10)
        .assert_nowhere("sk-wrong-0123456789");
    wrong_key.assert_message("401: nobody knows this key");
}
