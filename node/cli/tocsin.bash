# Loaded by bash-completion when `tocsin` is completed for the first time.
. <(tocsin completion bash)
