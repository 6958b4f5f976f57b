//! What sealing copies, moves, removes and refuses.

use sealkit_crypto::{Identity, Recipient};
use sealkit_formats::{
    Scope,
    native::{self, Envelope, Notice, RecipientsError, SealError, SealOptions, Step, limits::Limit},
    secret::{Form, SecretError, Unfit, last_look},
};
use sealkit_manifest::Manifest;

use super::people::{
    SECRET, alice, bob, carol, items, new_lines, open, public, quinn, seal, seal_for, stream, try_seal,
};

fn secret(metadata: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata: {{{metadata}}}\n{rest}")
}

fn strict() -> Vec<Recipient> {
    public(&[&alice()])
}

/// Asserts that sealing is refused, for a reason and at a place.
fn refused(text: &str, place: &str, reason: impl Fn(&SealError) -> bool) {
    refused_with(text, &SealOptions::new(Scope::Strict, &strict()), place, reason);
}

fn refused_with(text: &str, options: &SealOptions<'_>, place: &str, reason: impl Fn(&SealError) -> bool) {
    let error = try_seal(text, options).unwrap_err();
    assert!(reason(&error), "{error:?}");
    assert_eq!(
        error.place().map(ToString::to_string).unwrap_or_default(),
        place,
        "{error:?}"
    );
}

fn unfit(text: &str, place: &str, expected: Unfit) {
    refused(text, place, |error| {
        matches!(error, SealError::Secret(SecretError::Field { kind, .. }) if *kind == expected)
            && error.hint().is_some()
    });
}

#[test]
fn the_ten_lines_work() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = Manifest::parse(SECRET)?;
    let recipient = alice().recipient().unwrap();
    let sealed = native::seal(&manifest, Scope::Strict, &[recipient], &mut rand::rng())?;
    assert_eq!(open(&sealed.to_string(), &[&alice()])?, SECRET);
    Ok(())
}

#[test]
fn the_plan_says_what_is_done_and_no_secret() {
    let text = stream(SECRET);
    let recipients = strict();
    let options = SealOptions::new(Scope::Strict, &recipients);
    let sealed = native::seal_object(&text.objects().next().unwrap(), &options, &mut rand::rng()).unwrap();
    let plan = sealed.plan.to_string();
    assert_eq!(sealed.plan.object, "shop/database");
    assert!(matches!(
        &sealed.plan.steps[..],
        [Step::Convert, Step::AddDataKey { .. }, Step::Seal { item: a }, Step::Seal { item: b }]
            if a == "password" && b == "username"
    ));
    assert!(
        plan.starts_with("s.yaml:2:1: shop/database (strict)\n") && !plan.contains("hunter2"),
        "{plan}"
    );
}

#[test]
fn type_and_immutable_move_into_the_template_and_back() {
    let text = secret(
        "name: db, namespace: shop",
        "type: kubernetes.io/tls\nimmutable: true\nstringData: {a: \"b\"}\n",
    );
    let sealed = seal(&text);
    let read = stream(&sealed);
    let envelope = Envelope::read(&read.objects().next().unwrap()).unwrap();
    assert_eq!(
        envelope.template().secret_type.as_deref(),
        Some("kubernetes.io/tls")
    );
    assert_eq!(envelope.template().immutable, Some(true));
    assert_eq!(open(&sealed, &[&alice()]).unwrap(), text);
}

#[test]
fn labels_and_annotations_are_copied_except_those_for_tools() {
    let text = secret(
        "name: db, namespace: shop, labels: {app: shop, argocd.argoproj.io/instance: x}, annotations: \
         {note: \"123\", kustomize.toolkit.fluxcd.io/prune: disabled}",
        "stringData: {a: \"b\"}\n",
    );
    let sealed = seal(&text);
    let read = stream(&sealed);
    let envelope = Envelope::read(&read.objects().next().unwrap()).unwrap();
    assert_eq!(
        envelope.template().labels,
        [("app".to_owned(), "shop".to_owned())]
    );
    assert_eq!(
        envelope.template().annotations,
        [("note".to_owned(), "123".to_owned())]
    );
    assert!(
        sealed.contains("labels: {app: shop, argocd.argoproj.io/instance: x}"),
        "the author's metadata stays"
    );
    assert_eq!(open(&sealed, &[&alice()]).unwrap(), text);
}

