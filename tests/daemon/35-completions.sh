#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every option that `recount help COMMAND` names is offered by the completions
# of bash, zsh and fish, and so are commands, formats and other values.  Each
# shell itself is asked; zsh and fish where they are installed.

. "$(dirname "$0")/lib.sh"
PATH=$(dirname "$RECOUNT"):$(dirname "$RECOUNTD"):$PATH
export RECOUNT_PARSERS=$ROOT/parsers HOME=$WORK
DATA=$ROOT/src/cmd/completions

recount help >help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' help)
[ "$(wc -w <<<"$commands")" -ge 16 ] || fail "no commands: $(cat help)"

# Options of a help, by another way than the completions go.
options_of() { grep -oE '^ {2,6}(-[A-Za-z], )?--[a-z-]+' "$1" |
    grep -oE -- '--[a-z-]+|-[A-Za-z]\b' | sort -u; }

cat >ask.bash <<'END'
# ask.bash WORD...: what bash offers for the last word.
compopt() { :; }
. "$DATA/recount.bash"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"_$1"
printf '%s\n' "${COMPREPLY[@]}"
END
in_bash() { DATA=$DATA bash ask.bash "$@"; }
in_fish() { # WORD...
	fish --no-config -c "source $DATA/recount.fish
complete -C '$*'" | cut -f 1
}

# offers SHELL WANTED WORD...: the last word is what stands so far.
offers()
{
	local shell=$1 wanted=$2

	shift 2
	"in_$shell" "$@" >offered 2>&1
	grep -qxE -e "$wanted=?" offered ||
	    fail "$shell: no '$wanted' for '$*': $(head -c 500 offered)"
}
lacks() # SHELL UNWANTED WORD...
{
	local shell=$1 unwanted=$2

	shift 2
	"in_$shell" "$@" >offered 2>&1
	! grep -qxE -e "$unwanted=?" offered ||
	    fail "$shell: '$unwanted' for '$*'"
}

every_option() # SHELL
{
	local command option

	for command in $commands; do
		recount help "$command" >help
		"in_$1" recount "$command" - >offered 2>&1
		[ "$(options_of help | wc -l)" -ge 25 ] || fail "$(cat help)"
		for option in $(options_of help); do
			grep -qxE -e "$option=?" offered ||
			    fail "$1: $command: no $option: $(cat offered)"
		done
	done
	recountd --help >help
	"in_$1" recountd - >offered 2>&1
	for option in $(options_of help); do
		grep -qxE -e "$option=?" offered ||
		    fail "$1: recountd: no $option"
	done
}

shell_works() # SHELL
{
	local command

	every_option "$1"
	for command in $commands; do
		offers "$1" "$command" recount "${command:0:2}"
	done
	offers "$1" --utc recount --u
	lacks "$1" --kind recount report --k
	offers "$1" detect recount parsers d
	offers "$1" markdown recount report -o mark
	offers "$1" jsonl recount sql --output js
	lacks "$1" jsonl recount status --output js
	offers "$1" warning recount -S -1h events -p w
	offers "$1" haproxy recount import --format hap
	offers "$1" report recount help rep
	# The value of an option is no command.
	offers "$1" import recount --db report im
}

shell_works bash
offers bash markdown recount report --output = mark

if command -v fish >/dev/null; then
	shell_works fish
	offers fish --output=json recount report --output=j
fi
if command -v zsh >/dev/null; then
	zsh -n "$DATA/recount.zsh" || fail "zsh cannot read it"
	for command in $commands; do
		recount help "$command" >help
		zsh -fc '. $1 functions; _recount_options "$(<help)"
		    print -rl -- $reply' - "$DATA/recount.zsh" >offered
		for option in $(options_of help); do
			grep -qE -e "^(\(.*\))?$option[[+=]" offered ||
			    fail "zsh: $command: no $option: $(cat offered)"
		done
	done
fi

# What help says of formats is what the commands take.
"$RECOUNT" --db t.db mark here >/dev/null
for command in $commands; do
	formats=$("$RECOUNT" help "$command" |
	    sed -n 's/^Formats of -o: //p' | tr -d ,)
	for format in $formats; do
		code=0
		case $command in
		sql) "$RECOUNT" --db t.db sql -o "$format" 'SELECT 1' ;;
		show) "$RECOUNT" --db t.db show -o "$format" 1 ;;
		*) "$RECOUNT" --db t.db "$command" -o "$format" ;;
		esac >said 2>&1 || code=$?
		! grep -q -e "-o" said || [ "$code" != 2 ] ||
		    fail "$command -o $format: $(cat said)"
	done
	[ -z "$formats" ] || ! "$RECOUNT" --db t.db "$command" -o bad \
	    >said 2>&1 || fail "$command -o bad"
done
