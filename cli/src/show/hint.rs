//! What to do about each error.

use contracts::ErrorCode;

/// A sentence for each code, beside the message, which says what happened.
pub(super) const fn hint(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Usage => "Correct the command line; `--help` has examples.",
        ErrorCode::Inputs => "Correct the inputs document at the place that the message names.",
        ErrorCode::Mode => "Set the mode to `mock` or `real`.",
        ErrorCode::CiSafety => "Use mode `mock` in CI, or unset CI for this one process.",
        ErrorCode::PrefixTemplate => "Use a write prefix like /artifacts/outputs/demo/{execution_id}/.",
        ErrorCode::ExecutionId => "Use 1 to 128 letters, digits, `.`, `_` or `-`, or leave the id out.",
        ErrorCode::DecodedSlash | ErrorCode::PercentDecode => "Write the path without percent-escapes.",
        ErrorCode::DotSegments => "Write the path without `.` and `..`.",
        ErrorCode::ForbiddenSegment => "Use a path without that segment, and without symbolic links.",
        ErrorCode::PathTooLong => "Use a path of at most 1,024 bytes.",
        ErrorCode::SegmentTooLong => "Use names of at most 255 bytes.",
        ErrorCode::BadFacet => "Use a path below /artifacts/ or world://artifacts/.",
        ErrorCode::MissingSecret => "Set the secret that the message names, or use mode `mock`.",
        ErrorCode::ProviderAuth => "Check that the key is valid and may use this model.",
        ErrorCode::ProviderRejected => "Change the model or the parameters as the service asks.",
        ErrorCode::ProviderRateLimit => "Wait, then run it again; run fewer at a time.",
        ErrorCode::ProviderUnavailable => "Check the network and the service's status, then run it again.",
        ErrorCode::ProviderResponse => "Check the service's address; else its protocol has changed.",
        ErrorCode::ProviderFailed => "Read the service's reason; change the inputs before another run.",
        ErrorCode::OutputPath | ErrorCode::OutputDuplicate => {
            "Correct the processor: its outputs need paths of their own below outputs/."
        }
        ErrorCode::OutputWrite | ErrorCode::ReceiptWrite => {
            "Make room or correct the permissions of the artifacts directory, then run it again."
        }
        ErrorCode::ExecutionConflict => "Use a new execution id, and a write prefix with {execution_id}.",
        ErrorCode::OutputSecret => "Keep the secret out of the inputs; if it was printed, replace it.",
        ErrorCode::Processor => "Correct the processor; its log on stderr has the cause.",
        ErrorCode::Timeout => "Run it again, or allow it more time with --timeout.",
        ErrorCode::Registry => "`counterfoil registry check` says what to correct.",
        ErrorCode::ImageUnpinned => "Pin the image in the registry entry, or use --engine process.",
        ErrorCode::ImagePull => "Check the network and the right to read the image, then run it again.",
        ErrorCode::AdapterInvocation => "`counterfoil doctor` says what this machine lacks.",
        ErrorCode::Cancelled(_) => "It was stopped from outside; run it again.",
    }
}
