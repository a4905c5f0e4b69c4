#compdef recount recountd
# SPDX-License-Identifier: MIT
# Completion of recount and recountd for zsh; what there is is read from the
# programs' own help.

# Puts a specification for _arguments into $reply for each option of a help.
_recount_options()
{
	local line letter name metavar text action

	reply=()
	for line in ${(f)1}; do
		[[ $line =~ '^  (-(.),)? +--([a-z-]+)(=([^ ]+))? +(.*)$' ]] ||
		    continue
		letter=$match[2] name=$match[3] metavar=$match[5]
		text=${${match[6]//\[/(}//\]/)}
		text=${text//:/\\:}
		action=
		[[ -z $metavar ]] ||
		    action=":${metavar}:{ _recount_value $name $metavar }"
		if [[ -n $letter && -n $metavar ]]; then
			reply+=("(-$letter --$name)-${letter}+[$text]$action")
		elif [[ -n $letter ]]; then
			reply+=("(-$letter --$name)-${letter}[$text]")
		fi
		reply+=("--${name}${metavar:+=}[$text]$action")
	done
}

_recount_value() # OPTION METAVAR
{
	local -a words

	case $1 in
	output) words=(${(s:, :)${(M)${(f)_recount_help}:#Formats of -o:*}#Formats of -o: }) ;;
	priority) words=(emerg alert crit err warning notice info debug) ;;
	kind) words=(deploy detected action mitigated resolved note) ;;
	template) words=(pagerduty incident-report srebook google external)
	    _files ;;
	unit) words=(${(f)"$(systemctl list-units --all --plain --no-legend \
	    2>/dev/null | awk '{ print $1 }')"}) ;;
	format) words=(text journal-export journal-json
	    ${(f)"$(recount parsers list 2>/dev/null |
	    awk 'NF > 1 && $2 != "rules" { print $1 }')"}) ;;
	esac
	case $2 in
	ZONE) words=(${(f)"$(timedatectl list-timezones 2>/dev/null)"}) ;;
	TIME) words=(today yesterday now -1h -1d) ;;
	FILE) _files ;;
	esac
	(( ! $#words )) || compadd -- $words
}

_recount_operand() # COMMAND
{
	case $1 in
	help) compadd -- $_recount_commands ;;
	parsers) compadd -- list test detect; _files ;;
	render) compadd -- pagerduty incident-report srebook google external
	    _files ;;
	snapshot) _files -/ ;;
	import|patterns) _files ;;
	esac
}

_recount()
{
	local -a reply _recount_commands described
	local _recount_help program=$words[1] command word line before

	if [[ $service == recountd ]]; then
		_recount_help=$($program --help 2>/dev/null)
		_recount_options $_recount_help
		_arguments $reply
		return
	fi
	_recount_help=$($program help 2>/dev/null)
	for line in ${(f)_recount_help}; do
		[[ $line =~ '^  ([a-z]+) +(.*)$' ]] || continue
		_recount_commands+=($match[1])
		described+=("$match[1]:$match[2]")
	done
	_recount_options $_recount_help
	for word in ${words[2,CURRENT - 1]}; do
		# The value of an option is no command.
		if [[ -n $before && -n ${(M)reply:#*$before(=|+)\[*} ]]; then
			before=
			continue
		fi
		if (( ${_recount_commands[(Ie)$word]} )); then
			command=$word
			break
		fi
		before=${(M)word:#-*}
	done
	if [[ -z $command ]]; then
		_arguments $reply "1: :{ _describe command described }"
	else
		_recount_help=$($program help $command 2>/dev/null)
		_recount_options $_recount_help
		_arguments $reply "1: :($command)" \
		    "*: :{ _recount_operand $command }"
	fi
}

# Called with an argument of its own, it defines the functions and no more.
[[ $1 == functions ]] || _recount "$@"
