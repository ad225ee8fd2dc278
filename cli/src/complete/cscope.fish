# Completion of cscope in fish: cscope --shell-completion fish | source
complete --command cscope --no-files --keep-order --arguments '(command cscope --offer -- (commandline --current-process --cut-at-cursor | string collect) 2>/dev/null)'
