//! Rows of the peer's flags, and what becomes of them.

use super::*;

fn read(words: &[&str], variables: &[(&str, &str)]) -> Result<Parsed, String> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    parse(&words, &variable)
}

fn flags(words: &[&str], variables: &[(&str, &str)]) -> Flags {
    Flags::of(&read(words, variables).expect("readable")).expect("usable")
}

#[test]
fn the_defaults_are_the_peers() {
    let flags = flags(&[], &[]);
    assert_eq!(flags.key_prefix, "sealed-secrets-key");
    assert_eq!(
        (flags.key_size, flags.rate_limit, flags.rate_limit_burst),
        (4096, 2, 2)
    );
    assert_eq!(flags.key_renew_period, Duration::from_secs(720 * 3600));
    assert_eq!(flags.key_ttl, Duration::from_secs(87_600 * 3600));
    assert_eq!(
        (flags.listen_addr.as_str(), flags.listen_metrics_addr.as_str()),
        (":8080", ":8081")
    );
    assert!(flags.accept_deprecated_v1_data && flags.all_namespaces && flags.update_status);
    assert!(!flags.skip_recreate && !flags.old_gc_behavior && !flags.version && !flags.dry_run);
    assert_eq!(flags.key_cutoff_time, None);
    assert!(flags.kubeclient_qps < 0.0, "the one that differs: no limit");
}

#[test]
fn row_37_a_variable_counts_after_the_word_and_before_the_default() {
    let prefix = |words: &[&str], value: Option<&str>| {
        let variables: Vec<_> = value
            .map(|value| ("SEALED_SECRETS_KEY_PREFIX", value))
            .into_iter()
            .collect();
        flags(words, &variables).key_prefix
    };
    assert_eq!(prefix(&[], None), "sealed-secrets-key");
    assert_eq!(prefix(&[], Some("mine")), "mine");
    assert_eq!(prefix(&[], Some("")), "");
    assert_eq!(prefix(&["--key-prefix=typed"], Some("mine")), "typed");
    let size = flags(&[], &[("SEALED_SECRETS_KEY_SIZE", "many")]).key_size;
    assert_eq!(size, 4096, "what cannot be read is not there");
}

#[test]
fn words_may_be_joined_or_apart_and_booleans_stand_alone() {
    let flags = flags(
        &[
            "--key-size",
            "2048",
            "--update-status=false",
            "--skip-recreate",
            "ignored",
            "--kubeclient-qps=-1",
        ],
        &[],
    );
    assert_eq!(
        (flags.key_size, flags.update_status, flags.skip_recreate),
        (2048, false, true)
    );
}

#[test]
fn complaints_are_the_peers() {
    let complaint = |words: &[&str]| read(words, &[]).expect_err("wrong");
    assert_eq!(complaint(&["--nope"]), "unknown flag: --nope");
    assert_eq!(complaint(&["--key-size"]), "flag needs an argument: --key-size");
    assert_eq!(
        complaint(&["--key-size=x"]),
        "invalid argument \"x\" for \"--key-size\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"
    );
    assert_eq!(
        complaint(&["--key-ttl=7d"]),
        "invalid argument \"7d\" for \"--key-ttl\" flag: time: unknown unit \"d\" in duration \"7d\""
    );
}

#[test]
fn the_old_name_of_the_period_still_works() {
    let flags = flags(&["--rotate-period=1h"], &[]);
    assert_eq!(flags.key_renew_period, Duration::from_secs(3600));
    assert_eq!(flags.remarks.len(), 1);
}

#[test]
fn lists_are_taken_apart() {
    let flags = flags(
        &[
            "--additional-namespaces= a,,b ,a",
            "--privatekey-labels=x=1,y=2=3",
        ],
        &[],
    );
    assert_eq!(flags.additional_namespaces, ["a", "b"]);
    assert_eq!(flags.extra.labels["y"], "2=3");
}

#[test]
fn what_no_key_can_be_is_refused() {
    let wrong = |words: &[&str]| {
        Flags::of(&read(words, &[]).expect("readable"))
            .expect_err("unusable")
            .0
    };
    assert_eq!(wrong(&["--key-prefix=Keys"]), "name contains illegal character K");
    assert!(wrong(&[&format!("--key-prefix={}", "a".repeat(246))]).starts_with("name is too long"));
    assert!(wrong(&["--key-cutoff-time=yesterday"]).contains("date -R"));
    assert!(wrong(&["--privatekey-labels=x"]).contains("key=value"));
}

#[test]
fn a_cut_off_is_what_date_prints() {
    let flags = flags(&["--key-cutoff-time=Thu, 01 Jan 1970 01:00:00 +0100"], &[]);
    assert_eq!(flags.key_cutoff_time, Some(0));
}

#[test]
fn help_names_every_flag_but_the_old_one() {
    let usage = usage("controller");
    assert_eq!(usage.lines().count(), table::FLAGS.len());
    assert!(usage.contains("\n      --key-prefix string"), "{usage}");
    assert!(!usage.contains("rotate-period"));
}

#[test]
fn there_is_an_election_only_where_it_is_asked_for() {
    assert_eq!(flags(&[], &[]).leader_elect, None);
    let elected = flags(&["--leader-elect"], &[]).leader_elect.expect("an election");
    let seconds =
        [elected.timing.lease, elected.timing.renew, elected.timing.retry].map(|time| time.as_secs());
    assert_eq!(
        (elected.name.as_str(), seconds),
        ("sealed-secrets-controller", [15, 10, 2])
    );
    let by_variable = flags(&[], &[("SEALED_SECRETS_LEADER_ELECT", "true")]);
    assert!(by_variable.leader_elect.is_some());
    for wrong in [
        "--leader-elect-renew-deadline=15s",
        "--leader-elect-retry-period=6s",
        "--leader-elect-resource-name=",
    ] {
        let parsed = read(&["--leader-elect", wrong], &[]).expect("readable");
        Flags::of(&parsed).expect_err(wrong);
    }
}
