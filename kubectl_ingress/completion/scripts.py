"""What shells load to complete ``kubectl-ingress`` when it is called directly.

All four ask the completer that kubectl asks, so there is one answer to a Tab.
completions/ holds a copy of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BASH = r"""# bash completion for kubectl-ingress. kubectl_complete-ingress must be on PATH.
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
"""

ZSH = r"""#compdef kubectl-ingress
# zsh completion for kubectl-ingress. kubectl_complete-ingress must be on PATH.
#
#   source <(kubectl-ingress completion zsh)
#
# or, as a file named _kubectl-ingress, in a directory of $fpath.

_kubectl-ingress() {
    local output line value directive=0
    local -a found
    output=$(kubectl_complete-ingress "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null) ||
        return 1
    for line in "${(@f)output}"; do
        if [[ $line == :* ]]; then
            directive=${line#:}
        else
            value=${line%%$'\t'*}
            found+=("${value//:/\\:}${${line#$value}/$'\t'/:}")
        fi
    done
    # Values come without their flag.
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    if (($#found)); then
        _describe -t values 'kubectl ingress' found
    elif ((!(directive & 4))); then
        _files
    fi
}

if [[ $funcstack[1] == _kubectl-ingress ]]; then
    _kubectl-ingress "$@"
else
    compdef _kubectl-ingress kubectl-ingress
fi
"""

FISH = r"""# fish completion for kubectl-ingress. kubectl_complete-ingress must be on PATH.
#
#   kubectl-ingress completion fish | source

function __kubectl_ingress_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (kubectl_complete-ingress $words[2..] "$current" 2>/dev/null)
    or return
    # Values come without their flag.
    set -l flag (string match -r -- '^--[^=]+=' "$current")
    for line in $lines
        if string match -qr '^:\d+$' -- $line
            # Bit 4 set: no files.
            if test (math "floor($(string sub -s 2 -- $line) / 4) % 2") -eq 0
                __fish_complete_path (string replace -r -- '^--[^=]+=' '' "$current") |
                    string replace -r '^' -- "$flag"
            end
        else
            printf '%s%s\n' "$flag" $line
        end
    end
end

complete -c kubectl-ingress -f -a '(__kubectl_ingress_complete)'
"""

POWERSHELL = r"""# PowerShell completion for kubectl-ingress.
# kubectl_complete-ingress must be on PATH.
#
#   kubectl-ingress completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'kubectl-ingress' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    $current = "$wordToComplete"
    $completer = Get-Command kubectl_complete-ingress -CommandType Application -TotalCount 1 `
        -ErrorAction SilentlyContinue
    if (-not $completer) { return }
    # An empty argument gets lost on its way to a batch file, and before 7.3 to every program.
    $passing = "$PSNativeCommandArgumentPassing"
    if ($current -eq '' -and
        ($passing -in '', 'Legacy' -or $completer.Source -match '\.(cmd|bat)$')) { $current = '""' }
    $lines = @(& $completer @words $current 2>$null)
    if ($LASTEXITCODE -ne 0) { return }

    # Values come without their flag.
    $flag = if ("$wordToComplete" -match '^--[^=]+=') { $Matches[0] } else { '' }
    foreach ($line in $lines) {
        if ($line -match '^:\d+$') { continue }
        $value, $description = $line -split "`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new(
            "$flag$value", $value, 'ParameterValue', $description)
    }
}
"""

SCRIPTS: Mapping[str, str] = MappingProxyType(
    {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
)
"""The script by the name of its shell."""

FILE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "bash": "kubectl-ingress.bash",
        "zsh": "_kubectl-ingress",
        "fish": "kubectl-ingress.fish",
        "powershell": "kubectl-ingress.ps1",
    }
)
"""What each shell expects the file to be called."""
