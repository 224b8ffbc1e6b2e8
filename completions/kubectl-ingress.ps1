# PowerShell completion for kubectl-ingress.
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
