//! Completion scripts. They ask the program itself, so they never go stale.

/// The script for `bash` or `zsh`.
pub(super) fn script(shell: &str) -> &'static str {
    match shell {
        "bash" => BASH,
        _ => ZSH,
    }
}

const BASH: &str = r#"# bash completion for sops
_sops_suggest() {
  local words=("${COMP_WORDS[@]:0:COMP_CWORD}")
  local word="${COMP_WORDS[COMP_CWORD]}"
  case "$word" in -*) words+=("$word") ;; esac
  mapfile -t COMPREPLY < <(compgen -W "$("${words[@]}" --generate-bash-completion 2>/dev/null)" -- "$word")
}
complete -o bashdefault -o default -F _sops_suggest sops
"#;

const ZSH: &str = r#"#compdef sops
_sops_suggest() {
  local -a asked suggested
  asked=("${(@)words[1,CURRENT-1]}")
  [[ "$PREFIX" == -* ]] && asked+=("$PREFIX")
  suggested=("${(@f)$("${asked[@]}" --generate-bash-completion 2>/dev/null)}")
  if [[ -n "${suggested[1]}" ]]; then
    compadd -- "${suggested[@]}"
  else
    _files
  fi
}
compdef _sops_suggest sops
"#;
