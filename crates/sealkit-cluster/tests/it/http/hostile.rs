//! A client that means harm, on every path. After each attack everybody else is served as before.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Served, golden, options};

/// What a client may take of the server's patience, with the times that these tests set, and some more for a busy machine.
const SOON: Duration = Duration::from_secs(12);
const MEGABYTE: usize = 1 << 20;

fn soon(begin: Instant) {
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let served = Served::start();
    for start in [
        "",
        "G",
        "GET /healthz HTTP/1.1\r\n",
        "POST /v1/rotate HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ",
    ] {
        let begin = Instant::now();
        let mut client = served.connect();
        client.send(start);
        assert!(
            client.answer().is_none_or(|answer| answer.status == 408),
            "{start:?}"
        );
        soon(begin);
    }
    served.is_well();
}

#[test]
fn a_head_that_trickles_is_not_waited_for() {
    let served = Served::start();
    let begin = Instant::now();
    let mut client = served.connect();
    client.send("GET /healthz HTTP/1.1\r\nx: ");
    while client.stream.write_all(b"y").is_ok() {
        soon(begin);
        std::thread::sleep(Duration::from_millis(100));
    }
    served.is_well();
}

#[test]
fn a_body_that_trickles_is_not_waited_for() {
    let served = Served::start();
    for path in ["/v1/verify", "/v1/rotate"] {
        let begin = Instant::now();
        let mut client = served.connect();
        client.send(format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
        ));
        while begin.elapsed() < options().read_timeout {
            // the server may have ended it by now
            let _ = client.stream.write_all(b"{");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(client.answer().expect("it is told").status, 408, "{path}");
        soon(begin);
    }
    served.is_well();
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_unread() {
    let served = Served::start();
    for path in ["/v1/verify", "/v1/rotate"] {
        for length in ["3145729", "99999999999", "9223372036854775807"] {
            let begin = Instant::now();
            let mut client = served.connect();
            client.send(format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n"
            ));
            assert_eq!(
                client.answer().expect("it is told").status,
                413,
                "{path} {length}"
            );
            soon(begin);
        }
    }
    served.is_well();
}

