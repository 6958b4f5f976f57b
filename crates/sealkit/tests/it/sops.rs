//! Files that SOPS encrypted, opened like every other.

use std::sync::Arc;

use sealkit::crypto::identity::NoPassphrase;
use sealkit::manifest::Stream;
use sealkit::{Action, KeyHelp, Keyring, OpenOptions, ProblemKind, is_sops_file};

fn stream(file: &str) -> Stream {
    Stream::parse(file, &sealkit_testdata::read(&format!("sops/{file}"))).unwrap()
}

fn keyring(file: &str) -> Keyring {
    let help = KeyHelp {
        passphrases: Arc::new(NoPassphrase),
        plugins: None,
    };
    let mut keyring = Keyring::new();
    keyring
        .add_file(&sealkit_testdata::read(&format!("sops/{file}")), &help)
        .unwrap();
    keyring
}

#[test]
fn kubernetes_objects_and_other_files_open_alike() {
    let keyring = keyring("age-x25519.txt");
    for (file, holds) in [
        ("enc-3.13.3-age.yaml", "kind: Secret\n"),
        ("enc-3.13.3-age.json", "\"l\": ["),
    ] {
        assert!(is_sops_file(&stream(file)));
        let outcome = sealkit::open(&stream(file), &keyring, &OpenOptions::default()).unwrap();
        assert_eq!(outcome.report.count(&Action::Opened), 1, "{file}");
        let text = outcome.stream.unwrap().to_string();
        assert!(
            text.contains(holds) && !text.contains("ENC[") && !text.contains("sops"),
            "{text}"
        );
    }
}

#[test]
fn another_identity_is_told_whose_is_needed() {
    let problems = sealkit::open(
        &stream("enc-3.13.3-age.yaml"),
        &keyring("age-second.txt"),
        &OpenOptions::default(),
    )
    .unwrap_err();
    assert_eq!(problems.kind(), ProblemKind::NoIdentity);
    let problem = problems.iter().next().unwrap();
    assert!(
        problem
            .why()
            .unwrap()
            .contains("age1j7nfgmle2m2m8dudlqk6dunqhmf9mzl3tkr9k3hx6jcffldye5zsx0s5cp")
    );
}