#[test]
fn opening_takes_labels_from_the_template_where_they_differ() {
    let text = secret(
        "name: db, namespace: shop, labels: {app: shop}",
        "stringData: {a: \"b\"}\n",
    );
    let sealed = seal(&text).replace("        app: shop\n", "        app: store\n        tier: back\n");
    let opened = open(&sealed, &[&alice()]).unwrap();
    assert!(opened.contains("labels: {app: store, tier: back}"), "{opened}");
}

#[test]
fn opening_what_a_cluster_shows_leaves_the_servers_fields_behind() {
    let text = secret("name: db, namespace: shop", "stringData: {a: \"b\"}\n");
    let live = seal(&text)
        .replace(
            "{name: db,",
            "{uid: 1-2, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}, name: db,",
        )
        .replace(
            "  encryptedData:",
            "  template: {metadata: {annotations: {note: x}}}\n  encryptedData:",
        )
        + "status: {}\n";
    let opened = open(&live, &[&alice()]).unwrap();
    assert!(
        opened.contains("metadata: {name: db, namespace: shop, annotations: {note: x}}"),
        "{opened}"
    );
    assert!(
        !opened.contains("status") && !opened.contains("last-applied") && !opened.contains("uid"),
        "{opened}"
    );
}

#[test]
fn a_label_that_is_no_string_is_refused() {
    let text = secret(
        "name: db, namespace: shop, labels: {enabled: on}",
        "stringData: {a: \"b\"}\n",
    );
    unfit(&text, "s.yaml:3:57", Unfit::NotAString);
}

#[test]
fn a_merge_key_among_labels_is_refused_where_it_stands() {
    let text = secret(
        "name: db, namespace: shop, labels: {<<: {app: shop}}",
        "stringData: {a: \"b\"}\n",
    );
    unfit(&text, "s.yaml:3:48", Unfit::MergeKey);
}

#[test]
fn what_the_server_and_client_tools_left_behind_is_removed() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\n  uid: 1-2\n  resourceVersion: \"5\"\n  \
                creationTimestamp: null\n  generation: 3\n  selfLink: /x\n  deletionTimestamp: null\n  \
                deletionGracePeriodSeconds: 0\n  managedFields: [{manager: kubectl}]\n  ownerReferences: []\n  annotations:\n    \
                kubectl.kubernetes.io/last-applied-configuration: |\n      {\"stringData\":{\"a\":\"hunter22\"}}\n    \
                kubecfg.ksonnet.io/last-applied-configuration: x\nstringData:\n  a: hunter22\nstatus: {}\n";
    let sealed = seal(text);
    for gone in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "selfLink",
        "deletion",
        "managedFields",
        "ownerReferences",
        "last-applied",
        "status",
    ] {
        assert!(!sealed.contains(gone), "{gone}: {sealed}");
    }
    assert!(
        sealed.contains("metadata:\n  name: db\n  namespace: shop\nspec:"),
        "{sealed}"
    );
}

#[test]
fn one_of_several_annotations_is_removed() {
    let text = secret(
        "name: db, namespace: shop, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}', note: x}",
        "stringData: {a: \"b\"}\n",
    );
    let sealed = seal(&text);
    assert!(
        sealed.contains("annotations: {note: x}") && !sealed.contains("last-applied"),
        "{sealed}"
    );
}

#[test]
fn string_data_wins_and_the_user_is_told() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata:\n  a: b2xk\n  b: b25seQ==\n\
                stringData:\n  a: new\n";
    let sealed = seal(text);
    let expected = [
        ("b".to_owned(), b"only".to_vec()),
        ("a".to_owned(), b"new".to_vec()),
    ];
    assert_eq!(items(&sealed, &[&alice()]), expected);
    let read = stream(text);
    let recipients = strict();
    let options = SealOptions::new(Scope::Strict, &recipients);
    let sealed = native::seal_object(&read.objects().next().unwrap(), &options, &mut rand::rng()).unwrap();
    let [Notice::Overridden { item, place }] = &sealed.notices[..] else {
        panic!("{:?}", sealed.notices)
    };
    assert_eq!((item.as_str(), place.to_string().as_str()), ("a", "s.yaml:5:6"));
}

