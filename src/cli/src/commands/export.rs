//! `secateur export`: a selection program in the formats of other solvers, or as a picture.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use secateur_graph::{Picture, dot};
use secateur_program::export::{Domain, ExportError, dimacs, lp, mps};
use secateur_program::{Multiplier, SelectionProgram, Status};
use secateur_selection::solve_path;
use serde_json::json;

use super::failure::{Failure, Outcome};
use super::files;
use super::lambda::Lambda;
use super::path_file::ProgramFile;
use super::session::Session;
use super::solver::in_doubles;
use super::text;

/// Write a selection program for another solver, or as a picture.
///
/// dimacs, lp and mps state the program at one lambda, with whole numbers: the objective is times lambda's denominator. dot
/// draws the program with the classes of its path in shades (`dot -Tsvg FILE.dot`).
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  secateur export program.sel --format dimacs --lambda 0.05 --out program.max\n  \
                        secateur export program.sel --format mps --integer --lambda 0.05 --out program.mps\n  \
                        secateur export small.sel --format dot --out small.dot")]
pub(super) struct Export {
    #[command(flatten)]
    program: ProgramFile,
    /// Maximum flow in DIMACS form, LP or MPS text, or a picture in the DOT language of Graphviz
    #[arg(long, value_enum)]
    format: Format,
    /// Lambda of the program (needed by all formats but dot)
    #[arg(long, value_name = "L", allow_negative_numbers = true, required_if_eq_any = [("format", "dimacs"), ("format", "lp"), ("format", "mps")])]
    lambda: Option<Lambda>,
    /// lp and mps: integer variables instead of the relaxation
    #[arg(long)]
    integer: bool,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Dimacs,
    Lp,
    Mps,
    Dot,
}

impl Export {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--out", Some(&self.out))], &[Some(&self.program.file)])?;
        let program = self.program.read(session)?;
        match self.lambda {
            Some(lambda) if self.format != Format::Dot => {
                let lambda = lambda.finite_in(program.scale())?;
                let exact = match self.format {
                    Format::Lp | Format::Mps => in_doubles(&program, lambda, session)?,
                    Format::Dimacs | Format::Dot => lambda,
                };
                self.at(&program, exact)?;
            }
            _ => {
                let control = session.control(None);
                let path = solve_path(&program, &control);
                if path.status != Status::Optimal {
                    return Err(Failure::Interrupted);
                }
                files::write(&self.out, |out| dot(&program, Picture::Path(&path.path), out))?;
            }
        }
        let bytes = std::fs::metadata(&self.out).map_or(0, |found| found.len());
        session.answer(
            || json!({ "file": self.out.display().to_string(), "bytes": bytes }),
            || {
                format!(
                    "{}\nwritten to {} ({})\n",
                    text::sizes(&program),
                    self.out.display(),
                    text::count(bytes as usize, "byte")
                )
            },
        )
    }

    fn at(&self, program: &SelectionProgram, lambda: Multiplier) -> Outcome {
        let domain = if self.integer { Domain::Binary } else { Domain::Relaxed };
        // What cannot be written is found while writing: the file appears only when it is whole.
        let mut refused = None;
        let written = files::write(&self.out, |out: &mut dyn Write| {
            let result = match self.format {
                Format::Dimacs => dimacs(program, lambda, out),
                Format::Lp => lp(program, lambda, domain, out),
                Format::Mps | Format::Dot => mps(program, lambda, domain, out),
            };
            result.map_err(|error| match error {
                ExportError::Io(error) => error,
                other => {
                    let io = std::io::Error::other(other.to_string());
                    refused = Some(other);
                    io
                }
            })
        });
        match refused {
            Some(error) => Err(Failure::in_file(self.program.file.display(), error)),
            None => written,
        }
    }
}
