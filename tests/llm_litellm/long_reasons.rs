//! The reasons of errors that are longer than a message.

use serde_json::json;
use support::Answer;

use crate::KEY;
use crate::failures::ask;

#[test]
fn a_long_reason_is_cut_after_its_secrets() {
    // the key is where the message ends
    let words = "words ".repeat(1000);
    for message in [words.clone(), format!("{}{KEY}{words}", &words[..950])] {
        let run = ask(Answer::json(400, &json!({"error": {"message": message}})));
        run.assert_failure("ERR_PROVIDER_REJECTED", 11);
        run.assert_message("the provider answered 400: words words");
        assert!(run.message().ends_with('…'), "{run:?}");
        assert!(!run.message().contains("sk-"), "{run:?}");
    }
    let broken = json!({"error": {"code": 400, "message": words}, "usage": {"total_tokens": 1}});
    let run = ask(Answer::json(200, &broken));
    run.assert_rejected("ERR_PROVIDER_REJECTED", 11);
    run.assert_message("…; its answer is kept as rejected/response.bin");
}
