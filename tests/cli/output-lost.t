@ base
# Output that cannot be written is an error; a reader that went away is told nothing.
$ qvm-ls >/dev/full
qvm-ls: cannot write the output: No space left on device
? 1
$ qvm-ls --help-columns | head -n 1
NAME        name of the domain
$ qvm-prefs --help-properties | head -n 1 | cut -c 1-8
PROPERTY
