//! The metrics page beside the one that the peer's controller wrote, read as Prometheus reads both.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sealkit_cluster::metrics::{Condition, Metrics, Reason};

/// A metric's type, and the names of its labels in their order, for each shape that occurs.
type Families = BTreeMap<String, (String, BTreeSet<Vec<String>>)>;

fn families(page: &str) -> Families {
    let mut families = Families::new();
    let mut last = String::new();
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            last = name.to_owned();
            families.insert(last.clone(), (kind.to_owned(), BTreeSet::new()));
        } else if !line.starts_with('#') {
            let (series, _) = line.rsplit_once(' ').expect("a sample has a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            assert!(name.starts_with(&last), "{line} stands under {last}");
            // no value in these pages holds a comma or a quote
            let labels = labels.trim_end_matches('}').split(',');
            let names = labels
                .filter_map(|label| label.split_once('='))
                .map(|(name, _)| name.to_owned());
            let shapes = &mut families.get_mut(&last).expect("its type was told").1;
            shapes.insert(names.collect());
        }
    }
    families
}

/// What is compared elsewhere or not at all: Go's runtime is the peer's own, and requests are counted where they are
/// answered, which the unit tests and `http` look at.
fn is_not_here(name: &str) -> bool {
    name.starts_with("go_") || name.starts_with("promhttp_") || name.contains("_http_")
}

#[test]
fn whatever_reads_the_peers_page_finds_the_same_in_ours() {
    let theirs = families(&sealkit_testdata::text("sealed-secrets/metrics-0.40.0.txt"));
    let metrics = Metrics::new(false);
    metrics.unseal_requested();
    metrics.unseal_failed(Reason::Unseal, "shop");
    metrics.condition(Condition::Synced, "shop", "db", "", Some(true));
    metrics.reconciled(Duration::from_millis(1));
    let ours = families(&metrics.page());
    let expected: Vec<_> = theirs.keys().filter(|name| !is_not_here(name)).collect();
    assert!(expected.len() > 12, "{expected:?}");
    for name in expected {
        let (kind, labels) = &theirs[name];
        let (our_kind, our_labels) = ours.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(our_kind, kind, "{name}");
        assert_eq!(our_labels, labels, "{name}");
    }
}

#[test]
fn the_help_is_the_peers_too() {
    let help = |page: &str| -> BTreeMap<String, String> {
        let lines = page
            .lines()
            .filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '));
        let words = |text: &str| text.trim_end_matches('.').to_owned();
        lines.map(|(name, text)| (name.to_owned(), words(text))).collect()
    };
    let theirs = help(&sealkit_testdata::text("sealed-secrets/metrics-0.40.0.txt"));
    let metrics = Metrics::new(false);
    metrics.unseal_failed(Reason::Unseal, "shop");
    metrics.condition(Condition::Synced, "shop", "db", "", Some(true));
    let ours = help(&metrics.page());
    for (name, text) in theirs.iter().filter(|(name, _)| !is_not_here(name)) {
        assert_eq!(ours.get(name), Some(text), "{name}");
    }
}
