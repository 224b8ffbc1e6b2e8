# bash completion for kubectl-ingress. kubectl_complete-ingress must be on PATH.
#
#   source <(kubectl-ingress completion bash)

_kubectl_ingress() {
    COMPREPLY=()
    # Readline splits at = and : too. Words that touch in the line are one word
    # to the program, and of the last one only what stands before the cursor.
    local words=() rest=${COMP_LINE:0:COMP_POINT} word touching i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} touching=yes
        [[ $i == 0 || $rest == [[:space:]]* ]] && touching=
        rest=${rest#"${rest%%[![:space:]]*}"}
        ((i == COMP_CWORD)) && word=$rest
        rest=${rest#"$word"}
        if [[ $touching ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
    done

    local current=${words[${#words[@]}-1]} output
    output=$(kubectl_complete-ingress "${words[@]:1}" 2>/dev/null) || return 0

    # Only what follows the last = or : is replaced; values come without their flag.
    local breaks=${COMP_WORDBREAKS//[^=:]/} flag= head= line value files=
    [[ $current == --*=* ]] && flag=${current%%=*}=
    [[ -n $breaks ]] && head=${current%"${current##*[$breaks]}"}
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            ((${line#:} & 4)) || files=yes
        else
            value=$flag${line%%$'\t'*}
            COMPREPLY+=("${value#"$head"}")
        fi
    done <<<"$output"
    # compopt is missing in the bash 3.2 of macOS, which then completes no files.
    [[ -n $files ]] && compopt -o default 2>/dev/null
    return 0
}

complete -F _kubectl_ingress kubectl-ingress
