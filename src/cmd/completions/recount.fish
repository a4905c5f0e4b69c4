# SPDX-License-Identifier: MIT
# Completion of recount and recountd for fish; what there is is read from the
# programs' own help.

function __recount_commands --argument-names help
    string match -rg '^  ([a-z]+) +(.*)$' -- (string split \n -- $help) |
        while read -l name
            read -l text
            printf '%s\t%s\n' $name $text
        end
end

# A line "letter name metavar text" for each option, tabs between them.
function __recount_options --argument-names help
    for line in (string split \n -- $help)
        string match -qr '^  (?:-(?<letter>.),)? +--(?<name>[a-z-]+)(?:=(?<metavar>[^ ]+))? +(?<text>.*)$' -- $line
        and printf '%s\t%s\t%s\t%s\n' "$letter" "$name" "$metavar" "$text"
    end
end

function __recount_values --argument-names help name metavar
    switch $name
        case output
            string split ', ' -- (string replace -f 'Formats of -o: ' '' -- \
                (string split \n -- $help))
        case priority
            string split ' ' 'emerg alert crit err warning notice info debug'
        case kind
            string split ' ' 'deploy detected action mitigated resolved note'
        case template
            string split ' ' 'pagerduty incident-report srebook google external'
        case unit
            systemctl list-units --all --plain --no-legend 2>/dev/null |
                string match -rg '^(\S+)'
        case format
            string split ' ' 'text journal-export journal-json'
            recount parsers list 2>/dev/null |
                string match -rg '^([^\d\s]\S*) +\S'
    end
    switch $metavar
        case ZONE
            timedatectl list-timezones 2>/dev/null
        case TIME
            string split ' ' 'today yesterday now -1h -1d'
        case '*FILE'
            __fish_complete_path (string replace -r '^-[^=]*=' '' -- (commandline -ct))
    end
end

function __recount_operands --argument-names help command
    switch "$command"
        case '' help
            __recount_commands "$help"
        case parsers
            string split ' ' 'list test detect'
            __fish_complete_path (commandline -ct)
        case render
            string split ' ' 'pagerduty incident-report srebook google external'
            __fish_complete_path (commandline -ct)
        case snapshot
            __fish_complete_directories (commandline -ct)
        case import patterns
            __fish_complete_path (commandline -ct)
    end
end

function __recount_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l general (recount help 2>/dev/null | string collect)
    set -l names (__recount_commands "$general" | string replace -r '\t.*' '')
    # What stands before the command and wants a value.
    set -l wanting
    for line in (__recount_options "$general")
        set -l part (string split \t -- $line)
        test -n "$part[3]"; and set -a wanting "--$part[2]" "-$part[1]"
    end
    set -l command
    set -l before
    for word in $words[2..-1]
        if contains -- "$before" $wanting
            set before
            continue
        end
        if contains -- $word $names
            set command $word
            break
        end
        set before $word
    end
    set -l help $general
    if set -q command[1]
        set help (recount help $command 2>/dev/null | string collect)
    end
    __recount_tokens "$help" "$current" "$words[-1]"
    or __recount_operands (test "$command" = help; and echo "$general" | string collect; or echo "$help" | string collect) "$command"
end

# Options, or the value of the one that stands before; false where an operand
# is wanted.
function __recount_tokens --argument-names help current last
    for line in (__recount_options "$help")
        set -l part (string split \t -- $line)
        if test -n "$part[3]"
            if string match -q -- "--$part[2]=*" "$current"
                printf '%s\n' --$part[2]=(__recount_values "$help" $part[2] $part[3])
                return 0
            end
            if contains -- "x$last" "x--$part[2]" "x-$part[1]"
                __recount_values "$help" $part[2] $part[3]
                return 0
            end
        end
    end
    string match -q -- '-*' "$current"; or return 1
    for line in (__recount_options "$help")
        set -l part (string split \t -- $line)
        set -l equals (test -n "$part[3]"; and echo =)
        printf '%s\t%s\n' "--$part[2]$equals" "$part[4]"
        test -n "$part[1]"; and printf '%s\t%s\n' "-$part[1]" "$part[4]"
    end
    return 0
end

function __recountd_complete
    set -l words (commandline -opc)
    __recount_tokens (recountd --help 2>/dev/null | string collect) \
        (commandline -ct) "$words[-1]"
end

complete -c recount -f -a '(__recount_complete)'
complete -c recountd -f -a '(__recountd_complete)'
