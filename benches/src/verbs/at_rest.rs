//! Values as the API server stores them: every provider, four sizes, both ways, beside the server's own transformers in Go
//! and, for AES, beside `openssl speed`.
//!
//! Go's figures come from `testing.Benchmark` inside the oracle (`AT_REST_ORACLE`), in the same run on the same plaintext.
//! Ours reuse one output buffer; Go allocates, as the server does. kms v2 is measured with a service in memory on our side and
//! a socket on theirs, neither of which is asked within the loop.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_formats::at_rest::kms::{InMemory, KmsV2};
use sealkit_formats::at_rest::{Key, Transformer, Transformers};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::allocations;
use crate::generator;
use crate::record::Recorder;
use crate::setting::Setting;

const ETCD_KEY: &str = "/registry/secrets/shop/database";
const SIZES: [(&str, usize); 4] = [
    ("64_B", 64),
    ("1_KiB", 1 << 10),
    ("64_KiB", 1 << 16),
    ("1_MiB", 1 << 20),
];
/// Values for each count of allocations.
const COUNTED: u64 = 100;
/// The same key on both sides: bytes 0 to 31.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let mut oracle = None;
    for (provider, list) in providers()? {
        let mut id = None;
        for (size, bytes) in SIZES {
            for direction in ["encrypt", "decrypt"] {
                let name = format!("at-rest/{direction}/{provider}/{size}");
                if !recorder.wants(&name) {
                    continue;
                }
                let oracle = match &mut oracle {
                    Some(oracle) => oracle,
                    none => none.insert(Oracle::start()?),
                };
                let id = match &mut id {
                    Some(id) => id,
                    none => none.insert(oracle.load(provider)?),
                };
                let plain = vec![0x5a; bytes];
                ours(setting, recorder, &name, &list, &plain, direction)?;
                let samples: Result<Vec<Duration>> = (0..setting.count(5))
                    .map(|_| oracle.bench(id, &plain, direction))
                    .collect();
                recorder.times(&format!("{name}/apiserver"), "testing.Benchmark", 1, &samples?);
                if bytes >= 1 << 16 && provider.starts_with("aes") {
                    openssl(setting, recorder, &name, provider, bytes, direction)?;
                }
            }
        }
    }
    Ok(())
}

fn providers() -> Result<Vec<(&'static str, Transformers)>> {
    let key = || [Key::new("key", (0..32).collect::<Vec<u8>>().into())];
    let mut rng = generator::operating_system();
    let kms = Arc::new(KmsV2::new(
        "kms",
        Arc::new(InMemory::new("id", generator::operating_system())),
    ));
    kms.observe(0, &mut rng)?;
    let list = |entry| Transformers::new(vec![entry]).context("a list has an entry");
    Ok(vec![
        ("aescbc", list(Transformer::aes_cbc(&key())?)?),
        ("aesgcm", list(Transformer::aes_gcm(&key())?)?),
        ("secretbox", list(Transformer::secretbox(&key())?)?),
        ("identity", list(Transformer::plaintext())?),
        ("kms", list(Transformer::kms_v2(kms))?),
    ])
}

fn ours(
    setting: &Setting,
    recorder: &mut Recorder,
    name: &str,
    list: &Transformers,
    plain: &[u8],
    direction: &str,
) -> Result<()> {
    let mut rng = generator::operating_system();
    let (mut stored, mut opened) = (Vec::new(), Zeroizing::new(Vec::new()));
    list.encrypt_into(ETCD_KEY.as_bytes(), plain, &mut rng, &mut stored)?;
    let value = stored.clone();
    let mut once = || -> Result<()> {
        if direction == "encrypt" {
            list.encrypt_into(ETCD_KEY.as_bytes(), plain, &mut rng, &mut stored)?;
        } else {
            let (plaintext, _) = list.decrypt_lent(ETCD_KEY.as_bytes(), &value, &mut opened)?;
            std::hint::black_box(plaintext);
        }
        Ok(())
    };
    // the output buffer has its size after the first: whatever is counted from there on is beyond the output
    once()?;
    let allocations = allocations::count(|| (0..COUNTED).try_for_each(|_| once()))?;
    recorder.allocations(
        &format!("{name}/allocations"),
        "at_rest::Transformers into a buffer that is reused",
        COUNTED,
        allocations,
    );
    // a sample stands for some ten milliseconds, so that the clock's own cost does not show
    let begin = Instant::now();
    let mut operations = 0u64;
    while begin.elapsed() < Duration::from_millis(10) {
        once()?;
        operations += 1;
    }
    let mut samples = Vec::new();
    for _ in 0..setting.count(50) {
        let begin = Instant::now();
        for _ in 0..operations {
            once()?;
        }
        samples.push(begin.elapsed());
    }
    recorder.times(
        &format!("{name}/library"),
        "at_rest::Transformers",
        operations,
        &samples,
    );
    Ok(())
}

