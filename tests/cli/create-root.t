@ base
# A root volume filled from a file, which may go afterwards.
$ head -c 2097152 /dev/zero >disk
$ qvm-create --standalone -l red -r disk one
$ ls disk
disk
$ qvm-create --standalone -l red --size root=1MiB -r disk three
$ qvm-create -C TemplateVM -l red -R disk two
$ ls disk 2>/dev/null
? 2
$ qvm-ls --raw-data -O name,root_max one two
one|10240
two|10240