#[test]
fn both_fields_in_either_order_become_one() {
    for text in [
        "stringData: {a: x}\ndata: {a: b2xk, b: b25seQ==}\n",
        "data: {a: b2xk, b: b25seQ==}\nstringData: {a: x}\n",
        "data: {a: b2xk}\nstringData: {a: x, b: only}\n",
        "data:\nstringData: {a: x, b: only}\n",
        "data: {a: eA==, b: b25seQ==}\nstringData: {}\n",
    ] {
        let mut read = items(&seal(&secret("name: db, namespace: shop", text)), &[&alice()]);
        read.sort();
        assert_eq!(
            read,
            [
                ("a".to_owned(), b"x".to_vec()),
                ("b".to_owned(), b"only".to_vec())
            ],
            "{text}"
        );
    }
}

#[test]
fn an_empty_secret_is_sealed_without_a_data_key() {
    for rest in ["", "data: {}\n", "stringData:\n", "data: {}\nstringData: {}\n"] {
        let sealed = seal(&secret("name: db, namespace: shop", rest));
        assert!(
            sealed.contains("  dataKeys: []\n  encryptedData: {}\n"),
            "{sealed}"
        );
        assert_eq!(items(&sealed, &[]), []);
        assert_eq!(
            open(&sealed, &[]).unwrap(),
            secret("name: db, namespace: shop", "")
        );
    }
}

#[test]
fn all_scopes_open_and_are_written_down() {
    let recipients = strict();
    for scope in Scope::ALL {
        let sealed = try_seal(SECRET, &SealOptions::new(scope, &recipients)).unwrap();
        assert!(sealed.contains(&format!("  scope: {scope}\n")), "{sealed}");
        assert_eq!(open(&sealed, &[&alice()]).unwrap(), SECRET);
    }
}

#[test]
fn cluster_wide_needs_a_name_and_no_namespace() {
    let recipients = strict();
    let options = SealOptions::new(Scope::ClusterWide, &recipients);
    let text = secret("name: db", "stringData: {a: \"b\"}\n");
    assert_eq!(
        open(&try_seal(&text, &options).unwrap(), &[&alice()]).unwrap(),
        text
    );
    refused_with(
        &secret("labels: {}", "stringData: {a: \"b\"}\n"),
        &options,
        "s.yaml:3:11",
        |error| {
            matches!(
                error,
                SealError::Secret(SecretError::Field {
                    kind: Unfit::NoName,
                    ..
                })
            )
        },
    );
}

#[test]
fn a_missing_namespace_is_not_guessed() {
    for (metadata, scope) in [
        ("name: db", Scope::Strict),
        ("name: db, namespace: ''", Scope::Strict),
        ("name: db, namespace: ~", Scope::NamespaceWide),
    ] {
        let recipients = strict();
        let options = SealOptions::new(scope, &recipients);
        refused_with(
            &secret(metadata, "stringData: {a: \"b\"}\n"),
            &options,
            "s.yaml:3:11",
            |error| {
                matches!(error, SealError::NamespaceNeeded { .. })
                    && error.hint().unwrap().contains("kustomize")
            },
        );
    }
}

#[test]
fn a_generated_name_is_no_name() {
    unfit(
        &secret("generateName: db-, namespace: shop", "stringData: {a: \"b\"}\n"),
        "s.yaml:3:11",
        Unfit::GeneratedName,
    );
}

#[test]
fn names_that_kubernetes_refuses_are_refused() {
    unfit(
        &secret("name: Data_base, namespace: shop", "stringData: {a: \"b\"}\n"),
        "s.yaml:3:18",
        Unfit::Name,
    );
    unfit(
        &secret("name: db, namespace: a.b", "stringData: {a: \"b\"}\n"),
        "s.yaml:3:33",
        Unfit::Namespace,
    );
    unfit(
        &secret("name: 123, namespace: shop", "stringData: {a: \"b\"}\n"),
        "s.yaml:3:18",
        Unfit::NotAString,
    );
}

