//! `counterfoil completions`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::command::Counterfoil;

/// Print a script that completes counterfoil's commands and options in your shell
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
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Counterfoil::command(),
            "counterfoil",
            &mut script,
        );
        io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
