//! The HTTP API over real loopback sockets, asked by a client that is no HTTP library: it sends what a test says.

mod answers;
mod hostile;
mod oracles;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sealkit_cluster::http::{Options, Shared, serve_on};
use sealkit_cluster::identities::Ring;
use sealkit_cluster::keys::{KeySet, Keys, SealingKey};
use sealkit_cluster::log::{Format, Level, Log};
use sealkit_cluster::metrics::Metrics;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use tokio::net::TcpListener;
use tokio::sync::watch;

const FOLDER: &str = "sealed-secrets/peer-0.36.6";
/// Longer than anything here takes, short enough for a test that fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A key of the golden files.
fn key(bits: usize) -> SealingKey {
    let pem = sealkit_testdata::read(&format!("{FOLDER}/key-{bits}.pkcs8.pem"));
    SealingKey {
        name: format!("key-{bits}"),
        ordering_time: 0,
        created: 0,
        private: RsaPrivateKey::from_pem(&pem).expect("a test key is a key"),
        certificate_pem: golden(&format!("cert-{bits}.pem")),
    }
}

fn golden(name: &str) -> String {
    sealkit_testdata::text(&format!("{FOLDER}/{name}"))
}

/// A running API with its own keys.
struct Served {
    api: SocketAddr,
    metrics: SocketAddr,
    keys: Keys,
    ready: watch::Sender<bool>,
    log: Page,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What an operator would say, but for a rate that no test minds and times that tests can wait for.
fn options() -> Options {
    Options {
        listen: String::new(),
        listen_metrics: String::new(),
        rate_limit: 1_000_000,
        rate_limit_burst: 1_000_000,
        read_timeout: Duration::from_secs(2),
        write_timeout: Duration::from_secs(2),
    }
}

impl Served {
    /// The key of 2048 bits is the newest, that of 3072 an older one.
    fn start() -> Self {
        Self::with(options(), true, vec![key(2048), key(3072)])
    }

    fn with(options: Options, accept_deprecated_data: bool, keys: Vec<SealingKey>) -> Self {
        Self::with_ring(options, accept_deprecated_data, keys, None)
    }

    fn with_ring(
        options: Options,
        accept_deprecated_data: bool,
        keys: Vec<SealingKey>,
        ring: Option<Arc<Ring>>,
    ) -> Self {
        let (keys, log) = (Keys::new(KeySet::new(keys)), Page::default());
        let (ready, ready_receiver) = watch::channel(true);
        let (stop, stop_receiver) = watch::channel(false);
        let shared = Shared {
            keys: keys.clone(),
            ring,
            metrics: Arc::new(Metrics::new(false)),
            ready: ready_receiver,
            accept_deprecated_data,
            log: Log::to(
                Level::Debug,
                Format::Text,
                Box::new(log.clone()),
                Box::new(log.clone()),
            ),
        };
        let (said, heard) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let api = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let metrics = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let addresses = [&api, &metrics].map(|listener| listener.local_addr().expect("bound"));
                said.send(addresses).expect("the test waits");
                serve_on(shared, options, [api, metrics], stop_receiver)
                    .await
                    .expect("it serves");
            });
        });
        let [api, metrics] = heard.recv().expect("it starts");
        Self {
            api,
            metrics,
            keys,
            ready,
            log,
            stop,
            thread: Some(thread),
        }
    }

    fn connect(&self) -> Client {
        Client::new(self.api)
    }

    fn get(&self, path: &str) -> Answer {
        self.connect()
            .ask(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n"), b"")
    }

    fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.connect().ask(&head, body)
    }

    fn metrics(&self) -> Answer {
        Client::new(self.metrics).ask("GET /metrics HTTP/1.1\r\nhost: x\r\n", b"")
    }

    /// Whether it still does its work, whatever was done to it.
    fn is_well(&self) {
        assert_eq!(self.get("/healthz").body, b"ok\n");
        assert_eq!(
            self.post("/v1/verify", golden("sealed-db-2048-strict.yaml"))
                .status,
            200
        );
    }

    fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it ends");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// One connection.
struct Client {
    stream: TcpStream,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream.set_write_timeout(Some(PATIENCE)).expect("a time");
        Self { stream }
    }

    /// Sends a whole request, whose head lacks its last line, and reads to the end of the connection.
    fn ask(mut self, head: &str, body: &[u8]) -> Answer {
        self.send(format!("{head}connection: close\r\n\r\n"));
        // what is refused early need not be sent to its end
        let _ = self.stream.write_all(body);
        self.answer().expect("it answers")
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("it reads");
    }

    /// Everything until the connection ends; nothing where the server said nothing.
    fn answer(&mut self) -> Option<Answer> {
        let mut bytes = Vec::new();
        if let Err(error) = self.stream.read_to_end(&mut bytes) {
            assert_eq!(
                error.kind(),
                ErrorKind::ConnectionReset,
                "the server holds the connection"
            );
        }
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
        Some(Answer {
            status: head.split(' ').nth(1)?.parse().expect("a status"),
            body: bytes.split_off(end),
            head,
        })
    }
}

impl Answer {
    /// A header's value, by the name as it is written.
    fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split_once(": ").is_some_and(|(found, _)| found == name);
        self.head
            .lines()
            .find(named)?
            .split_once(": ")
            .map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics while writing").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panics while writing").clone())
            .expect("lines are text")
    }
}
