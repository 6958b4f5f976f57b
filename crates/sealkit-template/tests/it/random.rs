//! Random templates: whatever is written down, rendering ends, and does not panic.

use proptest::prelude::*;
use sealkit_template::Limits;

use crate::render_within;
use crate::table::data;

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "{{",
        "}}",
        "{{-",
        "-}}",
        "if ",
        "else ",
        "end",
        "range ",
        "with ",
        "define ",
        "template ",
        "block ",
        "break",
        "continue",
        "$x",
        " := ",
        " = ",
        "|",
        "(",
        ")",
        ".user",
        ".",
        "\"a\"",
        "`b`",
        "'c'",
        "1",
        "2.5",
        "nil",
        "true",
        "index ",
        "printf ",
        "\"%[2]*.3d\" ",
        "list ",
        "dict ",
        "slice ",
        "substr ",
        "repeat ",
        "until ",
        "wrapWith ",
        "abbrevboth ",
        "trunc ",
        "date ",
        "toDate ",
        "semver ",
        "regexReplaceAll ",
        "urlParse ",
        "fromJson ",
        "toJson ",
        "b32dec ",
        "b64dec ",
        "round ",
        "chunk ",
        "seq ",
        "-9223372036854775808 ",
        "9223372036854775807 ",
        ".bin ",
        ".json ",
        " ",
        ",",
        "/*",
        "*/",
        "é",
        "\n",
    ];
    prop_oneof![
        9 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn words_in_any_order_neither_panic_nor_run_away(pieces in prop::collection::vec(piece(), 0..40)) {
        let limits = Limits { steps: 20_000, memory: 1 << 20, output: 1 << 16, ..Limits::default() };
        let _ = render_within(&pieces.concat(), &data(), &limits);
    }

    #[test]
    fn functions_take_any_arguments(
        name in proptest::sample::select(vec![
            "substr", "trunc", "slice", "wrap", "abbrev", "abbrevboth", "repeat", "indent", "seq", "until", "untilStep",
            "round", "chunk", "splitn", "regexSplit", "regexFindAll", "date", "duration", "ago", "toDate", "printf",
            "index", "div", "mod", "divf", "mulf", "randInt", "dateInZone", "b32dec", "urlJoin", "dig", "semverCompare",
        ]),
        arguments in prop::collection::vec(
            proptest::sample::select(vec![
                "0", "-1", "3", "9223372036854775807", "-9223372036854775808", "1e308", "-0.5", "\"\"", "\"a-b.c/%zz\"",
                ".bin", ".uni", ".json", "nil", "(list)", "(list 1 \"x\" nil)", "(dict \"a\" 1)", "now", "true", ".nope",
                "(semver \"1\")", "(until 3)", "(int64 -9)",
            ]),
            0..5,
        ),
    ) {
        let limits = Limits { steps: 50_000, memory: 4 << 20, output: 1 << 16, ..Limits::default() };
        let template = format!("{{{{ {name} {} }}}}", arguments.join(" "));
        let _ = render_within(&template, &data(), &limits);
    }
}
