# fish completion for kubectl-ingress. kubectl_complete-ingress must be on PATH.
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
