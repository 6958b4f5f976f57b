//! What every exporter says of its own process, read from `/proc`; nothing where there is none.
//!
//! Source: Prometheus `client_golang` v1.23 `process_collector_procfsenabled.go`, for names, types and help texts.

use std::fmt::Write as _;
use std::fs;

/// Clock ticks in a second: what Linux tells programs is 100 on every architecture.
const TICKS: f64 = 100.0;

pub(super) fn append(page: &mut String) {
    let Some(process) = Process::read() else {
        return;
    };
    let mut put = |name: &str, kind: &str, help: &str, value: f64| {
        let _ = writeln!(
            page,
            "# HELP process_{name} {help}\n# TYPE process_{name} {kind}\nprocess_{name} {value}"
        );
    };
    put(
        "cpu_seconds_total",
        "counter",
        "Total user and system CPU time spent in seconds.",
        process.cpu_ticks / TICKS,
    );
    put(
        "max_fds",
        "gauge",
        "Maximum number of open file descriptors.",
        process.max_fds,
    );
    put(
        "open_fds",
        "gauge",
        "Number of open file descriptors.",
        process.open_fds,
    );
    put(
        "network_receive_bytes_total",
        "counter",
        "Number of bytes received by the process over the network.",
        process.received_bytes,
    );
    put(
        "network_transmit_bytes_total",
        "counter",
        "Number of bytes sent by the process over the network.",
        process.sent_bytes,
    );
    put(
        "resident_memory_bytes",
        "gauge",
        "Resident memory size in bytes.",
        process.resident_bytes,
    );
    put(
        "start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        process.boot_seconds + process.start_ticks / TICKS,
    );
    put(
        "virtual_memory_bytes",
        "gauge",
        "Virtual memory size in bytes.",
        process.virtual_bytes,
    );
    put(
        "virtual_memory_max_bytes",
        "gauge",
        "Maximum amount of virtual memory available in bytes.",
        process.max_virtual_bytes,
    );
}

struct Process {
    cpu_ticks: f64,
    start_ticks: f64,
    boot_seconds: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
    open_fds: f64,
    max_fds: f64,
    max_virtual_bytes: f64,
    received_bytes: f64,
    sent_bytes: f64,
}

impl Process {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // the name of the program stands between parentheses and may hold anything; field 3 follows it
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let boot = fs::read_to_string("/proc/stat").ok()?;
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let memory = |name: &str| number(status.lines().find_map(|line| line.strip_prefix(name))?);
        let limits = fs::read_to_string("/proc/self/limits").ok()?;
        let limit = |name: &str| {
            let rest = limits.lines().find_map(|line| line.strip_prefix(name))?;
            // what is unlimited the peer's library writes as the largest number there is
            Some(number(rest).unwrap_or(u64::MAX as f64))
        };
        let network = fs::read_to_string("/proc/self/net/netstat").ok()?;
        let octets = |name: &str| {
            let mut lines = network.lines().filter(|line| line.starts_with("IpExt: "));
            let at = lines.next()?.split(' ').position(|word| word == name)?;
            lines.next()?.split(' ').nth(at)?.parse::<f64>().ok()
        };
        Some(Self {
            cpu_ticks: field(14)? + field(15)?,
            start_ticks: field(22)?,
            virtual_bytes: memory("VmSize:")? * 1024.0,
            resident_bytes: memory("VmRSS:")? * 1024.0,
            boot_seconds: number(boot)?,
            open_fds: fs::read_dir("/proc/self/fd").ok()?.count() as f64,
            max_fds: limit("Max open files")?,
            max_virtual_bytes: limit("Max address space")?,
            received_bytes: octets("InOctets")?,
            sent_bytes: octets("OutOctets")?,
        })
    }
}

/// The first word of a line's rest.
fn number(rest: &str) -> Option<f64> {
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_itself() {
        let process = Process::read().expect("Linux has /proc");
        assert!(process.resident_bytes > 0.0 && process.virtual_bytes > 0.0);
        assert!(process.open_fds >= 3.0 && process.max_fds >= process.open_fds);
        let started = process.boot_seconds + process.start_ticks / TICKS;
        let now = jiff::Timestamp::now().as_second() as f64;
        assert!(
            (now - started).abs() < 24.0 * 3600.0,
            "started at {started}, now {now}"
        );
    }
}