#[test]
fn a_body_without_an_end_is_refused_at_its_limit() {
    let served = Served::start();
    let mut client = served.connect();
    client.send("POST /v1/verify HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 64 * MEGABYTE && client.stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 16 * MEGABYTE, "{sent} bytes were taken");
    // the answer is lost where the client is still sending when the connection ends
    assert!(client.answer().is_none_or(|answer| answer.status == 413));
    served.is_well();
}

#[test]
fn a_document_at_the_limit_is_read() {
    let served = Served::start();
    let mut body = golden("sealed-db-2048-strict.yaml");
    body.push_str(&"#".repeat(3 * MEGABYTE - body.len()));
    assert_eq!(served.post("/v1/verify", &body).status, 200);
    body.push('#');
    assert_eq!(served.post("/v1/verify", &body).status, 413);
}

#[test]
fn endless_headers_are_refused() {
    let served = Served::start();
    let heads: [&dyn Fn(usize) -> String; 3] =
        [&|at| format!("x-{at}: y\r\n"), &|_| "y".repeat(1000), &|at| {
            if at == 0 {
                "x: ".to_owned()
            } else {
                "y".repeat(1000)
            }
        }];
    for (kind, head) in heads.iter().enumerate() {
        let mut client = served.connect();
        client.send("GET /healthz HTTP/1.1\r\n");
        let mut sent = 0;
        for at in 0..100_000 {
            let part = head(at);
            if client.stream.write_all(part.as_bytes()).is_err() {
                break;
            }
            sent += part.len();
        }
        assert!(sent < 16 * MEGABYTE, "{kind}: {sent} bytes were taken");
        assert!(
            client
                .answer()
                .is_none_or(|answer| (400..500).contains(&answer.status)),
            "{kind}"
        );
    }
    let mut many = served.connect();
    let headers: String = (0..200).map(|at| format!("x-{at}: y\r\n")).collect();
    many.send(format!("GET /healthz HTTP/1.1\r\n{headers}\r\n"));
    assert_eq!(many.answer().expect("it is told").status, 431);
    served.is_well();
}

#[test]
fn what_is_no_http_is_refused() {
    let served = Served::start();
    let requests: [&[u8]; 10] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for request in requests {
        let begin = Instant::now();
        let mut client = served.connect();
        client.send(request);
        let answer = client.answer();
        assert!(
            answer.is_none_or(|answer| (400..500).contains(&answer.status) || answer.status == 505),
            "{request:?}"
        );
        soon(begin);
    }
    served.is_well();
}

/// Two ways to say where a body ends: a proxy in front might believe the other one.
#[test]
fn a_request_cannot_be_hidden_in_another() {
    let served = Served::start();
    let mut client = served.connect();
    client.send(
        "POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\
         GET /v1/cert.pem HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    let answer = client.answer().expect("an answer");
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("BEGIN CERTIFICATE"),
        "{answer:?}"
    );
    served.is_well();
}

#[test]
fn bad_documents_cost_little() {
    let served = Served::start();
    let deep =
        |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let laughs: String = (1..12)
        .map(|at| {
            format!(
                "a{at}: &a{at} [{}]\n",
                vec![format!("*a{}", at - 1); 10].join(",")
            )
        })
        .collect();
    let header =
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\n";
    let bodies = [
        "{".to_owned(),
        "{\"a\":".to_owned(),
        "{\"a\":1,}".to_owned(),
        "\u{0}".to_owned(),
        "\u{feff}".to_owned(),
        deep("[", "]", 200_000),
        deep("{\"a\":", "}", 200_000),
        deep("- ", "", 200_000),
        deep("? ", "", 100_000),
        format!("{header}spec: {}", deep("[", "]", 100_000)),
        format!("{header}a0: &a0 lol\n{laughs}spec: {{encryptedData: *a11}}\n"),
        format!("{header}spec: &loop {{encryptedData: *loop}}\n"),
        format!("{header}{header}"),
        "a: ".repeat(500_000),
        "!!binary |\n".repeat(10_000),
        "%YAML 9.9\n---\n".to_owned(),
        "\"\\ud800\"".to_owned(),
    ];
    for body in bodies {
        let begin = Instant::now();
        let start: String = body.chars().take(60).collect();
        for path in ["/v1/verify", "/v1/rotate"] {
            assert_eq!(served.post(path, &body).status, 500, "{path} {start}");
        }
        soon(begin);
    }
    let not_text = [b"apiVersion: ".as_slice(), &[0xff, 0xfe, 0x80]].concat();
    assert_eq!(served.post("/v1/verify", not_text).status, 500);
    served.is_well();
}

/// Each value costs a private-key operation for each key; a bad one ends the work.
#[test]
fn a_crowd_of_bad_values_costs_one_of_them() {
    let served = Served::start();
    let bad = format!("AQA{}", "A".repeat(365));
    let values: serde_json::Map<_, _> = (0..7000).map(|at| (format!("k{at}"), json!(bad))).collect();
    let document = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "db", "namespace": "shop"}, "spec": {"encryptedData": values},
    });
    let begin = Instant::now();
    assert_eq!(served.post("/v1/verify", document.to_string()).status, 409);
    assert_eq!(served.post("/v1/rotate", document.to_string()).status, 500);
    soon(begin);
}

#[test]
fn one_address_cannot_hold_every_connection_for_ever() {
    let served = Served::start();
    let mut held: Vec<_> = (0..300).map(|_| served.connect()).collect();
    for client in &mut held {
        let _ = client.stream.write_all(b"GET /healthz HTTP/1.1\r\n");
    }
    let begin = Instant::now();
    for client in &mut held {
        client.answer();
    }
    soon(begin);
    served.is_well();
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let served = Served::start();
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let mut client = served.connect();
            // more answers than a socket's buffers hold
            let requests = "GET /v1/cert.pem HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20_000);
            client
                .stream
                .set_write_timeout(Some(Duration::from_millis(200)))
                .expect("a time");
            let _ = client.stream.write_all(requests.as_bytes());
            client
        })
        .collect();
    served.is_well();
    drop(clients);
    served.is_well();
}

#[test]
fn clients_that_leave_in_the_middle_leave_nothing_behind() {
    let served = Served::start();
    let body = golden("sealed-db-2048-strict.yaml");
    for _ in 0..200 {
        let mut client = served.connect();
        client.send(format!(
            "POST /v1/rotate HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
            body.len()
        ));
        client.send(&body[..body.len() / 2]);
    }
    for _ in 0..50 {
        let mut client = served.connect();
        client.send(format!(
            "POST /v1/rotate HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
    }
    served.is_well();
}
