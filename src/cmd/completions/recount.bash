# SPDX-License-Identifier: MIT
# Completion of recount and recountd for bash.
#
# Commands, options and formats are read from `recount help`, so that they are
# those of the program at hand.  It needs nothing of the package
# bash-completion but to be found by it.

# _recount_options HELP: "--name" or "--name=" and letters, a line each.
_recount_options()
{
	sed -n -E 's/^  (-.)?,? +--([a-z-]+)(=[^ ]+)? .*/--\2\3 \1/
	    t found
	    d
	    :found
	    s/=[^ ]+/=/
	    p' <<<"$1" | tr ' ' '\n' | grep .
}

# _recount_metavar HELP OPTION: what the value of --name or -n is called;
# nothing where there is none.
_recount_metavar()
{
	local look="--${2#--}"

	[[ $2 == --* ]] || look="$2, --[a-z-]+"
	sed -n -E "s/^ *(-., )? *$look=([^ ]+) .*/\\2/p
	    s/^ *$look=([^ ]+) .*/\\1/p" <<<"$1" | head -n 1
}

# _recount_long HELP OPTION: --name of -n.
_recount_long()
{
	[[ $2 != --* ]] || { echo "$2"; return; }
	sed -n -E "s/^  $2, (--[a-z-]+).*/\\1/p" <<<"$1"
}

# _recount_values PROGRAM HELP OPTION METAVAR: what the value may be.
_recount_values()
{
	case $3 in
	--output) sed -n 's/^Formats of -o: //p' <<<"$2" | tr -d ',' ;;
	--priority) echo emerg alert crit err warning notice info debug ;;
	--kind) echo deploy detected action mitigated resolved note ;;
	--template) echo pagerduty incident-report srebook google external ;;
	--unit) systemctl list-units --all --plain --no-legend 2>/dev/null |
	    awk '{ print $1 }' ;;
	--format) echo text journal-export journal-json
	    "$1" parsers list 2>/dev/null | awk 'NF > 1 && $2 != "rules" {
		print $1 }' ;;
	esac
	case $4 in
	ZONE) timedatectl list-timezones 2>/dev/null ;;
	TIME) echo today yesterday now -1h -1d ;;
	esac
}

_recount()
{
	local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]}
	local option='' command='' help commands word metavar i

	# "--output=js" is three words to bash.
	if [[ $cur == = ]]; then
		cur=
		option=${COMP_WORDS[COMP_CWORD - 1]}
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = && $COMP_CWORD -gt 1 ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == -?* ]]; then
		option=${COMP_WORDS[COMP_CWORD - 1]}
	fi
	help=$("$program" help 2>/dev/null)
	commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help")
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		=) i=$((i + 1)) ;;
		-*) [[ ${COMP_WORDS[i + 1]} == = ||
		    -z $(_recount_metavar "$help" "$word") ]] || i=$((i + 1)) ;;
		*) if grep -qx -e "$word" <<<"$commands"; then
			command=$word
			break
		fi ;;
		esac
	done
	[[ -z $command ]] || help=$("$program" help "$command" 2>/dev/null)

	COMPREPLY=()
	[[ -z $option ]] || metavar=$(_recount_metavar "$help" "$option")
	if [[ -n $metavar ]]; then
		option=$(_recount_long "$help" "$option")
		mapfile -t COMPREPLY < <(compgen -W \
		    "$(_recount_values "$program" "$help" "$option" "$metavar")" \
		    -- "$cur")
		[[ $metavar != *FILE* ]] || compopt -o default 2>/dev/null
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
		    "$(_recount_options "$help")" -- "$cur")
		[[ ${COMPREPLY[0]} != *= || ${#COMPREPLY[@]} -gt 1 ]] ||
		    compopt -o nospace 2>/dev/null
	else
		_recount_operands "$command" "$commands" "$cur"
	fi
}

_recount_operands() # COMMAND COMMANDS CURRENT
{
	local words=

	case $1 in
	'' | help) words=$2 ;;
	parsers) words='list test detect' ;;
	render) words='pagerduty incident-report srebook google external' ;;
	snapshot) compopt -o dirnames 2>/dev/null ;;
	esac
	case $1 in
	import | parsers | patterns | render)
		compopt -o default 2>/dev/null ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$3")
}

_recountd()
{
	local cur=${COMP_WORDS[COMP_CWORD]}
	local last=${COMP_WORDS[COMP_CWORD - 1]}
	local help

	COMPREPLY=()
	help=$("${COMP_WORDS[0]}" --help 2>/dev/null)
	if [[ $cur != = && $last != = ]] &&
	    [[ -z $(_recount_metavar "$help" "$last") ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
		    "$(_recount_options "$help")" -- "$cur")
		[[ ${COMPREPLY[0]} != *= || ${#COMPREPLY[@]} -gt 1 ]] ||
		    compopt -o nospace 2>/dev/null
		return
	fi
	compopt -o default 2>/dev/null
}

complete -F _recount recount
complete -F _recountd recountd