#[test]
fn the_callers_name_and_namespace_fill_what_is_missing() {
    let recipients = strict();
    let options = SealOptions {
        name: Some("db"),
        namespace: Some("shop"),
        ..SealOptions::new(Scope::Strict, &recipients)
    };
    for (metadata, filled) in [
        (
            "metadata: {labels: {a: b}}\n",
            "metadata: {name: db, namespace: shop, labels: {a: b}}\n",
        ),
        (
            "metadata:\n  name: db\n",
            "metadata:\n  name: db\n  namespace: shop\n",
        ),
        (
            "metadata:\n  name: db\n  namespace: \"\"\n",
            "metadata:\n  name: db\n  namespace: \"shop\"\n",
        ),
        ("", "metadata:\n  name: db\n  namespace: shop\n"),
    ] {
        let sealed = try_seal(
            &format!("apiVersion: v1\nkind: Secret\n{metadata}stringData: {{a: b}}\n"),
            &options,
        )
        .unwrap();
        assert!(sealed.contains(filled), "{sealed}");
        assert_eq!(items(&sealed, &[&alice()]).len(), 1);
    }
    let other = secret("name: other, namespace: shop", "stringData: {a: \"b\"}\n");
    refused_with(&other, &options, "s.yaml:3:18", |error| {
        matches!(error, SealError::OtherName { .. })
    });
    let other = secret("name: db, namespace: other", "stringData: {a: \"b\"}\n");
    refused_with(&other, &options, "s.yaml:3:33", |error| {
        matches!(error, SealError::OtherNamespace { .. })
    });
    let unfit = SealOptions {
        namespace: Some("a.b"),
        ..options
    };
    refused_with(SECRET, &unfit, "", |error| {
        matches!(error, SealError::NamespaceUnfit { .. })
    });
    let unfit = SealOptions {
        name: Some("A"),
        ..options
    };
    refused_with(SECRET, &unfit, "", |error| {
        matches!(error, SealError::NameUnfit { .. })
    });
}

#[test]
fn a_misspelt_field_is_refused_because_it_would_stay_in_the_open() {
    unfit(
        &secret("name: db, namespace: shop", "stringdata: {a: b}\n"),
        "s.yaml:4:13",
        Unfit::UnknownField,
    );
}

#[test]
fn a_key_without_a_name_hides_nothing() {
    for rest in ["~: hunter22\n", "? [a]\n: hunter22\n"] {
        let text = secret("name: db, namespace: shop", rest);
        let error = try_seal(&text, &SealOptions::new(Scope::Strict, &strict())).unwrap_err();
        assert!(
            matches!(error, SealError::Secret(SecretError::Unreadable(_))),
            "{error:?}"
        );
        let error = try_seal(
            &format!("{}{rest}", seal(SECRET)),
            &SealOptions::new(Scope::Strict, &strict()),
        )
        .unwrap_err();
        assert!(
            matches!(error, SealError::Envelope(_)) && error.place().is_some(),
            "{error:?}"
        );
    }
}

#[test]
fn what_is_not_a_secret_is_refused() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";
    refused(text, "s.yaml:1:1", |error| {
        matches!(
            error,
            SealError::Secret(SecretError::Field {
                kind: Unfit::NotASecret,
                ..
            })
        )
    });
}

#[test]
fn base64_that_is_none_is_refused_with_its_place() {
    let text = secret("name: db, namespace: shop", "data:\n  a: aGk=\n  b: not base64\n");
    refused(&text, "s.yaml:6:6", |error| {
        matches!(error, SealError::Secret(SecretError::Items(_)))
    });
}

#[test]
fn a_boolean_where_a_string_is_meant_is_refused_with_a_hint() {
    let text = secret("name: db, namespace: shop", "stringData:\n  a: on\n");
    refused(&text, "s.yaml:5:6", |error| {
        error.hint().as_deref() == Some("quote it")
    });
    let text = secret("name: db, namespace: shop", "stringData:\n  on: a\n");
    refused(&text, "s.yaml:5:3", |error| {
        matches!(error, SealError::Secret(SecretError::Items(_)))
    });
}

