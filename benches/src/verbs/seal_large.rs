//! One value of a mebibyte.

use anyhow::Result;

use super::seal_one::recipient;
use crate::record::Recorder;
use crate::setting::{Setting, text};
use crate::workload::large_secret;

const MEBIBYTE: usize = 1 << 20;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let secret = large_secret(MEBIBYTE);
    let file = setting.file("large.yaml", secret.as_bytes())?;
    let recipient = recipient(&setting.age[0])?.to_string();
    let processes = |what: &str| {
        [
            (
                format!("sealed-secrets/seal/one_mebibyte/sealkit{what}"),
                setting.sealkit(&["seal", "--cert", setting.certificate(), text(&file)]),
            ),
            (
                format!("sealed-secrets/seal/one_mebibyte/kubeseal{what}"),
                setting
                    .kubeseal(&["--cert", setting.certificate(), "-o", "yaml"])
                    .stdin(secret.as_bytes()),
            ),
            (
                format!("native/seal/one_mebibyte/sealkit{what}"),
                setting.sealkit(&["seal", "--recipient", &recipient, text(&file)]),
            ),
        ]
    };
    super::side_by_side(recorder, setting.count(50), &processes(""))?;
    super::memory(recorder, setting.count(10), &processes("/memory"))
}
