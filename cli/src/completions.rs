//! `counterfoil completions`.

use std::io::Write as _;

use clap::Args;
use clap_complete::Shell;

use crate::session::{ExitStatus, Session};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil completions bash > ~/.local/share/bash-completion/completions/counterfoil
  counterfoil completions zsh > ~/.zfunc/_counterfoil
  counterfoil completions fish > ~/.config/fish/completions/counterfoil.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut parser: clap::Command, session: &Session) -> anyhow::Result<ExitStatus> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut parser, "counterfoil", &mut script);
        session.stdout.clone().write_all(&script)?;
        Ok(ExitStatus::SUCCESS)
    }
}
