//! What a run leaves when the machine fails it: killed at any moment, a full or broken disk, company.
