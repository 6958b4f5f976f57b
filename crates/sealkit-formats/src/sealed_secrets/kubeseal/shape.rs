//! The fields that the peer knows of each object, in the order in which it prints them, with their Go types.
//!
//! Nothing but tables: `decode` reads by them. What is not in a table is forgotten, as the peer forgets it.
//!
//! Source: `k8s.io/apimachinery` v0.37 `pkg/apis/meta/v1/types.go`, `k8s.io/api` v0.37 `core/v1/types.go`,
//! sealed-secrets v0.40.0 `pkg/apis/sealedsecrets/v1alpha1/types.go`.

/// One Go struct.
pub(super) struct Shape {
    /// Its name, for error messages.
    pub(super) name: &'static str,
    /// Its fields, in order.
    pub(super) fields: &'static [Field],
}

/// One field of a struct.
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// Whether it is printed even when it is empty.
    pub(super) always: bool,
}

/// What a field holds. Absent and empty are the same, but for those that say otherwise.
pub(super) enum Kind {
    /// A string; with the Go type where that is not `string`.
    Text(&'static str),
    /// An integer.
    Integer,
    /// An integer of which zero is told from none.
    MaybeInteger,
    /// A boolean of which `false` is told from none.
    MaybeBool,
    /// A moment, kept in UTC and whole seconds.
    Time,
    /// Bytes as base64, of which empty is told from none.
    MaybeBytes,
    /// Strings by name; null counts as empty.
    Texts,
    /// Strings by name; null is kept.
    MaybeTexts,
    /// Strings by name; whatever is no string counts as empty.
    AnyTexts,
    /// Bytes by name, as base64.
    Bytes,
    /// A list of strings.
    TextList,
    /// A struct, with its Go type.
    Struct(&'static Shape, &'static str),
    /// A list of structs, with its Go type.
    Structs(&'static Shape, &'static str),
    /// Anything.
    Raw,
}

const fn text(name: &'static str) -> Field {
    field(name, Kind::Text("string"))
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        always: false,
    }
}

const fn always(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        always: true,
    }
}

pub(super) const SECRET: &Shape = &Shape {
    name: "Secret",
    fields: &[
        text("kind"),
        text("apiVersion"),
        always("metadata", Kind::Struct(METADATA, "v1.ObjectMeta")),
        field("immutable", Kind::MaybeBool),
        field("data", Kind::Bytes),
        field("stringData", Kind::Texts),
        field("type", Kind::Text("v1.SecretType")),
    ],
};

pub(super) const SEALED_SECRET: &Shape = &Shape {
    name: "SealedSecret",
    fields: &[
        text("kind"),
        text("apiVersion"),
        always("metadata", Kind::Struct(METADATA, "v1.ObjectMeta")),
        always("spec", Kind::Struct(SPEC, "v1alpha1.SealedSecretSpec")),
        field("status", Kind::Struct(STATUS, "v1alpha1.SealedSecretStatus")),
    ],
};

pub(super) const SPEC: &Shape = &Shape {
    name: "SealedSecretSpec",
    fields: &[
        always("template", Kind::Struct(TEMPLATE, "v1alpha1.SecretTemplateSpec")),
        field("data", Kind::MaybeBytes),
        always("encryptedData", Kind::AnyTexts),
    ],
};

pub(super) const TEMPLATE: &Shape = &Shape {
    name: "SecretTemplateSpec",
    fields: &[
        always("metadata", Kind::Struct(METADATA, "v1.ObjectMeta")),
        field("type", Kind::Text("v1.SecretType")),
        field("immutable", Kind::MaybeBool),
        field("data", Kind::MaybeTexts),
    ],
};

pub(super) const METADATA: &Shape = &Shape {
    name: "ObjectMeta",
    fields: &[
        text("name"),
        text("generateName"),
        text("namespace"),
        text("selfLink"),
        field("uid", Kind::Text("types.UID")),
        text("resourceVersion"),
        field("generation", Kind::Integer),
        field("creationTimestamp", Kind::Time),
        field("deletionTimestamp", Kind::Time),
        field("deletionGracePeriodSeconds", Kind::MaybeInteger),
        field("labels", Kind::Texts),
        field("annotations", Kind::Texts),
        field("ownerReferences", Kind::Structs(OWNER, "[]v1.OwnerReference")),
        field("finalizers", Kind::TextList),
        field("managedFields", Kind::Structs(MANAGED, "[]v1.ManagedFieldsEntry")),
    ],
};

const OWNER: &Shape = &Shape {
    name: "OwnerReference",
    fields: &[
        always("apiVersion", Kind::Text("string")),
        always("kind", Kind::Text("string")),
        always("name", Kind::Text("string")),
        always("uid", Kind::Text("types.UID")),
        field("controller", Kind::MaybeBool),
        field("blockOwnerDeletion", Kind::MaybeBool),
    ],
};

const MANAGED: &Shape = &Shape {
    name: "ManagedFieldsEntry",
    fields: &[
        text("manager"),
        field("operation", Kind::Text("v1.ManagedFieldsOperationType")),
        text("apiVersion"),
        field("time", Kind::Time),
        text("fieldsType"),
        field("fieldsV1", Kind::Raw),
        text("subresource"),
    ],
};

const STATUS: &Shape = &Shape {
    name: "SealedSecretStatus",
    fields: &[
        field("observedGeneration", Kind::Integer),
        field(
            "conditions",
            Kind::Structs(CONDITION, "[]v1alpha1.SealedSecretCondition"),
        ),
    ],
};

const CONDITION: &Shape = &Shape {
    name: "SealedSecretCondition",
    fields: &[
        always("type", Kind::Text("v1alpha1.SealedSecretConditionType")),
        always("status", Kind::Text("v1.ConditionStatus")),
        always("lastUpdateTime", Kind::Time),
        always("lastTransitionTime", Kind::Time),
        text("reason"),
        text("message"),
    ],
};
