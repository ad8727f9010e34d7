//! `.watch`.

use std::time::Duration;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, script, talk, times};

pub const COMMAND: Command = Command {
    name: "watch",
    aliases: &[r"\watch"],
    usage: "[SECONDS [TIMES]]",
    brief: "Run the last statement again and again",
    help: "Runs the last statement again every SECONDS (2), over data that came meanwhile, until Ctrl-C or so many TIMES.",
    arguments: &[Argument::Number, Argument::Number],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let number = |text: &String| text.parse::<f64>().ok().filter(|n| (0.1..=86_400.0).contains(n));
    let (seconds, times) = match args.words.as_slice() {
        [] => (2.0, None),
        [seconds] => (number(seconds).ok_or_else(|| args.usage())?, None),
        [seconds, times] => {
            let times: u32 = times.parse().map_err(|_| args.usage())?;
            (number(seconds).ok_or_else(|| args.usage())?, Some(times))
        }
        _ => return Err(args.usage()),
    };
    if times.is_none() && !shell.interactive {
        return Err(Failure::usage("in a script .watch needs to know how often: .watch SECONDS TIMES"));
    }
    let Some(text) = shell.last_statement.clone() else {
        return Err(Failure::usage("there is no statement to run again yet"));
    };
    let mut done = 0;
    while times.is_none_or(|times| done < times) {
        if done > 0 {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            shell.refresh().await?;
        }
        done += 1;
        if shell.interactive {
            talk(&format!("{}  every {seconds} s, Ctrl-C ends it", times::text(times::clock())));
        }
        for item in script::split(&text, shell.lang) {
            for statement in shell.lang.parse(&shell.engine, &text, &item)? {
                shell.results += 1;
                let stem = format!("watch-{}", shell.results);
                shell.statement(statement, &text, shell.params.clone(), &stem).await?;
            }
        }
    }
    Ok(())
}
