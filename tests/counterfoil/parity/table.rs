//! The runs that every engine has to agree on.

use rustix::process::Signal;

/// One run, and how it ends.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The processor, where it is not the probe.
    pub(crate) script: Option<&'static str>,
    pub(crate) entry: &'static str,
    pub(crate) inputs: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) follows_a_success: bool,
    pub(crate) stop: Option<Stop>,
    /// `None` for a success.
    pub(crate) code: Option<&'static str>,
    pub(crate) status: i32,
}

/// A signal to the orchestrator, once its log has this event.
#[derive(Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) at: &'static str,
    pub(crate) signal: Signal,
}

/// A success of the probe.
const CASE: Case = Case {
    name: "",
    script: None,
    entry: "",
    inputs: "{}",
    prefix: support::PREFIX,
    arguments: &[],
    environment: &[],
    follows_a_success: false,
    stop: None,
    code: None,
    status: 0,
};

const SECRET: &str = "secrets: {required: [PROBE_SECRET]}";
const SET: &[(&str, &str)] = &[("PROBE_SECRET", "hunter2-and-more")];
const REAL: &[&str] = &["--mode", "real"];

/// A script that ignores polite requests, and is up.
const STUBBORN: &str = r#"trap '' TERM INT
echo '{"level":"info","event":"stand_in_is_up"}' >&2
exec sleep 120"#;

const fn success(name: &'static str, inputs: &'static str) -> Case {
    Case { name, inputs, ..CASE }
}

const fn failure(name: &'static str, inputs: &'static str, code: &'static str, status: i32) -> Case {
    Case {
        name,
        inputs,
        code: Some(code),
        status,
        ..CASE
    }
}

/// A processor that reports this error.
macro_rules! told {
    ($code:literal, $status:literal) => {
        failure(
            concat!("told ", $code),
            concat!(
                r#"{"params":{"do":"error","code":""#,
                $code,
                r#"","message":"as asked"}}"#
            ),
            $code,
            $status,
        )
    };
}

/// A script that the orchestrator does not believe.
const fn broken(name: &'static str, script: &'static str) -> Case {
    Case {
        script: Some(script),
        ..failure(name, "{}", "ERR_ADAPTER_INVOCATION", 33)
    }
}

const fn real(case: Case) -> Case {
    Case {
        entry: SECRET,
        arguments: REAL,
        environment: SET,
        ..case
    }
}

