//! `tunnelql completions`.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::super::{Arguments, CliError};

/// Write a script that completes tunnelql's arguments in a shell.
#[derive(Debug, Args)]
#[command(after_help = "Bash: tunnelql completions bash > ~/.local/share/bash-completion/completions/tunnelql\n\
                        Zsh: tunnelql completions zsh > a folder of $fpath, as _tunnelql\n\
                        fish: tunnelql completions fish > ~/.config/fish/completions/tunnelql.fish\n\
                        PowerShell: tunnelql completions powershell | Out-String | Invoke-Expression")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Result<(), CliError> {
        // Into memory first: the generator panics when its output fails.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "tunnelql", &mut script);
        let mut out = std::io::stdout();
        out.write_all(&script).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
    }
}
