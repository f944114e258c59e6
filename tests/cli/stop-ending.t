@ base
# The prompt is back, and what was written becomes a revision: who reads that waits.
$ ending tiny qvm-clone tiny big
$ ending tiny qvm-create -C StandaloneVM -t tiny -l red own
$ ending work qvm-volume export work:private - >/dev/null
$ ending work qvm-volume clone work:private vault:private
$ echo secret >pass; ending work qvm-backup -y -p pass saved work >/dev/null 2>&1
$ ending tiny qvm-start work
# Nobody else does.
$ ending vault qvm-clone tiny other
it has not waited for 'vault'
$ ending vault qvm-ls --fields name,state vault
NAME   STATE
vault  Halted
it has not waited for 'vault'