pub(crate) const TABLE: &[Case] = &[
    success("three outputs", r#"{"params":{"size":10},"model":"m"}"#),
    success(
        "one output",
        r#"{"params":{"do":"outputs","outputs":[{"relpath":"outputs/a","text":"x"}]}}"#,
    ),
    success("no outputs", r#"{"params":{"do":"none"}}"#),
    success("many outputs", r#"{"params":{"do":"many","count":100}}"#),
    success("an output that is a file", r#"{"params":{"do":"file"}}"#),
    success("a thread that panics", r#"{"params":{"do":"thread_panic"}}"#),
    real(success("a real run", r#"{"params":{"do":"needs_secret"}}"#)),
    real(success("secrets in extra", r#"{"params":{"do":"secret_extra"}}"#)),
    Case {
        name: "a success again",
        follows_a_success: true,
        ..CASE
    },
    Case {
        follows_a_success: true,
        ..failure(
            "other inputs after a success",
            r#"{"params":{"size":9}}"#,
            "ERR_EXECUTION_CONFLICT",
            22,
        )
    },
    told!("ERR_USAGE", 2),
    told!("ERR_INPUTS", 3),
    told!("ERR_MODE", 3),
    told!("ERR_CI_SAFETY", 4),
    told!("ERR_PREFIX_TEMPLATE", 5),
    told!("ERR_EXECUTION_ID", 5),
    told!("ERR_DECODED_SLASH", 5),
    told!("ERR_PERCENT_DECODE", 5),
    told!("ERR_DOT_SEGMENTS", 5),
    told!("ERR_FORBIDDEN_SEGMENT", 5),
    told!("ERR_PATH_TOO_LONG", 5),
    told!("ERR_SEGMENT_TOO_LONG", 5),
    told!("ERR_BAD_FACET", 5),
    told!("ERR_MISSING_SECRET", 6),
    told!("ERR_PROVIDER_AUTH", 10),
    told!("ERR_PROVIDER_REJECTED", 11),
    told!("ERR_PROVIDER_RATE_LIMIT", 12),
    told!("ERR_PROVIDER_UNAVAILABLE", 13),
    told!("ERR_PROVIDER_RESPONSE", 14),
    told!("ERR_PROVIDER_FAILED", 15),
    told!("ERR_OUTPUT_PATH", 20),
    told!("ERR_OUTPUT_DUPLICATE", 20),
    told!("ERR_OUTPUT_WRITE", 21),
    told!("ERR_RECEIPT_WRITE", 21),
    told!("ERR_EXECUTION_CONFLICT", 22),
    told!("ERR_OUTPUT_SECRET", 23),
    told!("ERR_PROCESSOR", 70),
    told!("ERR_TIMEOUT", 124),
    told!("ERR_CANCELLED", 130),
    failure("inputs that are no JSON", "{", "ERR_INPUTS", 3),
    failure("inputs with an unknown field", r#"{"more":1}"#, "ERR_INPUTS", 3),
    failure("a mode that there is not", r#"{"mode":"fast"}"#, "ERR_MODE", 3),
    failure(
        "an unknown behaviour",
        r#"{"params":{"do":"x"}}"#,
        "ERR_INPUTS",
        3,
    ),
    Case {
        entry: "inputs: {schema: {type: object, required: [a]}}",
        ..failure("params that do not fit", "{}", "ERR_INPUTS", 3)
    },
    failure(
        "a file that is missing",
        r#"{"files":{"a":{"path":"world://artifacts/inputs/none"}}}"#,
        "ERR_INPUTS",
        3,
    ),
    Case {
        arguments: &["--mode", "mock"],
        ..failure("two modes", r#"{"mode":"real"}"#, "ERR_USAGE", 2)
    },
    Case {
        arguments: REAL,
        environment: &[("CI", "true")],
        ..failure("real mode under CI", "{}", "ERR_CI_SAFETY", 4)
    },
    Case {
        entry: SECRET,
        arguments: REAL,
        ..failure("a missing secret", "{}", "ERR_MISSING_SECRET", 6)
    },
    Case {
        prefix: "/artifacts/demo/",
        ..failure("a prefix without the execution", "{}", "ERR_PREFIX_TEMPLATE", 5)
    },
    Case {
        prefix: "/artifacts/../{execution_id}/",
        ..failure("a prefix that leads elsewhere", "{}", "ERR_DOT_SEGMENTS", 5)
    },
    failure(
        "an output beside the outputs",
        r#"{"params":{"do":"outputs","outputs":[{"relpath":"../a"}]}}"#,
        "ERR_OUTPUT_PATH",
        20,
    ),
    failure(
        "two outputs of one name",
        r#"{"params":{"do":"outputs","outputs":[{"relpath":"outputs/a"},{"relpath":"outputs/a"}]}}"#,
        "ERR_OUTPUT_DUPLICATE",
        20,
    ),
    real(failure(
        "a secret in an output",
        r#"{"params":{"do":"secret_output"}}"#,
        "ERR_OUTPUT_SECRET",
        23,
    )),
    real(failure(
        "a secret in an error",
        r#"{"params":{"do":"secret_error"}}"#,
        "ERR_PROVIDER_REJECTED",
        11,
    )),
    real(failure(
        "a panic with a secret",
        r#"{"params":{"do":"panic_secret"}}"#,
        "ERR_PROCESSOR",
        70,
    )),
    failure(
        "a panic",
        r#"{"params":{"do":"panic","message":"at the disco"}}"#,
        "ERR_PROCESSOR",
        70,
    ),
    failure(
        "numbers that JSON lacks",
        r#"{"params":{"do":"nan"}}"#,
        "ERR_PROCESSOR",
        70,
    ),
    Case {
        arguments: &["--timeout", "0.5"],
        ..failure(
            "a timeout of its own",
            r#"{"params":{"do":"hang_async"}}"#,
            "ERR_TIMEOUT",
            124,
        )
    },
    Case {
        arguments: &["--timeout", "0.5"],
        ..failure(
            "a provider that hangs",
            r#"{"params":{"do":"hang"}}"#,
            "ERR_TIMEOUT",
            124,
        )
    },
    Case {
        script: Some(STUBBORN),
        arguments: &["--timeout", "0.1"],
        ..failure("killed at its timeout", "{}", "ERR_TIMEOUT", 124)
    },
    Case {
        stop: Some(Stop {
            at: "inputs_read",
            signal: Signal::INT,
        }),
        ..failure(
            "cancelled by SIGINT",
            r#"{"params":{"do":"clean_up"}}"#,
            "ERR_CANCELLED",
            130,
        )
    },
    Case {
        stop: Some(Stop {
            at: "inputs_read",
            signal: Signal::TERM,
        }),
        ..failure(
            "cancelled by SIGTERM",
            r#"{"params":{"do":"hang_async"}}"#,
            "ERR_CANCELLED",
            143,
        )
    },
    Case {
        script: Some("echo '{\"level\":\"info\",\"event\":\"stand_in_is_up\"}' >&2; exec sleep 300"),
        stop: Some(Stop {
            at: "stand_in_is_up",
            signal: Signal::TERM,
        }),
        ..failure("cancelled without a word", "{}", "ERR_CANCELLED", 143)
    },
    broken("a crash without an answer", "echo 'out of luck' >&2; exit 9"),
    broken("killed by somebody", "echo 'so far' >&2; kill -9 $$"),
    broken("killed by itself", "kill -ABRT $$"),
    broken("killed after its answer", "echo '{}'; kill -9 $$"),
    Case {
        script: Some("$PROBE \"$@\" > /dev/null; kill -9 $$"),
        ..success("killed after its commit", "{}")
    },
    broken("no answer at all", "exit 0"),
    broken(
        "an answer that is garbage",
        "echo hello; echo \"no $ARTIFACTS_BASE_DIR/x\" >&2",
    ),
    broken("two answers", "$PROBE \"$@\" | sed p"),
    broken("a success that is none", "$PROBE \"$@\"; exit 1"),
];
