//! The orchestrator as a whole: its process, its files, its answers.
