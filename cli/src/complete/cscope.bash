# Completion of cscope in bash: source <(cscope --shell-completion bash)
_cscope() {
	local -a offered
	mapfile -t offered < <("$1" --offer -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
	COMPREPLY=("${offered[@]%%$'\t'*}")
	compopt -o nospace 2>/dev/null
}
complete -F _cscope cscope
