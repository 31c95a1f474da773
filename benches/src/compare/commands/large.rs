//! A forest far beyond the paper's: stages here, the path in a process of its own.

use crate::compare::file;
use crate::compare::instance::Instance;
use crate::compare::measured::Question;
use crate::compare::process::{Run, Setting, run};
use crate::compare::report::{Report, seconds};
use crate::compare::rounds::size;
use crate::compare::solvers::named;
use crate::workloads::Failure;
use crate::{Stages, markdown};

/// One run: the process solves the whole path and fails unless the verifier accepts it.
pub(super) fn large(setting: &Setting, report: &mut Report, instance: &Instance) -> Result<(), Failure> {
    report.say(&format!("## {instance}"));
    let mut stages = Stages::default();
    let program = instance.program(&mut stages)?;
    report.say(&stages.table());
    report.say(&size(&program));
    let pairs = program.n_uses();
    let path = setting.out.join("program.bin");
    file::write(&program, &path)?;
    drop(program);
    let solver = named("path").expect("in the table");
    let Run::Done(measured) = run(setting, solver, &path, Question::Path, 0.0)? else {
        return Err("the path did not end in time".into());
    };
    let cell = |value: Option<f64>, digits: usize| value.map_or("-".into(), |value| format!("{value:.digits$}"));
    let row = vec![
        measured.vertices.len().to_string(),
        seconds(measured.solve_seconds),
        cell(measured.cpu_seconds, 1),
        cell(measured.verify_seconds, 2),
        cell(measured.base_mib, 0),
        cell(measured.peak_mib, 0),
        cell(measured.all_bytes_per_pair(pairs), 1),
        cell(measured.bytes_per_pair(pairs), 1),
    ];
    let head = [
        "vertices",
        "path s",
        "CPU s",
        "verify s (accepted)",
        "program MiB",
        "peak MiB",
        "bytes per pair",
        "of these the solver's",
    ];
    report.say(&markdown(&head, [row]));
    Ok(())
}
