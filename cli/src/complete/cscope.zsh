#compdef cscope
# Completion of cscope in zsh: source <(cscope --shell-completion zsh), or as _cscope in a directory of $fpath
_cscope() {
	local -a values display
	# $LBUFFER has lost the quote that is open.
	local line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
	local value help
	while IFS=$'\t' read -r value help; do
		values+=("$value")
		display+=("$value${help:+  -- $help}")
	done < <("${words[1]}" --offer -- "$line" 2>/dev/null)
	compadd -l -S '' -d display -a values
}
if [[ "${funcstack[1]}" = _cscope ]]; then
	_cscope "$@"
else
	compdef _cscope cscope
fi
