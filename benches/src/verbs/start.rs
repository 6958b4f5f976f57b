//! From the start of the process to the first byte of `--help`, and how large the binary is.

use anyhow::Result;

use crate::process::Process;
use crate::record::Recorder;
use crate::setting::Setting;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let rounds = setting.count(200);
    let help = [
        ("sealkit", setting.sealkit(&["--help"])),
        ("kubeseal", setting.kubeseal(&["--help"])),
    ];
    if recorder.wants("start/help") {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (samples, (_, process)) in times.iter_mut().zip(&help) {
                samples.push(process.first_byte()?);
            }
        }
        for ((name, process), samples) in help.iter().zip(&times) {
            recorder.times(&format!("start/help/{name}"), &process.shown(), 1, samples);
        }
    }
    let empty = [("start/empty".to_owned(), Process::new(&setting.empty, &[]))];
    super::side_by_side(recorder, rounds, &empty)?;
    for (name, program) in [("sealkit", &setting.sealkit), ("kubeseal", &setting.kubeseal)] {
        let name = format!("size/{name}");
        if recorder.wants(&name) {
            recorder.sizes(&name, "release binary", &[std::fs::metadata(program)?.len()]);
        }
    }
    Ok(())
}