#[test]
fn an_item_key_that_kubernetes_refuses_is_refused() {
    let text = secret("name: db, namespace: shop", "stringData: {\"..a\": b}\n");
    refused(&text, "s.yaml:4:14", |error| {
        matches!(error, SealError::Secret(SecretError::Items(_)))
    });
}

#[test]
fn nothing_is_sealed_for_nobody() {
    refused_with(SECRET, &SealOptions::new(Scope::Strict, &[]), "", |error| {
        matches!(error, SealError::Recipients(RecipientsError::None))
    });
}

#[test]
fn two_recipients_with_one_short_name_are_refused() {
    let recipients = public(&[&alice(), &bob(), &alice()]);
    refused_with(
        SECRET,
        &SealOptions::new(Scope::Strict, &recipients),
        "",
        |error| matches!(error, SealError::Recipients(RecipientsError::SameName(name)) if *name == recipients[0].name()),
    );
}

#[test]
fn more_than_32_recipients_are_refused() {
    let people: Vec<_> = (1..=33)
        .map(|seed| sealkit_crypto::identity::X25519Identity::from_bytes(&[seed; 32]))
        .collect();
    let recipients: Vec<_> = people.iter().map(|person| person.recipient().unwrap()).collect();
    refused_with(
        SECRET,
        &SealOptions::new(Scope::Strict, &recipients),
        "",
        |error| matches!(error, SealError::Recipients(RecipientsError::TooMany)),
    );
    let sealed = try_seal(SECRET, &SealOptions::new(Scope::Strict, &recipients[..32])).unwrap();
    assert_eq!(open(&sealed, &[&people[31]]).unwrap(), SECRET);
}

#[test]
fn classic_recipients_do_not_stand_beside_post_quantum_ones_unless_allowed() {
    let recipients = public(&[&quinn(), &alice()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    refused_with(
        SECRET,
        &options,
        "",
        |error| matches!(error, SealError::Recipients(RecipientsError::Mixed(names)) if *names == [recipients[1].name()]),
    );
    let sealed = try_seal(
        SECRET,
        &SealOptions {
            allow_classic_recipients: true,
            ..options
        },
    )
    .unwrap();
    assert_eq!(open(&sealed, &[&quinn()]).unwrap(), SECRET);
    assert_eq!(open(&sealed, &[&alice()]).unwrap(), SECRET);
    assert_eq!(open(&seal_for(SECRET, &[&quinn()]), &[&quinn()]).unwrap(), SECRET);
}

#[test]
fn a_base64_copy_of_a_sealed_value_is_refused() {
    let text = format!("{SECRET}# aHVudGVyMg==\n")
        .replace("hunter2 ", "hunter22 ")
        .replace("aHVudGVyMg==", "aHVudGVyMjI=");
    let manifest = Manifest::parse(&text).unwrap();
    let error = native::seal(&manifest, Scope::Strict, &strict(), &mut rand::rng()).unwrap_err();
    let SealError::Repeats(repeats) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (repeats.len(), repeats[0].item.as_str(), repeats[0].form),
        (1, "password", Form::Base64)
    );
    let place = error.place().unwrap();
    assert!(place.location.column == 3 && error.hint().is_some(), "{place}");
    assert!(!format!("{error:?} {error} {:?} {:?}", error.why(), error.hint()).contains("hunter22"));
}

#[test]
fn a_raw_copy_of_a_sealed_value_is_told() {
    let text = format!("# was hunter22 before\n{SECRET}").replace("hunter2 ", "hunter22 ");
    let read = stream(&text);
    let recipients = strict();
    let options = SealOptions::new(Scope::Strict, &recipients);
    let sealed = native::seal_object(&read.objects().next().unwrap(), &options, &mut rand::rng()).unwrap();
    let output = read.edit(&sealed.changes).unwrap();
    let repeats = last_look(output.source(), &sealed.hidden);
    assert_eq!(repeats.len(), 1);
    assert_eq!(
        (repeats[0].form, repeats[0].place.to_string().as_str()),
        (Form::Raw, "s.yaml:1:7")
    );
}

#[test]
fn limits_are_checked_before_anything_is_drawn() {
    let many: String = (0..1025).map(|at| format!("  k{at}: v\n")).collect();
    let text = secret("name: db, namespace: shop", &format!("stringData:\n{many}"));
    refused(&text, "s.yaml:1:1", |error| {
        matches!(
            error,
            SealError::Limit {
                limit: Limit::Items,
                ..
            }
        )
    });
    let long = secret(
        "name: db, namespace: shop",
        &format!("stringData:\n  a: {}\n", "x".repeat(1024 * 1024 + 1)),
    );
    refused(&long, "s.yaml:1:1", |error| {
        matches!(
            error,
            SealError::Limit {
                limit: Limit::Plaintext,
                ..
            }
        )
    });
    let rest = format!("stringData: {{a: {}}}\n# {}\n", "x".repeat(900 * 1024), "");
    let comments = "# padding of a comment that is part of the object\n".repeat(12_000);
    let object = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n{}  name: db\n  namespace: shop\n{rest}",
        comments.replace('#', "  #")
    );
    refused(&object, "s.yaml:1:1", |error| {
        matches!(
            error,
            SealError::Limit {
                limit: Limit::Object,
                ..
            }
        )
    });
}

