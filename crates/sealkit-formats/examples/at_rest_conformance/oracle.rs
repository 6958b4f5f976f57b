//! Talks to the judge in JSON lines.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(crate) struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Oracle {
    pub(crate) fn start(program: &str) -> Oracle {
        // short, because a socket's path may not have more than 107 bytes
        let folder = std::env::temp_dir().join(format!("oracle-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut child = Command::new(program)
            .arg("-sock")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Oracle {
            child,
            input,
            output: BufReader::new(output),
            folder,
        }
    }

    /// The socket of a mock key service, as an endpoint.
    pub(crate) fn endpoint(&self, version: &str) -> String {
        format!("unix://{}/{version}.sock", self.folder.display())
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.input, "{request}").unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer to {request}"))
    }

    pub(crate) fn load(&mut self, config: &str) -> u64 {
        let answer = self.ask(&json!({"op": "load", "config": config, "kmsv1": true}));
        answer["id"]
            .as_u64()
            .unwrap_or_else(|| panic!("the oracle refuses {config}: {answer}"))
    }

    pub(crate) fn encrypt(&mut self, id: u64, resource: &str, key: &str, value: &[u8]) -> Vec<u8> {
        let value = STANDARD.encode(value);
        let answer =
            self.ask(&json!({"op": "encrypt", "id": id, "resource": resource, "key": key, "value": value}));
        assert_eq!(answer["ok"], true, "{answer}");
        bytes(&answer)
    }

    /// The plaintext and whether it is stale; the error's text otherwise.
    pub(crate) fn decrypt(
        &mut self,
        id: u64,
        resource: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(Vec<u8>, bool), String> {
        let value = STANDARD.encode(value);
        let answer =
            self.ask(&json!({"op": "decrypt", "id": id, "resource": resource, "key": key, "value": value}));
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok((bytes(&answer), answer["stale"] == true)),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn bytes(answer: &Value) -> Vec<u8> {
    STANDARD
        .decode(answer["value"].as_str().unwrap_or_default())
        .unwrap()
}