/// One second of `openssl speed` for each sample; its last line has bytes per second.
fn openssl(
    setting: &Setting,
    recorder: &mut Recorder,
    name: &str,
    provider: &str,
    bytes: usize,
    direction: &str,
) -> Result<()> {
    let cipher = if provider == "aescbc" {
        "aes-256-cbc"
    } else {
        "aes-256-gcm"
    };
    let mut arguments: Vec<String> = ["speed", "-mr", "-elapsed", "-seconds", "1", "-bytes"]
        .map(str::to_owned)
        .to_vec();
    arguments.extend([bytes.to_string(), "-evp".to_owned(), cipher.to_owned()]);
    if direction == "decrypt" {
        arguments.push("-decrypt".to_owned());
    }
    let mut samples = Vec::new();
    for _ in 0..setting.count(5) {
        let output = Command::new("openssl")
            .args(&arguments)
            .output()
            .context("openssl does not start")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text
            .lines()
            .find(|line| line.starts_with("+F"))
            .context("openssl speed says nothing")?;
        let rate: f64 = line
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .trim()
            .parse()
            .context("a rate")?;
        samples.push(Duration::from_secs_f64(bytes as f64 / rate));
    }
    recorder.times(
        &format!("{name}/openssl"),
        &format!("openssl {}", arguments.join(" ")),
        1,
        &samples,
    );
    Ok(())
}

/// The server's code behind JSON lines: `crates/xtask/peers/at-rest-oracle`.
struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
}

impl Oracle {
    fn start() -> Result<Oracle> {
        let program = std::env::var_os("AT_REST_ORACLE").context("AT_REST_ORACLE names no program")?;
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(program)
            .arg("-sock")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("its input was asked for")?;
        let output = BufReader::new(child.stdout.take().context("its output was asked for")?);
        Ok(Oracle {
            child,
            input,
            output,
            folder,
        })
    }

    fn load(&mut self, provider: &str) -> Result<Value> {
        let provider = match provider {
            "identity" => json!({"identity": {}}),
            "kms" => {
                let endpoint = format!("unix://{}/v2.sock", self.folder.path().display());
                json!({"kms": {"apiVersion": "v2", "name": "kms", "endpoint": endpoint}})
            }
            local => json!({local: {"keys": [{"name": "key", "secret": KEY}]}}),
        };
        let config = json!({
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [{"resources": ["secrets"], "providers": [provider]}],
        });
        let answer = self.ask(&json!({"op": "load", "config": config.to_string()}))?;
        Ok(answer["id"].clone())
    }

    fn bench(&mut self, id: &Value, plain: &[u8], direction: &str) -> Result<Duration> {
        let value = STANDARD.encode(plain);
        let answer = self.ask(&json!({
            "op": "bench", "id": id, "resource": "secrets", "key": ETCD_KEY, "value": value, "op2": direction,
        }))?;
        let nanoseconds = answer["ns"]
            .as_f64()
            .with_context(|| format!("no figure: {answer}"))?;
        Ok(Duration::from_secs_f64(nanoseconds / 1e9))
    }

    fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).context("the oracle gives no answer")
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