#[test]
fn a_value_of_one_mebibyte_is_sealed_and_opened() {
    let text = secret(
        "name: db, namespace: shop",
        &format!("stringData:\n  a: {}\n", "x".repeat(1024 * 1024)),
    );
    let sealed = seal(&text);
    assert!(sealed.len() < 1536 * 1024);
    assert_eq!(open(&sealed, &[&alice()]).unwrap(), text);
}

#[test]
fn an_edited_secret_keeps_what_did_not_change() {
    let sealed = seal(SECRET);
    let before = stream(&sealed);
    let object = before.objects().next().unwrap();
    let alice = alice();
    let opened = native::open_object(&object, &[&alice]).unwrap();
    let recipients = strict();
    let options = SealOptions::new(Scope::Strict, &recipients);
    let reseal = |text: &str| {
        let edited = stream(text);
        let sealed = native::seal_edited(
            &edited.objects().next().unwrap(),
            &opened.reuse(),
            &options,
            &mut rand::rng(),
        )
        .unwrap();
        (edited.edit(&sealed.changes).unwrap().to_string(), sealed.plan)
    };
    assert_eq!(reseal(SECRET).0, sealed, "nothing changed, not even a byte");

    let (changed, plan) = reseal(&SECRET.replace("hunter2", "correct horse"));
    assert!(plan.steps.contains(&Step::Keep {
        item: "username".to_owned()
    }));
    let new = new_lines(&sealed, &changed);
    assert_eq!(
        new.len(),
        4,
        "a data key, of which three lines differ, and one value: {new:?}"
    );
    assert_eq!(items(&changed, &[&alice])[0].1, b"correct horse");

    let (moved, _) = reseal(&SECRET.replace("database,", "cache,"));
    assert!(
        !moved.contains(&sealed[sealed.find("username").unwrap()..][..60]),
        "another place keeps nothing"
    );
    assert_eq!(items(&moved, &[&alice]).len(), 2);
}

#[test]
fn an_edited_secret_is_compared_with_the_recipients_of_what_it_keeps() {
    let sealed = seal_for(SECRET, &[&alice(), &carol()]);
    let before = stream(&sealed);
    let alice = alice();
    let opened = native::open_object(&before.objects().next().unwrap(), &[&alice]).unwrap();
    let edited = stream(&SECRET.replace("hunter2", "correct horse"));
    let recipients = strict();
    let error = native::seal_edited(
        &edited.objects().next().unwrap(),
        &opened.reuse(),
        &SealOptions::new(Scope::Strict, &recipients),
        &mut rand::rng(),
    )
    .unwrap_err();
    assert!(matches!(error, SealError::ForeignRecipients { .. }), "{error:?}");
}
